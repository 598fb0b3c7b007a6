//! Who lives behind the firewall and what a day there holds.
//!
//! 10.1.0.0/16 are people, 10.0.0.0/24 servers that visitors reach, 192.0.2.0/24 the firewall's own outside addresses.
//! Everybody else lives anywhere else.

use super::dice::Dice;
use super::talk::{End, HOUR, Kind, MILLI, Micros, Path, Proto, SECOND, Script, Step, Talk};

const DAY: Micros = 24 * HOUR;
/// Services that machines outside offer, with their weights.
const ABROAD: [(u16, u64); 10] = [
    (443, 70),
    (80, 12),
    (993, 4),
    (22, 2),
    (587, 2),
    (5222, 2),
    (8443, 2),
    (3478, 2),
    (1935, 2),
    (25565, 2),
];
/// Services of ours that visitors use: address and port.
const OFFERED: [(u8, u16); 8] = [
    (11, 443),
    (11, 80),
    (12, 443),
    (12, 80),
    (13, 25),
    (14, 8443),
    (15, 993),
    (16, 443),
];
/// Services inside.
const INSIDE: [(u8, u16); 7] = [
    (20, 445),
    (20, 389),
    (21, 1433),
    (22, 3389),
    (23, 8080),
    (24, 9100),
    (25, 5432),
];
/// What programs of ours talk to, with connections that they keep: databases, queues, directories, stores. Few of these
/// ports are on anybody's list.
const BACK_ENDS: [(u8, u16); 16] = [
    (60, 1433),
    (61, 1521),
    (62, 3306),
    (63, 5432),
    (64, 27_017),
    (65, 6379),
    (66, 5672),
    (67, 9092),
    (68, 9200),
    (69, 11_211),
    (70, 1414),
    (71, 61_616),
    (72, 50_000),
    (73, 8009),
    (74, 3200),
    (75, 389),
];
/// Machines that run programs of ours.
const N_PROGRAM_HOSTS: u64 = 12;
/// Sends and fetches files; the data comes from port 20, and the server opens that connection.
const FILES: u8 = 17;

pub struct Town {
    pub dice: Dice,
    pub talks: Vec<Talk>,
    /// Services on ports without a name, here and abroad.
    odd_here: Vec<End>,
    odd_abroad: Vec<End>,
    abroad: Vec<End>,
    next_port: u16,
}

impl Town {
    pub fn new(seed: u64) -> Town {
        let mut dice = Dice::new(seed);
        let mut abroad = Vec::new();
        for _ in 0..300 {
            let port = weighted(&mut dice, &ABROAD);
            abroad.push(End {
                ip: stranger(&mut dice),
                port,
            });
        }
        let odd_port = |dice: &mut Dice| dice.between(1100, 32_000) as u16;
        let odd_abroad = (0..8)
            .map(|_| End {
                ip: stranger(&mut dice),
                port: odd_port(&mut dice),
            })
            .collect();
        let odd_here = (0..4)
            .map(|nth| End {
                ip: server(30 + nth),
                port: odd_port(&mut dice),
            })
            .collect();
        Town {
            dice,
            talks: Vec::new(),
            odd_here,
            odd_abroad,
            abroad,
            next_port: 0,
        }
    }

    pub fn push(&mut self, start: Micros, client: End, server: End, kind: Kind, steps: Vec<Step>) {
        self.talks.push(Talk {
            start,
            client,
            server,
            proto: Proto::Tcp,
            kind,
            path: Path::Both,
            allowed: true,
            inspected: None,
            steps,
        });
    }

    pub fn last(&mut self) -> &mut Talk {
        self.talks.last_mut().expect("one was just pushed")
    }

    pub fn refused(
        &mut self,
        start: Micros,
        client: End,
        server: End,
        kind: Kind,
        steps: Vec<Step>,
    ) {
        self.push(start, client, server, kind, steps);
        self.last().allowed = false;
    }

    pub fn datagram(&mut self, start: Micros, client: End, server: End, kind: Kind, delay: Micros) {
        let steps = Script::new(&mut self.dice).ask(delay).steps;
        self.push(start, client, server, kind, steps);
        self.last().proto = Proto::Udp;
    }

    /// A port that a program picks; each system has its range.
    pub fn free_port(&mut self) -> u16 {
        self.next_port = self.next_port.wrapping_add(1);
        match self.dice.below(100) {
            0..45 => self.dice.between(32_768, 60_999) as u16,
            45..88 => self.dice.between(49_152, 65_535) as u16,
            // Behind somebody else's translation.
            _ => self.dice.between(1024, 65_535) as u16,
        }
    }

    pub fn person(&mut self) -> End {
        let ip = 0x0a01_0000 + (self.dice.below(3) << 8) as u32 + self.dice.between(10, 89) as u32;
        let port = self.free_port();
        End { ip, port }
    }

    pub fn visitor(&mut self) -> End {
        let ip = stranger(&mut self.dice);
        let port = self.free_port();
        End { ip, port }
    }

    pub fn offered(&mut self) -> End {
        let (host, port) = self.dice.pick(&OFFERED);
        End {
            ip: server(host),
            port,
        }
    }

    /// A program of ours and what it keeps a connection to.
    fn program(&mut self) -> (End, End) {
        let nth = self.dice.below(N_PROGRAM_HOSTS);
        // Each talks to a few of them.
        let (host, port) = BACK_ENDS[(nth * 5 + self.dice.below(4)) as usize % BACK_ENDS.len()];
        let from = End {
            ip: server(80 + nth as u8),
            port: self.free_port(),
        };
        let to = End {
            ip: server(host),
            port,
        };
        (from, to)
    }

    /// Somebody who uses a service on a port without a name.
    fn odd(&mut self) -> (End, End) {
        match self.odd_abroad.get(self.dice.below(12) as usize).copied() {
            Some(odd) => (self.person(), odd),
            None => (self.visitor(), self.dice.pick(&self.odd_here)),
        }
    }

    /// A file on its way, as it was always done: the server calls back.
    fn file(&mut self) -> (End, End) {
        let files = End {
            ip: server(FILES),
            port: 20,
        };
        (files, self.visitor())
    }

    fn site(&mut self) -> End {
        let nth = self.dice.below(300) as usize;
        // A few are visited by everybody.
        let nth = if self.dice.percent(60) { nth / 10 } else { nth };
        self.abroad[nth]
    }

    pub fn moment(&mut self) -> Micros {
        self.dice.below(DAY - 2 * HOUR)
    }

    pub fn conversation(&mut self) -> Vec<Step> {
        let rounds = self.dice.between(1, 6);
        let pause = self.dice.pick(&[50, 300, 4000]) * MILLI;
        Script::new(&mut self.dice)
            .hello()
            .exchange(rounds, pause)
            .bye()
            .steps
    }

    /// What happens on any day.
    pub fn ordinary(&mut self, n: u64) {
        for _ in 0..n {
            let at = self.moment();
            let person = self.person();
            match self.dice.below(100) {
                0..32 => {
                    let (site, steps) = (self.site(), self.conversation());
                    self.push(at, person, site, Kind::Normal, steps);
                }
                32..35 => {
                    let ((program, back_end), steps) = (self.program(), self.conversation());
                    self.push(at, program, back_end, Kind::Normal, steps);
                }
                35 => {
                    let ((files, visitor), steps) = (self.file(), self.conversation());
                    self.push(at, files, visitor, Kind::Normal, steps);
                }
                36..56 => {
                    let resolver = End {
                        ip: 0x0101_0101 + self.dice.below(2) as u32 * 0x0707_0707,
                        port: 53,
                    };
                    let delay = self.dice.between(5, 120) * MILLI;
                    self.datagram(at, person, resolver, Kind::Normal, delay);
                }
                56..74 => {
                    let (visitor, offered) = (self.visitor(), self.offered());
                    let steps = self.conversation();
                    self.push(at, visitor, offered, Kind::Normal, steps);
                }
                74..82 => {
                    let (host, port) = self.dice.pick(&INSIDE);
                    let steps = self.conversation();
                    let inside = End {
                        ip: server(host),
                        port,
                    };
                    self.push(at, person, inside, Kind::Normal, steps);
                }
                82..86 => {
                    let ((client, odd), steps) = (self.odd(), self.conversation());
                    self.push(at, client, odd, Kind::Normal, steps);
                }
                86..88 => {
                    let clock = End {
                        ip: self.abroad[7].ip,
                        port: 123,
                    };
                    let client = End {
                        port: if self.dice.percent(50) {
                            123
                        } else {
                            person.port
                        },
                        ..person
                    };
                    self.datagram(at, client, clock, Kind::Normal, 30 * MILLI);
                }
                88..90 => {
                    let site = self.site();
                    let steps = Script::new(&mut self.dice).refuse().steps;
                    self.push(at, person, site, Kind::Refused, steps);
                }
                90..92 => {
                    let site = self.site();
                    let steps = Script::new(&mut self.dice).knock().steps;
                    self.push(at, person, site, Kind::Unanswered, steps);
                }
                92..95 => {
                    let away = End {
                        ip: stranger(&mut self.dice),
                        port: self.dice.pick(&[25, 445, 6667, 3389, 8333, 1194, 17_843]),
                    };
                    let (from, away) = match self.dice.below(12) {
                        0 => self.file(),
                        _ => (person, away),
                    };
                    let steps = Script::new(&mut self.dice).knock().steps;
                    self.refused(at, from, away, Kind::BlockedOut, steps);
                }
                95..98 => {
                    let visitor = self.visitor();
                    let door = self.own_address();
                    let port = self.dice.pick(&[
                        22, 23, 80, 443, 445, 1433, 3389, 5060, 8080, 37_215, 2323, 60_023,
                    ]);
                    let steps = Script::new(&mut self.dice).poke().steps;
                    self.refused(at, visitor, End { ip: door, port }, Kind::BlockedIn, steps);
                }
                _ => {
                    let inside = End {
                        ip: server(self.dice.between(40, 49) as u8),
                        port: self.dice.pick(&[22, 3389, 445, 8443]),
                    };
                    let steps = Script::new(&mut self.dice).knock().steps;
                    self.refused(at, person, inside, Kind::BlockedInside, steps);
                }
            }
        }
    }

    pub fn own_address(&mut self) -> u32 {
        0xc000_0200 + self.dice.between(3, 250) as u32
    }

    /// Stragglers after normal good-byes.
    pub fn late(&mut self, n: u64, closing: u64) {
        for _ in 0..n {
            let at = self.moment();
            let (client, server) = self.pair();
            let rounds = self.dice.between(1, 4);
            let cut = self.dice.percent(25);
            let script = Script::new(&mut self.dice)
                .hello()
                .exchange(rounds, 300 * MILLI);
            let steps = if cut {
                script.cut().steps
            } else {
                script.bye().tail(closing * SECOND).steps
            };
            self.push(at, client, server, Kind::LateReply, steps);
        }
    }

    /// Connections that sleep longer than the firewall remembers.
    pub fn sleepers(&mut self, n: u64, limit: u64) {
        for _ in 0..n {
            let at = self.moment() / 2;
            let (client, server) = self.pair();
            let rounds = self.dice.between(1, 4);
            let limit = limit * SECOND;
            let silence = if self.dice.percent(50) {
                limit + self.dice.between(limit / 200, limit / 20)
            } else {
                limit + limit / 50 + self.dice.wait(limit)
            };
            let steps = Script::new(&mut self.dice)
                .hello()
                .exchange(rounds, 300 * MILLI)
                .wake(silence)
                .steps;
            self.push(at, client, server, Kind::LateReply, steps);
        }
    }

    pub fn half_closed(&mut self, n: u64, limit: u64) {
        for _ in 0..n {
            let at = self.moment();
            let (client, server) = self.pair();
            let steps = Script::new(&mut self.dice)
                .hello()
                .exchange(1, 100 * MILLI)
                .half(limit * SECOND)
                .steps;
            self.push(at, client, server, Kind::LateReply, steps);
        }
    }

    /// Answers to openings that came another way.
    pub fn other_way(&mut self, n: u64) {
        let service = self.offered();
        for _ in 0..n {
            let at = self.moment();
            let visitor = self.visitor();
            let steps = self.conversation();
            self.push(at, visitor, service, Kind::LateReply, steps);
            self.last().path = Path::AnswersOnly;
        }
    }

    /// Connections that are in use around a moment.
    pub fn busy(&mut self, n: u64, around: Micros) {
        for _ in 0..n {
            let (client, server) = self.pair();
            let before = self.dice.between(10, 3000) * SECOND;
            let rounds = 2 + before / (8 * SECOND);
            let steps = Script::new(&mut self.dice)
                .hello()
                .exchange(rounds.min(500), 16 * SECOND)
                .bye()
                .steps;
            self.push(
                around.saturating_sub(before),
                client,
                server,
                Kind::Normal,
                steps,
            );
        }
    }

    /// Short connections that fill the table.
    pub fn crowd(&mut self, n: u64, from: Micros, within: Micros) {
        for _ in 0..n {
            let at = from + self.dice.below(within);
            let (visitor, offered) = (self.visitor(), self.offered());
            let steps = Script::new(&mut self.dice)
                .hello()
                .exchange(40, 4 * SECOND)
                .steps;
            self.push(at, visitor, offered, Kind::Normal, steps);
        }
    }

    /// Control connections that the firewall reads along and closes.
    pub fn inspected(&mut self, n: u64) {
        for _ in 0..n {
            let at = self.moment();
            let visitor = self.visitor();
            let port = self.dice.pick(&[21, 21, 5060, 1720, 554]);
            let service = End {
                ip: server(17),
                port,
            };
            let steps = Script::new(&mut self.dice)
                .hello()
                .exchange(8, 9 * SECOND)
                .bye()
                .steps;
            let after = self.dice.between(5, 60) * SECOND;
            self.push(at, visitor, service, Kind::LateReply, steps);
            self.last().inspected = Some(after);
        }
    }

    /// Whose connections get lost: visitors', those of people who go out, and those that programs keep open.
    fn pair(&mut self) -> (End, End) {
        match self.dice.below(100) {
            0..45 => (self.visitor(), self.offered()),
            45..70 => (self.person(), self.site()),
            70..75 => {
                let (host, port) = self.dice.pick(&INSIDE);
                let inside = End {
                    ip: server(host),
                    port,
                };
                (self.person(), inside)
            }
            75..92 => self.program(),
            _ => self.odd(),
        }
    }

    /// Answers to datagrams that come after the firewall stopped waiting.
    pub fn late_datagrams(&mut self, n: u64, limit: u64) {
        for _ in 0..n {
            let at = self.moment();
            let person = self.person();
            let away = End {
                ip: 0x0101_0101 + self.dice.below(3) as u32 * 0x0707_0707,
                port: self.dice.pick(&[53, 53, 53, 53, 123, 161, 1812]),
            };
            let delay = limit * SECOND + self.dice.between(500, 30_000) * MILLI;
            self.datagram(at, person, away, Kind::LateDatagram, delay);
        }
    }
}

pub fn server(host: u8) -> u32 {
    0x0a00_0000 + u32::from(host)
}

/// An address outside.
pub fn stranger(dice: &mut Dice) -> u32 {
    loop {
        let ip = (dice.between(23, 98) as u32) << 24 | dice.below(1 << 24) as u32;
        if !matches!(ip & 255, 0 | 255) {
            return ip;
        }
    }
}

fn weighted(dice: &mut Dice, list: &[(u16, u64)]) -> u16 {
    let total = list.iter().map(|(_, weight)| weight).sum();
    let mut at = dice.below(total);
    for (port, weight) in list {
        if at < *weight {
            return *port;
        }
        at -= weight;
    }
    list[0].0
}
