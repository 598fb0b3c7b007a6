//! The text before `IN=`: the only place where a Linux log says what was decided, and by which rule.

use crate::engine::model::{Action, Stamp, State};
use crate::engine::source::find::{find, rfind};
use crate::engine::source::{Record, time};

/// A part of the prefix.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Part {
    start: usize,
    end: usize,
}

impl Part {
    pub fn of(self, prefix: &[u8]) -> &[u8] {
        prefix.get(self.start..self.end).unwrap_or_default()
    }
}

/// What a prefix says.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Said {
    pub action: Action,
    /// The word that said it.
    pub word: Part,
    /// The rule or chain, without brackets and colons.
    pub rule: Part,
    pub state: State,
    /// The last rule of a chain, which takes what no other wanted.
    pub implicit: bool,
    /// UFW's own block rule, which runs after known connections were let through.
    pub is_ufw_block: bool,
    /// Logged before it was looked up where the packet goes to: no way out says nothing.
    pub is_before_routing: bool,
    is_in_tag: bool,
}

/// A firewall has a handful of prefixes; remembering the last few saves reading them again.
const N_KNOWN: usize = 16;

#[derive(Default)]
pub(super) struct Known {
    prefixes: [(Vec<u8>, Said); N_KNOWN],
    next: usize,
}

impl Known {
    /// What the text before the fields says; `tag` is the program's name of the header.
    pub fn read(&mut self, before: &[u8], tag: &[u8]) -> Said {
        if before.is_empty() {
            return read(before, tag);
        }
        if let Some((_, said)) = self
            .prefixes
            .iter()
            .find(|(text, _)| text.as_slice() == before)
        {
            return *said;
        }
        let said = read(before, tag);
        if web_time(before).is_some() {
            // Different on every line; it would only push the others out.
            return said;
        }
        let slot = &mut self.prefixes[self.next];
        slot.0.clear();
        slot.0.extend_from_slice(before);
        slot.1 = said;
        self.next = (self.next + 1) % N_KNOWN;
        said
    }
}

impl Said {
    /// The text that `word` and `rule` are parts of.
    pub fn text<'a>(&self, before: &'a [u8], tag: &'a [u8]) -> &'a [u8] {
        if self.is_in_tag { tag } else { before }
    }
}

/// The text before the fields that begin at `at`, without the header.
pub(super) fn before<'a>(record: &Record<'a>, at: usize) -> &'a [u8] {
    let body = record.text.len() - record.body.len();
    &record.text[body.min(at)..at]
}

/// What is the rule's own: without `kernel:`, time and blanks.
fn own(before: &[u8]) -> Part {
    let mut start = rfind(before, b"kernel:").map_or(0, |kernel| kernel + 7);
    // Proxmox: `100 4 tap100i0-IN 19/Feb/2024:10:15:02 +0100 DROP:`
    if let Some((_, after)) = web_time(&before[start..]) {
        start += after;
    }
    let skip_blanks = |start: usize| {
        start
            + before[start..]
                .iter()
                .take_while(|byte| **byte == b' ')
                .count()
    };
    start = skip_blanks(start);
    if let Some((_, used)) = time::uptime(&before[start..]) {
        start = skip_blanks(start + used);
    }
    Part {
        start,
        end: start + before[start..].trim_ascii_end().len(),
    }
}

/// Where the prefix stands in `record.text`, for the gloss.
pub(super) fn place(record: &Record<'_>, at: usize) -> (usize, usize) {
    let before = before(record, at);
    let part = own(before);
    let start = at - before.len() + part.start;
    (start, start + part.end - part.start)
}

/// `19/Feb/2024:10:15:02 +0100 ` within the prefix: the time, and where it ends.
pub(super) fn web_time(prefix: &[u8]) -> Option<(Stamp, usize)> {
    let slash = memchr::memchr(b'/', prefix).filter(|slash| *slash >= 2)?;
    let start = slash - 2;
    let (stamp, used) = time::named_month(&prefix[start..])?;
    Some((stamp, start + used))
}

/// The time before the fields, where the line's header has none: seconds since boot, or Proxmox's.
pub(super) fn stamp(before: &[u8]) -> Stamp {
    if let Some((stamp, _)) = web_time(before) {
        return stamp;
    }
    memchr::memchr_iter(b'[', before)
        .find_map(|open| time::uptime(&before[open..]))
        .map_or(Stamp::MISSING, |(stamp, _)| stamp)
}

/// A rule's own text is at most this long; more is a header nobody could read, different on every line.
const MAX_PREFIX: usize = 127;

/// Words that decide; a rule's name may hold several, the last one counts (`BLOCKLIST-ACCEPT`).
const WORDS: &[(&str, Action)] = &[
    ("DROP", Action::Drop),
    ("DROPPED", Action::Drop),
    ("DROPPING", Action::Drop),
    ("DENY", Action::Drop),
    ("DENIED", Action::Drop),
    ("BLOCK", Action::Drop),
    ("BLOCKED", Action::Drop),
    ("BLOCKING", Action::Drop),
    ("BANNED", Action::Drop),
    ("BAN", Action::Drop),
    ("REJECT", Action::Reject),
    ("REJECTED", Action::Reject),
    ("ACCEPT", Action::Allow),
    ("ACCEPTED", Action::Allow),
    ("ALLOW", Action::Allow),
    ("ALLOWED", Action::Allow),
    ("PASS", Action::Allow),
    ("PASSED", Action::Allow),
    ("PERMIT", Action::Allow),
    ("PERMITTED", Action::Allow),
];

/// Chains of small routers glue the word to their name (`logdrop`, `FWREJECT`).
const GLUED: &[(&str, Action)] = &[
    ("DROP", Action::Drop),
    ("REJECT", Action::Reject),
    ("ACCEPT", Action::Allow),
];

fn read(before: &[u8], tag: &[u8]) -> Said {
    let own = own(before);
    if own.start < own.end {
        return shifted(say(own.of(before)), own.start);
    }
    // `Feb 19 10:15:02 DROP: IN=eth0`: the header's reader may take the prefix for a program's name.
    let decides = words(tag).any(|word| decision(word.of(tag)).is_some());
    if decides {
        Said {
            is_in_tag: true,
            ..say(tag)
        }
    } else {
        Said::default()
    }
}

fn shifted(said: Said, by: usize) -> Said {
    let shift = |part: Part| Part {
        start: part.start + by,
        end: part.end + by,
    };
    Said {
        word: shift(said.word),
        rule: shift(said.rule),
        ..said
    }
}

fn say(prefix: &[u8]) -> Said {
    let mut said = Said::default();
    if prefix.len() <= MAX_PREFIX {
        said.rule = name_of(prefix);
    }
    said.state = state_of(prefix);
    if find(prefix, b"nf_ct_").is_some() {
        // The tracker's own remark: no rule fired, nothing was decided.
        said.rule = Part::default();
        said.state = State::Invalid;
        // A helper that could not follow a conversation throws the packet away itself.
        if find(prefix, b"dropping packet").is_some() {
            said.action = Action::Drop;
        }
        return said;
    }
    if let Some(routers) = lettered(prefix) {
        return Said {
            state: said.state,
            ..routers
        };
    }
    for word in words(prefix) {
        if let Some(action) = decision(word.of(prefix)) {
            (said.action, said.word) = (action, word);
        }
    }
    if starts_with(said.rule.of(prefix), b"Shorewall:") {
        said.rule = shorewall_chain(prefix, said.rule);
    }
    let is_ufw = find(prefix, b"UFW").is_some();
    if is_ufw && find(prefix, b"AUDIT").is_some() {
        // Written before UFW decides.
        (said.action, said.word) = (Action::Unknown, Part::default());
    }
    said.is_ufw_block = is_ufw && said.action == Action::Drop;
    let chains: [&[u8]; 4] = [b"DST-NAT", b"DNAT", b"PREROUTING", b"prerouting"];
    said.is_before_routing = chains.iter().any(|chain| find(prefix, chain).is_some());
    said.implicit = starts_with(prefix, b"FINAL_") || starts_with(prefix, b"policy ");
    said
}

/// `[WAN_IN-10-A]`, `[WAN_IN-default-D]`, `[WAN_LOCAL-D-10]`: rule set, rule number, A(ccept) D(rop) R(eject).
fn lettered(prefix: &[u8]) -> Option<Said> {
    let open = memchr::memchr(b'[', prefix)?;
    let close = open + memchr::memchr(b']', &prefix[open..])?;
    let inside = &prefix[open + 1..close];
    let dash = memchr::memrchr(b'-', inside)?;
    let before = memchr::memrchr(b'-', &inside[..dash])?;
    let (middle, last) = (&inside[before + 1..dash], &inside[dash + 1..]);
    let is_number = |part: &[u8]| {
        part == b"default" || (!part.is_empty() && part.iter().all(u8::is_ascii_digit))
    };
    let letter = |part: &[u8]| match part {
        b"A" => Some(Action::Allow),
        b"D" => Some(Action::Drop),
        b"R" => Some(Action::Reject),
        _ => None,
    };
    let at = open + 1;
    let (action, word, number, rule_end) = match (letter(middle), letter(last)) {
        (_, Some(action)) if is_number(middle) => (action, at + dash + 1, middle, at + dash),
        (Some(action), _) if is_number(last) => (action, at + before + 1, last, close),
        _ => return None,
    };
    Some(Said {
        action,
        word: Part {
            start: word,
            end: word + 1,
        },
        rule: Part {
            start: at,
            end: rule_end,
        },
        implicit: number == b"default",
        ..Said::default()
    })
}

fn decision(word: &[u8]) -> Option<Action> {
    let whole = WORDS
        .iter()
        .find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word));
    let glued = || {
        GLUED.iter().find(|(name, _)| {
            word.len() > name.len()
                && word[word.len() - name.len()..].eq_ignore_ascii_case(name.as_bytes())
        })
    };
    whole.or_else(glued).map(|(_, action)| *action)
}

/// Runs of letters and digits.
fn words(prefix: &[u8]) -> impl Iterator<Item = Part> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + prefix[at..].iter().position(u8::is_ascii_alphanumeric)?;
        let length = prefix[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        at = start + length;
        Some(Part { start, end: at })
    })
}

/// The prefix says which test the packet failed.
fn state_of(prefix: &[u8]) -> State {
    const SIGNS: &[(&[u8], State)] = &[
        (b"INVALID", State::Invalid),
        (b"BADSTATE", State::Invalid),
        (b"BAD STATE", State::Invalid),
        (b"CTSTATE", State::Invalid),
        (b"NEWNOTSYN", State::NoState),
        (b"NEW_NOT_SYN", State::NoState),
        (b"NEW NOT SYN", State::NoState),
        (b"NEW-NOT-SYN", State::NoState),
        (b"NEW,NOT SYN", State::NoState),
        (b"SPOOF", State::Spoofed),
        (b"MARTIAN", State::Spoofed),
        (b"RPFILTER", State::Spoofed),
    ];
    SIGNS
        .iter()
        .find(|(sign, _)| {
            prefix
                .windows(sign.len())
                .any(|part| part.eq_ignore_ascii_case(sign))
        })
        .map_or(State::Unsaid, |(_, state)| *state)
}

/// Without brackets, colons and blanks at the ends.
fn name_of(prefix: &[u8]) -> Part {
    let is_edge = |byte: &u8| {
        matches!(
            byte,
            b'[' | b']' | b':' | b' ' | b'*' | b'"' | b'=' | b'-' | b'<' | b'>'
        )
    };
    let start = prefix
        .iter()
        .position(|byte| !is_edge(byte))
        .unwrap_or(prefix.len());
    let end = prefix
        .iter()
        .rposition(|byte| !is_edge(byte))
        .map_or(start, |last| last + 1);
    Part { start, end }
}

/// `Shorewall:net2fw:DROP` → `net2fw`.
fn shorewall_chain(prefix: &[u8], name: Part) -> Part {
    let start = name.start + b"Shorewall:".len();
    let length = memchr::memchr(b':', &prefix[start..name.end]).unwrap_or(name.end - start);
    Part {
        start,
        end: start + length,
    }
}

fn starts_with(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}
