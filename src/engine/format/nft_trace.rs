//! nftables' trace (`nft monitor trace`): what every rule did with one packet.
//!
//! Sample   `trace id b0000001 inet fw input packet: iif "eth0" ip saddr 203.0.113.9 ip daddr 192.0.2.16 ip ttl 56 ip id 12345 ip protocol tcp ip length 60 tcp sport 51022 tcp dport 22 tcp flags == syn tcp window 64240`
//! Fields   by name, a blank between name and value
//! Quirks   The packet stands in the line with `packet:`; what became of it in later lines of the same id.
//! Ignored  Ethernet addresses, marks, rules that only continue.
//! Spec     <https://wiki.nftables.org/wiki-nftables/index.php/Ruleset_debug/tracing>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after};
use super::{About, Device, Timers};
use crate::engine::model::{Action, Event, Names, Way, WayBasis};
use crate::engine::source::Record;

pub static NFT_TRACE: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Session,
            "trace id",
            "Lines with the same id are about the same packet.",
        ),
        (
            Slot::Rule,
            "chain",
            "The table and chain that the packet is in.",
        ),
    ],
};

static ABOUT: About = About {
    id: "nft_trace",
    title: "nftables trace (nft monitor trace)",
    spec: "https://wiki.nftables.org/wiki-nftables/index.php/Ruleset_debug/tracing",
    example: "trace id b0000001 inet fw input packet: iif \"eth0\" ip saddr 203.0.113.9 ip daddr 192.0.2.16 ip ttl 56 ip id 12345 ip protocol tcp ip length 60 tcp sport 51022 tcp dport 22 tcp flags == syn tcp window 64240",
    device: Device {
        name: "Linux firewall",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    record.body.starts_with(b"trace id ")
}

const LABELS: [(&str, Slot); 15] = [
    ("iif ", Slot::InIf),
    ("oif ", Slot::OutIf),
    ("ip saddr ", Slot::Src),
    ("ip daddr ", Slot::Dst),
    ("ip6 saddr ", Slot::Src),
    ("ip6 daddr ", Slot::Dst),
    ("ip protocol ", Slot::Proto),
    ("ip6 nexthdr ", Slot::Proto),
    ("ip length ", Slot::Len),
    ("ip ttl ", Slot::Ttl),
    ("ip id ", Slot::IpId),
    (" sport ", Slot::SrcPort),
    (" dport ", Slot::DstPort),
    ("icmp type ", Slot::IcmpType),
    ("icmp code ", Slot::IcmpCode),
];

fn read(line: &mut Line<'_>, memory: &mut Memory) -> Found {
    let text = line.text;
    let mut scan = Scan { text, at: 9 };
    let id = scan.word();
    let start = scan.at;
    for _ in 0..3 {
        scan.word();
    }
    let chain = text.get(start..scan.at).unwrap_or_default().trim_ascii();
    line.put(Slot::Rule, chain);
    if scan.peek() != b"packet:" {
        let is_same = memory.tie == id;
        let word = after(text, b"verdict ", b" )");
        let word = if word.is_empty() && scan.peek() == b"policy" {
            after(scan.rest(), b"policy ", b" ")
        } else {
            word
        };
        line.put(Slot::Action, word);
        return if is_same && matches!(word, b"drop" | b"accept" | b"reject") {
            Found::Again
        } else {
            Found::Other
        };
    }
    memory.tie = id.to_vec();
    line.labels(text, &LABELS, b" ");
    let flags = after(text, b"tcp flags == ", b" ");
    line.put(
        Slot::Flags,
        if flags.is_empty() {
            after(text, b"tcp flags ", b" ")
        } else {
            flags
        },
    );
    if !line.has(Slot::Src) && !line.has(Slot::Dst) {
        return Found::Other;
    }
    Found::Row
}

fn finish(line: &Line<'_>, event: &mut Event, names: &mut Names) {
    let word = line.get(Slot::Action);
    if !word.is_empty() {
        event.action = super::plain::action(word).unwrap_or(Action::Unknown);
        event.action_raw = names.id(word);
        event.rule = names.id(line.get(Slot::Rule));
        return;
    }
    if event.flags.0 != 0 {
        event.proto = crate::engine::model::proto::TCP;
    }
    event.way = match (line.has(Slot::InIf), line.has(Slot::OutIf)) {
        (true, false) => Way::In,
        (false, true) => Way::Out,
        (true, true) => Way::Forward,
        _ => Way::Unsaid,
    };
    event.way_basis = WayBasis::PacketAtInterface;
}
