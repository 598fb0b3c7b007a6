//! Formats: one dialect, one file. A format turns records into events and says what the dialect's words mean.
//!
//! To add one: `format/x.rs`, its two lines below, `samples/x/*.log`. No vendor's name appears outside this room.

pub mod arista_ngfw;
pub mod aws_vpcflow;
pub mod azure;
pub mod barracuda;
pub mod cargowall;
pub mod cato;
pub mod cef;
mod cells;
pub mod checkpoint;
pub mod cisco_asa;
pub mod cisco_ftd;
pub mod cisco_ios;
pub mod cisco_meraki;
pub mod cisco_umbrella;
pub mod clavister;
pub mod cloudflare;
pub mod conntrack;
mod dialect;
pub mod f5_bigip;
pub mod filterlog;
pub mod fortigate;
pub mod fortigate_debug;
pub mod gcp;
pub mod generic_csv;
mod head;
pub mod home_router;
pub mod hubble;
pub mod ipfw;
pub mod juniper_srx;
pub mod junos_text;
pub mod kerio;
pub mod lancom;
pub mod leef;
pub mod mikrotik;
pub mod netfilter;
pub mod netflow;
pub mod nft_trace;
pub mod ntopng;
#[cfg(test)]
mod outline;
pub mod panos;
pub mod panos_json;
pub mod pensando_dfw;
pub mod pf_states;
pub(crate) mod plain;
pub mod said;
pub mod screenos;
pub mod snort;
pub mod sonicwall;
pub mod sophos_utm;
pub mod sophos_xg;
pub mod stormshield;
pub mod suricata;
pub mod syslog_notes;
pub mod tcpdump;
pub mod tuple_soup;
pub mod vmware_nsx;
pub mod watchguard;
pub mod windows_firewall;
pub mod windows_security;
pub mod zeek_conn;
pub mod zonealarm;
pub mod zscaler_fw;

use super::model::{Event, Names, Reason};
use super::source::{Clock, Record};

pub static FORMATS: &[&dyn Format] = &[
    &fortigate::FortiGate,
    &fortigate::csv::FortiGateCsv,
    &cisco_asa::CiscoAsa,
    &netfilter::Netfilter,
    &filterlog::Filterlog,
    &windows_firewall::WindowsFirewall,
    &aws_vpcflow::AwsVpcFlow,
    &sophos_xg::FORMAT,
    &sonicwall::FORMAT,
    &juniper_srx::FORMAT,
    &cisco_ftd::FORMAT,
    &checkpoint::FORMAT,
    &cef::FORMAT,
    &leef::FORMAT,
    &cisco_meraki::FORMAT,
    &suricata::FORMAT,
    &suricata::AWS,
    &gcp::FIREWALL,
    &gcp::FLOWS,
    &azure::FLOWS,
    &azure::FIREWALL,
    &sophos_utm::FORMAT,
    &stormshield::FORMAT,
    &clavister::FORMAT,
    &f5_bigip::FORMAT,
    &arista_ngfw::FORMAT,
    &zscaler_fw::FORMAT,
    &cato::FORMAT,
    &cloudflare::FORMAT,
    &barracuda::CLOUDGEN,
    &barracuda::ACTIVITY,
    &barracuda::WAF,
    &cisco_umbrella::FORMAT,
    &pensando_dfw::FORMAT,
    &panos::PANOS,
    &panos_json::FORMAT,
    &zeek_conn::ZEEK_CONN,
    &mikrotik::MIKROTIK,
    &cisco_ios::CISCO_IOS,
    &watchguard::WATCHGUARD,
    &junos_text::JUNOS_TEXT,
    &screenos::SCREENOS,
    &tcpdump::TCPDUMP,
    &pf_states::PF_STATES,
    &snort::SNORT,
    &conntrack::CONNTRACK,
    &nft_trace::NFT_TRACE,
    &windows_security::WINDOWS_SECURITY,
    &fortigate_debug::FORTIGATE_DEBUG,
    &hubble::HUBBLE,
    &hubble::HUBBLE_JSON,
    &kerio::KERIO,
    &lancom::LANCOM,
    &zonealarm::ZONEALARM,
    &home_router::HOME_ROUTER,
    &cargowall::CARGOWALL,
    &ntopng::NTOPNG,
    &netflow::NETFLOW,
    &ipfw::IPFW,
    &vmware_nsx::VMWARE_NSX,
    &syslog_notes::SyslogNotes,
    // These two read anything that looks like traffic, so they stay last (`N_GENERIC`).
    &generic_csv::GenericCsv,
    &tuple_soup::TupleSoup,
];

/// How many formats at the end of the list are nobody's own. They are asked only when all others declined, also
/// when one of them answered last: what they take must not depend on the lines before.
pub const N_GENERIC: usize = 2;
/// The format that goes by the order of what it finds: a guess, which a person may want to correct.
pub const GUESSES: usize = FORMATS.len() - 1;

/// A dialect.
pub trait Format: Sync {
    fn about(&self) -> &'static About;

    /// A parser, which may carry state such as the names of columns.
    fn open(&self, clock: Clock) -> Box<dyn Parse>;

    /// Every field of one line: where it stands, what it is called, what it is.
    /// `header` is the line that names the columns, for dialects that have one.
    fn gloss(&self, text: &[u8], header: Option<&[u8]>) -> Vec<Span>;
}

pub trait Parse: Send {
    /// Reads one record. Asked for every line that the parser before it did not know, so `Foreign` must be cheap.
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed;

    /// Records before this one, other than headers, change how the next is read; then a source stays in one piece.
    fn is_tied(&self) -> bool {
        false
    }
}

/// Asks about a record until a format knows it, the one that answered last first; `last` is where it stands.
/// `parsers` are those of `FORMATS`, in its order. What the record gave is in `sink`, what others gave is not.
#[inline]
pub fn ask(
    parsers: &mut [Box<dyn Parse>],
    last: &mut usize,
    record: &Record<'_>,
    names: &mut Names,
    sink: &mut Sink,
) -> (usize, Parsed) {
    sink.events.clear();
    let first = *last;
    if first + N_GENERIC < parsers.len() {
        let parsed = parsers[first].parse(record, names, sink);
        if parsed != Parsed::Foreign {
            return (first, parsed);
        }
    }
    ask_others(parsers, last, record, names, sink)
}

/// Most lines are of the format of the line before, so this stays out of the way of those.
#[inline(never)]
fn ask_others(
    parsers: &mut [Box<dyn Parse>],
    last: &mut usize,
    record: &Record<'_>,
    names: &mut Names,
    sink: &mut Sink,
) -> (usize, Parsed) {
    let first = *last;
    let is_specific = first + N_GENERIC < parsers.len();
    for index in (0..parsers.len()).filter(|index| !is_specific || *index != first) {
        sink.events.clear();
        let parsed = parsers[index].parse(record, names, sink);
        if parsed != Parsed::Foreign {
            // The generic formats would take lines of others if they were asked first.
            if index + N_GENERIC < parsers.len() {
                *last = index;
            }
            return (index, parsed);
        }
    }
    (first, Parsed::Foreign)
}

/// What became of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parsed {
    /// At least one event was pushed.
    Events,
    /// Ours, not traffic.
    Other,
    /// Ours; it changed how later records are read (names of columns). Handed to the parsers of later ranges.
    Header,
    Malformed(Reason),
    Foreign,
}

/// Takes the events of one record.
#[derive(Default)]
pub struct Sink {
    pub events: Vec<Event>,
}

impl Sink {
    pub fn push(&mut self, event: Event) -> Parsed {
        self.events.push(event);
        Parsed::Events
    }
}

/// What a dialect is, once: the start page, `whichway formats`, the docs and the judgement read this.
#[derive(Debug)]
pub struct About {
    /// Stable id, also the folder under `samples/`.
    pub id: &'static str,
    pub title: &'static str,
    /// Where the dialect is described.
    pub spec: &'static str,
    /// One line, ours.
    pub example: &'static str,
    pub device: Device,
}

/// What the judgement must know of the device that writes the dialect (domain §0.12).
#[derive(Debug)]
pub struct Device {
    /// How to call it in a sentence: "FortiGate", "Linux firewall".
    pub name: &'static str,
    /// Passes each packet by itself; knows no sessions.
    pub stateless: bool,
    /// A deny without flags is a packet record (else a statement about a session).
    pub deny_is_packet: bool,
    /// Idle limits, seconds.
    pub timers: Timers,
    /// What to look at next on this device (domain §7.6).
    pub checks: &'static [Check],
}

/// Seconds; empty where the device has no documented default.
#[derive(Debug, Default)]
pub struct Timers {
    pub tcp: &'static [u32],
    pub half_open: &'static [u32],
    pub half_close: &'static [u32],
    pub udp: &'static [u32],
    pub icmp: &'static [u32],
}

impl Timers {
    pub const NONE: Timers = Timers {
        tcp: &[],
        half_open: &[],
        half_close: &[],
        udp: &[],
        icmp: &[],
    };
}

/// A next step: a command or a place to look, and why. `{client}`, `{server}`, `{proto}`, `{port}` are filled in.
#[derive(Debug)]
pub struct Check {
    pub about: Topic,
    /// Where: "on the FortiGate", "Log & Report > Events > HA".
    pub place: &'static str,
    /// Empty where it is not a command.
    pub command: &'static str,
    pub why: &'static str,
}

/// Which question a check helps to answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Topic {
    /// How full the session table is; what it holds for a client.
    Table,
    /// Which idle limits are set.
    Timers,
    /// Restart, switch-over, policy change.
    Events,
    /// Which rule decided.
    Rules,
    /// Which way packets take.
    Routes,
}

/// One field of a line, for the gloss.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    /// Byte range of the whole field in the line (`src_port=80`).
    pub start: usize,
    pub end: usize,
    /// Byte range of its value (`80`).
    pub value_start: usize,
    pub value_end: usize,
    /// As the dialect calls it (`src_port`).
    pub name: String,
    pub field: Field,
    /// What the dialect means by it, a sentence.
    pub meaning: &'static str,
}

/// What a field is to us; decides what the gloss can say about its value here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    Time,
    Device,
    Source,
    SourcePort,
    Destination,
    DestinationPort,
    NatSource,
    NatDestination,
    Protocol,
    Action,
    Rule,
    Flags,
    State,
    Interface,
    Bytes,
    Packets,
    Duration,
    SessionId,
    Service,
    Direction,
    Icmp,
    /// Understood, not used for the judgement.
    Detail,
}
