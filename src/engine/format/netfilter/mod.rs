//! Linux netfilter: what iptables and nftables log statements print, also by way of UFW, Shorewall, firewalld,
//! EdgeOS, VyOS, UniFi, OpenWrt, IPFire and the userspace loggers that keep the notation.
//!
//! Sample   `[UFW BLOCK] IN=eth0 OUT= SRC=192.0.2.7 DST=198.51.100.1 LEN=60 TTL=64 ID=1 PROTO=TCP SPT=40222 DPT=22 RES=0x00 SYN URGP=0`
//! Fields   SRC, DST → src, dst · SPT, DPT → ports · words between RES and URGP → flags · IN, OUT → which way
//! Quirks   The decision is not logged; the rule's prefix tells it, else `Action::Unknown`.
//!          `ID=` means two things, `LEN=` too; an ICMP error carries the packet it complains about in brackets.
//! Ignored  MAC, TOS, PREC, MARK, UID.
//! Spec     <https://docs.kernel.org/networking/nf_conntrack-sysctl.html>, net/netfilter/nf_log_syslog.c

mod gloss;
mod kernel;
mod packet;
mod prefix;

use super::{About, Check, Device, Format, Parse, Parsed, Sink, Span, Timers, Topic};
use crate::engine::model::{Names, Reason};
use crate::engine::source::find::{find, rfind};
use crate::engine::source::{Clock, Record};

/// The Linux kernel's packet filter.
pub struct Netfilter;

static ABOUT: About = About {
    id: "netfilter",
    title: "Linux firewall: iptables, nftables, UFW, Shorewall, firewalld, EdgeOS, UniFi",
    spec: "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/netfilter/nf_log_syslog.c",
    example: "Feb 19 10:15:02 web1 kernel: [640032.155419] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.0.113.9 DST=192.0.2.10 LEN=52 TOS=0x00 PREC=0x00 TTL=108 ID=27003 DF PROTO=TCP SPT=56160 DPT=25 WINDOW=64240 RES=0x00 SYN URGP=0",
    device: Device {
        name: "Linux firewall",
        stateless: false,
        deny_is_packet: true,
        timers: Timers {
            tcp: &[432_000, 300],
            half_open: &[60, 120],
            half_close: &[120, 60, 30, 10],
            udp: &[30, 120],
            icmp: &[30],
        },
        checks: &[
            Check {
                about: Topic::Table,
                place: "on the Linux firewall",
                command: "cat /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_max",
                why: "shows how many connections it remembers and how many it can; when the two are equal it drops packets",
            },
            Check {
                about: Topic::Table,
                place: "on the Linux firewall",
                command: "conntrack -S",
                why: "counts packets it could not assign (invalid) and connections it had to forget (early_drop)",
            },
            Check {
                about: Topic::Table,
                place: "on the Linux firewall",
                command: "conntrack -L -s {client}",
                why: "shows whether it still knows a connection with this client",
            },
            Check {
                about: Topic::Timers,
                place: "on the Linux firewall",
                command: "sysctl -a | grep conntrack.*timeout",
                why: "shows after how much silence it forgets a connection",
            },
            Check {
                about: Topic::Events,
                place: "on the Linux firewall",
                command: "dmesg | grep conntrack",
                why: "shows whether its table of connections was full",
            },
            Check {
                about: Topic::Events,
                place: "on the Linux firewall",
                command: "sysctl -w net.netfilter.nf_conntrack_log_invalid=6",
                why: "makes it say why a TCP packet does not belong to any connection it knows",
            },
            Check {
                about: Topic::Rules,
                place: "on the Linux firewall",
                command: "iptables-save -c; nft list ruleset",
                why: "shows the rules with their counters; the text before IN= in the log names the rule that wrote it",
            },
            Check {
                about: Topic::Routes,
                place: "on the Linux firewall",
                command: "ip route get {client}",
                why: "shows through which network card it answers this machine",
            },
        ],
    },
};

impl Format for Netfilter {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, _clock: Clock) -> Box<dyn Parse> {
        Box::new(Parser::default())
    }

    fn gloss(&self, text: &[u8], _header: Option<&[u8]>) -> Vec<Span> {
        gloss::gloss(text)
    }
}

#[derive(Default)]
struct Parser {
    /// Prefixes repeat from line to line.
    prefixes: prefix::Known,
}

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        match shape(record.text) {
            Shape::Packet { at } => match packet::packet(record, at, &mut self.prefixes, names) {
                Ok(event) => sink.push(event),
                Err(reason) => Parsed::Malformed(reason),
            },
            Shape::Other => Parsed::Other,
            Shape::Cut => Parsed::Malformed(Reason::Cut),
            Shape::Unknown => kernel::line(record, names, sink),
        }
    }
}

/// What the anchors of a line say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    /// The fields begin at `at`.
    Packet {
        at: usize,
    },
    /// A frame below IP (ARP, bridge): ours, no traffic between addresses.
    Other,
    /// Ours, but it ends before the addresses.
    Cut,
    Unknown,
}

fn shape(text: &[u8]) -> Shape {
    if let Some(out) = find(text, b" OUT=")
        && let Some(at) = interface_before(text, out)
    {
        let rest = &text[out + 1..];
        if has_source(rest) {
            return Shape::Packet { at };
        }
        if find(rest, b" ARP ").is_some() || find(rest, b"MACPROTO=").is_some() {
            return Shape::Other;
        }
        return if find(rest, b" MAC=").is_some() {
            Shape::Cut
        } else {
            Shape::Unknown
        };
    }
    without_interfaces(text)
}

/// Old kernels put the level of the message into its middle, ` <1>SRC=203.0.113.9`; where Ethernet addresses are
/// asked for, `MACSRC=` stands before it.
fn has_source(mut rest: &[u8]) -> bool {
    while let Some(at) = find(rest, b"SRC=") {
        if at > 0 && matches!(rest[at - 1], b' ' | b'>') {
            return true;
        }
        rest = &rest[at + 4..];
    }
    false
}

/// A line without `OUT=`: its front was cut off, or Proxmox left an empty field out. Two fields that only
/// this notation puts side by side, and a third of its own, make it ours.
fn without_interfaces(text: &[u8]) -> Shape {
    let side_by_side = touch(text, b"SPT=", b" DPT=") || touch(text, b"SRC=", b" DST=");
    let kin = [&b"PROTO="[..], b"TTL=", b"WINDOW=", b"URGP="];
    if side_by_side && kin.iter().any(|key| find(text, key).is_some()) {
        return Shape::Packet {
            at: first_field(text),
        };
    }
    Shape::Unknown
}

/// `IN=eth0` before ` OUT=`; prefixes may touch it (`DROP:IN=eth0`), and bridges put `PHYSIN=` between.
fn interface_before(text: &[u8], out: usize) -> Option<usize> {
    let mut end = out;
    // The input interface is the word before, or the one before that.
    for _ in 0..2 {
        let word = memchr::memrchr(b' ', &text[..end]).map_or(0, |blank| blank + 1);
        let at = rfind(&text[word..end], b"IN=").map(|offset| word + offset)?;
        if !text[word..at].ends_with(b"PHYS") {
            return Some(at);
        }
        end = word.checked_sub(1)?;
    }
    None
}

/// `SPT=80 DPT=` as a word of its own.
fn touch(text: &[u8], key: &[u8], next: &[u8]) -> bool {
    find(text, key).is_some_and(|at| {
        let after = &text[at + key.len()..];
        let value = memchr::memchr(b' ', after).unwrap_or(after.len());
        (at == 0 || text[at - 1] == b' ') && value > 0 && after[value..].starts_with(next)
    })
}

/// Where the first `KEY=` of the notation stands.
fn first_field(text: &[u8]) -> usize {
    let keys = [
        &b"IN="[..],
        b"OUT=",
        b"SRC=",
        b"DST=",
        b"LEN=",
        b"TOS=",
        b"PREC=",
        b"TTL=",
        b"ID=",
        b"PROTO=",
        b"SPT=",
    ];
    keys.iter()
        .filter_map(|key| find(text, key))
        .min()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests;
