//! A stateful firewall with real timers: packets in, records out. It knows rules, states and clocks, nothing of what
//! a conversation means, and writes down why it lost each state.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::talk::{ACK, FIN, MILLI, Micros, Path, Proto, RST, SECOND, SYN, Talk};

/// Seconds.
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    pub established: u64,
    pub half_open: u64,
    pub half_close: u64,
    /// After both sides said good-bye.
    pub closing: u64,
    pub udp_one_way: u64,
    pub udp_two_way: u64,
}

/// What happens to the device itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mishap {
    /// The other node takes over and knows no connection.
    Failover,
    /// Somebody clears the table.
    Clear,
    Restart,
}

#[derive(Clone, Debug)]
pub struct Device {
    pub timers: Timers,
    /// Most connections that it can remember.
    pub table: usize,
    pub mishaps: Vec<(Micros, Mishap)>,
}

/// Why the firewall does not know a connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Cause {
    Late,
    Idle,
    Asym,
    Reset,
    Full,
    Half,
    Alg,
}

impl Cause {
    pub const ALL: [Cause; 7] = [
        Cause::Late,
        Cause::Idle,
        Cause::Asym,
        Cause::Reset,
        Cause::Full,
        Cause::Half,
        Cause::Alg,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Cause::Late => "late",
            Cause::Idle => "idle",
            Cause::Asym => "asym",
            Cause::Reset => "reset",
            Cause::Full => "full",
            Cause::Half => "half",
            Cause::Alg => "alg",
        }
    }
}

/// How a connection left the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Close {
    Fins,
    ResetByClient,
    ResetByServer,
    Idle,
    SynTimeout,
    HalfClose,
    Aged,
    Inspection,
    /// Not written down by any device: the table was lost, or the entry made room for another.
    Lost,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    Opened,
    Closed(Close),
    /// By a rule.
    Refused,
    /// No room for a new connection.
    NoRoom,
    /// No connection that it could belong to.
    NoState,
    /// Not about a conversation; `talk` is 0.
    Mishap(Mishap),
    TableFull,
}

/// What the device notes.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    pub at: Micros,
    pub talk: u32,
    pub what: What,
    pub from_client: bool,
    pub flags: u8,
    pub len: u16,
    /// Of a closed connection.
    pub duration: Micros,
    pub bytes: [u64; 2],
    pub packets: [u32; 2],
}

/// What the device noted, and why each conversation was lost that lost packets.
pub struct Noted {
    pub records: Vec<Record>,
    pub causes: HashMap<u32, Cause>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Opening,
    Open,
    /// This side said good-bye.
    Half,
    Closing,
    Datagrams,
}

#[derive(Clone, Copy, Debug)]
struct State {
    stage: Stage,
    half_by_client: bool,
    since: Micros,
    last: Micros,
    bytes: [u64; 2],
    packets: [u32; 2],
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Happens {
    Packet { talk: u32, step: u32, attempt: u8 },
    Expiry { talk: u32 },
    Mishap { nth: u32 },
    Inspection { talk: u32 },
}

/// Attempts after the first.
const RETRIES: u8 = 5;
/// A full table says so at most this often.
const FULL_NOTICE: Micros = 5 * SECOND;

struct Run<'t> {
    device: &'t Device,
    talks: &'t [Talk],
    states: HashMap<u32, State>,
    /// In order of creation, for eviction.
    order: std::collections::VecDeque<u32>,
    why: HashMap<u32, Cause>,
    noted: Noted,
    heap: BinaryHeap<Reverse<(Micros, u64, Happens)>>,
    n: u64,
    full_said: Micros,
}

/// Lets the talks happen and gives the records in order of time.
pub fn run(device: &Device, talks: &[Talk]) -> Noted {
    let mut run = Run {
        device,
        talks,
        states: HashMap::new(),
        order: std::collections::VecDeque::new(),
        why: HashMap::new(),
        noted: Noted {
            records: Vec::new(),
            causes: HashMap::new(),
        },
        heap: BinaryHeap::new(),
        n: 0,
        full_said: 0,
    };
    for (talk, script) in talks.iter().enumerate() {
        let first = script.steps.first().map_or(0, |step| step.gap);
        run.plan(
            script.start + first,
            Happens::Packet {
                talk: talk as u32,
                step: 0,
                attempt: 0,
            },
        );
    }
    for (nth, (at, _)) in device.mishaps.iter().enumerate() {
        run.plan(*at, Happens::Mishap { nth: nth as u32 });
    }
    while let Some(Reverse((at, _, happens))) = run.heap.pop() {
        match happens {
            Happens::Packet {
                talk,
                step,
                attempt,
            } => run.packet(at, talk, step, attempt),
            Happens::Expiry { talk } => run.expiry(at, talk),
            Happens::Mishap { nth } => run.mishap(at, device.mishaps[nth as usize].1),
            Happens::Inspection { talk } => run.close(at, talk, Close::Inspection),
        }
    }
    run.noted.records.sort_by_key(|record| record.at);
    run.noted
}

impl Run<'_> {
    fn plan(&mut self, at: Micros, happens: Happens) {
        self.n += 1;
        self.heap.push(Reverse((at, self.n, happens)));
    }

    fn note(&mut self, at: Micros, talk: u32, what: What, step: u32) {
        let step = self
            .talks
            .get(talk as usize)
            .and_then(|talk| talk.steps.get(step as usize));
        self.noted.records.push(Record {
            at,
            talk,
            what,
            from_client: step.is_none_or(|step| step.from_client),
            flags: step.map_or(0, |step| step.flags),
            len: step.map_or(0, |step| step.len),
            duration: 0,
            bytes: [0; 2],
            packets: [0; 2],
        });
    }

    fn limit(&self, state: &State) -> Micros {
        let timers = &self.device.timers;
        SECOND
            * match state.stage {
                Stage::Opening => timers.half_open,
                Stage::Open => timers.established,
                Stage::Half => timers.half_close,
                Stage::Closing => timers.closing,
                Stage::Datagrams if state.packets[1] == 0 => timers.udp_one_way,
                Stage::Datagrams => timers.udp_two_way,
            }
    }

    fn packet(&mut self, at: Micros, idx: u32, nth: u32, attempt: u8) {
        let talk = &self.talks[idx as usize];
        let Some(step) = talk.steps.get(nth as usize).copied() else {
            return;
        };
        let elsewhere = talk.path == Path::AnswersOnly && step.from_client;
        let passed = elsewhere || self.crosses(at, idx, nth);
        let mut next = nth as usize + 1;
        if !passed {
            if step.insists && attempt < RETRIES {
                let first = if step.flags & SYN != 0 {
                    SECOND
                } else {
                    300 * MILLI
                };
                self.plan(
                    at + (first << attempt),
                    Happens::Packet {
                        talk: idx,
                        step: nth,
                        attempt: attempt + 1,
                    },
                );
                return;
            }
            while talk.steps.get(next).is_some_and(|step| !step.anyway) {
                next += 1;
            }
        }
        if let Some(step) = talk.steps.get(next) {
            self.plan(
                at + step.gap,
                Happens::Packet {
                    talk: idx,
                    step: next as u32,
                    attempt: 0,
                },
            );
        }
    }

    /// The firewall's decision about one packet.
    fn crosses(&mut self, at: Micros, idx: u32, nth: u32) -> bool {
        let talk = &self.talks[idx as usize];
        let step = talk.steps[nth as usize];
        self.forget(at, idx);
        if let Some(mut state) = self.states.get(&idx).copied() {
            let side = usize::from(!step.from_client);
            state.bytes[side] += u64::from(step.len);
            state.packets[side] += 1;
            state.last = at;
            if talk.proto == Proto::Tcp {
                if step.flags & RST != 0 {
                    self.states.insert(idx, state);
                    let by = if step.from_client {
                        Close::ResetByClient
                    } else {
                        Close::ResetByServer
                    };
                    self.close(at, idx, by);
                    return true;
                }
                state.stage = match state.stage {
                    Stage::Opening if step.flags & SYN == 0 => Stage::Open,
                    Stage::Open if step.flags & FIN != 0 => {
                        state.half_by_client = step.from_client;
                        Stage::Half
                    }
                    Stage::Half
                        if step.flags & FIN != 0 && step.from_client != state.half_by_client =>
                    {
                        Stage::Closing
                    }
                    stage => stage,
                };
            }
            self.states.insert(idx, state);
            return true;
        }
        let opens = talk.proto == Proto::Udp && step.from_client
            || step.flags & (SYN | ACK | FIN | RST) == SYN;
        if !opens {
            self.note(at, idx, What::NoState, nth);
            let cause = self.why.get(&idx).copied().or(match talk.path {
                Path::AnswersOnly => Some(Cause::Asym),
                Path::Both => None,
            });
            if let Some(cause) = cause {
                self.noted.causes.entry(idx).or_insert(cause);
            }
            return false;
        }
        if !talk.allowed {
            self.note(at, idx, What::Refused, nth);
            return false;
        }
        if self.states.len() >= self.device.table && !self.make_room(at) {
            self.note(at, idx, What::NoRoom, nth);
            return false;
        }
        self.note(at, idx, What::Opened, nth);
        let state = State {
            stage: if talk.proto == Proto::Tcp {
                Stage::Opening
            } else {
                Stage::Datagrams
            },
            half_by_client: false,
            since: at,
            last: at,
            bytes: [u64::from(step.len), 0],
            packets: [1, 0],
        };
        let due = at + self.limit(&state);
        self.states.insert(idx, state);
        self.order.push_back(idx);
        self.plan(due, Happens::Expiry { talk: idx });
        if let Some(after) = talk.inspected {
            self.plan(at + after, Happens::Inspection { talk: idx });
        }
        true
    }

    /// A full table drops its oldest open connection for every second newcomer, and refuses the others.
    fn make_room(&mut self, at: Micros) -> bool {
        if at >= self.full_said + FULL_NOTICE {
            self.full_said = at;
            self.note(at, 0, What::TableFull, u32::MAX);
        }
        self.n += 1;
        if self.n.is_multiple_of(2) {
            return false;
        }
        while let Some(oldest) = self.order.pop_front() {
            if self.states.contains_key(&oldest) {
                self.why.insert(oldest, Cause::Full);
                self.close(at, oldest, Close::Lost);
                return true;
            }
        }
        false
    }

    /// Removes the entry if its time was over before now.
    fn forget(&mut self, at: Micros, idx: u32) {
        let Some(state) = self.states.get(&idx).copied() else {
            return;
        };
        let due = state.last + self.limit(&state);
        if due <= at {
            let how = match state.stage {
                Stage::Opening => Close::SynTimeout,
                Stage::Open => Close::Idle,
                Stage::Half => Close::HalfClose,
                Stage::Closing => Close::Fins,
                Stage::Datagrams => Close::Aged,
            };
            self.close(due, idx, how);
        }
    }

    fn expiry(&mut self, at: Micros, idx: u32) {
        self.forget(at, idx);
        if let Some(state) = self.states.get(&idx) {
            let due = state.last + self.limit(state);
            self.plan(due.max(at + 1), Happens::Expiry { talk: idx });
        }
    }

    fn close(&mut self, at: Micros, idx: u32, how: Close) {
        let Some(state) = self.states.remove(&idx) else {
            return;
        };
        let cause = match how {
            Close::Fins | Close::ResetByClient | Close::ResetByServer => Some(Cause::Late),
            Close::Idle => Some(Cause::Idle),
            Close::HalfClose => Some(Cause::Half),
            Close::Inspection => Some(Cause::Alg),
            Close::SynTimeout | Close::Aged | Close::Lost => None,
        };
        if let Some(cause) = cause {
            self.why.insert(idx, cause);
        }
        self.noted.records.push(Record {
            at,
            talk: idx,
            what: What::Closed(how),
            from_client: true,
            flags: 0,
            len: 0,
            duration: at - state.since,
            bytes: state.bytes,
            packets: state.packets,
        });
    }

    fn mishap(&mut self, at: Micros, mishap: Mishap) {
        self.note(at, 0, What::Mishap(mishap), u32::MAX);
        let mut all: Vec<u32> = self.states.keys().copied().collect();
        all.sort_unstable();
        for idx in all {
            self.why.insert(idx, Cause::Reset);
            self.close(at, idx, Close::Lost);
        }
        self.order.clear();
    }
}
