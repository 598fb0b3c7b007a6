//! From the cells of one row, or the values of one object, to an event.

use super::columns::Column;
use crate::engine::format::plain;
use crate::engine::mapping::Decision;
use crate::engine::model::event::{Icmp, Kind};
use crate::engine::model::{
    Action, Endpoint, Event, FlagsScope, Init, NameId, Names, Reason, SessionTag, Stamp, ports,
    proto,
};
use crate::engine::source::time::{self, DayOrder};
use crate::engine::source::{Clock, Record};
use std::borrow::Cow;

/// Values by column; the first one of a kind counts.
pub struct Row<'a> {
    values: Vec<(Column, Cow<'a, [u8]>)>,
    order: DayOrder,
    clock: Clock,
    /// What words of the action mean, where a person said it.
    pub decisions: &'a [(String, Decision)],
}

impl<'a> Row<'a> {
    pub fn new(order: DayOrder, clock: Clock) -> Row<'a> {
        Row {
            values: Vec::new(),
            order,
            clock,
            decisions: &[],
        }
    }

    pub fn set(&mut self, column: Column, value: Cow<'a, [u8]>) {
        if column != Column::Other
            && !matches!(
                value.trim_ascii(),
                b"" | b"-" | b"N/A" | b"n/a" | b"null" | b"None"
            )
        {
            self.values.push((column, value));
        }
    }

    fn get(&self, column: Column) -> Option<&[u8]> {
        self.values
            .iter()
            .find(|(known, _)| *known == column)
            .map(|(_, value)| value.trim_ascii())
    }

    /// Beside a source, an initiator without a responder is something else: `orig` may be who wrote the row.
    fn says_who(&self) -> bool {
        self.get(Column::Responder).is_some()
            || self.get(Column::Initiator).is_some() && self.get(Column::Src).is_none()
    }

    fn source(&self) -> Option<&[u8]> {
        let initiator = self.get(Column::Initiator).filter(|_| self.says_who());
        initiator.or_else(|| self.get(Column::Src))
    }

    fn destination(&self) -> Option<&[u8]> {
        self.get(Column::Responder)
            .or_else(|| self.get(Column::Dst))
    }

    /// Both ends are there, and one of them is an address, be it a masked one.
    pub fn has_ends(&self) -> bool {
        let (Some(source), Some(destination)) = (self.source(), self.destination()) else {
            return false;
        };
        [source, destination].into_iter().any(is_address)
    }

    /// Cells where addresses belong hold nothing that is a sentence, another dialect's field or a port: where one cell
    /// is missing and another too many, everything between them has moved.
    pub fn is_plausible(&self) -> bool {
        let fits = |text: Option<&[u8]>| {
            text.is_none_or(|text| {
                text.len() < 256
                    && ports::decimal(text).is_none_or(|number| number > u64::from(u16::MAX))
                    && memchr::memchr(b'=', text).is_none()
                    && text
                        .split(|byte| *byte == b' ')
                        .filter(|word| !word.is_empty())
                        .count()
                        <= 4
            })
        };
        fits(self.source()) && fits(self.destination())
    }

    pub fn event(&self, record: &Record<'_>, names: &mut Names) -> Result<Event, Reason> {
        let src = self.end(self.source(), Column::SrcPort, names)?;
        let mut dst = self.end(self.destination(), Column::DstPort, names)?;
        let mut number = self
            .get(Column::Proto)
            .map(|text| plain::service(text).0.or_else(|| proto::parse(text)));
        if let Some(service) = self.get(Column::Service) {
            let (service_proto, port) = plain::service(service);
            dst.port = dst.port.or(port);
            number = number.or(service_proto.map(Some));
        }
        if number.is_none() {
            let port = self.get(Column::DstPort).map(plain::service);
            number = port.and_then(|(number, _)| number).map(Some);
        }
        let number = number.flatten().unwrap_or(proto::UNKNOWN);
        let is_icmp = matches!(number, proto::ICMP | proto::ICMP6);
        let mut event = Event {
            kind: Kind::Packet,
            ts: self.stamp(record)?,
            proto: number,
            // Tables put the type and code of ICMP, or nothing, where ports belong.
            src: if is_icmp {
                Endpoint::new(src.host, None)
            } else {
                src
            },
            dst: if is_icmp {
                Endpoint::new(dst.host, None)
            } else {
                dst
            },
            device: names.id(self.get(Column::Device).unwrap_or(record.head.host)),
            ..Event::default()
        };
        self.icmp(&mut event, is_icmp);
        self.decision(&mut event, names);
        self.counters(&mut event);
        self.places(&mut event, names)?;
        Ok(event)
    }

    fn end(
        &self,
        host: Option<&[u8]>,
        port_column: Column,
        names: &mut Names,
    ) -> Result<Endpoint, Reason> {
        // `192.0.2.1 (web1)`: the address is the first word.
        let host = host.ok_or(Reason::NoAddress)?;
        let host = match host.iter().position(|byte| *byte == b' ') {
            Some(at) if host[..at].ends_with(b",") => host,
            Some(at) if plain::is_address(plain::split_port(&host[..at]).0) => &host[..at],
            _ => host,
        };
        let mut end = plain::endpoint(host, names);
        if end.host.is_none() {
            return Err(Reason::NoAddress);
        }
        if let Some(port) = self.get(port_column) {
            end.port = plain::service(port).1.or(end.port);
        }
        Ok(end)
    }

    /// Date and time may stand in one cell or in two; a transport header helps out.
    fn stamp(&self, record: &Record<'_>) -> Result<Stamp, Reason> {
        let Some(first) = self.get(Column::Date).or_else(|| self.get(Column::Time)) else {
            return Ok(record.head.stamp);
        };
        let read = |text: &[u8]| time::any(text, &self.clock, self.order).map(|(stamp, _)| stamp);
        if let Some(stamp) = read(first)
            .filter(|_| self.get(Column::Date).is_none() || self.get(Column::Time).is_none())
        {
            return Ok(stamp);
        }
        let (Some(date), Some(time)) = (self.get(Column::Date), self.get(Column::Time)) else {
            return if record.head.stamp.is_missing() {
                Err(Reason::BadTime)
            } else {
                Ok(record.head.stamp)
            };
        };
        let both = match (time::date(date, self.order), time::time_of_day(time)) {
            (Some((date, _)), Some((of_day, used))) => time::stamp(
                date,
                of_day,
                time.get(used..)
                    .and_then(time::zone)
                    .map(|(offset, _)| offset),
            ),
            _ => None,
        };
        both.or_else(|| read(time))
            .or_else(|| read(date))
            .ok_or(Reason::BadTime)
    }

    fn icmp(&self, event: &mut Event, is_icmp: bool) {
        let kind = self
            .get(Column::IcmpType)
            .and_then(ports::decimal)
            .and_then(|kind| u8::try_from(kind).ok());
        if let Some(kind) = kind.filter(|_| is_icmp) {
            let code = self
                .get(Column::IcmpCode)
                .and_then(ports::decimal)
                .and_then(|code| u8::try_from(code).ok());
            event.icmp = Some(Icmp {
                kind,
                code: code.unwrap_or(0),
                id: None,
                inner: None,
            });
        }
    }

    fn decision(&self, event: &mut Event, names: &mut Names) {
        if let Some(text) = self.get(Column::Action) {
            let said = self
                .decisions
                .iter()
                .find(|(word, _)| word.as_bytes() == text);
            event.action = match said {
                Some((_, Decision::Allowed)) => Action::Allow,
                Some((_, Decision::Denied)) => Action::Drop,
                None => plain::action(text).unwrap_or(Action::Unknown),
            };
            event.action_raw = names.id(text);
        } else if let Some(text) = self.get(Column::Message)
            && let Some(action) = plain::action(text).filter(|action| action.is_denied())
        {
            // Tables without a column for it say it in the sentence.
            event.action = action;
            event.action_raw = names.id(text);
        }
        if self.says_who() {
            event.init = Init::SrcWeak;
        }
        if let Some(flags) = self
            .get(Column::Flags)
            .and_then(plain::flags)
            .filter(|_| event.proto == proto::TCP)
        {
            event.flags = flags;
            event.flags_scope = FlagsScope::Packet;
        }
        if let Some(text) = self.get(Column::Message) {
            event.state = plain::state(text);
        }
        if let Some(text) = self.get(Column::Direction) {
            event.way = plain::way(text);
        }
    }

    fn counters(&self, event: &mut Event) {
        let count = |column| self.get(column).and_then(plain::count);
        event.bytes_f = count(Column::BytesF);
        event.bytes_r = count(Column::BytesR);
        event.bytes_total = count(Column::BytesTotal).filter(|_| event.bytes_f.is_none());
        event.pkts_f = count(Column::PktsF);
        event.pkts_r = count(Column::PktsR);
        event.duration_us = self.get(Column::Seconds).and_then(plain::micros);
        event.repeat =
            count(Column::Count).map_or(1, |count| u32::try_from(count).unwrap_or(u32::MAX).max(1));
        // Counters of both ways, or a duration, are of a whole connection, not of one packet.
        let is_flow = event.bytes_f.is_some() && event.bytes_r.is_some()
            || event.duration_us.is_some_and(|micros| micros > 0);
        if is_flow && !event.action.is_denied() {
            event.kind = Kind::FlowBi;
            if event.flags_scope == FlagsScope::Packet {
                event.flags_scope = FlagsScope::BothDirections;
            }
        }
    }

    fn places(&self, event: &mut Event, names: &mut Names) -> Result<(), Reason> {
        let mut name = |column| self.get(column).map_or(NameId::NONE, |text| names.id(text));
        event.rule = name(Column::Rule);
        event.rule_name = name(Column::RuleName);
        event.app = name(Column::App);
        event.in_zone = name(Column::InZone);
        event.out_zone = name(Column::OutZone);
        event.in_if = name(Column::InIf);
        event.out_if = name(Column::OutIf);
        if let Some(text) = self.get(Column::Session) {
            event.session_id = ports::decimal(text)
                .map_or_else(|| SessionTag::Name(names.id(text)), SessionTag::Number);
        }
        event.nat_src = self.translated(Column::NatSrc, Column::NatSrcPort, event.src, names)?;
        event.nat_dst = self.translated(Column::NatDst, Column::NatDstPort, event.dst, names)?;
        Ok(())
    }

    /// `None` where nothing was changed: the cell is empty, zero, or repeats the end.
    fn translated(
        &self,
        host: Column,
        port: Column,
        end: Endpoint,
        names: &mut Names,
    ) -> Result<Option<Endpoint>, Reason> {
        let Some(text) = self
            .get(host)
            .filter(|text| plain::is_address(plain::split_port(text).0))
        else {
            return Ok(None);
        };
        let translated = self.end(Some(text), port, names)?;
        let is_nothing = translated.host.is_unspecified()
            || translated.host == end.host
                && translated.port.is_none_or(|port| Some(port) == end.port);
        Ok((!is_nothing).then_some(translated))
    }
}

/// An address with or without a port, also one that was masked.
pub fn is_address(text: &[u8]) -> bool {
    let host = plain::split_port(text).0;
    plain::is_address(host) || plain::is_masked(host)
}
