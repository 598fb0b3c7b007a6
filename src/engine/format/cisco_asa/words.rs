//! What the words of a message are called and what they mean, for people who do not run firewalls.

use crate::engine::format::Field;

pub(super) struct Word {
    pub name: &'static str,
    pub field: Field,
    pub meaning: &'static str,
}

const fn word(name: &'static str, field: Field, meaning: &'static str) -> Word {
    Word {
        name,
        field,
        meaning,
    }
}

pub(super) struct SideWords {
    pub interface: Word,
    pub host: Word,
    pub port: Word,
}

pub(super) static FIRST: SideWords = SideWords {
    interface: word(
        "first interface",
        Field::Interface,
        "The firewall's own name for the network card on the first machine's side. In connection records this is the less trusted side of the two.",
    ),
    host: word(
        "first address",
        Field::Source,
        "The machine named first. In an inbound connection it is the one that started it.",
    ),
    port: word(
        "first port",
        Field::SourcePort,
        "The port number at the machine named first.",
    ),
};

pub(super) static SECOND: SideWords = SideWords {
    interface: word(
        "second interface",
        Field::Interface,
        "The firewall's own name for the network card on the second machine's side. In connection records this is the more trusted side of the two.",
    ),
    host: word(
        "second address",
        Field::Destination,
        "The machine named second. In an outbound connection it is the one that started it, although it is named last.",
    ),
    port: word(
        "second port",
        Field::DestinationPort,
        "The port number at the machine named second.",
    ),
};

pub(super) static FIRST_MAPPED: SideWords = SideWords {
    interface: word(
        "first interface",
        Field::Interface,
        "The network card on the first machine's side.",
    ),
    host: word(
        "first address, translated",
        Field::NatSource,
        "The address that the other side sees instead of the first one, because the firewall translates addresses. The same text means no translation.",
    ),
    port: word(
        "first port, translated",
        Field::NatSource,
        "The port that the other side sees instead of the first one.",
    ),
};

pub(super) static SECOND_MAPPED: SideWords = SideWords {
    interface: word(
        "second interface",
        Field::Interface,
        "The network card on the second machine's side.",
    ),
    host: word(
        "second address, translated",
        Field::NatDestination,
        "The address that the other side sees instead of the second one, because the firewall translates addresses. The same text means no translation.",
    ),
    port: word(
        "second port, translated",
        Field::NatDestination,
        "The port that the other side sees instead of the second one.",
    ),
};

pub(super) static SOURCE: SideWords = SideWords {
    interface: word(
        "source interface",
        Field::Interface,
        "The network card at which the packet arrived.",
    ),
    host: word(
        "source address",
        Field::Source,
        "The machine that sent this packet. That alone does not say that it started the connection.",
    ),
    port: word(
        "source port",
        Field::SourcePort,
        "The port number the packet was sent from.",
    ),
};

pub(super) static DESTINATION: SideWords = SideWords {
    interface: word(
        "destination interface",
        Field::Interface,
        "The network card through which the packet would have left.",
    ),
    host: word(
        "destination address",
        Field::Destination,
        "The machine the packet was sent to.",
    ),
    port: word(
        "destination port",
        Field::DestinationPort,
        "The port number the packet was sent to.",
    ),
};

pub(super) static INNER_SOURCE: SideWords = SideWords {
    interface: word(
        "interface of the quoted packet",
        Field::Interface,
        "The network card of the packet that the error is about.",
    ),
    host: word(
        "quoted source",
        Field::Icmp,
        "Who had sent the packet that the error message complains about.",
    ),
    port: word(
        "quoted source port",
        Field::Icmp,
        "The port that packet was sent from.",
    ),
};

pub(super) static INNER_DESTINATION: SideWords = SideWords {
    interface: word(
        "interface of the quoted packet",
        Field::Interface,
        "The network card of the packet that the error is about.",
    ),
    host: word(
        "quoted destination",
        Field::Icmp,
        "Where the packet that the error message complains about was going.",
    ),
    port: word(
        "quoted destination port",
        Field::Icmp,
        "The port that packet was sent to.",
    ),
};

pub(super) static FOREIGN: SideWords = SideWords {
    interface: word(
        "interface",
        Field::Interface,
        "The network card on the far side.",
    ),
    host: word(
        "faddr",
        Field::Source,
        "The foreign address: the machine on the less trusted side.",
    ),
    port: word(
        "faddr id",
        Field::Icmp,
        "The number that pairs ping requests with their answers, where this side sent the requests.",
    ),
};

pub(super) static GLOBAL: SideWords = SideWords {
    interface: word(
        "interface",
        Field::Interface,
        "The network card on the near side.",
    ),
    host: word(
        "gaddr",
        Field::NatDestination,
        "The global address: how the local machine looks from outside, after translation.",
    ),
    port: word(
        "gaddr id",
        Field::Icmp,
        "The number that pairs ping requests with their answers, as seen from outside.",
    ),
};

pub(super) static LOCAL: SideWords = SideWords {
    interface: word(
        "interface",
        Field::Interface,
        "The network card on the near side.",
    ),
    host: word(
        "laddr",
        Field::Destination,
        "The local address: the machine on the more trusted side.",
    ),
    port: word(
        "laddr id",
        Field::Icmp,
        "The number that pairs ping requests with their answers, where this side sent the requests.",
    ),
};

pub(super) static MESSAGE: Word = word(
    "message number",
    Field::Detail,
    "Which of the vendor's messages this is. The digit before it is the urgency, 0 worst to 7 least.",
);
pub(super) static BUILT: Word = word(
    "event",
    Field::Action,
    "Built: something new was let through, and the firewall remembers it from now on.",
);
pub(super) static TEARDOWN: Word = word(
    "event",
    Field::Action,
    "Teardown: the firewall forgets it; a packet that comes later belongs to nothing it knows.",
);
pub(super) static DENY: Word = word(
    "event",
    Field::Action,
    "Denied: this packet was thrown away.",
);
pub(super) static WAY: Word = word(
    "direction",
    Field::Direction,
    "The vendor's word for who started it: inbound means the machine named first did, outbound the one named second. It does not say which network is yours.",
);
pub(super) static PROTOCOL: Word = word(
    "protocol",
    Field::Protocol,
    "The kind of traffic: TCP for most connections, UDP for single messages, ICMP for ping and network errors.",
);
pub(super) static CONNECTION: Word = word(
    "connection number",
    Field::SessionId,
    "The firewall's own number for this connection; the line that ends it carries the same number.",
);
pub(super) static DURATION: Word = word(
    "duration",
    Field::Duration,
    "How long the connection lasted: hours, minutes, seconds.",
);
pub(super) static BYTES: Word = word(
    "bytes",
    Field::Bytes,
    "How much was carried, both ways together.",
);
pub(super) static REASON: Word = word(
    "reason",
    Field::Action,
    "Why the connection ended. FINs: both sides said goodbye. Reset: one side broke off. Timeout: nobody said anything for too long.",
);
pub(super) static CLOSER: Word = word(
    "closed from",
    Field::Interface,
    "The side on which the ending began.",
);
pub(super) static USER: Word = word(
    "user or tag",
    Field::Detail,
    "A user name or security tag that the firewall connects with this machine.",
);
pub(super) static FLAGS: Word = word(
    "flags",
    Field::Flags,
    "TCP marks of this packet. SYN alone opens a connection; ACK, PSH, FIN or RST belong to one that already exists.",
);
pub(super) static INTERFACE: Word = word(
    "interface",
    Field::Interface,
    "The network card at which the packet arrived.",
);
pub(super) static RULE: Word = word(
    "access list",
    Field::Rule,
    "The list of rules that decided.",
);
pub(super) static DECISION: Word = word(
    "decision",
    Field::Action,
    "What the rule decided. A packet that is permitted here can still be dropped if no connection is known for it.",
);
pub(super) static HITS: Word = word(
    "hit count",
    Field::Packets,
    "How often this happened in the interval; the first line of a series always counts one.",
);
pub(super) static INTERVAL: Word = word(
    "interval",
    Field::Duration,
    "Seconds that the hit count covers.",
);
pub(super) static ICMP_TYPE: Word = word(
    "ICMP type",
    Field::Icmp,
    "What kind of network message: 8 asks for an echo (ping), 0 answers it, 3 says something could not be reached, 11 that a packet lived too long.",
);
pub(super) static ICMP_CODE: Word = word(
    "ICMP code",
    Field::Icmp,
    "The finer meaning within the type; with type 3: 1 machine, 3 port not reachable, 13 forbidden.",
);
pub(super) static ICMP_ID: Word = word(
    "ICMP id",
    Field::Icmp,
    "The number that pairs ping requests with their answers.",
);
pub(super) static WHY: Word = word(
    "explanation",
    Field::State,
    "What the firewall had against it.",
);
pub(super) static OTHER: Word = word(
    "text",
    Field::Detail,
    "A message about the firewall itself, not about a connection.",
);
pub(super) static CONTROL: Word = word(
    "text",
    Field::Detail,
    "An event on the firewall itself. It can explain why connections broke at that time.",
);
