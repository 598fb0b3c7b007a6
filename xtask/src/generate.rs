//! A FortiGate traffic log of any size, the same bytes every time: what the benches read.
//!
//! Shape    5.x and later, key=value, about 480 bytes a line, one day, sessions interleaved a thousand at a time.
//! Traffic  per client one kind: web and names outwards, visitors of our servers, blocked replies, probes, "no session matched".
//! Sessions A session is a distinct canonical 5-tuple; there are exactly as many as asked for, and exactly as many clients.
//! Misses   Clients are private and documentation addresses only, so a million of them come from few networks.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::places;

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    pub bytes: u64,
    pub sessions: u64,
    pub clients: u64,
    pub seed: u64,
}

/// Issue 2, bar 7, first ratio.
pub const FEW_SESSIONS: Log = Log::of(480, 200_000);
/// Issue 2, bar 7, second ratio.
pub const MANY_SESSIONS: Log = Log::of(480, 1_000_000);
/// Issue 2, bar 6.
pub const GIGABYTE: Log = Log::of(1_000, 1_000_000);

/// What was made.
#[derive(Debug, Clone, Copy)]
pub struct Made {
    pub lines: u64,
    pub bytes: u64,
}

/// Sessions whose lines are mixed with each other.
const BLOCK: u64 = 1024;
/// Lines looked at to learn the mean length.
const PROBE_LINES: u64 = 4096;
/// One day; every session begins in it.
const SPAN_MILLIS: u64 = 86_400_000;
/// 2026-10-05T00:00:00Z, a Monday.
const DAY_MILLIS: u64 = 1_791_158_400_000;
/// Ports of one client from here on, so that no two of its sessions share one.
const FIRST_PORT: u64 = 1024;
const N_PORTS: u64 = 64_000;

impl Log {
    /// A log of so many million bytes with as many clients as sessions.
    pub const fn of(megabytes: u64, sessions: u64) -> Self {
        Self {
            bytes: megabytes * 1_000_000,
            sessions,
            clients: sessions,
            seed: 2014,
        }
    }

    /// Where it lies once made.
    pub fn path(&self) -> PathBuf {
        places::bench().join(format!(
            "fortigate-{}mb-{}s-{}c-{}.log",
            self.bytes / 1_000_000,
            self.sessions,
            self.clients,
            self.seed
        ))
    }

    /// Makes the file unless it is there already.
    pub fn file(&self) -> Result<PathBuf> {
        let path = self.path();
        if path.is_file() {
            return Ok(path);
        }
        std::fs::create_dir_all(places::bench())?;
        // Renamed when it is whole, so that a half-written one is never measured.
        let half = path.with_extension("half");
        let out = std::fs::File::create(&half)
            .with_context(|| format!("{} cannot be written", half.display()))?;
        let made = self.write(out)?;
        std::fs::rename(&half, &path)?;
        println!(
            "generated {}: {} lines, {} bytes, {} sessions, {} clients",
            shown(&path),
            made.lines,
            made.bytes,
            self.sessions,
            self.clients
        );
        Ok(path)
    }

    /// Writes the lines.
    pub fn write(&self, out: impl Write) -> Result<Made> {
        ensure!(
            self.sessions >= 1 && self.clients >= 1 && self.clients <= self.sessions,
            "a log needs at least one client, and at least one session for each"
        );
        ensure!(
            self.sessions.div_ceil(self.clients) <= N_PORTS,
            "one client cannot have more than {N_PORTS} sessions at a time"
        );
        let lines = self.n_lines();
        ensure!(
            lines >= self.sessions,
            "{} bytes are {lines} lines, too few for {} sessions",
            self.bytes,
            self.sessions
        );
        let mut out = BufWriter::with_capacity(1 << 20, out);
        let mut line = Vec::with_capacity(1024);
        let mut bytes = 0;
        for place in self.places(lines) {
            line.clear();
            self.line(place, lines, &mut line);
            bytes += line.len() as u64;
            out.write_all(&line)?;
        }
        out.flush()?;
        Ok(Made { lines, bytes })
    }

    /// How many lines of the mean length make up the size.
    fn n_lines(&self) -> u64 {
        let mut line = Vec::new();
        for at in 0..PROBE_LINES {
            let place = Place {
                line: at,
                session: at * self.sessions / PROBE_LINES,
                turn: 0,
                turns: 1 + at % 2,
            };
            self.line(place, PROBE_LINES, &mut line);
        }
        (self.bytes * PROBE_LINES / (line.len() as u64)).max(1)
    }

    /// Which session each line belongs to: block after block, the lines of a block going round its sessions.
    fn places(&self, lines: u64) -> impl Iterator<Item = Place> {
        let sessions = self.sessions;
        let first_line = move |session: u64| {
            (u128::from(session) * u128::from(lines)).div_ceil(u128::from(sessions)) as u64
        };
        (0..sessions.div_ceil(BLOCK)).flat_map(move |block| {
            let start = block * BLOCK;
            let in_block = BLOCK.min(sessions - start);
            let from = first_line(start);
            let to = first_line(start + in_block);
            (from..to).map(move |line| {
                let nth = line - from;
                let at = nth % in_block;
                Place {
                    line,
                    session: start + at,
                    turn: nth / in_block,
                    turns: (to - from - at).div_ceil(in_block),
                }
            })
        })
    }

    /// One line, with its end.
    fn line(&self, place: Place, lines: u64, out: &mut Vec<u8>) {
        let client = place.session % self.clients;
        let round = place.session / self.clients;
        let mut client_dice = Dice::new(self.seed ^ client.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let kind = Kind::of(client_dice.below(100));
        let port = FIRST_PORT + (client_dice.below(N_PORTS) + round) % N_PORTS;
        let mut dice = Dice::new(
            self.seed.wrapping_add(1) ^ place.session.wrapping_mul(0xd134_2543_de82_ef95),
        );
        let millis = DAY_MILLIS
            + (u128::from(place.line) * u128::from(SPAN_MILLIS) / u128::from(lines)) as u64;
        let seconds = millis / 1000 % 86_400;
        let is_last = place.turn + 1 == place.turns;
        let server = dice.below(250) + 1;

        put(out, b"date=2026-10-05 time=");
        two(out, seconds / 3600);
        out.push(b':');
        two(out, seconds / 60 % 60);
        out.push(b':');
        two(out, seconds % 60);
        put(out, b" devname=\"FGT-EDGE-1\" logid=\"");
        put(
            out,
            if kind.is_denied() || is_last {
                b"0000000013"
            } else {
                b"0000000020"
            },
        );
        put(
            out,
            b"\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" eventtime=",
        );
        number(out, millis);
        number_padded(out, dice.below(1_000_000), 6);
        put(out, b" tz=\"+0000\" ");
        let (protocol, service_port, service) = kind.service(&mut dice);
        // A blocked reply is logged with the server as its source: that is the trap the product is about.
        let client_is_source = kind != Kind::BlockedReply && kind != Kind::NoSession;
        let ends = [true, false].map(|is_source| {
            move |out: &mut Vec<u8>| {
                if is_source == client_is_source {
                    kind.client_address(client, out);
                } else {
                    kind.server_address(server, out);
                }
            }
        });
        let (source_port, target_port) = if client_is_source {
            (port, service_port)
        } else {
            (service_port, port)
        };
        let client_inside = kind.is_client_inside();
        let (source_side, target_side) = if client_inside == client_is_source {
            (INSIDE, OUTSIDE)
        } else {
            (OUTSIDE, INSIDE)
        };
        put(out, b"srcip=");
        ends[0](out);
        put(out, b" srcport=");
        number(out, source_port);
        put(out, b" srcintf=\"");
        put(out, source_side.0);
        put(out, b"\" srcintfrole=\"");
        put(out, source_side.1);
        put(out, b"\" dstip=");
        ends[1](out);
        put(out, b" dstport=");
        number(out, target_port);
        put(out, b" dstintf=\"");
        put(out, target_side.0);
        put(out, b"\" dstintfrole=\"");
        put(out, target_side.1);
        put(out, b"\" sessionid=");
        number(out, 10_000 + place.session);
        put(out, b" proto=");
        number(out, protocol);
        put(out, b" action=\"");
        put(
            out,
            match kind {
                Kind::Web | Kind::Visitor if !is_last => b"accept",
                Kind::Web | Kind::Visitor => {
                    if dice.below(20) == 0 {
                        b"client-rst"
                    } else {
                        b"close"
                    }
                }
                Kind::Names => b"accept",
                Kind::BlockedReply | Kind::Probe | Kind::NoSession | Kind::BlockedOut => b"deny",
            },
        );
        put(out, b"\" policyid=");
        number(out, kind.rule());
        put(out, b" service=\"");
        put(out, if client_is_source { service } else { b"" });
        if !client_is_source {
            put(out, b"tcp/");
            number(out, target_port);
        }
        out.push(b'"');
        if kind.is_denied() {
            put(
                out,
                b" trandisp=\"noop\" duration=0 sentbyte=0 rcvdbyte=0 sentpkt=0 rcvdpkt=0",
            );
            put(
                out,
                match kind {
                    Kind::NoSession => {
                        b" crscore=5 craction=262144 crlevel=\"low\" msg=\"no session matched\""
                            .as_slice()
                    }
                    _ => b" crscore=30 craction=131072 crlevel=\"high\"".as_slice(),
                },
            );
        } else {
            let packets = 4 + dice.below(40) * (place.turn + 1);
            put(out, b" trandisp=\"noop\" app=\"");
            put(out, service);
            put(out, b"\" duration=");
            number(out, 1 + dice.below(120) + 60 * place.turn);
            put(out, b" sentbyte=");
            number(out, packets * 60 + dice.below(2000));
            put(out, b" rcvdbyte=");
            number(out, packets * 900 + dice.below(20_000));
            put(out, b" sentpkt=");
            number(out, packets);
            put(out, b" rcvdpkt=");
            number(out, packets + dice.below(packets));
        }
        out.push(b'\n');
    }
}

/// A line's number, its session, which of the session's lines it is, and of how many.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: u64,
    session: u64,
    turn: u64,
    turns: u64,
}

const INSIDE: (&[u8], &[u8]) = (b"internal1", b"lan");
const OUTSIDE: (&[u8], &[u8]) = (b"wan1", b"wan");

/// What a client does all day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Our machine reads pages of the internet.
    Web,
    /// Our machine resolves names.
    Names,
    /// A visitor reads pages of our server.
    Visitor,
    /// Our server's answer to a visitor, blocked by a rule.
    BlockedReply,
    /// The same, and the firewall says why.
    NoSession,
    /// A stranger tries a port of ours.
    Probe,
    /// Our machine may not go out.
    BlockedOut,
}

impl Kind {
    fn of(percent: u64) -> Self {
        match percent {
            0..45 => Self::Web,
            45..57 => Self::Names,
            57..75 => Self::Visitor,
            75..84 => Self::BlockedReply,
            84..88 => Self::NoSession,
            88..95 => Self::Probe,
            _ => Self::BlockedOut,
        }
    }

    fn is_denied(self) -> bool {
        !matches!(self, Self::Web | Self::Names | Self::Visitor)
    }

    fn is_client_inside(self) -> bool {
        matches!(self, Self::Web | Self::Names | Self::BlockedOut)
    }

    fn rule(self) -> u64 {
        match self {
            Self::Web => 1,
            Self::Names => 2,
            Self::Visitor => 7,
            Self::BlockedOut => 12,
            Self::BlockedReply | Self::NoSession | Self::Probe => 0,
        }
    }

    /// Protocol, port of the server, name.
    fn service(self, dice: &mut Dice) -> (u64, u64, &'static [u8]) {
        match self {
            Self::Web | Self::Visitor => {
                if dice.below(5) == 0 {
                    (6, 80, b"HTTP")
                } else {
                    (6, 443, b"HTTPS")
                }
            }
            Self::Names => (17, 53, b"DNS"),
            Self::BlockedReply | Self::NoSession => (6, 80, b"HTTP"),
            Self::Probe => [
                (6, 22, b"SSH".as_slice()),
                (6, 23, b"TELNET"),
                (6, 445, b"SMB"),
                (6, 3389, b"RDP"),
            ][dice.below(4) as usize],
            Self::BlockedOut => {
                [(6, 25, b"SMTP".as_slice()), (6, 6667, b"IRC")][dice.below(2) as usize]
            }
        }
    }

    /// Inside 10/8; outside the documentation prefix of IPv6, the only one with room for a million strangers.
    fn client_address(self, client: u64, out: &mut Vec<u8>) {
        if self.is_client_inside() {
            put(out, b"10.");
            number(out, client >> 16 & 255);
            out.push(b'.');
            number(out, client >> 8 & 255);
            out.push(b'.');
            number(out, client & 255);
        } else {
            put(out, b"2001:db8:");
            hexadecimal(out, 0x1000 + (client >> 16));
            out.push(b':');
            hexadecimal(out, 1 + (client & 0xffff));
            put(out, b"::7");
        }
    }

    fn server_address(self, server: u64, out: &mut Vec<u8>) {
        if self.is_client_inside() {
            put(
                out,
                if server.is_multiple_of(2) {
                    b"198.51.100."
                } else {
                    b"203.0.113."
                },
            );
            number(out, server);
        } else {
            put(out, b"2001:db8:5:80::");
            hexadecimal(out, 1 + server % 8);
        }
    }
}

/// A small generator of numbers (splitmix64): the same seed, the same log, on any machine.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

fn put(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(text);
}

fn number(out: &mut Vec<u8>, value: u64) {
    number_padded(out, value, 1);
}

fn two(out: &mut Vec<u8>, value: u64) {
    number_padded(out, value, 2);
}

fn number_padded(out: &mut Vec<u8>, mut value: u64, digits: usize) {
    let mut buffer = [b'0'; 20];
    let mut at = buffer.len();
    while value > 0 || buffer.len() - at < digits {
        at -= 1;
        buffer[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    put(out, &buffer[at..]);
}

fn hexadecimal(out: &mut Vec<u8>, value: u64) {
    write!(out, "{value:x}").expect("a Vec takes everything");
}

/// A path as it is best told: from the root of the house.
fn shown(path: &Path) -> String {
    path.strip_prefix(places::root())
        .unwrap_or(path)
        .display()
        .to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn field<'a>(line: &'a str, name: &str) -> &'a str {
        let rest = line
            .split_once(&format!(" {name}="))
            .unwrap_or_else(|| panic!("no {name} in {line}"))
            .1;
        rest.split(' ').next().unwrap().trim_matches('"')
    }

    fn check(log: Log) {
        let mut text = Vec::new();
        let made = log.write(&mut text).unwrap();
        let mut again = Vec::new();
        log.write(&mut again).unwrap();
        assert!(text == again, "two runs differ");
        assert_eq!(made.bytes, text.len() as u64);
        let text = String::from_utf8(text).unwrap();
        assert_eq!(made.lines, text.lines().count() as u64);
        let off = made.bytes.abs_diff(log.bytes);
        assert!(
            off * 50 < log.bytes,
            "{} bytes instead of {}",
            made.bytes,
            log.bytes
        );
        let mean = made.bytes / made.lines;
        assert!((440..540).contains(&mean), "{mean} bytes a line");
        let mut sessions = BTreeSet::new();
        let mut clients = BTreeSet::new();
        let mut actions = BTreeSet::new();
        for line in text.lines() {
            let ends = [("srcip", "srcport"), ("dstip", "dstport")]
                .map(|(ip, port)| (field(line, ip), field(line, port)));
            let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            sessions.insert((low, high, field(line, "proto")));
            let client = ends
                .iter()
                .find(|(ip, _)| ip.starts_with("10.") || ip.starts_with("2001:db8:1"))
                .unwrap();
            clients.insert(client.0);
            actions.insert(field(line, "action"));
        }
        assert_eq!(sessions.len() as u64, log.sessions);
        assert_eq!(clients.len() as u64, log.clients);
        assert!(
            actions.is_superset(&BTreeSet::from(["close", "accept", "deny"])),
            "{actions:?}"
        );
        assert!(text.contains("no session matched"));
    }

    #[test]
    fn sessions_clients_and_size_are_as_asked() {
        check(Log {
            bytes: 2_000_000,
            sessions: 1_000,
            clients: 1_000,
            seed: 1,
        });
        check(Log {
            bytes: 2_000_000,
            sessions: 3_333,
            clients: 100,
            seed: 2,
        });
        check(Log {
            bytes: 1_000_000,
            sessions: 1_900,
            clients: 1_900,
            seed: 3,
        });
        check(Log {
            bytes: 500_000,
            sessions: 700,
            clients: 699,
            seed: 4,
        });
    }

    #[test]
    fn too_many_sessions_for_the_size_are_refused() {
        assert!(
            Log {
                bytes: 10_000,
                sessions: 1_000,
                clients: 1,
                seed: 1
            }
            .write(Vec::new())
            .is_err()
        );
    }
}
