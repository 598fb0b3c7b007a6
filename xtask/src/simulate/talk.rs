//! What machines do: conversations as packets that they mean to send. Nothing here knows of firewalls.

use super::dice::Dice;

/// Microseconds.
pub type Micros = u64;
pub const MILLI: Micros = 1000;
pub const SECOND: Micros = 1_000_000;
pub const MINUTE: Micros = 60 * SECOND;
pub const HOUR: Micros = 60 * MINUTE;

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const PSH: u8 = 8;
pub const ACK: u8 = 16;

/// An IPv4 address and a port.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct End {
    pub ip: u32,
    pub port: u16,
}

impl std::fmt::Display for End {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, c, d] = self.ip.to_be_bytes();
        write!(out, "{a}.{b}.{c}.{d}:{}", self.port)
    }
}

impl std::fmt::Debug for End {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, out)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proto {
    Tcp,
    Udp,
}

/// What a conversation really is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Kind {
    /// Worked, from inside to outside, from outside to our servers, or inside.
    Normal,
    Refused,
    Unanswered,
    BlockedOut,
    BlockedIn,
    BlockedInside,
    /// A connection of which packets came after the firewall had lost it.
    LateReply,
    LateDatagram,
    Scan,
    Backscatter,
    PeerToPeer,
    Guessing,
    Beacon,
    Traceroute,
    /// A server of ours opens a connection from the port of its service.
    ReverseShell,
}

impl Kind {
    pub const ALL: [Kind; 15] = [
        Kind::Normal,
        Kind::Refused,
        Kind::Unanswered,
        Kind::BlockedOut,
        Kind::BlockedIn,
        Kind::BlockedInside,
        Kind::LateReply,
        Kind::LateDatagram,
        Kind::Scan,
        Kind::Backscatter,
        Kind::PeerToPeer,
        Kind::Guessing,
        Kind::Beacon,
        Kind::Traceroute,
        Kind::ReverseShell,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Normal => "normal",
            Kind::Refused => "refused",
            Kind::Unanswered => "unanswered",
            Kind::BlockedOut => "blocked outbound",
            Kind::BlockedIn => "blocked inbound",
            Kind::BlockedInside => "blocked inside",
            Kind::LateReply => "late reply",
            Kind::LateDatagram => "late datagram",
            Kind::Scan => "scan",
            Kind::Backscatter => "back-scatter",
            Kind::PeerToPeer => "peer to peer",
            Kind::Guessing => "brute force",
            Kind::Beacon => "beacon",
            Kind::Traceroute => "traceroute",
            Kind::ReverseShell => "reverse shell",
        }
    }
}

/// Which packets cross the firewall.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Path {
    Both,
    /// What the client sends takes another way.
    AnswersOnly,
}

/// One packet that somebody means to send.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// After the step before.
    pub gap: Micros,
    pub from_client: bool,
    /// 0 for datagrams.
    pub flags: u8,
    /// IP length.
    pub len: u16,
    /// Sent again at doubling distances until it gets through.
    pub insists: bool,
    /// Sent whatever became of the step before.
    pub anyway: bool,
}

/// One conversation.
#[derive(Clone, Debug)]
pub struct Talk {
    pub start: Micros,
    /// The side that sends first.
    pub client: End,
    pub server: End,
    pub proto: Proto,
    pub kind: Kind,
    pub path: Path,
    /// What the rules of the firewall say.
    pub allowed: bool,
    /// The firewall reads along and closes it after so long.
    pub inspected: Option<Micros>,
    pub steps: Vec<Step>,
}

/// Writes the steps of a conversation.
pub struct Script<'d> {
    pub steps: Vec<Step>,
    dice: &'d mut Dice,
    /// One way, there or back.
    trip: Micros,
}

impl<'d> Script<'d> {
    pub fn new(dice: &'d mut Dice) -> Script<'d> {
        let trip = dice.between(4, 90) * MILLI;
        Script {
            steps: Vec::new(),
            dice,
            trip,
        }
    }

    pub fn step(&mut self, gap: Micros, from_client: bool, flags: u8, len: u16) -> &mut Step {
        self.steps.push(Step {
            gap,
            from_client,
            flags,
            len,
            insists: false,
            anyway: false,
        });
        self.steps.last_mut().expect("one was just pushed")
    }

    /// SYN, SYN+ACK, ACK.
    #[must_use]
    pub fn hello(mut self) -> Self {
        let trip = self.trip;
        self.step(0, true, SYN, 60).insists = true;
        self.step(trip, false, SYN | ACK, 60).insists = true;
        self.step(trip, true, ACK, 52);
        self
    }

    /// Questions and answers, `pause` apart on average.
    #[must_use]
    pub fn exchange(mut self, rounds: u64, pause: Micros) -> Self {
        for _ in 0..rounds {
            let (ask, answer) = (
                self.dice.between(80, 900) as u16,
                self.dice.between(200, 1500) as u16,
            );
            let gap = self.trip + self.dice.wait(pause);
            self.step(gap, true, PSH | ACK, ask).insists = true;
            let gap = self.trip + self.dice.wait(20 * MILLI);
            self.step(gap, false, PSH | ACK, answer).insists = true;
            let trip = self.trip;
            self.step(trip, true, ACK, 52);
        }
        self
    }

    /// FIN, FIN, ACK; mostly the client begins.
    #[must_use]
    pub fn bye(mut self) -> Self {
        let client_first = self.dice.percent(60);
        let gap = self.trip + self.dice.wait(200 * MILLI);
        self.step(gap, client_first, FIN | ACK, 52).insists = true;
        let trip = self.trip;
        self.step(trip, !client_first, FIN | ACK, 52).insists = true;
        self.step(trip, client_first, ACK, 52);
        self
    }

    /// After a good-bye: a farewell that was sent again, or a reset by a side that had closed its socket. `after`:
    /// when the firewall has surely forgotten.
    #[must_use]
    pub fn tail(mut self, after: Micros) -> Self {
        let n = if self.dice.percent(80) { 1 } else { 2 };
        let from_client = self.dice.percent(25);
        let is_reset = self.dice.percent(45);
        for nth in 0..n {
            let gap = if nth == 0 {
                after + self.dice.between(30 * MILLI, 20 * SECOND)
            } else {
                self.dice.between(200, 1500) * MILLI
            };
            let (flags, len) = if is_reset { (RST, 40) } else { (FIN | ACK, 52) };
            self.step(gap, from_client, flags, len).anyway = true;
        }
        self
    }

    /// The client resets; what the server had sent is still on its way.
    #[must_use]
    pub fn cut(mut self) -> Self {
        let trip = self.trip;
        self.step(trip, true, RST | ACK, 40);
        for _ in 0..self.dice.between(1, 3) {
            let gap = self.dice.between(2, 80) * MILLI;
            self.step(gap, false, ACK, 1500).anyway = true;
        }
        let gap = self.dice.between(2, 200) * MILLI;
        self.step(gap, false, FIN | ACK, 52).anyway = true;
        self
    }

    /// Silence, then one side goes on as if nothing had been.
    #[must_use]
    pub fn wake(mut self, silence: Micros) -> Self {
        match self.dice.below(100) {
            0..55 => {
                let from_client = self.dice.percent(35);
                let len = self.dice.between(90, 1200) as u16;
                self.step(silence, from_client, PSH | ACK, len).insists = true;
            }
            55..80 => self.step(silence, false, FIN | ACK, 52).insists = true,
            _ => {
                // Signs of life, 75 seconds apart.
                let n = self.dice.between(3, 9);
                for nth in 0..n {
                    let gap = if nth == 0 { silence } else { 75 * SECOND };
                    self.step(gap, false, ACK, 52).anyway = true;
                }
            }
        }
        self
    }

    /// The client has said all; the server goes on for longer than `limit`.
    #[must_use]
    pub fn half(mut self, limit: Micros) -> Self {
        let trip = self.trip;
        self.step(trip, true, FIN | ACK, 52).insists = true;
        self.step(trip, false, ACK, 52);
        let gap = limit + self.dice.between(limit / 200, limit);
        let n = self.dice.between(1, 3);
        for nth in 0..n {
            let len = self.dice.between(300, 1500) as u16;
            let gap = if nth == 0 { gap } else { 500 * MILLI };
            let step = self.step(gap, false, PSH | ACK, len);
            step.insists = true;
            step.anyway = true;
        }
        self
    }

    /// A SYN that nobody lets through or answers.
    #[must_use]
    pub fn knock(mut self) -> Self {
        self.step(0, true, SYN, 60).insists = true;
        self
    }

    /// One SYN, not repeated: scanners do not wait.
    #[must_use]
    pub fn poke(mut self) -> Self {
        self.step(0, true, SYN, 44);
        self
    }

    #[must_use]
    pub fn refuse(mut self) -> Self {
        let trip = self.trip;
        self.step(0, true, SYN, 60).insists = true;
        self.step(trip, false, RST | ACK, 40);
        self
    }

    /// A datagram there and, after `delay`, one back.
    #[must_use]
    pub fn ask(mut self, delay: Micros) -> Self {
        let (ask, answer) = (
            self.dice.between(56, 90) as u16,
            self.dice.between(90, 500) as u16,
        );
        self.step(0, true, 0, ask);
        self.step(delay, false, 0, answer).anyway = true;
        self
    }
}
