//! Beats: what is kept of an event. 64 bytes, plain memory, so a million of them travel in one copy.

use crate::engine::model::{
    Action, CountKind, End, Endpoint, Event, Flags, FlagsScope, Icmp, IfRole, Init, Kind, Micros,
    NameId, Place, ResetBy, SessionTag, State, Way, WayBasis,
};

/// Stands for "no time" in `Beat::ts`; sorts before every moment, and differences with it do not overflow.
pub const NO_TIME: Micros = Micros::MIN / 4;
/// Times and durations beyond some ten thousand years are mistakes of a log, not times.
const LAST_TIME: Micros = 1 << 58;

/// A time that arithmetic can trust, or none.
pub(super) fn sane(micros: Micros) -> Micros {
    if (-LAST_TIME..=LAST_TIME).contains(&micros) {
        micros
    } else {
        NO_TIME
    }
}
/// Stands for "not given" in counters of `Meter`.
pub const NO_COUNT: u64 = u64::MAX;

#[derive(Clone, Copy, PartialEq, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Beat {
    /// The view's clock; `NO_TIME` when missing. UTC once `conclude` has applied zone and skew.
    pub ts: Micros,
    pub place: Place,
    /// Id of the `Setting`.
    pub setting: u64,
    /// Session id of the device, 0 when none.
    pub tag: u64,
    /// Index into `Partial::keys`.
    pub key: u32,
    /// Index + 1 into `Partial::meters`, 0 when nothing was counted.
    pub meter: u32,
    /// Index + 1 into `Partial::extras`.
    pub extra: u32,
    /// Line within its range, from 0; from the start of the source once ranges are joined.
    pub line: u32,
    pub seq: u32,
    pub ip_id: u16,
    pub flags: u16,
    pub kind: u8,
    pub action: u8,
    pub end: u8,
    pub state: u8,
    pub init: u8,
    pub bits: u8,
    /// IP length, 0 when not given.
    pub len: u16,
}

const _: () = assert!(size_of::<Beat>() == 64);

/// `src` of the event is `b` of the key.
const FLIPPED: u8 = 1;
const SCOPE_SHIFT: u8 = 1;
/// All counters were given and are zero (the usual case of a deny; needs no `Meter`).
const COUNTED_ZERO: u8 = 8;
/// The event is an ICMP error about the conversation.
const ABOUT_ERROR: u8 = 16;
const RESET_SHIFT: u8 = 5;
const HAS_SEQ: u8 = 128;

impl Beat {
    pub fn kind(&self) -> Kind {
        Kind::from_byte(self.kind)
    }
    pub fn action(&self) -> Action {
        Action::from_byte(self.action)
    }
    pub fn end(&self) -> End {
        End::from_byte(self.end)
    }
    pub fn state(&self) -> State {
        State::from_byte(self.state)
    }
    pub fn init(&self) -> Init {
        Init::from_byte(self.init)
    }
    pub fn flags(&self) -> Flags {
        Flags(self.flags)
    }
    pub fn flags_scope(&self) -> FlagsScope {
        FlagsScope::from_bits(self.bits >> SCOPE_SHIFT)
    }
    /// True when the sender (`src`) is the key's `b`.
    pub fn is_flipped(&self) -> bool {
        self.bits & FLIPPED != 0
    }
    pub fn flip(&mut self) {
        self.bits ^= FLIPPED;
    }
    pub fn is_about_error(&self) -> bool {
        self.bits & ABOUT_ERROR != 0
    }
    pub fn is_counted_zero(&self) -> bool {
        self.bits & COUNTED_ZERO != 0
    }
    pub fn reset_by(&self) -> ResetBy {
        match self.bits >> RESET_SHIFT & 3 {
            1 => ResetBy::Client,
            2 => ResetBy::Server,
            3 => ResetBy::Device,
            _ => ResetBy::Unknown,
        }
    }
    pub fn seq(&self) -> Option<u32> {
        (self.bits & HAS_SEQ != 0).then_some(self.seq)
    }
    pub fn has_time(&self) -> bool {
        self.ts != NO_TIME
    }

    /// TCP flags of one packet, or of one direction.
    pub fn packet_flags(&self) -> Option<Flags> {
        matches!(
            self.flags_scope(),
            FlagsScope::Packet | FlagsScope::OneDirection
        )
        .then_some(Flags(self.flags))
    }

    pub fn class(&self) -> Class {
        let Some(flags) = self.packet_flags() else {
            return Class::Other;
        };
        if self.flags_scope() != FlagsScope::Packet {
            return Class::Other;
        }
        if flags.any(Flags::RST) {
            Class::Rst
        } else if flags.answers_opening() {
            Class::SynAck
        } else if flags.opens() {
            Class::Syn
        } else if flags.any(Flags::FIN) {
            Class::Fin
        } else if flags.any(Flags::PSH) {
            Class::Data
        } else if flags.any(Flags::ACK) {
            Class::Ack
        } else {
            Class::Other
        }
    }

    /// A packet from inside a conversation: flags are known and it is no opening.
    pub fn is_mid_stream(&self) -> bool {
        self.flags_scope() == FlagsScope::Packet && !self.flags().opens()
    }

    /// The beat of an event; `meter` and `extra` are 1-based indices that the caller has filled.
    pub fn of(event: &Event, keyed_flipped: bool, about_error: bool, place: Place) -> Beat {
        let counters = [
            event.bytes_f,
            event.bytes_r,
            event.pkts_f,
            event.pkts_r,
            event.bytes_total,
        ];
        let counted_zero = counters.iter().any(Option::is_some)
            && counters.iter().flatten().all(|count| *count == 0);
        let mut bits = u8::from(keyed_flipped) * FLIPPED;
        bits |= (event.flags_scope as u8) << SCOPE_SHIFT;
        bits |= u8::from(counted_zero) * COUNTED_ZERO;
        bits |= u8::from(about_error) * ABOUT_ERROR;
        bits |= (event.reset_by as u8) << RESET_SHIFT;
        bits |= u8::from(event.seq.is_some()) * HAS_SEQ;
        Beat {
            ts: if event.ts.is_missing() {
                NO_TIME
            } else {
                sane(event.ts.micros)
            },
            place,
            setting: 0,
            tag: tag_bits(event.session_id),
            key: 0,
            meter: 0,
            extra: 0,
            line: 0,
            seq: event.seq.unwrap_or(0),
            ip_id: event.ip_id.unwrap_or(0),
            flags: event.flags.0,
            kind: event.kind as u8,
            action: event.action as u8,
            end: event.end as u8,
            state: event.state as u8,
            init: event.init as u8,
            bits,
            len: event.len.unwrap_or(0),
        }
    }
}

/// 0 for none; numbers and names never meet (names have the top bit).
pub fn tag_bits(tag: SessionTag) -> u64 {
    match tag {
        SessionTag::None => 0,
        SessionTag::Number(number) => (number & (u64::MAX >> 1)).max(1),
        SessionTag::Name(name) => name.0 | 1 << 63,
    }
}

/// What a packet is within a TCP conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    Syn = 0,
    SynAck = 1,
    Data = 2,
    Ack = 3,
    Fin = 4,
    Rst = 5,
    Other = 6,
}

/// Counters of one record; `NO_COUNT` where not given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Meter {
    pub bytes_f: u64,
    pub bytes_r: u64,
    pub pkts_f: u64,
    pub pkts_r: u64,
    pub bytes_total: u64,
    pub duration_us: u64,
    /// Start of the session or flow on the view's clock; `NO_TIME` when not given.
    pub start: Micros,
    pub repeat: u32,
    /// `CountKind` as a number.
    pub count_kind: u32,
}

impl Meter {
    /// `None` when the event counts nothing beyond zeros and one hit.
    pub fn of(event: &Event) -> Option<Meter> {
        let counters = [
            event.bytes_f,
            event.bytes_r,
            event.pkts_f,
            event.pkts_r,
            event.bytes_total,
        ];
        let start = event.ts_start.or_else(|| {
            let duration = event.duration_us.filter(|duration| *duration > 0)?;
            (!event.ts.is_missing()).then(|| event.ts.micros.saturating_sub(duration))
        });
        let nothing = counters.iter().flatten().all(|count| *count == 0)
            && event.duration_us.unwrap_or(0) == 0
            && start.is_none()
            && event.repeat <= 1;
        if nothing {
            return None;
        }
        let [bytes_f, bytes_r, pkts_f, pkts_r, bytes_total] =
            counters.map(|count| count.unwrap_or(NO_COUNT));
        Some(Meter {
            bytes_f,
            bytes_r,
            pkts_f,
            pkts_r,
            bytes_total,
            duration_us: event
                .duration_us
                .map_or(NO_COUNT, |duration| duration.clamp(0, LAST_TIME) as u64),
            start: start.map_or(NO_TIME, sane),
            repeat: event.repeat.max(1),
            count_kind: u32::from(event.count_kind == CountKind::Delta),
        })
    }
}

/// What few events have: translation and ICMP.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Extra {
    pub nat_src: Option<Endpoint>,
    pub nat_dst: Option<Endpoint>,
    pub icmp: Option<Icmp>,
    /// Sender and receiver of an ICMP error, which are not ends of the conversation that it is about.
    pub error_src: Endpoint,
    pub error_dst: Endpoint,
    pub ttl: Option<u8>,
}

impl Extra {
    pub fn of(event: &Event, about_error: bool) -> Option<Extra> {
        if event.nat_src.is_none() && event.nat_dst.is_none() && event.icmp.is_none() {
            return None;
        }
        let (error_src, error_dst) = if about_error {
            (event.src, event.dst)
        } else {
            (Endpoint::default(), Endpoint::default())
        };
        Some(Extra {
            nat_src: event.nat_src,
            nat_dst: event.nat_dst,
            icmp: event.icmp,
            error_src,
            error_dst,
            ttl: event.ttl,
        })
    }
}

/// What events of one device, rule and pair of interfaces share; a log has few different ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Setting {
    pub format: NameId,
    pub device: NameId,
    pub vsys: NameId,
    pub rule: NameId,
    pub rule_name: NameId,
    pub action_raw: NameId,
    pub app: NameId,
    pub in_if: NameId,
    pub out_if: NameId,
    pub in_zone: NameId,
    pub out_zone: NameId,
    pub implicit: bool,
    pub in_role: IfRole,
    pub out_role: IfRole,
    pub way: Way,
    pub way_basis: WayBasis,
    /// Resolution of the stamps, microseconds.
    pub resolution_us: u32,
}

impl Setting {
    pub fn of(event: &Event, format: NameId) -> Setting {
        Setting {
            format,
            device: event.device,
            vsys: event.vsys,
            rule: event.rule,
            rule_name: event.rule_name,
            action_raw: event.action_raw,
            app: event.app,
            in_if: event.in_if,
            out_if: event.out_if,
            in_zone: event.in_zone,
            out_zone: event.out_zone,
            implicit: event.implicit,
            in_role: event.in_role,
            out_role: event.out_role,
            way: event.way,
            way_basis: event.way_basis,
            resolution_us: event.ts.resolution_us,
        }
    }

    /// An id that every worker computes alike.
    pub fn id(&self) -> u64 {
        let names = [
            self.format,
            self.device,
            self.vsys,
            self.rule,
            self.rule_name,
            self.action_raw,
            self.app,
            self.in_if,
            self.out_if,
            self.in_zone,
            self.out_zone,
        ];
        let mut bytes = [0_u8; 11 * 8 + 9];
        for (slot, name) in bytes.chunks_exact_mut(8).zip(names) {
            slot.copy_from_slice(&name.0.to_le_bytes());
        }
        bytes[88..92].copy_from_slice(&self.resolution_us.to_le_bytes());
        bytes[92..].copy_from_slice(&[
            u8::from(self.implicit),
            self.in_role as u8,
            self.out_role as u8,
            self.way as u8,
            self.way_basis as u8,
        ]);
        NameId::of(&bytes).0
    }
}
