//! One event: what a record says, in the engine's words. Unknown stays unknown; nothing is filled in.

use super::endpoint::Endpoint;
use super::flags::{Flags, FlagsScope};
use super::name::NameId;
use super::proto;
use super::stamp::{Micros, Stamp};

/// What kind of statement a record makes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// About one packet; its `src` is only the sender of that packet.
    #[default]
    Packet = 0,
    SessionStart = 1,
    SessionEnd = 2,
    SessionUpdate = 3,
    /// Counters of one direction.
    FlowUni = 4,
    /// Counters of both directions.
    FlowBi = 5,
    /// Aggregated hits.
    Summary = 6,
    /// A line that explains traffic: failover, reboot, table full, policy install.
    Control = 7,
    /// A line that says that lines are missing.
    Gap = 8,
}

impl Kind {
    pub const ALL: [Kind; 9] = [
        Kind::Packet,
        Kind::SessionStart,
        Kind::SessionEnd,
        Kind::SessionUpdate,
        Kind::FlowUni,
        Kind::FlowBi,
        Kind::Summary,
        Kind::Control,
        Kind::Gap,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Packet => "packet",
            Kind::SessionStart => "session_start",
            Kind::SessionEnd => "session_end",
            Kind::SessionUpdate => "session_update",
            Kind::FlowUni => "flow_uni",
            Kind::FlowBi => "flow_bi",
            Kind::Summary => "summary",
            Kind::Control => "control",
            Kind::Gap => "gap",
        }
    }

    pub fn from_byte(byte: u8) -> Kind {
        Kind::ALL
            .get(usize::from(byte))
            .copied()
            .unwrap_or_default()
    }

    /// The device wrote this about a session it tracked.
    pub fn is_session(self) -> bool {
        matches!(
            self,
            Kind::SessionStart | Kind::SessionEnd | Kind::SessionUpdate
        )
    }
}

/// What the firewall decided or reported. Never our conclusion; that is a verdict.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum Action {
    #[default]
    Unknown = 0,
    Allow = 1,
    Drop = 2,
    /// Dropped with an answer (RST or ICMP) to the sender.
    Reject = 3,
    Reset = 4,
    Close = 5,
    Timeout = 6,
    Start = 7,
    Nat = 8,
}

impl Action {
    pub const ALL: [Action; 9] = [
        Action::Unknown,
        Action::Allow,
        Action::Drop,
        Action::Reject,
        Action::Reset,
        Action::Close,
        Action::Timeout,
        Action::Start,
        Action::Nat,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Action::Unknown => "unknown",
            Action::Allow => "allow",
            Action::Drop => "drop",
            Action::Reject => "reject",
            Action::Reset => "reset",
            Action::Close => "close",
            Action::Timeout => "timeout",
            Action::Start => "start",
            Action::Nat => "nat",
        }
    }

    pub fn from_byte(byte: u8) -> Action {
        Action::ALL
            .get(usize::from(byte))
            .copied()
            .unwrap_or_default()
    }

    pub fn is_denied(self) -> bool {
        matches!(self, Action::Drop | Action::Reject)
    }

    /// The device let it through. A session that was reset or timed out had been let through too.
    pub fn is_allowed(self) -> bool {
        matches!(
            self,
            Action::Allow | Action::Close | Action::Timeout | Action::Start | Action::Reset
        )
    }
}

/// Who reset a session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum ResetBy {
    #[default]
    Unknown = 0,
    Client = 1,
    Server = 2,
    Device = 3,
}

impl ResetBy {
    pub fn name(self) -> Option<&'static str> {
        match self {
            ResetBy::Unknown => None,
            ResetBy::Client => Some("client"),
            ResetBy::Server => Some("server"),
            ResetBy::Device => Some("device"),
        }
    }
}

/// Why a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum End {
    /// No end in this record.
    #[default]
    None = 0,
    Fin = 1,
    RstClient = 2,
    RstServer = 3,
    Rst = 4,
    IdleTimeout = 5,
    HalfCloseTimeout = 6,
    SynTimeout = 7,
    PolicyDeny = 8,
    Threat = 9,
    Resources = 10,
    Reuse = 11,
    Failover = 12,
    RouteChange = 13,
    Cleared = 14,
    Pinhole = 15,
    IcmpError = 16,
    Response = 17,
    Aged = 18,
    Unknown = 19,
}

impl End {
    pub const ALL: [End; 20] = [
        End::None,
        End::Fin,
        End::RstClient,
        End::RstServer,
        End::Rst,
        End::IdleTimeout,
        End::HalfCloseTimeout,
        End::SynTimeout,
        End::PolicyDeny,
        End::Threat,
        End::Resources,
        End::Reuse,
        End::Failover,
        End::RouteChange,
        End::Cleared,
        End::Pinhole,
        End::IcmpError,
        End::Response,
        End::Aged,
        End::Unknown,
    ];

    pub fn from_byte(byte: u8) -> End {
        End::ALL.get(usize::from(byte)).copied().unwrap_or_default()
    }

    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            End::None => return None,
            End::Fin => "fin",
            End::RstClient => "rst_client",
            End::RstServer => "rst_server",
            End::Rst => "rst",
            End::IdleTimeout => "idle_timeout",
            End::HalfCloseTimeout => "half_close_timeout",
            End::SynTimeout => "syn_timeout",
            End::PolicyDeny => "policy_deny",
            End::Threat => "threat",
            End::Resources => "resources",
            End::Reuse => "reuse",
            End::Failover => "failover",
            End::RouteChange => "route_change",
            End::Cleared => "cleared",
            End::Pinhole => "pinhole",
            End::IcmpError => "icmp_error",
            End::Response => "response",
            End::Aged => "aged",
            End::Unknown => "unknown",
        })
    }
}

/// What the device said of the state of the packet's session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum State {
    #[default]
    Unsaid = 0,
    New = 1,
    Established = 2,
    Related = 3,
    /// "I have no session for this packet."
    NoState = 4,
    Invalid = 5,
    Untracked = 6,
    /// "This cannot come from there": reverse-path, spoof or land checks.
    Spoofed = 7,
    /// Inspection recognized something in it and raised an alarm, whether or not it stopped it.
    Alarm = 8,
}

impl State {
    pub const ALL: [State; 9] = [
        State::Unsaid,
        State::New,
        State::Established,
        State::Related,
        State::NoState,
        State::Invalid,
        State::Untracked,
        State::Spoofed,
        State::Alarm,
    ];

    pub fn from_byte(byte: u8) -> State {
        State::ALL
            .get(usize::from(byte))
            .copied()
            .unwrap_or_default()
    }

    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            State::Unsaid => return None,
            State::New => "new",
            State::Established => "established",
            State::Related => "related",
            State::NoState => "no_state",
            State::Invalid => "invalid",
            State::Untracked => "untracked",
            State::Spoofed => "spoofed",
            State::Alarm => "alarm",
        })
    }

    /// The device had no usable session for the packet.
    pub fn is_lost(self) -> bool {
        matches!(self, State::NoState | State::Invalid)
    }
}

/// Who started it, as the device states it (domain §5.2 tiers 2 and 2b; the weight is part of the statement).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum Init {
    #[default]
    Unsaid = 0,
    /// `src` initiated; the device tracked the session (weight 7).
    Src = 1,
    /// `dst` initiated; the device tracked the session (weight 7).
    Dst = 2,
    /// `src`, said by a device or column that is sometimes wrong (weight 5).
    SrcWeak = 3,
    /// `dst`, likewise (weight 5).
    DstWeak = 4,
    /// A policy deny of a device that drops non-opening packets before policy (tier 2b, weight 3).
    SrcDenied = 5,
    /// The handshake was seen by the sensor and `src` sent the opening (tier 1a).
    SrcSeen = 6,
    /// The answer to an opening was seen coming from `src` (tier 1b: `dst` initiated).
    DstSeen = 7,
}

impl Init {
    pub const ALL: [Init; 8] = [
        Init::Unsaid,
        Init::Src,
        Init::Dst,
        Init::SrcWeak,
        Init::DstWeak,
        Init::SrcDenied,
        Init::SrcSeen,
        Init::DstSeen,
    ];

    /// By the flags of all packets that `src` sent together: who answered has sent SYN and ACK, and who asked as well,
    /// unless nobody answered or it is the only packet.
    pub fn of_one_direction(flags: Flags, n_packets: Option<u64>) -> Init {
        match (flags.has(Flags::SYN), flags.any(Flags::ACK)) {
            (true, false) => Init::SrcSeen,
            (true, true) if n_packets == Some(1) => Init::DstSeen,
            _ => Init::Unsaid,
        }
    }

    pub fn from_byte(byte: u8) -> Init {
        Init::ALL
            .get(usize::from(byte))
            .copied()
            .unwrap_or_default()
    }
}

/// What kind of network an interface faces, as the device says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum IfRole {
    #[default]
    Unsaid = 0,
    Lan = 1,
    Wan = 2,
    Dmz = 3,
    /// The firewall itself.
    Local = 4,
}

/// The device's own direction word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum Way {
    #[default]
    Unsaid = 0,
    In = 1,
    Out = 2,
    /// To the device itself (input chain, local-in policy, `identity` interface).
    LocalIn = 3,
    /// From the device itself.
    LocalOut = 4,
    Forward = 5,
}

/// What a `Way` means in its dialect.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum WayBasis {
    #[default]
    Unsaid = 0,
    PacketAtInterface = 1,
    RuleDirection = 2,
    SecurityLevel = 3,
    InitiatorSide = 4,
    NicSide = 5,
    /// The log of one host: `src` of Out and `dst` of In are that host.
    HostSide = 6,
}

/// What byte and packet counters count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum CountKind {
    #[default]
    Total = 0,
    /// Since the last record of the session.
    Delta = 1,
}

/// The device's session id: a number where it is one (no table needed), else a name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum SessionTag {
    #[default]
    None,
    Number(u64),
    Name(NameId),
}

/// The packet that an ICMP error quotes; `src` is the sender of the packet that failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Inner {
    pub proto: u8,
    pub src: Endpoint,
    pub dst: Endpoint,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Icmp {
    pub kind: u8,
    pub code: u8,
    pub id: Option<u16>,
    pub inner: Option<Inner>,
}

/// A record after parsing. All times follow the record's clock (see `Stamp`); sizes are bytes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Event {
    pub kind: Kind,
    /// Time of the packet, end of a session record, start of a flow window.
    pub ts: Stamp,
    pub ts_start: Option<Micros>,
    pub ts_end: Option<Micros>,
    /// IANA number, `proto::UNKNOWN` when the line does not say.
    pub proto: u8,
    pub src: Endpoint,
    pub dst: Endpoint,
    /// Source and destination after translation.
    pub nat_src: Option<Endpoint>,
    pub nat_dst: Option<Endpoint>,
    pub icmp: Option<Icmp>,

    pub action: Action,
    pub reset_by: ResetBy,
    pub end: End,
    pub state: State,
    pub init: Init,
    /// Of an ICMP error: those of the packet that it quotes.
    pub flags: Flags,
    pub flags_scope: FlagsScope,

    /// TCP sequence number, IP id, time to live, IP length of this packet.
    pub seq: Option<u32>,
    pub ip_id: Option<u16>,
    pub ttl: Option<u8>,
    pub len: Option<u16>,

    /// `src` → `dst` as logged, and the reverse.
    pub bytes_f: Option<u64>,
    pub bytes_r: Option<u64>,
    pub pkts_f: Option<u64>,
    pub pkts_r: Option<u64>,
    /// Both ways together, where the line does not split them.
    pub bytes_total: Option<u64>,
    pub count_kind: CountKind,
    pub duration_us: Option<i64>,
    pub session_id: SessionTag,
    /// Packets or hits this record stands for, at least 1.
    pub repeat: u32,

    pub device: NameId,
    pub vsys: NameId,
    pub rule: NameId,
    pub rule_name: NameId,
    /// The default or clean-up deny.
    pub implicit: bool,
    pub action_raw: NameId,
    pub app: NameId,
    pub in_if: NameId,
    pub out_if: NameId,
    pub in_zone: NameId,
    pub out_zone: NameId,
    pub in_role: IfRole,
    pub out_role: IfRole,
    pub way: Way,
    pub way_basis: WayBasis,
    /// For `Control` and `Gap`: what happened, in the vocabulary of domain §3.3.
    pub control: Control,
}

/// What a control line reports (domain §3.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum Control {
    #[default]
    None = 0,
    Failover = 1,
    Restart = 2,
    PolicyOrClear = 3,
    TableFull = 4,
    Routing = 5,
    RateMeter = 6,
    LinesMissing = 7,
}

impl Control {
    pub const ALL: [Control; 8] = [
        Control::None,
        Control::Failover,
        Control::Restart,
        Control::PolicyOrClear,
        Control::TableFull,
        Control::Routing,
        Control::RateMeter,
        Control::LinesMissing,
    ];

    pub fn from_byte(byte: u8) -> Control {
        Control::ALL
            .get(usize::from(byte))
            .copied()
            .unwrap_or_default()
    }
}

impl Event {
    /// The record tells what inspection did inside a connection. Where that may have been in an answer, its sender may be
    /// named first. A packet that belongs to no connection was not refused for what is in it.
    pub fn inspect(&mut self, may_be_answer: bool) {
        if !matches!(self.state, State::Unsaid | State::Alarm) {
            return;
        }
        if self.action == Action::Reset {
            // No end did it.
            self.action = Action::Reject;
        }
        if self.action.is_denied() {
            self.kind = Kind::SessionUpdate;
        }
        self.init = if may_be_answer {
            Init::Unsaid
        } else {
            Init::SrcWeak
        };
    }

    /// Inspection recognized an attack or something harmful.
    pub fn alarm(&mut self, may_be_answer: bool) {
        if self.state == State::Unsaid {
            self.state = State::Alarm;
        }
        self.inspect(may_be_answer);
    }
}

impl Default for Event {
    fn default() -> Self {
        Event {
            kind: Kind::Packet,
            ts: Stamp::MISSING,
            ts_start: None,
            ts_end: None,
            proto: proto::UNKNOWN,
            src: Endpoint::default(),
            dst: Endpoint::default(),
            nat_src: None,
            nat_dst: None,
            icmp: None,
            action: Action::Unknown,
            reset_by: ResetBy::Unknown,
            end: End::None,
            state: State::Unsaid,
            init: Init::Unsaid,
            flags: Flags(0),
            flags_scope: FlagsScope::Unknown,
            seq: None,
            ip_id: None,
            ttl: None,
            len: None,
            bytes_f: None,
            bytes_r: None,
            pkts_f: None,
            pkts_r: None,
            bytes_total: None,
            count_kind: CountKind::Total,
            duration_us: None,
            session_id: SessionTag::None,
            repeat: 1,
            device: NameId::NONE,
            vsys: NameId::NONE,
            rule: NameId::NONE,
            rule_name: NameId::NONE,
            implicit: false,
            action_raw: NameId::NONE,
            app: NameId::NONE,
            in_if: NameId::NONE,
            out_if: NameId::NONE,
            in_zone: NameId::NONE,
            out_zone: NameId::NONE,
            in_role: IfRole::Unsaid,
            out_role: IfRole::Unsaid,
            way: Way::Unsaid,
            way_basis: WayBasis::Unsaid,
            control: Control::None,
        }
    }
}
