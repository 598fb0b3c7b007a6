//! What other tools do to tell clients from servers: four simple rules over the first line of a conversation.

use super::score::Guess;

/// Sender's and receiver's port of the first line, and whether the sender really was the initiator.
#[derive(Clone, Copy, Debug)]
pub struct First {
    pub from: u16,
    pub to: u16,
    pub is_initiator: bool,
}

pub type Rule = fn(First) -> Guess;

pub const RULES: [(&str, Rule); 4] = [
    ("the first packet is the client's", first_packet),
    ("the lower port is the server", lower_port),
    ("list of common ports, else first packet", common_ports),
    ("swap by port ranges (nfdump -B)", port_ranges),
];

fn said(sender_is_client: bool, first: First) -> Guess {
    Guess::of(Some(sender_is_client == first.is_initiator))
}

fn first_packet(first: First) -> Guess {
    said(true, first)
}

fn lower_port(first: First) -> Guess {
    match first.from.cmp(&first.to) {
        std::cmp::Ordering::Equal => Guess::Undecided,
        order => said(order.is_gt(), first),
    }
}

fn common_ports(first: First) -> Guess {
    const LIST: [u16; 31] = [
        21, 22, 23, 25, 53, 80, 110, 123, 135, 139, 143, 161, 389, 443, 445, 465, 514, 587, 636,
        993, 995, 1433, 1521, 3128, 3306, 3389, 5060, 5432, 5900, 8080, 8443,
    ];
    match (LIST.contains(&first.from), LIST.contains(&first.to)) {
        (true, false) => said(false, first),
        (false, _) | (true, true) => said(true, first),
    }
}

fn port_ranges(first: First) -> Guess {
    let below = |limit: u16| first.from < limit && first.to >= limit;
    said(!(below(1024) || below(32_768) || below(49_152)), first)
}
