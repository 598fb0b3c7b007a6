//! What devices write down: the same records in the words of several vendors, with and without the packets' flags.

use std::io::Write;

use super::firewall::{Close, Mishap, Record, What};
use super::talk::{ACK, End, FIN, Micros, PSH, Proto, RST, SECOND, SYN, Talk};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Format {
    FortiGate,
    Netfilter,
    Asa,
    Csv,
}

impl Format {
    pub const ALL: [Format; 4] = [
        Format::FortiGate,
        Format::Netfilter,
        Format::Asa,
        Format::Csv,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Format::FortiGate => "FortiGate",
            Format::Netfilter => "netfilter",
            Format::Asa => "Cisco ASA",
            Format::Csv => "CSV",
        }
    }
}

/// Whether the lines show what single packets tell of themselves, and that the device knew no connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Flags {
    Shown,
    Hidden,
}

impl Flags {
    pub fn name(self) -> &'static str {
        match self {
            Flags::Shown => "shown",
            Flags::Hidden => "hidden",
        }
    }
}

/// Which lines are kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Scope {
    All,
    /// What passed is not logged: the usual setting.
    Denied,
}

impl Scope {
    pub fn word(self) -> &'static str {
        match self {
            Scope::All => "all",
            Scope::Denied => "denied",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Scope::All => "everything logged",
            Scope::Denied => "only what was refused",
        }
    }
}

/// 2026-10-05T00:00:00Z, a Monday.
const START: u64 = 1_791_158_400;

/// Lines and, for each, its conversation and whether the client stands first in it; `None` for lines that are no
/// traffic.
pub struct Written {
    pub text: Vec<u8>,
    pub talks: Vec<Option<(u32, bool)>>,
}

pub fn write(
    format: Format,
    flags: Flags,
    scope: Scope,
    talks: &[Talk],
    records: &[Record],
) -> Written {
    let mut writer = Writer {
        format,
        flags,
        text: Vec::with_capacity(records.len() * 200),
        talks: Vec::with_capacity(records.len()),
    };
    if format == Format::Csv {
        let head = match flags {
            Flags::Shown => "time,src,srcport,dst,dstport,proto,flags,action\n",
            Flags::Hidden => "time,src,srcport,dst,dstport,proto,action\n",
        };
        writer.put(head);
        writer.talks.push(None);
    }
    for record in records {
        let is_passed = matches!(record.what, What::Opened | What::Closed(_));
        if scope == Scope::All || !is_passed {
            writer.record(talks, record);
        }
    }
    Written {
        text: writer.text,
        talks: writer.talks,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Zone {
    Lan,
    Dmz,
    /// The firewall's own outside addresses.
    Own,
    Wan,
}

fn zone(ip: u32) -> Zone {
    match ip >> 8 {
        0x0a_00_00 => Zone::Dmz,
        0xc0_00_02 => Zone::Own,
        _ if ip >> 24 == 10 => Zone::Lan,
        _ => Zone::Wan,
    }
}

/// The outside address of a machine behind the firewall.
fn mapped(end: End, idx: u32) -> End {
    match zone(end.ip) {
        Zone::Dmz => End {
            ip: 0xc000_0200 | end.ip & 255,
            port: end.port,
        },
        Zone::Lan => End {
            ip: 0xc000_0202,
            port: 1024 + (idx % 64_000) as u16,
        },
        Zone::Own | Zone::Wan => end,
    }
}

struct Shown(End, char);

impl std::fmt::Display for Shown {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}{}{}", Ip(self.0.ip), self.1, self.0.port)
    }
}

struct Ip(u32);

impl std::fmt::Display for Ip {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, c, d] = self.0.to_be_bytes();
        write!(out, "{a}.{b}.{c}.{d}")
    }
}

/// Day of October 2026, hour, minute, second; the month's length is never reached.
fn clock(at: Micros) -> (u64, u64, u64, u64) {
    let seconds = at / SECOND;
    (
        5 + seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    )
}

/// Month and day; a month of lines runs into November.
fn date(day: u64) -> (u64, u64, &'static str) {
    if day > 31 {
        (11, day - 31, "Nov")
    } else {
        (10, day, "Oct")
    }
}

struct Writer {
    format: Format,
    flags: Flags,
    text: Vec<u8>,
    talks: Vec<Option<(u32, bool)>>,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    fn line(&mut self, record: Option<&Record>, words: std::fmt::Arguments<'_>) {
        self.text
            .write_fmt(words)
            .expect("a Vec takes everything that is written");
        self.text.push(b'\n');
        self.talks
            .push(record.map(|record| (record.talk, record.from_client)));
    }

    fn record(&mut self, talks: &[Talk], record: &Record) {
        match record.what {
            What::Mishap(mishap) => self.mishap(record.at, mishap),
            What::TableFull => self.table_full(record.at),
            _ => {
                let talk = &talks[record.talk as usize];
                match self.format {
                    Format::FortiGate => self.fortigate(talk, record),
                    Format::Netfilter => self.netfilter(talk, record),
                    Format::Asa => self.asa(talk, record),
                    Format::Csv => self.csv(talk, record),
                }
            }
        }
    }

    fn stamp(&self, at: Micros) -> String {
        let (day, hour, minute, second) = clock(at);
        let (month, day, name) = date(day);
        match self.format {
            Format::FortiGate => format!(
                "date=2026-{month:02}-{day:02} time={hour:02}:{minute:02}:{second:02} devname=\"fw1\" devid=\"FG0000000000000\" eventtime={}{:09} tz=\"+0000\"",
                START + at / SECOND,
                at % SECOND * 1000
            ),
            Format::Netfilter => format!(
                "2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:06}+00:00 gw1 kernel:",
                at % SECOND
            ),
            Format::Asa => {
                format!("{name} {day:02} 2026 {hour:02}:{minute:02}:{second:02} fw1 :")
            }
            Format::Csv => format!(
                "2026-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{:03}",
                at % SECOND / 1000
            ),
        }
    }

    fn mishap(&mut self, at: Micros, mishap: Mishap) {
        let stamp = self.stamp(at);
        match (self.format, mishap) {
            (Format::FortiGate, Mishap::Failover) => self.line(None, format_args!("{stamp} logid=\"0108037892\" type=\"event\" subtype=\"ha\" level=\"notice\" vd=\"root\" logdesc=\"Virtual cluster member state moved\" msg=\"Virtual cluster's member state moved\" ha_role=\"master\" hostname=\"fw2\"")),
            (Format::FortiGate, Mishap::Clear) => self.line(None, format_args!("{stamp} logid=\"0100032102\" type=\"event\" subtype=\"system\" level=\"notice\" vd=\"root\" logdesc=\"Sessions cleared\" user=\"admin\" msg=\"Sessions cleared by admin\"")),
            (Format::FortiGate, Mishap::Restart) => self.line(None, format_args!("{stamp} logid=\"0100032009\" type=\"event\" subtype=\"system\" level=\"information\" vd=\"root\" logdesc=\"System started\" msg=\"FortiGate started\"")),
            (Format::Netfilter, _) => self.line(None, format_args!("{stamp} Linux version 6.1.0-18-amd64 (build@example) (gcc-12) #1 SMP")),
            (Format::Asa, Mishap::Failover) => self.line(None, format_args!("{stamp} %ASA-1-104001: (Secondary) Switching to ACTIVE - mate want me Active.")),
            (Format::Asa, Mishap::Clear) => self.line(None, format_args!("{stamp} %ASA-5-111008: User 'admin' executed the 'clear conn all' command.")),
            (Format::Asa, Mishap::Restart) => self.line(None, format_args!("{stamp} %ASA-6-199002: Startup completed.  Beginning operation.")),
            // A table of packets has no place for what happens to the device.
            (Format::Csv, _) => {}
        }
    }

    fn table_full(&mut self, at: Micros) {
        let stamp = self.stamp(at);
        match self.format {
            Format::FortiGate => self.line(None, format_args!("{stamp} logid=\"0100022011\" type=\"event\" subtype=\"system\" level=\"critical\" vd=\"root\" logdesc=\"Memory conserve mode entered\" msg=\"Kernel enters memory conserve mode\"")),
            Format::Netfilter => self.line(None, format_args!("{stamp} nf_conntrack: nf_conntrack: table full, dropping packet")),
            Format::Asa => self.line(None, format_args!("{stamp} %ASA-5-321001: Resource 'conns' limit of 50000 reached for system")),
            Format::Csv => {}
        }
    }

    fn fortigate(&mut self, talk: &Talk, record: &Record) {
        let (src, dst) = ends(talk, record);
        let proto = if talk.proto == Proto::Tcp { 6 } else { 17 };
        let (action, message) = match record.what {
            What::Opened | What::Mishap(_) | What::TableFull => return,
            What::Closed(close) => match close {
                Close::Fins | Close::Inspection => ("close", ""),
                Close::ResetByClient => ("client-rst", ""),
                Close::ResetByServer => ("server-rst", ""),
                Close::Aged => ("accept", ""),
                Close::Idle | Close::SynTimeout | Close::HalfClose => ("timeout", ""),
                Close::Lost => return,
            },
            What::Refused | What::NoRoom => ("deny", ""),
            What::NoState => match self.flags {
                Flags::Shown => ("deny", " msg=\"no session matched\""),
                Flags::Hidden => ("deny", ""),
            },
        };
        let stamp = self.stamp(record.at);
        let (from, to) = (fortigate_zone(src.ip), fortigate_zone(dst.ip));
        let subtype = if zone(dst.ip) == Zone::Own {
            "local"
        } else {
            "forward"
        };
        let denied = action == "deny";
        let policy = if denied { 0 } else { 7 };
        let logid = match (record.what, subtype) {
            (What::NoState, _) if self.flags == Flags::Shown => "0000000007",
            (_, "local") => "0001000014",
            _ => "0000000013",
        };
        let service = if talk.proto == Proto::Tcp {
            "tcp"
        } else {
            "udp"
        };
        let session = if denied { 0 } else { 100_000 + record.talk };
        self.line(
            Some(record),
            format_args!(
                "{stamp} logid=\"{logid}\" type=\"traffic\" subtype=\"{subtype}\" level=\"notice\" vd=\"root\" srcip={} srcport={} {from} dstip={} dstport={} {} sessionid={session} proto={proto} action=\"{action}\" policyid={policy} policytype=\"policy\" service=\"{service}/{}\" trandisp=\"noop\" duration={} sentbyte={} rcvdbyte={} sentpkt={} rcvdpkt={} appcat=\"unscanned\"{message}",
                Ip(src.ip),
                src.port,
                Ip(dst.ip),
                dst.port,
                to.replace("src", "dst"),
                dst.port,
                record.duration / SECOND,
                record.bytes[0],
                record.bytes[1],
                record.packets[0],
                record.packets[1],
            ),
        );
    }

    fn netfilter(&mut self, talk: &Talk, record: &Record) {
        let prefix = match record.what {
            What::Opened => "ACCEPT",
            What::NoState if self.flags == Flags::Shown => "INVALID-DROP",
            What::Refused | What::NoRoom | What::NoState => "DROP",
            What::Closed(_) | What::Mishap(_) | What::TableFull => return,
        };
        let (src, dst) = ends(talk, record);
        let interface = |ip: u32| match zone(ip) {
            Zone::Lan => "eth1",
            Zone::Dmz => "eth2",
            Zone::Own => "",
            Zone::Wan => "eth0",
        };
        let stamp = self.stamp(record.at);
        let ttl = if zone(src.ip) == Zone::Wan { 52 } else { 63 };
        let id = (record.at ^ (u64::from(record.talk) * 7919)) % 65_536;
        let head = format!(
            "{stamp} {prefix} IN={} OUT={} SRC={} DST={} LEN={} TOS=0x00 PREC=0x00 TTL={ttl} ID={id} DF",
            interface(src.ip),
            interface(dst.ip),
            Ip(src.ip),
            Ip(dst.ip),
            record.len
        );
        let (spt, dpt) = (src.port, dst.port);
        match (talk.proto, self.flags) {
            (Proto::Udp, _) => self.line(
                Some(record),
                format_args!(
                    "{head} PROTO=UDP SPT={spt} DPT={dpt} LEN={}",
                    record.len.saturating_sub(20)
                ),
            ),
            (Proto::Tcp, Flags::Hidden) => self.line(
                Some(record),
                format_args!("{head} PROTO=TCP SPT={spt} DPT={dpt}"),
            ),
            (Proto::Tcp, Flags::Shown) => {
                let words = words(record.flags, &["ACK", "PSH", "RST", "SYN", "FIN"], " ");
                self.line(
                    Some(record),
                    format_args!(
                        "{head} PROTO=TCP SPT={spt} DPT={dpt} WINDOW=501 RES=0x00 {words} URGP=0"
                    ),
                );
            }
        }
    }

    fn asa(&mut self, talk: &Talk, record: &Record) {
        let stamp = self.stamp(record.at);
        let id = 1000 + record.talk;
        let number = Some(record);
        let interface = |ip: u32| match zone(ip) {
            Zone::Lan => "inside",
            Zone::Dmz => "dmz",
            Zone::Own => "identity",
            Zone::Wan => "outside",
        };
        let level = |ip: u32| match zone(ip) {
            Zone::Lan => 100,
            Zone::Dmz => 50,
            Zone::Own | Zone::Wan => 0,
        };
        let (client, server) = (talk.client, talk.server);
        let outbound = level(client.ip) > level(server.ip);
        // The side of the lower level comes first.
        let (low, high) = if outbound {
            (server, client)
        } else {
            (client, server)
        };
        let proto = if talk.proto == Proto::Tcp {
            "TCP"
        } else {
            "UDP"
        };
        let full = |end: End| format!("{}:{}", interface(end.ip), Shown(end, '/'));
        let (low_text, high_text) = (full(low), full(high));
        match record.what {
            What::Opened => {
                let code = if talk.proto == Proto::Tcp {
                    302_013
                } else {
                    302_015
                };
                let way = if outbound { "outbound" } else { "inbound" };
                self.line(
                    number,
                    format_args!(
                        "{stamp} %ASA-6-{code}: Built {way} {proto} connection {id} for {low_text} ({}) to {high_text} ({})",
                        Shown(mapped(low, record.talk), '/'),
                        Shown(mapped(high, record.talk), '/')
                    ),
                );
            }
            What::Closed(close) => {
                let seconds = record.duration / SECOND;
                let length = format!(
                    "duration {}:{:02}:{:02} bytes {}",
                    seconds / 3600,
                    seconds / 60 % 60,
                    seconds % 60,
                    record.bytes[0] + record.bytes[1]
                );
                let by_low = |client_did: bool| client_did != outbound;
                let reset = |client_did| {
                    if by_low(client_did) {
                        " TCP Reset-O"
                    } else {
                        " TCP Reset-I"
                    }
                };
                let (code, reason) = match close {
                    Close::Fins => (302_014, " TCP FINs"),
                    Close::ResetByClient => (302_014, reset(true)),
                    Close::ResetByServer => (302_014, reset(false)),
                    Close::Idle => (302_014, " Connection timeout"),
                    Close::SynTimeout => (302_014, " SYN Timeout"),
                    Close::HalfClose => (302_014, " FIN Timeout"),
                    Close::Inspection => (302_014, " Flow closed by inspection"),
                    Close::Aged => (302_016, ""),
                    Close::Lost => return,
                };
                self.line(
                    number,
                    format_args!(
                        "{stamp} %ASA-6-{code}: Teardown {proto} connection {id} for {low_text} to {high_text} {length}{reason}"
                    ),
                );
            }
            What::NoState if self.flags == Flags::Shown && talk.proto == Proto::Tcp => {
                let (src, dst) = ends(talk, record);
                let words = words(record.flags, &["FIN", "SYN", "RST", "PSH", "ACK"], " ");
                self.line(
                    number,
                    format_args!(
                        "{stamp} %ASA-6-106015: Deny TCP (no connection) from {} to {} flags {words}  on interface {}",
                        Shown(src, '/'),
                        Shown(dst, '/'),
                        interface(src.ip)
                    ),
                );
            }
            What::Refused
                if self.flags == Flags::Shown
                    && talk.proto == Proto::Tcp
                    && zone(talk.server.ip) == Zone::Own =>
            {
                self.line(
                    number,
                    format_args!(
                        "{stamp} %ASA-2-106001: Inbound TCP connection denied from {} to {} flags SYN  on interface outside",
                        Shown(client, '/'),
                        Shown(server, '/')
                    ),
                );
            }
            What::NoRoom => {
                let way = if outbound { "outbound" } else { "inbound" };
                self.line(
                    number,
                    format_args!(
                        "{stamp} %ASA-3-201011: Connection limit exceeded 50000/50000 for {way} packet from {} to {} on interface {}",
                        Shown(client, '/'),
                        Shown(server, '/'),
                        interface(client.ip)
                    ),
                );
            }
            What::Refused | What::NoState => {
                let (src, dst) = ends(talk, record);
                let proto = if talk.proto == Proto::Tcp {
                    "tcp"
                } else {
                    "udp"
                };
                self.line(
                    number,
                    format_args!(
                        "{stamp} %ASA-4-106023: Deny {proto} src {} dst {} by access-group \"{}_in\" [0x0, 0x0]",
                        full(src),
                        full(dst),
                        interface(src.ip)
                    ),
                );
            }
            What::Mishap(_) | What::TableFull => {}
        }
    }

    fn csv(&mut self, talk: &Talk, record: &Record) {
        let action = match record.what {
            What::Opened => "allow",
            What::Refused | What::NoRoom | What::NoState => "deny",
            What::Closed(_) | What::Mishap(_) | What::TableFull => return,
        };
        let (src, dst) = ends(talk, record);
        let stamp = self.stamp(record.at);
        let proto = if talk.proto == Proto::Tcp {
            "tcp"
        } else {
            "udp"
        };
        let flags = match self.flags {
            Flags::Shown => format!("{},", words(record.flags, &["F", "S", "R", "P", "A"], "")),
            Flags::Hidden => String::new(),
        };
        self.line(
            Some(record),
            format_args!(
                "{stamp},{},{},{},{},{proto},{flags}{action}",
                Ip(src.ip),
                src.port,
                Ip(dst.ip),
                dst.port
            ),
        );
    }
}

fn fortigate_zone(ip: u32) -> &'static str {
    match zone(ip) {
        Zone::Lan => "srcintf=\"lan\" srcintfrole=\"lan\"",
        Zone::Dmz => "srcintf=\"dmz\" srcintfrole=\"dmz\"",
        Zone::Own => "srcintf=\"root\" srcintfrole=\"undefined\"",
        Zone::Wan => "srcintf=\"wan1\" srcintfrole=\"wan\"",
    }
}

/// Sender and receiver of a packet; a closed connection has the client first.
fn ends(talk: &Talk, record: &Record) -> (End, End) {
    if record.from_client {
        (talk.client, talk.server)
    } else {
        (talk.server, talk.client)
    }
}

/// `names` in the order in which they are written.
fn words(flags: u8, names: &[&str], between: &str) -> String {
    let bits = |name: &str| match name.as_bytes()[0] {
        b'F' => FIN,
        b'S' => SYN,
        b'R' => RST,
        b'P' => PSH,
        _ => ACK,
    };
    let set: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| flags & bits(name) != 0)
        .collect();
    set.join(between)
}
