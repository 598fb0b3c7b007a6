//! A `Partial` as bytes: how parts travel between workers, and what another engine may keep on disk.
//!
//! Layout (all little-endian): magic `WWPART`, version, then one section per table, each with its count first.
//! Fixed-size tables are their memory; the rest is written field by field. `to_canonical_bytes` sorts every table,
//! so equal parts have equal bytes whatever order their input came in.

use super::beat::{Beat, Extra, Meter, Setting};
use super::key::{Key, View};
use super::partial::{Cell, Partial, RangeRead};
use super::shapes::Shapes;
use crate::engine::dataset::{ControlMark, Hits, Rest};
use crate::engine::model::event::Control;
use crate::engine::model::order::Order;
use crate::engine::model::{
    Endpoint, Host, Icmp, IfRole, Inner, NameId, Names, Place, Reason, StampQuality, Tally, Unread,
    Way, WayBasis,
};
use thiserror::Error;

const MAGIC: &[u8; 6] = b"WWPART";
pub const VERSION: u16 = 2;

/// Why bytes are not a part.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum WireError {
    #[error("these bytes are not a part of a reading")]
    NotAPart,
    #[error("this part has version {0}, and only version {VERSION} is understood")]
    Version(u16),
    #[error("the part stops in the middle")]
    Cut,
    #[error("the part contradicts itself")]
    Broken,
}

impl Partial {
    pub fn to_bytes(&self) -> Vec<u8> {
        let bulk = self.beats.len() * size_of::<Beat>()
            + self.keys.len() * size_of::<Key>()
            + self.meters.len() * size_of::<Meter>();
        let mut out = Writer {
            bytes: Vec::with_capacity(bulk + (1 << 16)),
        };
        out.bytes.extend_from_slice(MAGIC);
        out.u16(VERSION);
        // Bulk first: at offset 8 the tables stay aligned, and a reader can take them in one copy each.
        out.pods(&self.beats);
        out.pods(&self.keys);
        out.pods(&self.meters);
        out.count(self.extras.len());
        for extra in &self.extras {
            out.extra(extra);
        }
        let names = self.names.sorted();
        out.count(names.len());
        for (_, text) in names {
            out.text(text.as_bytes());
        }
        let mut settings: Vec<(u64, Setting)> = self
            .settings
            .iter()
            .map(|(id, setting)| (*id, *setting))
            .collect();
        settings.order_by_key(|(id, _)| *id);
        out.count(settings.len());
        for (id, setting) in settings {
            out.u64(id);
            out.setting(&setting);
        }
        let mut views: Vec<(u64, View)> =
            self.views.iter().map(|(id, view)| (*id, *view)).collect();
        views.order_by_key(|(id, _)| *id);
        out.count(views.len());
        for (id, view) in views {
            out.u64(id);
            out.u64(view.device.0);
            out.u64(view.vsys.0);
            out.u8(view.clock as u8);
            out.u16(view.source);
        }
        out.count(self.rests.len());
        for (cell, rest) in &self.rests {
            out.u64(u64::from(cell.key));
            out.u64(cell.minute as u64);
            for sum in [
                rest.n_events,
                rest.n_denied,
                rest.n_allowed,
                rest.n_from_a,
                rest.repeat,
            ] {
                out.u64(sum);
            }
        }
        out.count(self.rest_hits.len());
        for (setting, hits) in &self.rest_hits {
            for sum in [*setting, hits.allowed, hits.denied, hits.other] {
                out.u64(sum);
            }
        }
        out.count(self.controls.len());
        for mark in &self.controls {
            out.u64(mark.ts as u64);
            out.u64(mark.place.0);
            out.u64(u64::from(mark.line));
            out.u64(mark.view);
            out.u8(mark.control as u8);
        }
        out.count(self.tallies.len());
        for (source, tally) in &self.tallies {
            out.u16(*source);
            for count in tally_fields(tally) {
                out.u64(count);
            }
        }
        out.count(self.format_lines.len());
        for (format, n_lines) in &self.format_lines {
            out.u64(format.0);
            out.u64(*n_lines);
        }
        out.count(self.unread.len());
        for unread in &self.unread {
            out.u64(unread.place.0);
            out.u64(u64::from(unread.line));
            out.u8(unread.reason as u8);
            out.u8(u8::from(unread.malformed));
        }
        self.unknown.write(&mut out);
        self.guessed.write(&mut out);
        out.count(self.descending.len());
        self.descending.iter().for_each(|source| out.u16(*source));
        out.count(self.ranges.len());
        for range in &self.ranges {
            out.u16(range.source);
            for position in [range.start, range.end, range.n_lines] {
                out.u64(position);
            }
        }
        out.bytes
    }

    /// The same for equal parts, however they came to be. Sorting costs; workers send `to_bytes`.
    pub fn to_canonical_bytes(mut self) -> Vec<u8> {
        self.compact();
        self.settle_lines();
        let mut sorted = Partial::new(0);
        let mut order: Vec<u32> = (0..self.keys.len() as u32).collect();
        order.order_by_key(|index| self.keys[*index as usize]);
        let mut rank = vec![0_u32; order.len()];
        for (new, old) in order.iter().enumerate() {
            rank[*old as usize] = new as u32;
        }
        sorted.keys = order
            .iter()
            .map(|index| self.keys[*index as usize])
            .collect();
        let mut beats = std::mem::take(&mut self.beats);
        for beat in &mut beats {
            beat.key = rank[beat.key as usize];
        }
        beats.order_by_key(|beat| (beat.key, beat.ts, beat.place));
        for beat in &mut beats {
            if let Some(meter) = beat.meter.checked_sub(1) {
                sorted.meters.push(self.meters[meter as usize]);
                beat.meter = sorted.meters.len() as u32;
            }
            if let Some(extra) = beat.extra.checked_sub(1) {
                sorted.extras.push(self.extras[extra as usize]);
                beat.extra = sorted.extras.len() as u32;
            }
        }
        sorted.beats = beats;
        sorted.names.absorb(&self.names);
        sorted.settings.clone_from(&self.settings);
        sorted.views.clone_from(&self.views);
        sorted.rests = self
            .rests
            .iter()
            .map(|(cell, rest)| {
                (
                    Cell {
                        key: rank[cell.key as usize],
                        ..*cell
                    },
                    *rest,
                )
            })
            .collect();
        sorted.rest_hits.clone_from(&self.rest_hits);
        sorted.controls.clone_from(&self.controls);
        sorted.controls.order_by_key(|mark| mark.place);
        sorted.tallies.clone_from(&self.tallies);
        sorted.format_lines.clone_from(&self.format_lines);
        sorted.unread.clone_from(&self.unread);
        sorted.unread.order();
        sorted.unknown.clone_from(&self.unknown);
        sorted.guessed.clone_from(&self.guessed);
        sorted.descending.clone_from(&self.descending);
        sorted.ranges.clone_from(&self.ranges);
        sorted.to_bytes()
    }

    pub fn from_bytes(bytes: &[u8], seed: u64) -> Result<Partial, WireError> {
        let mut input = Input { bytes };
        if input.take(MAGIC.len())? != MAGIC {
            return Err(WireError::NotAPart);
        }
        let version = input.u16()?;
        if version != VERSION {
            return Err(WireError::Version(version));
        }
        let mut part = Partial::new(seed);
        part.beats = input.pods()?;
        part.keys = input.pods()?;
        part.meters = input.pods()?;
        for _ in 0..input.count()? {
            let extra = input.extra()?;
            part.extras.push(extra);
        }
        let mut names = Names::default();
        for _ in 0..input.count()? {
            names.id(input.text()?);
        }
        part.names = names;
        for _ in 0..input.count()? {
            let id = input.u64()?;
            part.settings.insert(id, input.setting()?);
        }
        for _ in 0..input.count()? {
            let id = input.u64()?;
            let view = View {
                device: NameId(input.u64()?),
                vsys: NameId(input.u64()?),
                clock: StampQuality::from_byte(input.u8()?),
                source: input.u16()?,
            };
            part.views.insert(id, view);
        }
        for _ in 0..input.count()? {
            let cell = Cell {
                key: input.u64()? as u32,
                minute: input.u64()? as i64,
            };
            let rest = Rest {
                n_events: input.u64()?,
                n_denied: input.u64()?,
                n_allowed: input.u64()?,
                n_from_a: input.u64()?,
                repeat: input.u64()?,
            };
            part.rests.insert(cell, rest);
        }
        for _ in 0..input.count()? {
            let setting = input.u64()?;
            let hits = Hits {
                allowed: input.u64()?,
                denied: input.u64()?,
                other: input.u64()?,
            };
            part.rest_hits.insert(setting, hits);
        }
        for _ in 0..input.count()? {
            part.controls.push(ControlMark {
                ts: input.u64()? as i64,
                place: Place(input.u64()?),
                line: input.u64()? as u32,
                view: input.u64()?,
                control: Control::from_byte(input.u8()?),
            });
        }
        for _ in 0..input.count()? {
            let source = input.u16()?;
            part.tallies.insert(source, input.tally()?);
        }
        for _ in 0..input.count()? {
            let format = NameId(input.u64()?);
            part.format_lines.insert(format, input.u64()?);
        }
        for _ in 0..input.count()? {
            part.unread.push(Unread {
                place: Place(input.u64()?),
                line: input.u64()? as u32,
                reason: Reason::from_byte(input.u8()?),
                malformed: input.u8()? != 0,
            });
        }
        part.unknown = Shapes::read(&mut input)?;
        part.guessed = Shapes::read(&mut input)?;
        for _ in 0..input.count()? {
            part.descending.insert(input.u16()?);
        }
        for _ in 0..input.count()? {
            part.ranges.push(RangeRead {
                source: input.u16()?,
                start: input.u64()?,
                end: input.u64()?,
                n_lines: input.u64()?,
            });
        }
        part.check()?;
        Ok(part)
    }

    /// Every index points into its table, so later rooms may index without asking.
    fn check(&self) -> Result<(), WireError> {
        let (n_keys, n_meters, n_extras) = (
            self.keys.len() as u32,
            self.meters.len() as u32,
            self.extras.len() as u32,
        );
        let beats_hold = self
            .beats
            .iter()
            .all(|beat| beat.key < n_keys && beat.meter <= n_meters && beat.extra <= n_extras);
        let rests_hold = self.rests.keys().all(|cell| cell.key < n_keys);
        if beats_hold && rests_hold {
            Ok(())
        } else {
            Err(WireError::Broken)
        }
    }
}

fn tally_fields(tally: &Tally) -> [u64; 8] {
    [
        tally.lines,
        tally.event_lines,
        tally.other,
        tally.malformed,
        tally.foreign,
        tally.blank,
        tally.events,
        tally.bytes,
    ]
}

pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }
    fn u16(&mut self, value: u16) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }
    pub(super) fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }
    pub(super) fn count(&mut self, n: usize) {
        self.u64(n as u64);
    }
    pub(super) fn text(&mut self, text: &[u8]) {
        self.count(text.len());
        self.bytes.extend_from_slice(text);
    }
    fn pods<T: bytemuck::Pod>(&mut self, items: &[T]) {
        self.count(items.len());
        self.bytes.extend_from_slice(bytemuck::cast_slice(items));
    }
    fn endpoint(&mut self, endpoint: Endpoint) {
        self.bytes
            .extend_from_slice(bytemuck::bytes_of(&endpoint.host));
        self.u8(u8::from(endpoint.port.is_some()));
        self.u16(endpoint.port.unwrap_or(0));
    }
    fn maybe_endpoint(&mut self, endpoint: Option<Endpoint>) {
        self.u8(u8::from(endpoint.is_some()));
        self.endpoint(endpoint.unwrap_or_default());
    }
    fn extra(&mut self, extra: &Extra) {
        self.maybe_endpoint(extra.nat_src);
        self.maybe_endpoint(extra.nat_dst);
        self.endpoint(extra.error_src);
        self.endpoint(extra.error_dst);
        self.u8(u8::from(extra.ttl.is_some()));
        self.u8(extra.ttl.unwrap_or(0));
        let icmp = extra.icmp.unwrap_or_default();
        let inner = icmp.inner.unwrap_or_default();
        self.u8(u8::from(extra.icmp.is_some()));
        self.u8(icmp.kind);
        self.u8(icmp.code);
        self.u8(u8::from(icmp.id.is_some()));
        self.u16(icmp.id.unwrap_or(0));
        self.u8(u8::from(icmp.inner.is_some()));
        self.u8(inner.proto);
        self.endpoint(inner.src);
        self.endpoint(inner.dst);
    }
    fn setting(&mut self, setting: &Setting) {
        for name in [
            setting.format,
            setting.device,
            setting.vsys,
            setting.rule,
            setting.rule_name,
            setting.action_raw,
            setting.app,
            setting.in_if,
            setting.out_if,
            setting.in_zone,
            setting.out_zone,
        ] {
            self.u64(name.0);
        }
        self.bytes.extend_from_slice(&[
            u8::from(setting.implicit),
            setting.in_role as u8,
            setting.out_role as u8,
            setting.way as u8,
            setting.way_basis as u8,
        ]);
        self.u64(u64::from(setting.resolution_us));
    }
}

pub(super) struct Input<'a> {
    bytes: &'a [u8],
}

impl<'a> Input<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], WireError> {
        let (head, tail) = self.bytes.split_at_checked(n).ok_or(WireError::Cut)?;
        self.bytes = tail;
        Ok(head)
    }
    pub(super) fn u8(&mut self) -> Result<u8, WireError> {
        self.take(1).map(|bytes| bytes[0])
    }
    fn u16(&mut self) -> Result<u16, WireError> {
        let mut value = [0; 2];
        value.copy_from_slice(self.take(2)?);
        Ok(u16::from_le_bytes(value))
    }
    pub(super) fn u64(&mut self) -> Result<u64, WireError> {
        let mut value = [0; 8];
        value.copy_from_slice(self.take(8)?);
        Ok(u64::from_le_bytes(value))
    }
    /// A count that the remaining bytes can hold (each item takes at least one).
    pub(super) fn count(&mut self) -> Result<usize, WireError> {
        let count = usize::try_from(self.u64()?).map_err(|_| WireError::Broken)?;
        if count > self.bytes.len() {
            Err(WireError::Cut)
        } else {
            Ok(count)
        }
    }
    pub(super) fn text(&mut self) -> Result<&'a [u8], WireError> {
        let n = self.count()?;
        self.take(n)
    }
    fn pods<T: bytemuck::Pod>(&mut self) -> Result<Vec<T>, WireError> {
        let n = self.count()?;
        let bytes = n.checked_mul(size_of::<T>()).ok_or(WireError::Broken)?;
        Ok(bytemuck::pod_collect_to_vec(self.take(bytes)?))
    }
    fn host(&mut self) -> Result<Host, WireError> {
        Ok(bytemuck::pod_read_unaligned(self.take(size_of::<Host>())?))
    }
    fn endpoint(&mut self) -> Result<Endpoint, WireError> {
        let host = self.host()?;
        let has_port = self.u8()? != 0;
        let port = self.u16()?;
        Ok(Endpoint::new(host, has_port.then_some(port)))
    }
    fn maybe_endpoint(&mut self) -> Result<Option<Endpoint>, WireError> {
        let is_given = self.u8()? != 0;
        let endpoint = self.endpoint()?;
        Ok(is_given.then_some(endpoint))
    }
    fn extra(&mut self) -> Result<Extra, WireError> {
        let (nat_src, nat_dst) = (self.maybe_endpoint()?, self.maybe_endpoint()?);
        let (error_src, error_dst) = (self.endpoint()?, self.endpoint()?);
        let (has_ttl, ttl) = (self.u8()? != 0, self.u8()?);
        let (has_icmp, kind, code) = (self.u8()? != 0, self.u8()?, self.u8()?);
        let (has_id, id) = (self.u8()? != 0, self.u16()?);
        let (has_inner, proto) = (self.u8()? != 0, self.u8()?);
        let (src, dst) = (self.endpoint()?, self.endpoint()?);
        let icmp = Icmp {
            kind,
            code,
            id: has_id.then_some(id),
            inner: has_inner.then_some(Inner { proto, src, dst }),
        };
        Ok(Extra {
            nat_src,
            nat_dst,
            icmp: has_icmp.then_some(icmp),
            error_src,
            error_dst,
            ttl: has_ttl.then_some(ttl),
        })
    }
    fn setting(&mut self) -> Result<Setting, WireError> {
        let mut names = [NameId::NONE; 11];
        for name in &mut names {
            *name = NameId(self.u64()?);
        }
        let [
            format,
            device,
            vsys,
            rule,
            rule_name,
            action_raw,
            app,
            in_if,
            out_if,
            in_zone,
            out_zone,
        ] = names;
        let implicit = self.u8()? != 0;
        let (in_role, out_role) = (if_role(self.u8()?), if_role(self.u8()?));
        let way = match self.u8()? {
            1 => Way::In,
            2 => Way::Out,
            3 => Way::LocalIn,
            4 => Way::LocalOut,
            5 => Way::Forward,
            _ => Way::Unsaid,
        };
        let way_basis = match self.u8()? {
            1 => WayBasis::PacketAtInterface,
            2 => WayBasis::RuleDirection,
            3 => WayBasis::SecurityLevel,
            4 => WayBasis::InitiatorSide,
            5 => WayBasis::NicSide,
            6 => WayBasis::HostSide,
            _ => WayBasis::Unsaid,
        };
        let resolution_us = self.u64()? as u32;
        Ok(Setting {
            format,
            device,
            vsys,
            rule,
            rule_name,
            action_raw,
            app,
            in_if,
            out_if,
            in_zone,
            out_zone,
            implicit,
            in_role,
            out_role,
            way,
            way_basis,
            resolution_us,
        })
    }
    fn tally(&mut self) -> Result<Tally, WireError> {
        let mut fields = [0; 8];
        for field in &mut fields {
            *field = self.u64()?;
        }
        let [
            lines,
            event_lines,
            other,
            malformed,
            foreign,
            blank,
            events,
            bytes,
        ] = fields;
        Ok(Tally {
            lines,
            event_lines,
            other,
            malformed,
            foreign,
            blank,
            events,
            bytes,
        })
    }
}

fn if_role(byte: u8) -> IfRole {
    match byte {
        1 => IfRole::Lan,
        2 => IfRole::Wan,
        3 => IfRole::Dmz,
        4 => IfRole::Local,
        _ => IfRole::Unsaid,
    }
}
