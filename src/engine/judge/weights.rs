//! The weights of the evidence, in one table with a version: what a person can read, argue about and measure again.
//!
//! Units    1/100 nat: 100 makes odds e times as good.
//! Source   Domain §5; docs/evaluation.md says which of them measurements have changed.

/// Raised with every change of a number below.
pub const VERSION: u32 = 3;

pub const OPENING: i32 = 900;
pub const ANSWER: i32 = 800;
pub const TO_GROUP: i32 = 900;
pub const DEVICE: i32 = 700;
pub const WEAK_DEVICE: i32 = 500;
pub const DENIED_BY_TRACKER: i32 = 300;
pub const EARLIER: i32 = 600;
pub const LONG_EARLIER: i32 = 400;

pub const TOP: i32 = 500;
pub const NAMED: i32 = 250;
pub const PRIVILEGED: i32 = 200;
pub const MIDDLE_RANGE: i32 = 150;
pub const UPPER_RANGE: i32 = 70;
pub const FTP_DATA_SENDER: i32 = 300;
pub const FTP_DATA_RECEIVER: i32 = 150;
pub const KNOWN: i32 = 400;
pub const WELL_KNOWN: i32 = 500;
pub const HISTORY: i32 = 100;
pub const FAN_IN_MOST: i32 = 350;
pub const SWEEP_MOST: i32 = 300;
pub const SOME_BYTES: i32 = 30;
pub const MANY_BYTES: i32 = 100;
pub const MOST_BYTES: i32 = 150;

pub const PRIOR_DROP: i32 = 150;
pub const PRIOR_DROP_INBOUND: i32 = 250;
/// A device that writes down what it lets through mostly writes down the first packet of it: 98 in 100 in simulated
/// logs, which would be 3.9 nats (docs/evaluation.md). The specification has 2.5.
pub const PRIOR_ALLOW: i32 = 350;
pub const EARLIER_FLOW: i32 = 70;
pub const STRANGER: i32 = 70;

/// Soft evidence alone never says more than 99 in 100.
pub const SOFT_CLAMP: i32 = 460;
/// What is left to a deciding tier whatever speaks against it: 90 in 100.
pub const LEAST_HARD: i32 = 220;
/// Below this there is nothing to tell.
pub const LEAST: i32 = 40;

/// Id as sessions' evidence shows it, weight, what it is.
pub const TABLE: [(&str, i32, &str); 32] = [
    ("T1a", OPENING, "an opening packet: its sender"),
    ("T1b", ANSWER, "the answer to an opening: the other side"),
    ("T1c", TO_GROUP, "to a group address: the sender"),
    ("T2", DEVICE, "a device names who opened"),
    ("T2", WEAK_DEVICE, "a device's summary names who opened"),
    (
        "T2b",
        DENIED_BY_TRACKER,
        "denied by a rule of a device that tracks connections: the sender",
    ),
    (
        "T3",
        EARLIER,
        "earlier lines of the same conversation, within an hour",
    ),
    (
        "T3",
        LONG_EARLIER,
        "earlier lines of the same conversation, within a day",
    ),
    ("P1a", TOP, "one side has the port of a well-known service"),
    ("P1b", NAMED, "one side has the port of a known service"),
    ("P2", PRIVILEGED, "one side has a port below 1024"),
    ("P3a", MIDDLE_RANGE, "one port below 32768, the other above"),
    ("P3b", UPPER_RANGE, "one port below 49152, the other above"),
    ("P4", FTP_DATA_SENDER, "port 20 sends: it opens"),
    ("P4", FTP_DATA_RECEIVER, "port 20 receives: it opened"),
    ("K", KNOWN, "a confirmed service of this log"),
    (
        "K",
        WELL_KNOWN,
        "a confirmed service of this log, three times or more",
    ),
    (
        "F1",
        FAN_IN_MOST,
        "many clients with ports of their own at one port, at most",
    ),
    ("F2", SWEEP_MOST, "one machine at many targets, at most"),
    ("H", HISTORY, "who always opened between these two"),
    ("B", SOME_BYTES, "received more: above 1 kB"),
    ("B", MANY_BYTES, "received more: above 10 kB"),
    ("B", MOST_BYTES, "received more: above 100 kB"),
    ("prior", PRIOR_DROP, "sender of a denied packet"),
    (
        "prior",
        PRIOR_DROP_INBOUND,
        "sender of a denied packet from outside to us",
    ),
    (
        "prior",
        PRIOR_ALLOW,
        "sender of a packet that was let through",
    ),
    ("prior", EARLIER_FLOW, "side whose flow began earlier"),
    (
        "prior",
        STRANGER,
        "sender of a datagram: long and from outside to us, or nobody says what became of it",
    ),
    (
        "limit",
        SOFT_CLAMP,
        "most that evidence without a handshake says",
    ),
    (
        "limit",
        LEAST_HARD,
        "least that a handshake or a device's word says",
    ),
    ("limit", LEAST, "least to tell anything"),
    (
        "peer ports",
        0,
        "ports of programs that talk to their like, by datagrams: no sign",
    ),
];
