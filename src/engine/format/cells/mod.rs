//! What textual dialects share. A dialect is data and one function: the function finds the parts of a line and says
//! what each of them is (`Slot`); the event and the gloss are then made here, once for all of them.

mod scan;
mod slot;

pub use self::scan::{Scan, after, flags, has, json_values, split_end};
pub use self::slot::Slot;
use self::slot::{N_SLOTS, SLOTS};

use super::head;
use super::plain;
use super::{About, Format, Parse, Parsed, Sink, Span};
use crate::engine::model::event::Control;
use crate::engine::model::order::Order;
use crate::engine::model::{
    Action, Endpoint, Event, FlagsScope, Host, Icmp, Kind, NameId, Names, Reason, SessionTag, Way,
    WayBasis, ports, proto,
};
use crate::engine::source::time::{self, DayOrder};
use crate::engine::source::{Clock, Record};

/// What a dialect's reader made of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// The slots hold an event.
    Row,
    /// Something more about the event before (`Memory::event`).
    Again,
    /// Explains traffic, or says that lines are missing.
    Control(Control),
    /// Ours, not traffic.
    Other,
    Header,
    Malformed(Reason),
    Foreign,
}

/// What a reader keeps from line to line.
#[derive(Default)]
pub struct Memory {
    /// Of the header in force.
    pub columns: Vec<Slot>,
    pub delimiter: u8,
    /// The last event, and the word that ties later lines to it.
    pub event: Option<Event>,
    pub tie: Vec<u8>,
    /// Lines of an event that is not complete.
    pub carry: Vec<u8>,
}

/// One line while it is read.
pub struct Line<'a> {
    pub text: &'a [u8],
    pub record: Record<'a>,
    pub clock: Clock,
    pub order: DayOrder,
    cells: [&'a [u8]; N_SLOTS],
}

/// A textual dialect.
pub struct Textual {
    pub about: &'static About,
    /// Cheap: most lines asked are not ours.
    pub mine: fn(&Record<'_>, &Memory) -> bool,
    pub read: for<'a> fn(&mut Line<'a>, &mut Memory) -> Found,
    /// What the dialect means beyond its slots.
    pub finish: fn(&Line<'_>, &mut Event, &mut Names),
    /// Names and meanings of this dialect's own.
    pub words: &'static [(Slot, &'static str, &'static str)],
}

impl Format for Textual {
    fn about(&self) -> &'static About {
        self.about
    }

    fn open(&self, clock: Clock) -> Box<dyn Parse> {
        Box::new(Reader {
            mine: self.mine,
            read: self.read,
            finish: self.finish,
            clock,
            memory: Memory::default(),
        })
    }

    fn gloss(&self, text: &[u8], header: Option<&[u8]>) -> Vec<Span> {
        let (record, mut spans) = head::spans(text);
        let mut memory = Memory::default();
        let clock = Clock::default();
        if let Some(header) = header.filter(|header| *header != text) {
            (self.read)(&mut Line::new(&Record::plain(header), clock), &mut memory);
        }
        if !(self.mine)(&record, &memory) {
            return Vec::new();
        }
        let mut line = Line::new(&record, clock);
        if matches!(
            (self.read)(&mut line, &mut memory),
            Found::Foreign | Found::Header
        ) {
            return Vec::new();
        }
        for (slot, name, field, meaning) in &SLOTS {
            let Some((start, end)) = head::place_of(line.get(*slot), text) else {
                continue;
            };
            let own = self.words.iter().find(|word| word.0 == *slot);
            let (name, meaning) = own.map_or((*name, *meaning), |word| (word.1, word.2));
            let meaning = if meaning.is_empty() {
                SLOTS[*slot as usize].3
            } else {
                meaning
            };
            spans.retain(|span| span.end <= start || span.start >= end);
            spans.push(head::span(start, end, name, *field, meaning));
        }
        spans.order_by_key(|span| span.start);
        spans
    }
}

struct Reader {
    mine: fn(&Record<'_>, &Memory) -> bool,
    read: for<'a> fn(&mut Line<'a>, &mut Memory) -> Found,
    finish: fn(&Line<'_>, &mut Event, &mut Names),
    clock: Clock,
    memory: Memory,
}

impl Parse for Reader {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        if !(self.mine)(record, &self.memory) {
            return Parsed::Foreign;
        }
        let mut line = Line::new(record, self.clock);
        let mut event = match (self.read)(&mut line, &mut self.memory) {
            Found::Row => match line.event(names) {
                Ok(event) => event,
                Err(reason) => return Parsed::Malformed(reason),
            },
            Found::Again => match self.memory.event {
                Some(event) => event,
                None => return Parsed::Other,
            },
            Found::Control(control) => line.control(control, names),
            Found::Other => return Parsed::Other,
            Found::Header => return Parsed::Header,
            Found::Malformed(reason) => return Parsed::Malformed(reason),
            Found::Foreign => return Parsed::Foreign,
        };
        if event.control == Control::None {
            (self.finish)(&line, &mut event, names);
            self.memory.event = Some(event);
        }
        sink.push(event)
    }

    fn is_tied(&self) -> bool {
        !self.memory.tie.is_empty() || !self.memory.carry.is_empty()
    }
}

impl<'a> Line<'a> {
    pub fn new(record: &Record<'a>, clock: Clock) -> Line<'a> {
        Line {
            text: record.body,
            record: *record,
            clock,
            order: DayOrder::MonthFirst,
            cells: [b""; N_SLOTS],
        }
    }

    pub fn put(&mut self, slot: Slot, value: &'a [u8]) {
        self.cells[slot as usize] = value;
    }

    pub fn get(&self, slot: Slot) -> &'a [u8] {
        self.cells[slot as usize]
    }

    pub fn has(&self, slot: Slot) -> bool {
        !self.cells[slot as usize].is_empty()
    }

    /// Address and port in one word, whatever stands between them.
    pub fn put_end(&mut self, slot: Slot, text: &'a [u8]) {
        let (host, port) = split_end(text);
        self.cells[slot as usize] = host;
        if !port.is_empty() {
            self.cells[slot as usize + 1] = port;
        }
    }

    /// What follows each label, up to one of the `stops` or the end of the line; blanks and quotes beside it do not count.
    pub fn labels(&mut self, text: &'a [u8], labels: &[(&str, Slot)], stops: &[u8]) {
        for (label, slot) in labels {
            let value = after(text, label.as_bytes(), stops);
            if !value.is_empty() && value != b"-" {
                self.put(*slot, value);
            }
        }
    }

    /// `name=value` and `name="value"`, in any order.
    pub fn pairs(&mut self, text: &'a [u8], keys: &[(&str, Slot)]) {
        let mut at = 0;
        while let Some(equals) = text.get(at..).and_then(|rest| memchr::memchr(b'=', rest)) {
            let equals = at + equals;
            let start = text[at..equals]
                .iter()
                .rposition(|byte| matches!(byte, b' ' | b',' | b'\t' | b';' | b'(' | b'['))
                .map_or(at, |offset| at + offset + 1);
            let opening = equals + 1;
            let (from, to, next) = if text.get(opening) == Some(&b'"') {
                let to = memchr::memchr(b'"', &text[opening + 1..])
                    .map_or(text.len(), |offset| opening + 1 + offset);
                (opening + 1, to, to + 1)
            } else {
                let to = text[opening..]
                    .iter()
                    .position(|byte| matches!(byte, b' ' | b',' | b'\t' | b';' | b')'))
                    .map_or(text.len(), |offset| opening + offset);
                (opening, to, to)
            };
            let key = &text[start..equals];
            if let Some((_, slot)) = keys.iter().find(|(name, _)| name.as_bytes() == key)
                && !self.has(*slot)
            {
                self.put(*slot, &text[from..to]);
            }
            at = next;
        }
    }

    fn number(&self, slot: Slot) -> Option<u64> {
        let text = self.get(slot);
        match text.strip_prefix(b"0x") {
            Some(hex) => u64::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok(),
            None => ports::decimal(text),
        }
    }

    fn small<T: TryFrom<u64>>(&self, slot: Slot) -> Option<T> {
        self.number(slot)
            .and_then(|number| T::try_from(number).ok())
    }

    fn end(&self, slot: Slot, port_slot: Slot, names: &mut Names) -> Endpoint {
        let host = self.get(slot);
        let host = if host.is_empty() {
            Host::NONE
        } else {
            Host::read(host, names)
        };
        let port = self.get(port_slot);
        let port = match ports::port(port) {
            None if !port.is_empty() => {
                ports::by_name(std::str::from_utf8(port).unwrap_or_default())
            }
            port => port,
        };
        Endpoint::new(host, port)
    }

    fn stamp(&self, slot: Slot) -> Option<i64> {
        let text = self.get(slot);
        (!text.is_empty())
            .then(|| time::any(text, &self.clock, self.order))
            .flatten()
            .map(|(stamp, _)| stamp.micros)
    }

    /// What the slots say. A translated end that is zero or the end itself is none.
    fn event(&self, names: &mut Names) -> Result<Event, Reason> {
        let mut event = Event {
            ts: self.record.head.stamp,
            ..Event::default()
        };
        if let Some((stamp, _)) = Some(self.get(Slot::Time))
            .filter(|text| !text.is_empty())
            .and_then(|text| time::any(text, &self.clock, self.order))
        {
            event.ts = stamp;
        }
        event.src = self.end(Slot::Src, Slot::SrcPort, names);
        event.dst = self.end(Slot::Dst, Slot::DstPort, names);
        match (event.src.host.is_none(), event.dst.host.is_none()) {
            (true, true) => return Err(Reason::NoAddress),
            (true, false) => event.src.host = Host::blurred(names.id(b"sender not shown")),
            (false, true) => event.dst.host = Host::blurred(names.id(b"receiver not shown")),
            (false, false) => {}
        }
        let text = self.get(Slot::Proto);
        event.proto = proto::parse(text)
            .or_else(|| plain::service(text).0)
            .unwrap_or(proto::UNKNOWN);
        if event.proto == proto::ICMP && self.get(Slot::Src).contains(&b':') {
            event.proto = proto::ICMP6;
        }
        self.transport(&mut event);
        for (host, port, end, into) in [
            (
                Slot::NatSrc,
                Slot::NatSrcPort,
                event.src,
                &mut event.nat_src,
            ),
            (
                Slot::NatDst,
                Slot::NatDstPort,
                event.dst,
                &mut event.nat_dst,
            ),
        ] {
            let mut side = self.end(host, port, names);
            // What has no ports is not translated in them.
            side.port = side.port.filter(|port| *port != 0 && end.port.is_some());
            let is_same =
                side.host == end.host && side.port.is_none_or(|port| Some(port) == end.port);
            if !side.host.is_none() && !side.host.is_unspecified() && !is_same {
                *into = Some(side);
            }
        }
        let word = self.get(Slot::Action);
        event.action = plain::action(word).unwrap_or(Action::Unknown);
        event.action_raw = names.id(word);
        event.bytes_f = self.number(Slot::BytesF);
        event.bytes_r = self.number(Slot::BytesR);
        event.bytes_total = self.number(Slot::Bytes).filter(|_| event.bytes_f.is_none());
        event.pkts_f = self.number(Slot::PktsF);
        event.pkts_r = self.number(Slot::PktsR);
        event.duration_us = plain::micros(self.get(Slot::Seconds));
        event.ts_start = self.stamp(Slot::Start);
        event.ts_end = self.stamp(Slot::End);
        event.repeat = self.small(Slot::Repeat).unwrap_or(1).max(1);
        let session = self.get(Slot::Session);
        event.session_id = match ports::decimal(session) {
            Some(0) => SessionTag::None,
            Some(number) => SessionTag::Number(number),
            None if session.is_empty() => SessionTag::None,
            None => SessionTag::Name(names.id(session)),
        };
        event.way = plain::way(self.get(Slot::Way));
        if event.way != Way::Unsaid {
            event.way_basis = WayBasis::PacketAtInterface;
        }
        self.names(&mut event, names);
        Ok(event)
    }

    fn transport(&self, event: &mut Event) {
        event.len = self.small(Slot::Len);
        event.ttl = self.small(Slot::Ttl);
        event.ip_id = self.small(Slot::IpId).filter(|id| *id != 0);
        event.seq = self.small(Slot::Seq);
        match event.proto {
            proto::ICMP | proto::ICMP6 => {
                (event.src.port, event.dst.port) = (None, None);
                if let Some(kind) = self.small(Slot::IcmpType) {
                    event.icmp = Some(Icmp {
                        kind,
                        code: self.small(Slot::IcmpCode).unwrap_or(0),
                        id: self.small(Slot::IcmpId),
                        inner: None,
                    });
                }
            }
            proto::TCP | proto::UNKNOWN => {
                if let Some(flags) = flags(self.get(Slot::Flags)) {
                    event.flags = flags;
                    event.flags_scope = FlagsScope::Packet;
                }
            }
            proto::UDP | proto::SCTP | proto::UDPLITE | proto::DCCP => {}
            // Others have no ports; some devices write 0.
            _ => (event.src.port, event.dst.port) = (None, None),
        }
    }

    fn names(&self, event: &mut Event, names: &mut Names) {
        let device = self.get(Slot::Device);
        event.device = names.id(if device.is_empty() {
            self.record.head.host
        } else {
            device
        });
        let mut name = |slot: Slot| match self.get(slot) {
            b"" | b"-" | b"N/A" | b"None" => NameId::NONE,
            text => names.id(text),
        };
        event.vsys = name(Slot::Vsys);
        event.rule = name(Slot::Rule);
        event.rule_name = name(Slot::RuleName);
        event.app = name(Slot::App);
        event.in_if = name(Slot::InIf);
        event.out_if = name(Slot::OutIf);
        event.in_zone = name(Slot::InZone);
        event.out_zone = name(Slot::OutZone);
    }

    /// The event of a line that was put together from several; its names are not kept.
    pub fn built(&self, finish: fn(&Line<'_>, &mut Event, &mut Names)) -> Option<Event> {
        let mut names = Names::default();
        let mut event = self.event(&mut names).ok()?;
        finish(self, &mut event, &mut names);
        Some(event)
    }

    fn control(&self, control: Control, names: &mut Names) -> Event {
        let mut event = Event {
            kind: if control == Control::LinesMissing {
                Kind::Gap
            } else {
                Kind::Control
            },
            control,
            ts: self.record.head.stamp,
            repeat: self.small(Slot::Repeat).unwrap_or(1).max(1),
            ..Event::default()
        };
        if let Some((stamp, _)) = time::any(self.get(Slot::Time), &self.clock, self.order) {
            event.ts = stamp;
        }
        if self.has(Slot::Src) || self.has(Slot::Dst) {
            event.src = self.end(Slot::Src, Slot::SrcPort, names);
            event.dst = self.end(Slot::Dst, Slot::DstPort, names);
        }
        self.names(&mut event, names);
        event
    }
}

/// For dialects without quirks.
pub fn no_more(_: &Line<'_>, _: &mut Event, _: &mut Names) {}
