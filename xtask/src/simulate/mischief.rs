//! What is not ordinary: searches, forged senders, peers, guessing, regular callers, machines that were taken over.

use super::talk::{ACK, End, Kind, MILLI, MINUTE, Micros, PSH, Proto, RST, SECOND, SYN, Script};
use super::town::{Town, server, stranger};

/// Ports that searches look for most.
const WATCHED: [u16; 8] = [22, 23, 445, 1433, 3306, 3389, 5900, 6379];

impl Town {
    pub fn scans(&mut self, n: u64) {
        for nth in 0..n {
            let at = self.moment() / 2;
            let scanner = stranger(&mut self.dice);
            let fixed = self.dice.percent(40);
            let own_port = if self.dice.percent(15) {
                self.dice.pick(&[53, 80, 443])
            } else {
                self.dice.between(30_000, 64_000) as u16
            };
            let watched = self.dice.pick(&WATCHED);
            let port = if self.dice.percent(70) {
                watched
            } else {
                self.dice.between(80, 10_000) as u16
            };
            let (many, gap) = match nth % 3 {
                // Slow: a door every half hour or so.
                2 => (self.dice.between(34, 60), 18 * MINUTE),
                _ => (self.dice.between(60, 400), 200 * MILLI),
            };
            let target = self.own_address();
            let first = self.dice.between(1, 1000) as u16;
            let mut at = at;
            for door in 0..many {
                at += self.dice.between(gap / 2, gap * 3 / 2);
                let from = End {
                    ip: scanner,
                    port: if fixed { own_port } else { self.free_port() },
                };
                let to = if nth % 3 == 1 {
                    End {
                        ip: target,
                        port: first.wrapping_add((door * 7) as u16),
                    }
                } else {
                    End {
                        ip: 0xc000_0203 + (door % 247) as u32,
                        port,
                    }
                };
                let steps = Script::new(&mut self.dice).poke().steps;
                self.refused(at, from, to, Kind::Scan, steps);
            }
        }
    }

    /// Somebody attacks strangers in our name; their answers come here.
    pub fn backscatter(&mut self, n: u64) {
        for _ in 0..n {
            let victim = End {
                ip: stranger(&mut self.dice),
                port: self.dice.pick(&[80, 443, 22, 25, 53, 8080]),
            };
            let mut at = self.moment();
            let resets = self.dice.percent(40);
            for _ in 0..self.dice.between(15, 150) {
                at += self.dice.wait(2 * SECOND);
                let purported = End {
                    ip: self.own_address(),
                    port: self.dice.between(1024, 65_535) as u16,
                };
                let mut script = Script::new(&mut self.dice);
                if resets {
                    script.step(0, false, RST | ACK, 40);
                } else {
                    script.step(0, false, SYN | ACK, 44).insists = true;
                }
                let steps = script.steps;
                self.push(at, purported, victim, Kind::Backscatter, steps);
            }
        }
    }

    /// One machine and its like everywhere.
    pub fn peers(&mut self, n: u64) {
        for nth in 0..n {
            let hub_port = if self.dice.percent(50) {
                self.dice.pick(&[51_413, 6881, 6889])
            } else {
                self.dice.between(10_000, 60_000) as u16
            };
            let hub = 0x0a01_0100 + 100 + nth as u32;
            let mut at = self.moment() / 2;
            for _ in 0..self.dice.between(40, 120) {
                at += self.dice.wait(40 * SECOND);
                let peer = End {
                    ip: stranger(&mut self.dice),
                    port: self.dice.between(1025, 65_535) as u16,
                };
                let udp = self.dice.percent(70);
                let own = End {
                    ip: hub,
                    port: if udp || self.dice.percent(30) {
                        hub_port
                    } else {
                        self.free_port()
                    },
                };
                let called = own.port == hub_port && self.dice.percent(30);
                let (client, server) = if called { (peer, own) } else { (own, peer) };
                if udp {
                    let delay = self.dice.between(20, 200) * MILLI;
                    self.datagram(at, client, server, Kind::PeerToPeer, delay);
                } else {
                    let client = if called {
                        End {
                            port: self.free_port(),
                            ..client
                        }
                    } else {
                        client
                    };
                    let steps = self.conversation();
                    self.push(at, client, server, Kind::PeerToPeer, steps);
                }
            }
        }
    }

    pub fn guessing(&mut self, n: u64) {
        for _ in 0..n {
            let guesser = stranger(&mut self.dice);
            let (host, port) = self.dice.pick(&[(50, 22), (51, 3389), (52, 21), (50, 22)]);
            let mut at = self.moment();
            for _ in 0..self.dice.between(25, 200) {
                at += self.dice.between(2, 12) * SECOND;
                let from = End {
                    ip: guesser,
                    port: self.free_port(),
                };
                let door = End {
                    ip: server(host),
                    port,
                };
                let steps = Script::new(&mut self.dice)
                    .hello()
                    .exchange(3, 150 * MILLI)
                    .bye()
                    .steps;
                self.push(at, from, door, Kind::Guessing, steps);
            }
        }
    }

    /// Calls at regular times, each gap uniform within a fifth.
    pub fn beacons(&mut self, n: u64, period: Micros, until: Micros, allowed: bool) {
        for _ in 0..n {
            let person = self.person();
            let away = End {
                ip: stranger(&mut self.dice),
                port: self.dice.pick(&[443, 443, 80, 8443, 4444]),
            };
            let mut at = self.dice.below(period);
            while at < until {
                let from = End {
                    ip: person.ip,
                    port: self.free_port(),
                };
                if allowed {
                    let mut steps = Script::new(&mut self.dice)
                        .hello()
                        .exchange(1, 50 * MILLI)
                        .bye()
                        .steps;
                    // The same question each time.
                    for step in &mut steps {
                        if step.flags & PSH != 0 {
                            step.len = 410 + self.dice.below(12) as u16;
                        }
                    }
                    self.push(at, from, away, Kind::Beacon, steps);
                } else {
                    let steps = Script::new(&mut self.dice).knock().steps;
                    self.refused(at, from, away, Kind::Beacon, steps);
                }
                at += self.dice.between(period * 4 / 5, period * 6 / 5);
            }
        }
    }

    /// Route tracing with datagrams: three for each hop, the port counts up.
    pub fn traces(&mut self, n: u64) {
        for _ in 0..n {
            let mut at = self.moment();
            let outward = self.dice.percent(60);
            let (mut from, target) = if outward {
                (self.person(), stranger(&mut self.dice))
            } else {
                (self.visitor(), self.own_address())
            };
            from.port = self.dice.between(33_000, 65_000) as u16;
            for probe in 0..self.dice.between(10, 24) * 3 {
                at += self.dice.between(5, 900) * MILLI;
                let mut script = Script::new(&mut self.dice);
                script.step(0, true, 0, 60);
                let steps = script.steps;
                let door = End {
                    ip: target,
                    port: 33_434 + probe as u16,
                };
                self.push(at, from, door, Kind::Traceroute, steps);
                let talk = self.last();
                talk.proto = Proto::Udp;
                talk.allowed = outward;
            }
        }
    }

    /// A server that somebody has taken over calls out, from the port of its own service.
    pub fn reverse_shells(&mut self, n: u64) {
        for _ in 0..n {
            let at = self.moment();
            let host = self.dice.pick(&[11_u8, 12, 16]);
            let port = self.dice.pick(&[80, 443]);
            let from = End {
                ip: server(host),
                port,
            };
            let away = self.visitor();
            let steps = Script::new(&mut self.dice).knock().steps;
            self.refused(at, from, away, Kind::ReverseShell, steps);
        }
    }
}
