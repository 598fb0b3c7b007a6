//! An event in the making: what the roles of the values say, before the dialect has its word.

use super::{Pair, Role, at};
use crate::engine::format::{Sink, plain};
use crate::engine::model::event::{Control, Icmp};
use crate::engine::model::{
    Action, Endpoint, Event, FlagsScope, Host, Init, Kind, Micros, NameId, Names, SessionTag,
    Stamp, StampQuality, ports, proto,
};
use crate::engine::source::find::{find, find_folded};
use crate::engine::source::keyvalue::Values;
use crate::engine::source::time::{self, DayOrder};
use crate::engine::source::{Clock, Record};

/// No connection lasts a century; a wild number must not move the start before the epoch of anything.
const CENTURY: Micros = 3_200_000_000_000_000;

pub struct Draft<'a, 'm> {
    pub record: &'a Record<'a>,
    pub text: &'a [u8],
    pub pairs: &'a [Pair],
    values: &'a Values,
    pub names: &'m mut Names,
    pub sink: &'m mut Sink,
    pub clock: Clock,
    pub event: Event,
}

/// Whether `text` holds `needle`, in whatever case.
pub fn contains(text: &[u8], needle: &str) -> bool {
    find_folded(text, needle.as_bytes()).is_some()
}

impl<'a, 'm> Draft<'a, 'm> {
    pub fn new(
        record: &'a Record<'a>,
        text: &'a [u8],
        pairs: &'a [Pair],
        values: &'a Values,
        names: &'m mut Names,
        sink: &'m mut Sink,
    ) -> Draft<'a, 'm> {
        Draft {
            record,
            text,
            pairs,
            values,
            names,
            sink,
            clock: Clock::default(),
            event: Event::default(),
        }
    }

    pub fn get(&self, role: Role) -> Option<&'a [u8]> {
        self.values.get(self.text, role as u8)
    }

    /// Empty where the record does not say.
    pub fn word(&self, role: Role) -> &'a [u8] {
        self.get(role).unwrap_or_default()
    }

    pub fn number(&self, role: Role) -> Option<u64> {
        self.get(role).and_then(plain::count)
    }

    pub fn says(&self, role: Role, needle: &str) -> bool {
        contains(self.word(role), needle)
    }

    /// Whether any value of the record holds `needle`.
    pub fn says_anywhere(&self, needle: &str) -> bool {
        find(self.text, needle.as_bytes()).is_some()
    }

    /// The value of a name that has no role.
    pub fn named(&self, name: &str) -> Option<&'a [u8]> {
        let pair = self
            .pairs
            .iter()
            .find(|pair| at(self.text, pair.name) == name.as_bytes())?;
        Some(at(self.text, pair.value)).filter(|value| !super::is_nothing(value))
    }

    /// The value of `cs1` where `cs1Label` is `label`.
    pub fn labelled(&self, label: &str) -> Option<&'a [u8]> {
        let pair = self
            .pairs
            .iter()
            .find(|pair| at(self.text, pair.value).eq_ignore_ascii_case(label.as_bytes()))?;
        let name = at(self.text, pair.name).strip_suffix(b"Label")?;
        self.named(std::str::from_utf8(name).ok()?)
    }

    pub fn id(&mut self, role: Role) -> NameId {
        let text = self.word(role);
        self.names.id(text)
    }

    /// What the roles say by themselves.
    pub fn fill(&mut self) {
        let service = self.get(Role::Service).map(plain::service);
        let number = self
            .get(Role::Proto)
            .and_then(protocol)
            .or(service.and_then(|(number, _)| number));
        self.event.proto = number.unwrap_or(proto::UNKNOWN);
        self.event.src = self.end(Role::Src, Role::SrcPort, Role::SrcEnd);
        self.event.dst = self.end(Role::Dst, Role::DstPort, Role::DstEnd);
        if self.event.dst.port.is_none() && self.has_ports() && !self.event.dst.host.is_none() {
            self.event.dst.port = service.and_then(|(_, port)| port);
        }
        self.event.nat_src = self.translated(Role::NatSrc, Role::NatSrcPort, self.event.src);
        self.event.nat_dst = self.translated(Role::NatDst, Role::NatDstPort, self.event.dst);
        self.event.icmp = self.icmp();
        self.stamps();
        self.decide(self.get(Role::Action).and_then(plain::action));
        self.event.action_raw = self.id(Role::Action);
        self.counters();
        self.places();
    }

    /// The action, and what follows from it for most devices: a deny is about a packet; what was let through is a
    /// connection that its source opened.
    pub fn decide(&mut self, action: Option<Action>) {
        let action = action.unwrap_or_default();
        self.event.action = action;
        (self.event.kind, self.event.init) = match action {
            Action::Drop | Action::Reject | Action::Unknown | Action::Nat => {
                (Kind::Packet, Init::Unsaid)
            }
            Action::Start => (Kind::SessionStart, Init::Src),
            Action::Close | Action::Timeout => (Kind::SessionEnd, Init::Src),
            Action::Allow | Action::Reset => (Kind::SessionUpdate, Init::Src),
        };
    }

    /// ICMP and its like have none; what stands in their place is something else.
    pub fn has_ports(&self) -> bool {
        !matches!(
            self.event.proto,
            proto::ICMP
                | proto::ICMP6
                | proto::IGMP
                | proto::GRE
                | proto::ESP
                | proto::AH
                | proto::OSPF
                | proto::PIM
                | proto::VRRP
        )
    }

    fn end(&mut self, host: Role, port: Role, both: Role) -> Endpoint {
        let mut end = match (self.get(host), self.get(both)) {
            (Some(text), _) => match Host::parse(text) {
                Some(host) => Endpoint::new(host, None),
                None => plain::endpoint(text, self.names),
            },
            (None, Some(text)) => {
                let (host, port) = split_end(text);
                Endpoint::new(Host::read(host, self.names), port)
            }
            (None, None) => return Endpoint::default(),
        };
        if let Some(text) = self.get(port) {
            end.port = ports::port(text)
                .or_else(|| plain::service(text).1)
                .or(end.port);
        }
        let is_certain = matches!(self.event.proto, proto::TCP | proto::UDP | proto::SCTP);
        end.port = end
            .port
            .filter(|port| self.has_ports() && (*port > 0 || is_certain));
        end
    }

    /// `None` where nothing was changed: the value is missing, zero, or repeats the end.
    pub fn translated(&self, host: Role, port: Role, end: Endpoint) -> Option<Endpoint> {
        let (host, own_port) = match self.get(host) {
            Some(text) => plain::split_port(text),
            None => (b"".as_slice(), None),
        };
        let port = self
            .get(port)
            .and_then(ports::port)
            .or(own_port)
            .filter(|port| *port > 0 && self.has_ports());
        let host = match Host::parse(host) {
            None if host.is_empty() => port.map(|_| end.host),
            host => host.filter(|host| !host.is_unspecified()),
        }?;
        let is_same = host == end.host && port.is_none_or(|port| Some(port) == end.port);
        (!is_same && !host.is_none()).then(|| Endpoint::new(host, port))
    }

    fn icmp(&self) -> Option<Icmp> {
        let is_v6 = self.event.proto == proto::ICMP6;
        let text = self.get(Role::IcmpType)?;
        if !is_v6 && self.event.proto != proto::ICMP {
            return None;
        }
        let byte = |text: &[u8]| ports::decimal(text).and_then(|n| u8::try_from(n).ok());
        let number = byte(text.split(|byte| *byte == b'(').next().unwrap_or_default());
        let kind = number.or_else(|| {
            const WORDS: [(&str, u8, u8); 4] = [
                ("echo reply", 0, 129),
                ("echo", 8, 128),
                ("unreachable", 3, 1),
                ("exceeded", 11, 3),
            ];
            let found = WORDS.iter().find(|(word, _, _)| contains(text, word));
            found.map(|(_, v4, v6)| if is_v6 { *v6 } else { *v4 })
        })?;
        Some(Icmp {
            kind,
            code: self.get(Role::IcmpCode).and_then(byte).unwrap_or(0),
            id: self.get(Role::IcmpId).and_then(ports::port),
            inner: None,
        })
    }

    fn stamps(&mut self) {
        let zone = self
            .get(Role::Zone)
            .and_then(time::zone)
            .map(|(offset, _)| offset);
        let of_parts = || {
            let (date, _) = time::date(self.get(Role::Date)?, DayOrder::DayFirst)?;
            let (of_day, _) = time::time_of_day(self.get(Role::TimeOfDay)?)?;
            time::stamp(date, of_day, zone)
        };
        let read = |role: Role| {
            let (stamp, _) = time::any(self.get(role)?, &self.clock, DayOrder::MonthFirst)?;
            Some(match zone {
                Some(offset) if stamp.quality == StampQuality::AssumedZone => Stamp::new(
                    stamp.micros - offset,
                    StampQuality::Zoned,
                    stamp.resolution_us,
                ),
                _ => stamp,
            })
        };
        let head = Some(self.record.head.stamp).filter(|stamp| !stamp.is_missing());
        let (start, end) = (read(Role::Start), read(Role::End));
        let own = of_parts()
            .or_else(|| read(Role::Time))
            .filter(|stamp| stamp.quality != StampQuality::TimeOnly || head.is_none());
        let stamp = own.or(head).or(end).or(start).unwrap_or(Stamp::MISSING);
        self.event.ts = stamp;
        let same_clock = |other: Option<Stamp>| {
            let other = other.filter(|other| other.quality == stamp.quality)?;
            Some(other.micros)
        };
        self.event.ts_start = same_clock(start);
        self.event.ts_end = same_clock(end);
    }

    fn counters(&mut self) {
        self.event.bytes_f = self.number(Role::BytesOut);
        self.event.bytes_r = self.number(Role::BytesIn);
        self.event.pkts_f = self.number(Role::PktsOut);
        self.event.pkts_r = self.number(Role::PktsIn);
        self.event.bytes_total = match self.event.bytes_f {
            Some(_) if self.event.bytes_r.is_some() => None,
            _ => self.number(Role::BytesTotal),
        };
        let seconds = self.get(Role::Seconds).and_then(plain::micros);
        let millis = self.number(Role::Millis);
        self.event.duration_us = seconds.or_else(|| i64::try_from(millis?).ok()?.checked_mul(1000));
        self.event.repeat = self
            .number(Role::Count)
            .map_or(1, |count| count.clamp(1, u64::from(u32::MAX)) as u32);
        let [len, ip_id, ttl] =
            [Role::Length, Role::IpId, Role::Ttl].map(|role| self.get(role).and_then(ports::port));
        (self.event.len, self.event.ip_id) = (len, ip_id);
        self.event.ttl = ttl.and_then(|ttl| u8::try_from(ttl).ok());
        self.event.seq = self
            .get(Role::Seq)
            .and_then(ports::decimal)
            .and_then(|seq| u32::try_from(seq).ok());
        let flags = self.get(Role::Flags).and_then(plain::flags);
        if let Some(flags) = flags.filter(|_| self.event.proto == proto::TCP) {
            self.event.flags = flags;
            self.event.flags_scope = FlagsScope::Packet;
        }
    }

    fn places(&mut self) {
        let device = self.get(Role::Device).unwrap_or(self.record.head.host);
        self.event.device = self.names.id(device);
        self.event.vsys = self.id(Role::Vsys);
        self.event.rule = self.id(Role::Rule);
        self.event.rule_name = self.id(Role::RuleName);
        self.event.app = self.id(Role::App);
        self.event.in_if = self.id(Role::InIf);
        self.event.out_if = self.id(Role::OutIf);
        self.event.in_zone = self.id(Role::InZone);
        self.event.out_zone = self.id(Role::OutZone);
        self.event.way = plain::way(self.word(Role::Way));
        self.event.session_id = match self.get(Role::Session) {
            None | Some(b"0") => SessionTag::None,
            Some(text) => match ports::decimal(text) {
                Some(number) => SessionTag::Number(number),
                None => SessionTag::Name(self.names.id(text)),
            },
        };
    }

    /// A line that explains traffic: the first phrase that stands in it says what happened. True when there is one.
    pub fn explain(&mut self, phrases: &[(&str, Control)]) -> bool {
        let Some((_, control)) = phrases
            .iter()
            .find(|(phrase, _)| contains(self.text, phrase))
        else {
            return false;
        };
        self.sink.events.push(Event {
            kind: Kind::Control,
            control: *control,
            ts: self.event.ts,
            device: self.event.device,
            ..Event::default()
        });
        true
    }

    /// What follows from the whole; then the event is pushed if both ends are known.
    pub fn finish(&mut self) {
        let event = &mut self.event;
        if event.src.host.is_none() || event.dst.host.is_none() {
            return;
        }
        let is_long = matches!(
            event.kind,
            Kind::SessionEnd | Kind::SessionUpdate | Kind::FlowBi
        );
        event.duration_us = event
            .duration_us
            .filter(|length| (0..CENTURY).contains(length));
        match (event.duration_us, event.ts_start, event.ts_end) {
            (Some(length), None, None) if is_long && !event.ts.is_missing() => {
                event.ts_start = Some(event.ts.micros.saturating_sub(length));
                event.ts_end = (event.kind == Kind::SessionEnd).then_some(event.ts.micros);
            }
            (None, Some(start), Some(end)) if end >= start => {
                event.duration_us = Some(end - start);
            }
            _ => {}
        }
        self.sink.events.push(*event);
    }
}

/// `tcp`, `TCP`, `6`, `tcp/https`, `tcp(6)`, `17-udp`: the first part that is a protocol.
fn protocol(text: &[u8]) -> Option<u8> {
    proto::parse(text).or_else(|| {
        text.split(|byte| !byte.is_ascii_alphanumeric())
            .find_map(proto::parse)
    })
}

/// `192.0.2.1:443:X1:name`, `192.0.2.1::X1`, `[2001:db8::1]:443`, `2001:db8:0:0:0:0:0:1:443`.
pub fn split_end(text: &[u8]) -> (&[u8], Option<u16>) {
    let n_colons = memchr::memchr_iter(b':', text).count();
    if text.first() == Some(&b'[') || n_colons < 2 && Host::parse(text).is_some() {
        return plain::split_port(text);
    }
    let mut parts = text.split(|byte| *byte == b':');
    let first = parts.next().unwrap_or_default();
    if Host::parse(first).is_some() || n_colons < 2 {
        return (first, parts.next().and_then(ports::port));
    }
    // IPv6: eight groups, or fewer around `::`, and the port behind them.
    if n_colons == 8
        && let Some(n) = memchr::memrchr(b':', text)
    {
        return (&text[..n], ports::port(&text[n + 1..]));
    }
    if Host::parse(text).is_some() {
        return (text, None);
    }
    (first, parts.next().and_then(ports::port))
}
