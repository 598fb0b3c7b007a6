//! The dataset: everything that is known after `conclude`. Summaries, incidents and answers point into it by index.
//!
//! References point upstream only: incident → sessions → beats → places in the sources.

use super::judge::hard::Hard;
use super::judge::soft::{Prior, Soft};
use super::model::name::IdMap;
use super::model::{Endpoint, Host, Micros, NameId, Names, Place, Tally, Unread};
use super::session::beat::{Beat, Extra, Meter, NO_COUNT, NO_TIME, Setting};
use super::session::key::{Key, View};
use super::session::shapes::Shapes;
use super::settings::Settings;
use std::collections::BTreeMap;

/// What is known after `conclude`.
#[derive(Default)]
pub struct Dataset {
    pub settings: Settings,
    pub names: Names,
    pub circumstances: IdMap<Setting>,
    /// Those of the first events of sessions, in order of appearance.
    pub circumstance_ids: Vec<u64>,
    pub views: IdMap<View>,
    pub keys: Vec<Key>,
    /// Grouped by session, in each session by (time, place). Times are UTC.
    pub beats: Vec<Beat>,
    pub meters: Vec<Meter>,
    pub extras: Vec<Extra>,
    /// Every end of a session once, in order of appearance.
    pub hosts: Vec<Host>,
    /// In order of (first, place of the first event): ids and rows do not depend on how the input was cut.
    pub sessions: Vec<Session>,
    /// Events beyond the sixteen that are kept per minute and session, by session index.
    pub rests: BTreeMap<u32, Rest>,
    pub incidents: Vec<Incident>,
    /// Entries of the watch list that were met, in the order in which a person should read them.
    pub watched: Vec<super::watch::hits::Hit>,
    pub controls: Vec<ControlMark>,
    /// In the order of `Place::source`.
    pub sources: Vec<SourceInfo>,
    pub tally: Tally,
    /// Lines by format id, sorted by id.
    pub format_lines: BTreeMap<String, u64>,
    /// Events by circumstance: exact, whatever was rolled up. Sorted by circumstance id.
    pub hits: BTreeMap<u64, Hits>,
    pub unread: Vec<Unread>,
    /// Lines that no format knew, by shape.
    pub unknown: Shapes,
    /// Lines that were read by the order of what stands in them, by shape.
    pub guessed: Shapes,
    pub roles: super::judge::Roles,
    pub grounds: super::judge::Grounds,
    pub coverage: super::judge::Coverage,
    pub base: super::judge::Base,
    /// First and last time of any event.
    pub span: Option<(Micros, Micros)>,
    /// What was rolled up, cut or not read, as sentences.
    pub limits: Vec<String>,
    /// For joining again.
    pub kept: super::session::join::Kept,
    /// Who judges it: of no matter for what is found.
    pub hands: super::slices::Hands,
}

#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Hits {
    pub allowed: u64,
    pub denied: u64,
    pub other: u64,
}

/// One input file or paste.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceInfo {
    pub name: String,
    /// Hash of name, length and ends; orders sources whatever order they came in.
    pub key: u64,
    pub bytes: u64,
    pub n_lines: u64,
}

/// A line that explains traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlMark {
    pub ts: Micros,
    pub place: Place,
    pub line: u32,
    pub view: u64,
    pub control: super::model::event::Control,
}

/// Sums over events that are not kept one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    pub n_events: u64,
    pub n_denied: u64,
    pub n_allowed: u64,
    /// Events whose sender is `a`.
    pub n_from_a: u64,
    pub repeat: u64,
}

/// One conversation of two endpoints. `a` is the sender of its first event.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// UTC; `NO_TIME` where no event has a time.
    pub first: Micros,
    pub last: Micros,
    /// Bytes that `a` and `b` sent; `NO_COUNT` where unknown.
    pub bytes_a: u64,
    pub bytes_b: u64,
    pub key: u32,
    /// Index of its first beat, and how many there are.
    pub beats_start: u32,
    pub n_beats: u32,
    /// Records, each with its repeats.
    pub n_events: u32,
    /// Attempts: retransmissions and repeats of one attempt count once each, duplicates never.
    pub tries: u32,
    /// Denied packets of a conversation that was already open.
    pub n_orphans: u32,
    pub facts: Facts,
    /// `a` is the key's `b`.
    pub flipped: bool,
    /// Inspection raised an alarm about it.
    pub alarmed: bool,
    /// The packet that a person asks about: the first denied one, else the first.
    pub asked: Asked,
    /// Places of `a` and `b` in `Dataset::hosts`.
    pub a_host: u32,
    pub b_host: u32,
    /// Of its first event; an index into `Dataset::circumstance_ids`.
    pub circumstance: u32,
    /// What its own events say of who started it, whatever the settings and the other sessions.
    pub hard: Hard,

    // What `judge` concludes.
    /// The ends in `Base`; 0 for an endpoint that occurs too seldom to say something about another session.
    pub a_end: u32,
    pub b_end: u32,
    /// What the whole log says of who started it, where a person has named no services.
    pub soft: Soft,
    pub prior: Prior,
    /// An end stands for everybody.
    pub is_group: bool,
    /// 1/100 nat; positive: `a` initiated.
    pub score: i32,
    /// Strongest tier of evidence: 0 user, 1 handshake, 2 device, 3 earlier events, 5 soft, 9 none.
    pub tier: u8,
    pub side: Side,
    pub direction: Direction,
    pub packet_direction: PacketDirection,

    // What `verdict` concludes.
    pub verdict: Verdict,
    /// Other verdicts that hold: bit n = Vn.
    pub also: u32,
    pub outcome: Outcome,
    /// Index into `Dataset::incidents`, `u32::MAX` before incidents are built.
    pub incident: u32,
}

// Two lines of a processor's cache: judging walks over a million of these.
const _: () = assert!(size_of::<Session>() <= 128);

/// Who sent a packet, in terms of its session.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum Asked {
    #[default]
    FromA,
    FromB,
    /// An error about the session, from anywhere.
    Error,
}

/// What the events of a session say, as bits, so that rules over a million sessions read one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, bytemuck::Zeroable)]
pub struct Facts(pub u32);

impl Facts {
    pub const DENIED: u32 = 1;
    pub const ALLOWED: u32 = 1 << 1;
    /// An opening packet from `a` / from `b` was seen.
    pub const SYN_A: u32 = 1 << 2;
    pub const SYN_B: u32 = 1 << 3;
    pub const SYNACK_A: u32 = 1 << 4;
    pub const SYNACK_B: u32 = 1 << 5;
    /// A mid-stream packet of known flags from `a` / from `b`.
    pub const MID_A: u32 = 1 << 6;
    pub const MID_B: u32 = 1 << 7;
    /// Flags of at least one packet are known.
    pub const FLAGS: u32 = 1 << 8;
    /// A device said it had no session for a packet, or that it was invalid.
    pub const LOST: u32 = 1 << 9;
    pub const SPOOF_SAID: u32 = 1 << 10;
    /// Flags no TCP stack sends.
    pub const IMPOSSIBLE: u32 = 1 << 11;
    /// A session record (start, end, update) exists.
    pub const TRACKED: u32 = 1 << 12;
    pub const STARTED: u32 = 1 << 13;
    pub const ENDED: u32 = 1 << 14;
    /// One-direction flow records (AWS and the like).
    pub const FLOW: u32 = 1 << 15;
    /// Bytes or packets came back from the responder side of the record (`b` of a session record by `a`).
    pub const ANSWERED: u32 = 1 << 16;
    /// The record counts the way back and it is zero.
    pub const UNANSWERED: u32 = 1 << 17;
    /// An ICMP error about it was seen.
    pub const ICMP_ERROR: u32 = 1 << 18;
    /// It holds nothing but ICMP errors about it.
    pub const ONLY_ICMP_ERROR: u32 = 1 << 19;
    /// The first denied packet carried data (PSH, or IP length over 120, or sent again as data are).
    pub const DATA: u32 = 1 << 20;
    pub const SEVERAL_VIEWS: u32 = 1 << 21;
    /// Denied in one direction while the other was allowed.
    pub const DENIED_A: u32 = 1 << 22;
    pub const DENIED_B: u32 = 1 << 23;
    pub const ALLOWED_A: u32 = 1 << 24;
    pub const ALLOWED_B: u32 = 1 << 25;
    /// A denied packet came after the session had ended by a logged end, FIN or RST.
    pub const AFTER_END: u32 = 1 << 26;
    /// Some denied packet has no flags in its line.
    pub const DENIED_NO_FLAGS: u32 = 1 << 27;
    pub const RESET: u32 = 1 << 28;
    pub const NAT: u32 = 1 << 29;
    pub const CAPPED: u32 = 1 << 30;
    /// An endpoint may be several machines (`x.x.x.x`).
    pub const BLURRED: u32 = 1 << 31;

    pub fn has(self, bits: u32) -> bool {
        self.0 & bits == bits
    }
    pub fn any(self, bits: u32) -> bool {
        self.0 & bits != 0
    }
    pub fn add(&mut self, bits: u32) {
        self.0 |= bits;
    }
    /// Denied, and no packet of either side was: something in it was.
    pub fn is_content_blocked(self) -> bool {
        self.has(Facts::DENIED) && !self.any(Facts::DENIED_A | Facts::DENIED_B)
    }
}

/// Which end initiated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum Side {
    A,
    B,
    /// The evidence does not decide.
    #[default]
    Unknown,
}

/// Session direction by the initiator's and the responder's role (domain §6.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord, Hash, bytemuck::Zeroable)]
#[repr(u8)]
pub enum Direction {
    Inbound,
    Outbound,
    Internal,
    Transit,
    ToFirewall,
    FromFirewall,
    Group,
    #[default]
    Unknown,
}

impl Direction {
    pub const ALL: [Direction; 8] = [
        Direction::Inbound,
        Direction::Outbound,
        Direction::Internal,
        Direction::Transit,
        Direction::ToFirewall,
        Direction::FromFirewall,
        Direction::Group,
        Direction::Unknown,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
            Direction::Internal => "internal",
            Direction::Transit => "transit",
            Direction::ToFirewall => "to_firewall",
            Direction::FromFirewall => "from_firewall",
            Direction::Group => "group",
            Direction::Unknown => "unknown",
        }
    }
}

/// Which way the logged packet travelled; never the session's direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PacketDirection {
    In,
    Out,
    ThroughIn,
    ThroughOut,
    Local,
    #[default]
    Unknown,
}

impl PacketDirection {
    pub fn name(self) -> &'static str {
        match self {
            PacketDirection::In => "in",
            PacketDirection::Out => "out",
            PacketDirection::ThroughIn => "through_in",
            PacketDirection::ThroughOut => "through_out",
            PacketDirection::Local => "local",
            PacketDirection::Unknown => "unknown",
        }
    }
}

/// How sure the statement about the initiator is (domain §5.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Band {
    CannotTell,
    Low,
    Medium,
    High,
    Certain,
}

impl Band {
    pub fn name(self) -> &'static str {
        match self {
            Band::CannotTell => "cannot_tell",
            Band::Low => "low",
            Band::Medium => "medium",
            Band::High => "high",
            Band::Certain => "certain",
        }
    }
}

/// What we conclude (domain §7.2). Numbers are those of the contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Verdict {
    OrphanedReply = 1,
    BlockedInbound = 2,
    BlockedOutbound = 3,
    BlockedInternal = 4,
    Scan = 5,
    Backscatter = 6,
    AllowedNormal = 7,
    AllowedUnanswered = 8,
    StatelessReturnBlocked = 9,
    ImpossiblePacket = 10,
    Refused = 11,
    LocalDiscovery = 12,
    NetworkError = 13,
    LateDatagramReply = 14,
    PasswordGuessing = 15,
    Beacon = 16,
    PeerToPeer = 17,
    HeavyTransfer = 18,
    WatchList = 19,
    NewOrRare = 20,
    ServicePortAsSource = 21,
    HelperChannelBlocked = 22,
    HalfSeen = 23,
    #[default]
    NotEnough = 24,
}

impl Verdict {
    pub const ALL: [Verdict; 24] = [
        Verdict::OrphanedReply,
        Verdict::BlockedInbound,
        Verdict::BlockedOutbound,
        Verdict::BlockedInternal,
        Verdict::Scan,
        Verdict::Backscatter,
        Verdict::AllowedNormal,
        Verdict::AllowedUnanswered,
        Verdict::StatelessReturnBlocked,
        Verdict::ImpossiblePacket,
        Verdict::Refused,
        Verdict::LocalDiscovery,
        Verdict::NetworkError,
        Verdict::LateDatagramReply,
        Verdict::PasswordGuessing,
        Verdict::Beacon,
        Verdict::PeerToPeer,
        Verdict::HeavyTransfer,
        Verdict::WatchList,
        Verdict::NewOrRare,
        Verdict::ServicePortAsSource,
        Verdict::HelperChannelBlocked,
        Verdict::HalfSeen,
        Verdict::NotEnough,
    ];

    /// `V01`.
    pub fn id(self) -> String {
        format!("V{:02}", self as u8)
    }

    pub fn name(self) -> &'static str {
        match self {
            Verdict::OrphanedReply => "orphaned_reply",
            Verdict::BlockedInbound => "blocked_inbound",
            Verdict::BlockedOutbound => "blocked_outbound",
            Verdict::BlockedInternal => "blocked_internal",
            Verdict::Scan => "scan",
            Verdict::Backscatter => "backscatter",
            Verdict::AllowedNormal => "allowed_normal",
            Verdict::AllowedUnanswered => "allowed_unanswered",
            Verdict::StatelessReturnBlocked => "stateless_return_blocked",
            Verdict::ImpossiblePacket => "impossible_packet",
            Verdict::Refused => "refused",
            Verdict::LocalDiscovery => "local_discovery",
            Verdict::NetworkError => "network_error",
            Verdict::LateDatagramReply => "late_datagram_reply",
            Verdict::PasswordGuessing => "password_guessing",
            Verdict::Beacon => "beacon",
            Verdict::PeerToPeer => "peer_to_peer",
            Verdict::HeavyTransfer => "heavy_transfer",
            Verdict::WatchList => "watch_list",
            Verdict::NewOrRare => "new_or_rare",
            Verdict::ServicePortAsSource => "service_port_as_source",
            Verdict::HelperChannelBlocked => "helper_channel_blocked",
            Verdict::HalfSeen => "half_seen",
            Verdict::NotEnough => "not_enough",
        }
    }
}

/// What became of the conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Outcome {
    Worked,
    Blocked,
    Refused,
    Unanswered,
    ReplyBlocked,
    Noise,
    #[default]
    Unknown,
}

impl Outcome {
    pub const ALL: [Outcome; 7] = [
        Outcome::Worked,
        Outcome::Blocked,
        Outcome::Refused,
        Outcome::Unanswered,
        Outcome::ReplyBlocked,
        Outcome::Noise,
        Outcome::Unknown,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Outcome::Worked => "worked",
            Outcome::Blocked => "blocked",
            Outcome::Refused => "refused",
            Outcome::Unanswered => "unanswered",
            Outcome::ReplyBlocked => "reply_blocked",
            Outcome::Noise => "noise",
            Outcome::Unknown => "unknown",
        }
    }
}

/// Does it matter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord, Hash)]
pub enum Severity {
    #[default]
    None,
    Look,
    Act,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::None => "none",
            Severity::Look => "look",
            Severity::Act => "act",
        }
    }
}

/// Why a firewall lost a session (domain §7.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Cause {
    Late,
    Idle,
    Asym,
    Reset,
    Full,
    Half,
    Alg,
}

impl Cause {
    pub const ALL: [Cause; 7] = [
        Cause::Late,
        Cause::Idle,
        Cause::Asym,
        Cause::Reset,
        Cause::Full,
        Cause::Half,
        Cause::Alg,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Cause::Late => "late",
            Cause::Idle => "idle",
            Cause::Asym => "asym",
            Cause::Reset => "reset",
            Cause::Full => "full",
            Cause::Half => "half",
            Cause::Alg => "alg",
        }
    }
}

/// Sessions that share verdict, service and time: the unit that a person reads first (domain §0.7).
#[derive(Clone, Debug, Default)]
pub struct Incident {
    pub id: u64,
    pub verdict: Verdict,
    /// The most probable cause and its probability in 1/1000; `named` tells whether the sentence may name it.
    pub cause: Option<CauseGuess>,
    pub severity: Severity,
    /// Probability of the statement about the initiator, 1/1000: the weakest of its sessions.
    pub p_milli: u16,
    pub band: Option<Band>,
    pub direction: Direction,
    /// Indices into `Dataset::sessions`, ascending.
    pub sessions: Vec<u32>,
    pub n_lines: u64,
    pub first: Micros,
    pub last: Micros,
    pub proto: u8,
    /// The responder's port, where the sessions share one.
    pub port: Option<u16>,
    pub n_initiators: u64,
    pub n_responders: u64,
    /// At most eight of each, ascending.
    pub initiators: Vec<Host>,
    pub responders: Vec<Host>,
    pub headline: String,
    pub sentence: String,
    pub evidence_for: Vec<Reasoned>,
    pub evidence_against: Vec<Reasoned>,
    /// What else it could be, and which line or log would decide.
    pub alternatives: Vec<String>,
    pub checks: Vec<NextCheck>,
    /// Every number of the sentence, by name.
    pub numbers: BTreeMap<&'static str, i64>,
    pub timeout_s: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CauseGuess {
    pub cause: Cause,
    pub p_milli: u16,
    /// Two features fired and p is high enough, or the device stated it.
    pub named: bool,
}

/// One statement for or against, and the sessions that show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasoned {
    pub id: &'static str,
    pub text: String,
    /// 1/100 nat, positive: speaks for the statement. 0 where it is not a weight.
    pub weight: i32,
    /// Indices of sessions whose lines show it; at most eight.
    pub sessions: Vec<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NextCheck {
    pub place: String,
    pub command: String,
    pub why: String,
}

impl Session {
    /// Stable: from the tuple and the place of the first event, whatever the number of threads.
    pub fn id(&self, data: &Dataset) -> u64 {
        let mut bytes = [0_u8; 64];
        if let Some(key) = data.keys.get(self.key as usize) {
            bytes[..48].copy_from_slice(bytemuck::bytes_of(&key.without_view()));
        }
        if let Some(first) = self.beats(data).first() {
            let source = data.sources.get(usize::from(first.place.source()));
            bytes[48..56].copy_from_slice(&source.map_or(0, |source| source.key).to_le_bytes());
            bytes[56..].copy_from_slice(&(first.place.0 & 0xffff_ffff_ffff).to_le_bytes());
        }
        NameId::of(&bytes).0
    }

    pub fn beats<'d>(&self, data: &'d Dataset) -> &'d [Beat] {
        let start = self.beats_start as usize;
        data.beats
            .get(start..start + self.n_beats as usize)
            .unwrap_or(&[])
    }

    /// (a, b).
    pub fn ends(&self, data: &Dataset) -> (Endpoint, Endpoint) {
        let key = &data.keys[self.key as usize];
        if self.flipped {
            (key.b_endpoint(), key.a_endpoint())
        } else {
            (key.a_endpoint(), key.b_endpoint())
        }
    }

    pub fn proto(&self, data: &Dataset) -> u8 {
        data.keys[self.key as usize].proto
    }

    /// (initiator, responder); `None` when the evidence does not decide.
    pub fn parties(&self, data: &Dataset) -> Option<(Endpoint, Endpoint)> {
        let (a, b) = self.ends(data);
        match self.side {
            Side::A => Some((a, b)),
            Side::B => Some((b, a)),
            Side::Unknown => None,
        }
    }

    /// Port of the responder, where there is one.
    pub fn service_port(&self, data: &Dataset) -> Option<u16> {
        self.parties(data).and_then(|(_, responder)| responder.port)
    }

    /// Bytes that the initiator and the responder sent.
    pub fn bytes(&self) -> (Option<u64>, Option<u64>) {
        let known = |count: u64| (count != NO_COUNT).then_some(count);
        match self.side {
            Side::B => (known(self.bytes_b), known(self.bytes_a)),
            _ => (known(self.bytes_a), known(self.bytes_b)),
        }
    }

    pub fn has_time(&self) -> bool {
        self.first != NO_TIME
    }

    /// Probability of the stated initiator, 1/1000; at least 500.
    pub fn p_milli(&self) -> u16 {
        super::judge::p_milli(self.score, self.tier)
    }

    pub fn band(&self) -> Band {
        super::judge::band(self.p_milli(), self.tier, self.side)
    }

    /// The sender of a beat is this session's `a`.
    pub fn is_from_a(&self, beat: &Beat) -> bool {
        beat.is_flipped() == self.flipped
    }
}
