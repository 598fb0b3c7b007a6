//! Keys: which events may belong to one session.

use crate::engine::judge::address::{self, Class};
use crate::engine::model::{Endpoint, Event, Host, Icmp, NameId, StampQuality, proto};

/// The canonical tuple of one device's one clock: both directions of a conversation give the same key.
///
/// 48 bytes, no padding, so tables of keys travel between workers as plain bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Key {
    pub a: Host,
    pub b: Host,
    /// See `View`.
    pub view: u64,
    pub a_port: u16,
    pub b_port: u16,
    pub proto: u8,
    /// `A_HAS_PORT`, `B_HAS_PORT`, and for ICMP `HAS_ICMP_ID`.
    pub bits: u8,
    pub spare: u16,
}

const _: () = assert!(size_of::<Key>() == 48);

/// All bytes at once: field by field takes three times as long.
impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write(bytemuck::bytes_of(self));
    }
}

pub const A_HAS_PORT: u8 = 1;
pub const B_HAS_PORT: u8 = 2;
/// The ports hold an ICMP id and the type's pair class instead of ports.
pub const IS_ICMP: u8 = 4;

impl Key {
    /// The key of two endpoints and whether `src` is its `b` side.
    pub fn of(view: u64, proto: u8, src: Endpoint, dst: Endpoint) -> (Key, bool) {
        let flipped = (src.host, src.port.unwrap_or(0), src.port.is_none())
            > (dst.host, dst.port.unwrap_or(0), dst.port.is_none());
        let (a, b) = if flipped { (dst, src) } else { (src, dst) };
        // One mask for both ends: two machines, told apart by their ports.
        let mut b_host = b.host;
        if a.host == b.host && a.port != b.port && b.host.is_blurred() {
            b_host = b.host.twin();
        }
        let bits =
            (u8::from(a.port.is_some()) * A_HAS_PORT) | (u8::from(b.port.is_some()) * B_HAS_PORT);
        let key = Key {
            a: a.host,
            b: b_host,
            view,
            a_port: a.port.unwrap_or(0),
            b_port: b.port.unwrap_or(0),
            proto,
            bits,
            spare: 0,
        };
        (key, flipped)
    }

    /// The key of an event. ICMP errors that quote a packet belong to that packet's conversation.
    pub fn of_event(view: u64, event: &Event) -> Keyed {
        if let Some(icmp) = event.icmp {
            if let Some(inner) = icmp.inner {
                let (key, flipped) = Key::of(
                    view,
                    inner.proto,
                    inner.src,
                    as_seen(event, &icmp, inner.dst),
                );
                return Keyed {
                    key,
                    flipped,
                    about_error: true,
                };
            }
            let src = Endpoint::new(event.src.host, None);
            let dst = Endpoint::new(event.dst.host, None);
            let (mut key, flipped) = Key::of(view, event.proto, src, dst);
            key.bits |= IS_ICMP;
            key.a_port = icmp.id.unwrap_or(0);
            key.b_port = pair_class(event.proto, icmp.kind, icmp.code);
            return Keyed {
                key,
                flipped,
                about_error: false,
            };
        }
        let (key, flipped) = Key::of(view, event.proto, event.src, event.dst);
        Keyed {
            key,
            flipped,
            about_error: false,
        }
    }

    pub fn a_endpoint(&self) -> Endpoint {
        Endpoint::new(self.a, (self.bits & A_HAS_PORT != 0).then_some(self.a_port))
    }

    pub fn b_endpoint(&self) -> Endpoint {
        Endpoint::new(self.b, (self.bits & B_HAS_PORT != 0).then_some(self.b_port))
    }

    /// The same conversation whatever device logged it.
    #[must_use]
    pub fn without_view(&self) -> Key {
        Key { view: 0, ..*self }
    }
}

/// What `Key::of_event` found.
#[derive(Clone, Copy, Debug)]
pub struct Keyed {
    pub key: Key,
    /// The event's `src` is the key's `b`.
    pub flipped: bool,
    /// The event is an ICMP error about the conversation, not part of it.
    pub about_error: bool,
}

/// The end that a quoted packet went to, as this network knows it. "Nobody listens on that port" is said by the machine
/// itself; when it quotes a private address and comes from a public one, it was translated on its way to us.
fn as_seen(event: &Event, icmp: &Icmp, quoted: Endpoint) -> Endpoint {
    let by_itself = matches!(
        (event.proto, icmp.kind, icmp.code),
        (proto::ICMP, 3, 3) | (proto::ICMP6, 1, 4)
    );
    let translated = address::class(quoted.host) == Class::Private
        && address::class(event.src.host) == Class::Public;
    if by_itself && translated {
        Endpoint::new(event.src.host, quoted.port)
    } else {
        quoted
    }
}

/// Request and reply types of ICMP share a class, so a ping and its answer are one session.
fn pair_class(number: u8, kind: u8, code: u8) -> u16 {
    let class = match (number, kind) {
        (proto::ICMP, 0 | 8) => 8,
        (proto::ICMP, 13 | 14) => 13,
        (proto::ICMP, 15 | 16) => 15,
        (proto::ICMP, 17 | 18) => 17,
        (proto::ICMP6, 128 | 129) => 128,
        (proto::ICMP6, 133 | 134) => 133,
        (proto::ICMP6, 135 | 136) => 135,
        (proto::ICMP6, 139 | 140) => 139,
        (proto::ICMP6, 144 | 145) => 144,
        // Errors that quote nothing: each type and code is a one-way session of its own.
        (_, other) => return u16::from(other) << 8 | u16::from(code),
    };
    class << 8
}

/// Whose account of a conversation this is: one device (or part of it) with one kind of clock.
///
/// Stamps without a zone are comparable across files of one device (rotated logs); stamps with only a time of day
/// or an uptime are comparable within their source only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct View {
    pub device: NameId,
    pub vsys: NameId,
    pub clock: StampQuality,
    /// `SHARED` unless the clock holds for one source only.
    pub source: u16,
}

pub const SHARED: u16 = u16::MAX;

impl View {
    pub fn of(event: &Event, source: u16) -> View {
        let clock = match event.ts.quality {
            StampQuality::NoYear => StampQuality::AssumedZone,
            other => other,
        };
        let own = matches!(
            clock,
            StampQuality::TimeOnly | StampQuality::Uptime | StampQuality::Missing
        );
        View {
            device: event.device,
            vsys: event.vsys,
            clock,
            source: if own { source } else { SHARED },
        }
    }

    /// An id that every worker computes alike.
    pub fn id(&self) -> u64 {
        let mut bytes = [0_u8; 19];
        bytes[..8].copy_from_slice(&self.device.0.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.vsys.0.to_le_bytes());
        bytes[16] = self.clock as u8;
        bytes[17..].copy_from_slice(&self.source.to_le_bytes());
        NameId::of(&bytes).0
    }
}
