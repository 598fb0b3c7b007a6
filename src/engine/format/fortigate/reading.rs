//! From the values of one FortiGate record to an event. Both spellings of the dialect (key=value and CSV) end here.

use super::control;
use super::time::Days;
use super::words::Key;
use crate::engine::format::{Parsed, Sink};
use crate::engine::model::ports::{decimal, port};
use crate::engine::model::proto;
use crate::engine::model::stamp::SECOND;
use crate::engine::model::{
    Action, CountKind, End, Endpoint, Event, Host, Icmp, IfRole, Init, Kind, NameId, Names, Reason,
    ResetBy, SessionTag, State, Way, WayBasis,
};
use crate::engine::source::keyvalue::Values;
use crate::engine::source::record::Head;

/// The values of one record.
pub struct Look<'t> {
    pub text: &'t [u8],
    pub values: &'t Values,
    /// False where the record stops inside a quoted value.
    pub is_whole: bool,
}

impl<'t> Look<'t> {
    /// The value of a key. `N/A` and nothing are the same.
    #[inline]
    pub fn get(&self, key: Key) -> Option<&'t [u8]> {
        self.values
            .get(self.text, key.code())
            .filter(|value| !value.is_empty() && *value != b"N/A")
    }

    #[inline]
    pub fn has(&self, key: Key) -> bool {
        self.values.has(key.code())
    }

    fn number(&self, key: Key) -> Option<u64> {
        self.values.number(self.text, key.code())
    }

    fn name(&self, key: Key, names: &mut Names) -> NameId {
        self.get(key).map_or(NameId::NONE, |value| names.id(value))
    }
}

/// Which family a record is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Family {
    Traffic,
    /// The firewall itself.
    Event,
    /// Content inspection.
    Content,
    /// Flood meters: counts of many packets, never one connection.
    Meter,
}

/// True when these keys are a FortiGate's (domain F01 "Sig").
pub fn is_ours(look: &Look<'_>) -> bool {
    if look.has(Key::Foreign) {
        return false;
    }
    let has_ends = look.has(Key::Source) && look.has(Key::Destination);
    let has_kind = look.has(Key::Kind) && look.has(Key::Subtype);
    let has_id = look.has(Key::LogId) || look.has(Key::DevId);
    (look.has(Key::Date) && look.has(Key::Time) && has_id)
        || (has_ends
            && look.has(Key::Policy)
            && (look.has(Key::Action) || look.has(Key::Status) || has_kind))
        || (has_kind && (has_id || look.has(Key::Vdom)) && family(look).is_some())
}

fn family(look: &Look<'_>) -> Option<Family> {
    let subtype = look.get(Key::Subtype).unwrap_or_default();
    Some(match look.get(Key::Kind)? {
        b"traffic" => Family::Traffic,
        b"event" => Family::Event,
        b"anomaly" => Family::Meter,
        b"utm" | b"attack" | b"ips" if subtype == b"anomaly" => Family::Meter,
        b"utm" | b"attack" | b"ips" | b"virus" | b"webfilter" | b"emailfilter" | b"spam"
        | b"dlp" | b"app-ctrl" | b"voip" | b"dns" | b"ssh" | b"ssl" | b"waf" | b"cifs" | b"gtp"
        | b"content" | b"contentlog" | b"file-filter" | b"icap" | b"sctp-filter" | b"netscan"
        | b"ztna" | b"virtual-patch" => Family::Content,
        _ => return None,
    })
}

type Done = Result<(), Reason>;

/// Turns records into events; remembers the day of the last one.
#[derive(Default)]
pub struct Reading {
    days: Days,
}

impl Reading {
    pub fn read(
        &mut self,
        look: &Look<'_>,
        head: &Head<'_>,
        names: &mut Names,
        sink: &mut Sink,
    ) -> Parsed {
        let family = match family(look) {
            Some(family) => family,
            // Without `type=` (cut columns) a record with two ends is taken for traffic.
            None if !look.has(Key::Kind) && look.has(Key::Source) => Family::Traffic,
            None => return Parsed::Other,
        };
        // Filled in where it stays: an event is too large to be carried around.
        sink.events.push(Event::default());
        let Some(event) = sink.events.last_mut() else {
            return Parsed::Other;
        };
        let done = match family {
            // What a FortiClient writes of its own machine.
            Family::Traffic
                if look.is_whole && !look.has(Key::Source) && !look.has(Key::Destination) =>
            {
                Ok(false)
            }
            Family::Traffic => self.traffic(look, head, names, event).map(|()| true),
            Family::Content if look.has(Key::Source) && look.has(Key::Destination) => {
                self.content(look, head, names, event).map(|()| true)
            }
            Family::Content => Ok(false),
            Family::Meter => self.meter(look, head, names, event).map(|()| true),
            Family::Event => match control::of(look) {
                Some(control) => {
                    (event.kind, event.control) = (control.kind(), control);
                    self.stamped(look, head, names, event).map(|()| true)
                }
                // Logins, tunnels, alerts of the proxy: the firewall tells of a connection by the way.
                None if look.has(Key::Source) && look.has(Key::Destination) => {
                    Ok(self.mention(look, head, names, event).is_ok())
                }
                None => Ok(false),
            },
        };
        if done == Ok(true) {
            return Parsed::Events;
        }
        sink.events.pop();
        match done {
            Ok(_) => Parsed::Other,
            Err(_) if !look.is_whole => Parsed::Malformed(Reason::Cut),
            Err(reason) => Parsed::Malformed(reason),
        }
    }

    /// What every record has.
    fn stamped(
        &mut self,
        look: &Look<'_>,
        head: &Head<'_>,
        names: &mut Names,
        event: &mut Event,
    ) -> Done {
        let device = look
            .get(Key::DevName)
            .or(look.get(Key::DevId))
            .unwrap_or(head.host);
        event.ts = self.days.stamp(look, head)?;
        event.device = names.id(device);
        event.vsys = look.name(Key::Vdom, names);
        Ok(())
    }

    /// What every record about two machines has.
    fn between(
        &mut self,
        look: &Look<'_>,
        head: &Head<'_>,
        names: &mut Names,
        event: &mut Event,
    ) -> Done {
        self.stamped(look, head, names, event)?;
        event.proto = protocol(look)?;
        event.src = endpoint(
            look,
            Key::Source,
            Key::SourceName,
            Key::SourcePort,
            event.proto,
            names,
        )?;
        event.dst = endpoint(
            look,
            Key::Destination,
            Key::DestinationName,
            Key::DestinationPort,
            event.proto,
            names,
        )?;
        if matches!(event.proto, proto::ICMP | proto::ICMP6) {
            event.icmp = icmp(look, event.proto);
        }
        event.in_if = interface(look, Key::SourceInterface, names);
        event.out_if = interface(look, Key::DestinationInterface, names);
        event.in_role = role(look, Key::SourceRole);
        event.out_role = role(look, Key::DestinationRole);
        event.rule = look.name(Key::Policy, names);
        event.rule_name = look.name(Key::PolicyName, names);
        event.session_id = match look.get(Key::Session) {
            None | Some(b"0") => SessionTag::None,
            Some(text) => match look.number(Key::Session) {
                Some(number) => SessionTag::Number(number),
                None => SessionTag::Name(names.id(text)),
            },
        };
        event.app = application(look, names);
        event.bytes_f = look.number(Key::Sent);
        event.bytes_r = look.number(Key::Received);
        event.pkts_f = look.number(Key::SentPackets);
        event.pkts_r = look.number(Key::ReceivedPackets);
        Ok(())
    }

    fn traffic(
        &mut self,
        look: &Look<'_>,
        head: &Head<'_>,
        names: &mut Names,
        event: &mut Event,
    ) -> Done {
        self.between(look, head, names, event)?;
        let subtype = look.get(Key::Subtype).unwrap_or_default();
        let word = look
            .get(Key::Action)
            .or(look.get(Key::Status))
            .unwrap_or_default();
        if word.is_empty() && !look.is_whole {
            return Err(Reason::Cut);
        }
        event.action_raw = names.id(word);
        decide(event, word, message_number(look));
        event.way = way(look, subtype);
        match event.way {
            Way::LocalIn => event.out_role = IfRole::Local,
            Way::LocalOut => event.in_role = IfRole::Local,
            _ => {}
        }
        if event.way != Way::Unsaid {
            let is_packet = event.kind == Kind::Packet;
            event.way_basis = if is_packet {
                WayBasis::PacketAtInterface
            } else {
                WayBasis::InitiatorSide
            };
        }
        translation(look, event, names);

        if event.kind == Kind::Packet {
            event.state = state(look);
            event.implicit = event.action == Action::Drop
                && event.state == State::Unsaid
                && look.get(Key::Policy) == Some(b"0");
            return Ok(());
        }

        // The record of a tracked connection names the side that opened it first, unless it says that it is an answer.
        let is_reply = look.get(Key::ReplySide) == Some(b"reply");
        event.init = if is_reply { Init::Dst } else { Init::Src };
        if subtype == b"sniffer" {
            // Overheard on a mirror port: nothing was let through here.
            event.action = Action::Unknown;
        }
        if event.bytes_f.is_none() && event.bytes_r.is_none() && look.has(Key::SentDelta) {
            event.count_kind = CountKind::Delta;
            event.bytes_f = look.number(Key::SentDelta);
            event.bytes_r = look.number(Key::ReceivedDelta);
        }
        // No connection lasts a century; a wild number must not move the start before the epoch of anything.
        let seconds = look
            .number(Key::Duration)
            .filter(|seconds| *seconds < 3_200_000_000);
        if let Some(seconds) = seconds {
            let length = seconds as i64 * SECOND;
            event.duration_us = Some(length);
            if !event.ts.is_missing() {
                event.ts_start = Some(event.ts.micros.saturating_sub(length));
                event.ts_end = (event.kind == Kind::SessionEnd).then_some(event.ts.micros);
            }
        }
        Ok(())
    }

    /// Content inspection speaks about a connection that the firewall tracks.
    fn content(
        &mut self,
        look: &Look<'_>,
        head: &Head<'_>,
        names: &mut Names,
        event: &mut Event,
    ) -> Done {
        self.between(look, head, names, event)?;
        let word = look
            .get(Key::Action)
            .or(look.get(Key::Status))
            .unwrap_or_default();
        event.kind = Kind::SessionUpdate;
        event.action_raw = names.id(word);
        event.action = content_action(word);
        // A signature names the sender of what it found first, which may be an answer.
        let is_signature = look.get(Key::Subtype) == Some(b"ips");
        if is_signature || look.get(Key::Subtype) == Some(b"virus") {
            event.state = State::Alarm;
        }
        event.init = match look.get(Key::Way) {
            Some(b"outgoing") => Init::Src,
            Some(_) if is_signature => Init::Unsaid,
            _ => Init::SrcWeak,
        };
        Ok(())
    }

    /// An event of the firewall that names both ends of a connection.
    fn mention(
        &mut self,
        look: &Look<'_>,
        head: &Head<'_>,
        names: &mut Names,
        event: &mut Event,
    ) -> Done {
        self.content(look, head, names, event)?;
        if look.get(Key::Subtype) != Some(b"vpn") {
            return Ok(());
        }
        event.proto = proto::UDP;
        event.init = match look.get(Key::Opener) {
            Some(b"local") => Init::Src,
            Some(b"remote") => Init::Dst,
            _ => Init::Unsaid,
        };
        if look.get(Key::Way) == Some(b"inbound") {
            std::mem::swap(&mut event.src, &mut event.dst);
            event.init = match event.init {
                Init::Src => Init::Dst,
                Init::Dst => Init::Src,
                other => other,
            };
        }
        Ok(())
    }

    fn meter(
        &mut self,
        look: &Look<'_>,
        head: &Head<'_>,
        names: &mut Names,
        event: &mut Event,
    ) -> Done {
        let has_ends = look.has(Key::Source) && look.has(Key::Destination);
        if has_ends {
            self.between(look, head, names, event)?;
        } else {
            self.stamped(look, head, names, event)?;
        }
        let word = look
            .get(Key::Action)
            .or(look.get(Key::Status))
            .unwrap_or_default();
        event.kind = Kind::Control;
        event.control = control::METER;
        event.action_raw = names.id(word);
        event.action = content_action(word);
        event.repeat = look
            .number(Key::Count)
            .map_or(1, |count| count.clamp(1, u64::from(u32::MAX)) as u32);
        Ok(())
    }
}

/// The last six digits of the log id: what the message is, whatever version wrote it.
fn message_number(look: &Look<'_>) -> Option<u64> {
    let id = look.get(Key::LogId)?;
    decimal(id.get(id.len().checked_sub(6)?..)?)
}

fn decide(event: &mut Event, word: &[u8], message: Option<u64>) {
    (event.kind, event.action, event.end) = match word {
        b"deny" | b"denied" | b"blocked" | b"block" | b"drop" | b"dropped" => {
            (Kind::Packet, Action::Drop, End::None)
        }
        b"close" => (Kind::SessionEnd, Action::Close, End::Fin),
        b"timeout" => (Kind::SessionEnd, Action::Timeout, End::IdleTimeout),
        b"client-rst" => (Kind::SessionEnd, Action::Reset, End::RstClient),
        b"server-rst" => (Kind::SessionEnd, Action::Reset, End::RstServer),
        b"start" => (Kind::SessionStart, Action::Start, End::None),
        // The other side never answered. The firewall had let it through: this is no block.
        b"ip-conn" => {
            let end = if event.proto == proto::TCP {
                End::SynTimeout
            } else {
                End::Aged
            };
            (Kind::SessionEnd, Action::Timeout, end)
        }
        // The name server answered with an error.
        b"dns" => (Kind::SessionEnd, Action::Allow, End::Response),
        b"accept" | b"accepted" | b"allow" | b"allowed" | b"pass" | b"permit" => match message {
            Some(15 | 16) => (Kind::SessionStart, Action::Start, End::None),
            Some(20) => (Kind::SessionUpdate, Action::Allow, End::None),
            _ => (Kind::SessionEnd, Action::Allow, End::Unknown),
        },
        _ => (Kind::SessionUpdate, Action::Unknown, End::None),
    };
    event.reset_by = match event.end {
        End::RstClient => ResetBy::Client,
        End::RstServer => ResetBy::Server,
        _ => ResetBy::Unknown,
    };
}

/// What a deny says about the state of its packet. The message is more exact than the log id.
fn state(look: &Look<'_>) -> State {
    const INVALID_PACKET: u64 = 7;
    match look.get(Key::Message) {
        Some(message) if has(message, b"no session matched") => State::NoState,
        Some(message) if has(message, b"reverse path check") || has(message, b"anti-spoof") => {
            State::Spoofed
        }
        Some(message) if has(message, b"replay packet") || has(message, b"invalid") => {
            State::Invalid
        }
        Some(message) if has(message, b"iprope_in_check") || has(message, b"policy") => {
            State::Unsaid
        }
        _ if message_number(look) == Some(INVALID_PACKET) => State::NoState,
        _ => State::Unsaid,
    }
}

pub fn has(text: &[u8], needle: &[u8]) -> bool {
    text.len() >= needle.len()
        && text
            .windows(needle.len())
            .any(|window| window.eq_ignore_ascii_case(needle))
}

/// To, from or through the firewall. `policyid=0` says nothing here: local traffic always has it.
fn way(look: &Look<'_>, subtype: &[u8]) -> Way {
    let out_to_itself = is_itself(look, Key::DestinationInterface);
    let to_itself = look
        .get(Key::Message)
        .is_some_and(|message| has(message, b"iprope_in_check"));
    let is_local = subtype == b"local"
        || look
            .get(Key::PolicyType)
            .is_some_and(|kind| kind.starts_with(b"local-in"));
    if to_itself {
        Way::LocalIn
    } else if is_local {
        let from_itself = is_itself(look, Key::SourceInterface) && !out_to_itself;
        if from_itself {
            Way::LocalOut
        } else {
            Way::LocalIn
        }
    } else if subtype == b"forward" {
        Way::Forward
    } else if out_to_itself
        && look
            .get(Key::DestinationInterface)
            .is_some_and(|name| !is_unknown(name))
    {
        // FortiOS 4 has no `local`: the interface that is named like the virtual firewall is the firewall itself.
        Way::LocalIn
    } else {
        Way::Unsaid
    }
}

fn is_itself(look: &Look<'_>, key: Key) -> bool {
    look.get(key).is_some_and(|name| {
        name == b"root" || is_unknown(name) || Some(name) == look.get(Key::Vdom)
    })
}

/// `unknown-0`, `unknown0`: no interface.
fn is_unknown(name: &[u8]) -> bool {
    name.starts_with(b"unknown")
}

fn interface(look: &Look<'_>, key: Key, names: &mut Names) -> NameId {
    match look.get(key) {
        Some(name) if !is_unknown(name) => names.id(name),
        _ => NameId::NONE,
    }
}

fn role(look: &Look<'_>, key: Key) -> IfRole {
    match look.get(key) {
        Some(b"lan") => IfRole::Lan,
        Some(b"wan") => IfRole::Wan,
        Some(b"dmz") => IfRole::Dmz,
        _ => IfRole::Unsaid,
    }
}

fn protocol(look: &Look<'_>) -> Result<u8, Reason> {
    if let Some(text) = look.get(Key::Protocol) {
        return proto::parse(text).ok_or(Reason::BadEndpoint);
    }
    // `443/tcp`, `tcp/443`, `icmp6/1/0`, `8/icmp`; in tables of the web page the service stands as the program.
    let texts = [look.get(Key::Service), look.get(Key::App)];
    let of_parts = |text: &[u8]| {
        let mut parts = text
            .split(|byte| *byte == b'/')
            .filter(|part| part.first().is_some_and(u8::is_ascii_alphabetic));
        parts.find_map(proto::parse)
    };
    let texts = || texts.iter().flatten();
    Ok(texts()
        .find_map(|text| of_parts(text))
        .or_else(|| texts().find_map(|text| of_service(text)))
        .unwrap_or(proto::UNKNOWN))
}

/// The protocol of the services that FortiOS names itself, for records that name nothing else.
fn of_service(name: &[u8]) -> Option<u8> {
    const TCP: [&[u8]; 17] = [
        b"HTTP", b"HTTPS", b"SSH", b"SMTP", b"SMTPS", b"FTP", b"TELNET", b"RDP", b"SMB", b"LDAP",
        b"LDAPS", b"IMAP", b"IMAPS", b"POP3", b"POP3S", b"MYSQL", b"MS-SQL",
    ];
    const UDP: [&[u8]; 8] = [
        b"DNS", b"NTP", b"SNMP", b"SYSLOG", b"DHCP", b"TFTP", b"RADIUS", b"QUIC",
    ];
    let is_in = |list: &[&[u8]]| list.iter().any(|known| known.eq_ignore_ascii_case(name));
    if is_in(&TCP) {
        Some(proto::TCP)
    } else if is_in(&UDP) {
        Some(proto::UDP)
    } else {
        is_in(&[b"PING", b"ALL_ICMP"]).then_some(proto::ICMP)
    }
}

fn endpoint(
    look: &Look<'_>,
    address: Key,
    name: Key,
    port_key: Key,
    protocol: u8,
    names: &mut Names,
) -> Result<Endpoint, Reason> {
    let text = look
        .get(address)
        .or(look.get(name))
        .ok_or(Reason::NoAddress)?;
    let host = Host::parse(text).unwrap_or_else(|| Host::read(text, names));
    if host.is_none() {
        return Err(Reason::NoAddress);
    }
    // These carry no ports; what stands in the port fields is something else.
    let has_ports = !matches!(
        protocol,
        proto::ICMP
            | proto::ICMP6
            | proto::IGMP
            | proto::GRE
            | proto::ESP
            | proto::AH
            | proto::OSPF
            | proto::PIM
            | proto::VRRP
    );
    let port = match look.number(port_key) {
        Some(number) if has_ports => Some(u16::try_from(number).map_err(|_| Reason::BadEndpoint)?),
        _ => None,
    };
    Ok(Endpoint::new(host, port))
}

/// Type and code stand in `icmptype`, in the service (`icmp6/1/0`, `3/icmp`, `PING`), or in the old versions as
/// `type * 256 + code` in the destination port.
fn icmp(look: &Look<'_>, protocol: u8) -> Option<Icmp> {
    let echo = if protocol == proto::ICMP { 8 } else { 128 };
    let id = look.get(Key::IcmpId).and_then(port).or_else(|| {
        look.get(Key::IcmpHexId)
            .and_then(small)
            .and_then(|id| u16::try_from(id).ok())
    });
    let (kind, code) = icmp_kind(look).or_else(|| {
        let service = look.get(Key::Service);
        let is_ping =
            service.is_some_and(|name| name.len() >= 4 && name[..4].eq_ignore_ascii_case(b"ping"));
        (is_ping || id.is_some()).then_some((echo, 0))
    })?;
    // Only questions and their answers carry an id; elsewhere the field holds other bytes.
    let has_id = matches!(kind, 0 | 8 | 13..=18 | 128 | 129);
    Some(Icmp {
        kind,
        code,
        id: id.filter(|_| has_id),
        inner: None,
    })
}

fn icmp_kind(look: &Look<'_>) -> Option<(u8, u8)> {
    let byte = |text: &[u8]| small(text).and_then(|number| u8::try_from(number).ok());
    if let Some(kind) = look.get(Key::IcmpType).and_then(byte) {
        return Some((kind, look.get(Key::IcmpCode).and_then(byte).unwrap_or(0)));
    }
    let service = look.get(Key::Service).unwrap_or_default();
    let parts: [&[u8]; 3] = {
        let mut parts = service.splitn(3, |byte| *byte == b'/');
        [
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        ]
    };
    let is_icmp = |part: &[u8]| part.len() >= 4 && part[..4].eq_ignore_ascii_case(b"icmp");
    let kind = if is_icmp(parts[0]) {
        byte(parts[1])
    } else if is_icmp(parts[1]) {
        byte(parts[0])
    } else {
        None
    };
    if let Some(kind) = kind {
        return Some((kind, byte(parts[2]).unwrap_or(0)));
    }
    let both = look
        .get(Key::DestinationPort)
        .and_then(port)
        .filter(|both| *both >= 256)?;
    Some(((both >> 8) as u8, both as u8))
}

/// A decimal or `0x` number.
fn small(text: &[u8]) -> Option<u64> {
    match text.strip_prefix(b"0x") {
        Some(digits) if !digits.is_empty() && digits.len() <= 8 => {
            u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
        }
        Some(_) => None,
        None => decimal(text),
    }
}

/// `transip` replaces the source, `tranip` the destination. 0.0.0.0 means "not replaced".
fn translation(look: &Look<'_>, event: &mut Event, names: &mut Names) {
    if look.get(Key::NatKind) == Some(b"noop") {
        return;
    }
    let side = |address: Key, port_key: Key, names: &mut Names| {
        let host = Host::read(look.get(address)?, names);
        let is_real = !host.is_none() && host.as_v4() != Some(0);
        let port = event
            .src
            .port
            .or(event.dst.port)
            .and(look.get(port_key))
            .and_then(port)
            .filter(|port| *port > 0);
        is_real.then(|| Endpoint::new(host, port))
    };
    let source = side(Key::NatSource, Key::NatSourcePort, names);
    let destination = side(Key::NatDestination, Key::NatDestinationPort, names);
    event.nat_src = source;
    event.nat_dst = destination;
}

/// The recognized program, else the service where it is a name. `51515/tcp` only repeats the port, and would make
/// a name of every port there is.
fn application(look: &Look<'_>, names: &mut Names) -> NameId {
    let is_name = |text: &&[u8]| !text.contains(&b'/') || text.contains(&b'.');
    look.get(Key::App)
        .filter(is_name)
        .or_else(|| look.get(Key::Service).filter(is_name))
        .map_or(NameId::NONE, |text| names.id(text))
}

fn content_action(word: &[u8]) -> Action {
    match word {
        b"blocked" | b"block" | b"dropped" | b"drop" | b"drop_session" | b"deny" | b"denied"
        | b"clear_session" | b"quarantine" | b"ban" => Action::Drop,
        // No end did it.
        b"reset" | b"reset_client" | b"reset_server" | b"reset_both" | b"close" => Action::Reject,
        b"pass" | b"passthrough" | b"pass_session" | b"allow" | b"allowed" | b"accept"
        | b"detected" | b"detect" | b"monitored" | b"monitor" | b"exempt" | b"exempted"
        | b"log-only" | b"permit" => Action::Allow,
        _ => Action::Unknown,
    }
}
