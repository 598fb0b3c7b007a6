//! What rules and detectors read of a session, gathered once so that a million sessions are walked in order.

use crate::engine::dataset::{Asked, Dataset, Direction, Facts, Session, Side, Verdict};
use crate::engine::format::{About, FORMATS};
use crate::engine::judge::Role;
use crate::engine::model::{
    Host, IfRole, Kind, Micros, NameId, State, Way, WayBasis, ports, proto, stamp,
};
use crate::engine::session::key::{A_HAS_PORT, B_HAS_PORT, IS_ICMP, Key};

/// What detectors and earlier steps found out about a session, as bits.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Marks(pub u16);

impl Marks {
    pub const BACKSCATTER: u16 = 1;
    pub const SCAN: u16 = 1 << 1;
    /// A side channel of a conversation that is in the log.
    pub const HELPER: u16 = 1 << 2;
    /// Its service loses its replies to a rule that looks at each packet alone.
    pub const RETURN_BLOCKED: u16 = 1 << 3;

    pub fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }
    pub fn add(&mut self, bit: u16) {
        self.0 |= bit;
    }
}

/// One session, initiator first. Where nobody can tell who initiated, `a` stands first.
#[derive(Clone, Copy, Debug, bytemuck::Zeroable)]
pub struct Brief {
    pub initiator: Host,
    pub responder: Host,
    pub initiator_port: u16,
    pub responder_port: u16,
    /// Index into `Scene::devices`.
    pub device: u16,
    pub proto: u8,
    pub bits: u8,
    /// The session's facts with `…_A` as the initiator and `…_B` as the responder.
    pub facts: Facts,
    pub direction: Direction,
}

// Detectors and rules walk a million of these instead of the larger sessions.
const _: () = assert!(size_of::<Brief>() == 48);

const INITIATOR_HAS_PORT: u8 = 1;
const RESPONDER_HAS_PORT: u8 = 2;
/// Somebody is known to have initiated; with p ≥ 0.8.
const IS_KNOWN: u8 = 4;
const IS_DECIDED: u8 = 8;
const HAS_TIME: u8 = 16;

impl Brief {
    fn of(session: &Session, key: &Key, device: u16) -> Brief {
        let swapped = session.flipped != (session.side == Side::B);
        let ports = if key.bits & IS_ICMP == 0 { key.bits } else { 0 };
        let (a_has, b_has) = (ports & A_HAS_PORT != 0, ports & B_HAS_PORT != 0);
        let (initiator_has, responder_has) = if swapped {
            (b_has, a_has)
        } else {
            (a_has, b_has)
        };
        let (initiator, responder) = if swapped {
            (key.b, key.a)
        } else {
            (key.a, key.b)
        };
        let (initiator_port, responder_port) = if swapped {
            (key.b_port, key.a_port)
        } else {
            (key.a_port, key.b_port)
        };
        let is_known = session.side != Side::Unknown;
        let is_decided = is_known && session.score.abs() >= SCORE_P80;
        Brief {
            initiator,
            responder,
            initiator_port,
            responder_port,
            device,
            proto: key.proto,
            bits: (u8::from(initiator_has) * INITIATOR_HAS_PORT)
                | (u8::from(responder_has) * RESPONDER_HAS_PORT)
                | (u8::from(is_known) * IS_KNOWN)
                | (u8::from(is_decided) * IS_DECIDED)
                | (u8::from(session.has_time()) * HAS_TIME),
            facts: by_role(session),
            direction: session.direction,
        }
    }

    pub fn client_port(&self) -> Option<u16> {
        (self.bits & INITIATOR_HAS_PORT != 0).then_some(self.initiator_port)
    }

    pub fn service_port(&self) -> Option<u16> {
        (self.bits & RESPONDER_HAS_PORT != 0).then_some(self.responder_port)
    }

    /// Packets of one connection, as TCP has them. A table without a column for the protocol is told by its service.
    pub fn is_stream(&self) -> bool {
        match self.proto {
            proto::TCP | proto::SCTP => true,
            proto::UNKNOWN => self
                .service_port()
                .is_some_and(|port| !ports::is_datagram_service(port)),
            _ => false,
        }
    }

    /// Single questions and answers.
    pub fn is_datagram(&self) -> bool {
        match self.proto {
            proto::UDP | proto::UDPLITE | proto::ICMP | proto::ICMP6 => true,
            proto::UNKNOWN => self.service_port().is_some_and(ports::is_datagram_service),
            _ => false,
        }
    }

    pub fn is_known(&self) -> bool {
        self.bits & IS_KNOWN != 0
    }

    pub fn is_decided(&self) -> bool {
        self.bits & IS_DECIDED != 0
    }

    pub fn has_time(&self) -> bool {
        self.bits & HAS_TIME != 0
    }

    pub fn is_blurred(&self) -> bool {
        self.initiator.is_blurred() || self.responder.is_blurred()
    }
}

/// A device as seen in this log.
#[derive(Clone, Debug)]
pub struct Device {
    pub name: NameId,
    pub about: Option<&'static About>,
    /// First and last moment of its sessions, where times are known.
    pub span: Option<(Micros, Micros)>,
}

impl Device {
    pub fn is_stateless(&self) -> bool {
        self.about.is_some_and(|about| about.device.stateless)
    }
}

/// Everything that is derived per session, in the order of `Dataset::sessions`.
#[derive(Default, Debug)]
pub struct Scene {
    pub briefs: Vec<Brief>,
    pub marks: Vec<Marks>,
    pub devices: Vec<Device>,
    /// Some device says of an interface that it faces outside.
    pub knows_outside: bool,
}

impl Scene {
    pub fn of(data: &Dataset) -> Scene {
        let mut scene = Scene {
            briefs: bytemuck::zeroed_vec(data.sessions.len()),
            marks: vec![Marks::default(); data.sessions.len()],
            devices: Vec::new(),
            knows_outside: data
                .circumstances
                .values()
                .any(|setting| setting.in_role == IfRole::Wan),
        };
        let devices: Vec<u16> = data
            .circumstance_ids
            .iter()
            .map(|id| scene.device_of(data, *id))
            .collect();
        let n_devices = scene.devices.len();
        let spans = data.hands.share(&mut scene.briefs, |start, briefs| {
            let mut spans = vec![None; n_devices];
            for (brief, session) in briefs.iter_mut().zip(&data.sessions[start..]) {
                let at = devices
                    .get(session.circumstance as usize)
                    .copied()
                    .unwrap_or(0);
                let key = data.keys.get(session.key as usize).unwrap_or(&NO_KEY);
                *brief = Brief::of(session, key, at);
                if session.has_time()
                    && let Some(span) = spans.get_mut(usize::from(at))
                {
                    let end = session.last.max(session.first);
                    extend(span, (session.first, end));
                }
            }
            spans
        });
        for (nth, span) in spans
            .into_iter()
            .flat_map(|own| own.into_iter().enumerate())
        {
            if let Some(span) = span {
                extend(&mut scene.devices[nth].span, span);
            }
        }
        scene
    }

    fn device_of(&mut self, data: &Dataset, setting: u64) -> u16 {
        let setting = data
            .circumstances
            .get(&setting)
            .copied()
            .unwrap_or_default();
        let format = data.names.or_empty(setting.format);
        let about = FORMATS
            .iter()
            .map(|format| format.about())
            .find(|about| about.id == format);
        let known = self.devices.iter().position(|device| {
            device.name == setting.device
                && device.about.map(|about| about.id) == about.map(|about| about.id)
        });
        let at = known.unwrap_or_else(|| {
            self.devices.push(Device {
                name: setting.device,
                about,
                span: None,
            });
            self.devices.len() - 1
        });
        // More devices than this in one log share the last place: their incidents are then told together.
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    pub fn case<'d>(&'d self, data: &'d Dataset, session: &'d Session, idx: usize) -> Case<'d> {
        Case {
            data,
            scene: self,
            session,
            brief: &self.briefs[idx],
            marks: self.marks[idx],
            facts: self.briefs[idx].facts,
        }
    }

    pub fn device(&self, brief: &Brief) -> Option<&Device> {
        self.devices.get(usize::from(brief.device))
    }
}

fn extend(span: &mut Option<(Micros, Micros)>, by: (Micros, Micros)) {
    let (first, last) = span.unwrap_or(by);
    *span = Some((first.min(by.0), last.max(by.1)));
}

const NO_KEY: Key = Key {
    a: Host::NONE,
    b: Host::NONE,
    view: 0,
    a_port: 0,
    b_port: 0,
    proto: 255,
    bits: 0,
    spare: 0,
};

/// One session as a rule sees it. In `facts`, `…_A` is the initiator and `…_B` the responder.
#[derive(Clone, Copy)]
pub struct Case<'d> {
    pub data: &'d Dataset,
    pub scene: &'d Scene,
    pub session: &'d Session,
    pub brief: &'d Brief,
    pub marks: Marks,
    pub facts: Facts,
}

const SIDED: u32 =
    Facts::SYN_A | Facts::SYNACK_A | Facts::MID_A | Facts::DENIED_A | Facts::ALLOWED_A;

/// The session's facts with `A` as the initiator.
pub fn by_role(session: &Session) -> Facts {
    let bits = session.facts.0;
    let mut facts = if session.side == Side::B {
        Facts(((bits & SIDED) << 1) | ((bits >> 1) & SIDED) | (bits & !(SIDED | (SIDED << 1))))
    } else {
        session.facts
    };
    // What is blocked for its content is the initiator's connection, whoever sent the content.
    if facts.is_content_blocked() {
        facts.add(Facts::DENIED_A);
    }
    facts
}

/// |score| from which on the initiator is right four times in five (ln 4, in 1/100 nat).
pub const SCORE_P80: i32 = 139;

impl Case<'_> {
    /// The initiator is known with p ≥ 0.8.
    pub fn is_decided(&self) -> bool {
        self.brief.is_decided()
    }

    pub fn has(&self, bits: u32) -> bool {
        self.facts.has(bits)
    }

    pub fn any(&self, bits: u32) -> bool {
        self.facts.any(bits)
    }

    pub fn direction(&self) -> Direction {
        self.brief.direction
    }

    pub fn device(&self) -> Option<&Device> {
        self.scene.device(self.brief)
    }

    /// The initiator's own opening was written down, and not whether it was let through. Firewalls that log single
    /// packets mostly log what they refuse, so this is told beside the refused ones.
    pub fn opening_unsaid(&self) -> bool {
        const SAID: u32 = Facts::DENIED | Facts::ALLOWED | Facts::TRACKED | Facts::FLOW;
        const RUNNING: u32 = Facts::MID_A | Facts::MID_B | Facts::LOST | Facts::ICMP_ERROR;
        let from_initiator = match self.session.side {
            Side::A => self.session.asked == Asked::FromA,
            Side::B => self.session.asked == Asked::FromB,
            Side::Unknown => false,
        };
        from_initiator
            && self.is_decided()
            && !self.any(SAID | RUNNING | Facts::SYNACK_A | Facts::SYNACK_B)
            && !self.was_seen_unanswered()
    }

    /// A capture shows the same opening again and again: who had been answered would not have sent it again.
    pub fn was_seen_unanswered(&self) -> bool {
        const RETRIED: u32 = 3;
        self.has(Facts::SYN_A)
            && self.session.tries >= RETRIED
            && !self.any(
                Facts::DENIED | Facts::ALLOWED | Facts::TRACKED | Facts::SYNACK_B | Facts::MID_B,
            )
            && !self.is_at_filter()
    }

    /// The lines come from where packets are let through or not.
    fn is_at_filter(&self) -> bool {
        self.session.beats(self.data).iter().any(|beat| {
            let setting = self.data.circumstances.get(&beat.setting);
            setting.is_some_and(|setting| setting.way_basis == WayBasis::PacketAtInterface)
        })
    }

    /// A packet of a conversation that goes on or ends, written down at a filter without what became of it. Who was
    /// known would not have come to a rule that writes single packets down.
    pub fn late_unsaid(&self) -> bool {
        const SAID: u32 =
            Facts::DENIED | Facts::ALLOWED | Facts::TRACKED | Facts::FLOW | Facts::ICMP_ERROR;
        let one_way = self.any(Facts::MID_A) != self.any(Facts::MID_B);
        one_way
            && self.is_decided()
            && !self.any(SAID | Facts::SYN_A | Facts::SYN_B)
            && self.is_at_filter()
            && !self
                .session
                .beats(self.data)
                .iter()
                .any(|beat| beat.state() == State::Established)
    }

    /// The initiator's own opening attempt was denied: no packet of a running conversation, no late arrival.
    pub fn opening_denied(&self) -> bool {
        self.is_decided()
            && self.has(Facts::DENIED_A)
            && (self.has(Facts::SYN_A)
                || !self.any(Facts::MID_A | Facts::LOST | Facts::AFTER_END) && !self.goes_on())
            && !self.was_open_before()
    }

    /// A machine that is not ours began it.
    pub fn is_from_stranger(&self) -> bool {
        self.data.roles.of(self.brief.initiator) == Role::Theirs
    }

    /// What was denied carries data, so it opens nothing, whatever its flags.
    pub fn goes_on(&self) -> bool {
        self.has(Facts::DATA) && self.brief.is_stream()
    }

    /// It was let through at first, and what was denied later is no opening: the firewall had forgotten it. The same
    /// packet allowed by one rule and denied by the next is refused.
    pub fn was_open_before(&self) -> bool {
        const SAME_PACKET_US: Micros = stamp::SECOND;
        if !self.has(Facts::ALLOWED | Facts::DENIED)
            || self.has(Facts::FLOW)
            || self.brief.service_port().is_none()
        {
            return false;
        }
        let mut passed = None;
        for beat in self.session.beats(self.data) {
            let is_content = beat.kind() == Kind::SessionUpdate && beat.action().is_denied();
            if beat.is_about_error() || !beat.has_time() || is_content {
                continue;
            }
            if beat.action().is_denied() {
                return !beat.flags().opens()
                    && passed.is_some_and(|at| beat.ts - at >= SAME_PACKET_US);
            }
            if passed.is_none() && beat.action().is_allowed() {
                passed = Some(beat.ts);
            }
        }
        false
    }
}

/// A firewall on the very machine that talks. All packets of that machine pass it, so none can take another way.
pub fn is_own_host(data: &Dataset, session: u32) -> bool {
    data.sessions
        .get(session as usize)
        .is_some_and(|session| guards_itself(data, session))
}

/// The same of a session that is at hand.
pub fn guards_itself(data: &Dataset, session: &Session) -> bool {
    let beat = session.beats(data).first();
    let Some(setting) = beat.and_then(|beat| data.circumstances.get(&beat.setting)) else {
        return false;
    };
    match setting.way_basis {
        WayBasis::HostSide => true,
        WayBasis::PacketAtInterface => {
            matches!(setting.way, Way::LocalIn | Way::LocalOut) && !data.roles.is_gateway(setting)
        }
        _ => false,
    }
}

/// The bit of a verdict in `Session::also`.
pub fn bit(verdict: Verdict) -> u32 {
    1 << verdict as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_follow_the_initiator() {
        let facts = Facts(Facts::SYN_A | Facts::DENIED_B | Facts::LOST | Facts::ALLOWED_A);
        let session = Session {
            side: Side::B,
            facts,
            ..super::super::fixture::session()
        };
        assert_eq!(
            by_role(&session).0,
            Facts::SYN_B | Facts::DENIED_A | Facts::LOST | Facts::ALLOWED_B
        );
        let session = Session {
            side: Side::A,
            ..session
        };
        assert_eq!(by_role(&session), facts);
    }
}
