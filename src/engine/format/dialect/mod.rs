//! Dialects whose records are pairs of a name and a value. What a dialect calls things is a table; what tables cannot
//! say is one small function. Everything else is here, once for all of them.
//!
//! `pairs` and `list` find names and values, `role` says what a value can be, `draft` makes an event of them.

mod draft;
mod list;
mod pairs;
mod role;

pub use draft::{Draft, contains, split_end};
pub use pairs::{Pair, Shape, at, read};
pub use role::Role;

use super::head::{self, place_of};
use super::{About, Check, Device, Format, Parse, Parsed, Sink, Span, Timers, Topic};
use crate::engine::model::{Names, Reason};
use crate::engine::source::keyvalue::Values;
use crate::engine::source::{Clock, Record};
use list::Order;

pub struct Spec {
    pub about: About,
    pub shape: Shape,
    /// Whether a record is of this dialect. Asked for foreign lines too, so a first byte or one search must decide.
    pub claims: fn(&Record<'_>) -> bool,
    /// Roles and the names that have them, apart by blanks. In JSON `a.b` is `b` in an object called `a`.
    pub fields: &'static [(Role, &'static str)],
    /// What the names do not say. True when the event is one; others may have been pushed before.
    pub tune: fn(&mut Draft<'_, '_>) -> bool,
}

pub struct Dialect(pub &'static Spec);

impl Format for Dialect {
    fn about(&self) -> &'static About {
        &self.0.about
    }

    fn open(&self, clock: Clock) -> Box<dyn Parse> {
        Box::new(Parser {
            spec: self.0,
            clock,
            index: None,
            order: Order::default(),
            pairs: Vec::new(),
            values: Values::default(),
        })
    }

    fn gloss(&self, text: &[u8], _: Option<&[u8]>) -> Vec<Span> {
        gloss(self.0, text)
    }
}

struct Parser {
    spec: &'static Spec,
    clock: Clock,
    /// Made for the first record: most formats never see one.
    index: Option<Index>,
    order: Order,
    pairs: Vec<Pair>,
    values: Values,
}

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        if !(self.spec.claims)(record) {
            return Parsed::Foreign;
        }
        let n_before = sink.events.len();
        let mut is_whole = true;
        let mut text = record.body.trim_ascii_start();
        if self.spec.shape == Shape::Json
            && let Some(list) = envelope(text)
        {
            // An array of records is read one by one.
            text = list;
            while let Some(n) = memchr::memchr(b'{', text) {
                text = &text[n..];
                let Some(used) = self.one(record, text, names, sink) else {
                    is_whole = false;
                    break;
                };
                text = text.get(used..).unwrap_or_default();
            }
        } else {
            is_whole = self.one(record, text, names, sink).is_some();
        }
        if sink.events.len() > n_before {
            Parsed::Events
        } else if is_whole {
            Parsed::Other
        } else {
            Parsed::Malformed(Reason::Cut)
        }
    }
}

impl Parser {
    /// Where the record ends; nothing when it stops in the middle. What stood before that is used all the same.
    fn one(
        &mut self,
        record: &Record<'_>,
        text: &[u8],
        names: &mut Names,
        sink: &mut Sink,
    ) -> Option<usize> {
        let index = self
            .index
            .get_or_insert_with(|| Index::new(self.spec.fields));
        let used = if self.spec.shape == Shape::List {
            self.pairs.clear();
            let role_of = |name: &[u8]| index.of(b"", name);
            list::read(text, &mut self.order, &role_of, &mut self.pairs);
            Some(text.len())
        } else {
            let used = pairs::read(self.spec.shape, text, &mut self.pairs);
            for pair in &mut self.pairs {
                index.name(text, pair);
            }
            used
        };
        self.values.clear();
        for pair in &self.pairs {
            let value = at(text, pair.value);
            if pair.role != Role::None && !is_nothing(value) {
                // Without blanks around it, as it is asked for.
                let start = pair.value.1 as usize - value.trim_ascii_start().len();
                self.values
                    .put(pair.role as u8, start, start + value.trim_ascii().len());
            }
        }
        let mut draft = Draft::new(record, text, &self.pairs, &self.values, names, sink);
        draft.clock = self.clock;
        draft.fill();
        if (self.spec.tune)(&mut draft) {
            draft.finish();
        }
        used
    }
}

/// The records in an array, or in an object that holds nothing but one: `{"records":[{…`.
fn envelope(text: &[u8]) -> Option<&[u8]> {
    const NAMES: [&[u8]; 5] = [b"records", b"Records", b"entries", b"events", b"value"];
    if text.first() == Some(&b'[') {
        return Some(text);
    }
    let inner = text.strip_prefix(b"{")?.trim_ascii_start();
    let name = NAMES
        .iter()
        .find_map(|name| inner.strip_prefix(b"\"")?.strip_prefix(*name))?;
    let rest = name.strip_prefix(b"\"")?.trim_ascii_start();
    let rest = rest.strip_prefix(b":")?.trim_ascii_start();
    rest.starts_with(b"[").then_some(rest)
}

/// What dialects write where there is nothing.
fn is_nothing(value: &[u8]) -> bool {
    // Most values are let go by their first byte: which length they have is harder to guess for the processor.
    matches!(value.first(), None | Some(b'-' | b'N' | b'n' | b' '))
        && matches!(
            value,
            b"" | b"-" | b"N/A" | b"n/a" | b"null" | b"None" | b"NULL" | b" "
        )
}

/// Roles by name. Few and short names, so a small table with a simple hash.
struct Index {
    /// The object a name must stand in (empty: any), the name, its role.
    entries: Vec<(&'static str, &'static str, Role)>,
    slots: Box<[u8; SLOTS]>,
}

const SLOTS: usize = 512;

impl Index {
    fn new(fields: &[(Role, &'static str)]) -> Index {
        let mut index = Index {
            entries: Vec::new(),
            slots: Box::new([0; SLOTS]),
        };
        // Names in a certain object are asked before the same names elsewhere.
        for wants_parent in [true, false] {
            for (role, names) in fields {
                for name in names.split(' ') {
                    let (parent, leaf) = name.rsplit_once('.').unwrap_or(("", name));
                    if parent.is_empty() != wants_parent && index.entries.len() < 255 {
                        index.entries.push((parent, leaf, *role));
                        let mut slot = hash(leaf.as_bytes());
                        while index.slots[slot % SLOTS] != 0 {
                            slot += 1;
                        }
                        index.slots[slot % SLOTS] = index.entries.len() as u8;
                    }
                }
            }
        }
        index
    }

    fn name(&self, text: &[u8], pair: &mut Pair) {
        let name = at(text, pair.name);
        if pair.role != Role::None || name.is_empty() {
            return;
        }
        pair.role = self.of(at(text, pair.parent), name);
    }

    fn of(&self, parent: &[u8], name: &[u8]) -> Role {
        let role = self.role(parent, name);
        // `a.b` as one name is `b` in `a`. No known name holds a point, so most are found without looking for one.
        match name.iter().rposition(|byte| *byte == b'.') {
            Some(n) if role == Role::None => self.role(&name[..n], &name[n + 1..]),
            _ => role,
        }
    }

    fn role(&self, parent: &[u8], leaf: &[u8]) -> Role {
        let mut slot = hash(leaf);
        while let Some(entry) = usize::from(self.slots[slot % SLOTS]).checked_sub(1) {
            if let Some((holder, known, role)) = self.entries.get(entry)
                && known.as_bytes() == leaf
                && (holder.is_empty()
                    || parent
                        .strip_suffix(holder.as_bytes())
                        .is_some_and(|rest| rest.last().is_none_or(|byte| *byte == b'.')))
            {
                return *role;
            }
            slot += 1;
        }
        Role::None
    }
}

fn hash(name: &[u8]) -> usize {
    let n = name.len();
    let byte = |at: usize| name.get(at).map_or(0, |byte| u32::from(*byte));
    let mixed = byte(0) | byte(n / 2) << 8 | byte(n.wrapping_sub(1)) << 16 | byte(n / 3) << 24;
    ((mixed ^ n as u32).wrapping_mul(0x9e37_79b1) >> 20) as usize
}

fn gloss(spec: &Spec, text: &[u8]) -> Vec<Span> {
    let (record, mut spans) = head::spans(text);
    let body = record.body.trim_ascii_start();
    let Some((offset, _)) = place_of(body, text) else {
        return spans;
    };
    let index = Index::new(spec.fields);
    let mut pairs = Vec::new();
    pairs::read(spec.shape, body, &mut pairs);
    let mut last = 0;
    for mut pair in pairs {
        index.name(body, &mut pair);
        let (field, meaning) = pair.role.meaning();
        let (start, stop) = (pair.value.0 as usize, pair.value.1 as usize);
        let name = at(body, pair.name);
        // An element of an array has its name far before it.
        let from = match pair.name.0 as usize {
            from if from >= last && from <= start => from,
            _ => start,
        };
        if stop <= start || from < last {
            continue;
        }
        last = stop;
        spans.push(Span {
            start: offset + from,
            end: offset + stop,
            value_start: offset + start,
            value_end: offset + stop,
            name: if name.is_empty() {
                pair.role.label().to_string()
            } else {
                String::from_utf8_lossy(name).into_owned()
            },
            field,
            meaning,
        });
    }
    spans
}

/// A firewall that knows sessions and has no documented idle limits here.
pub const fn firewall(name: &'static str) -> Device {
    Device {
        name,
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: LOOK_IT_UP,
    }
}

/// For devices without commands of their own.
const LOOK_IT_UP: &[Check] = &[Check {
    about: Topic::Rules,
    place: "on the device that wrote the log",
    command: "",
    why: "look up the rule that decided about {client} and port {port}, and the idle limit of such connections",
}];

/// A record that is a JSON object or an array of them.
pub fn is_json(record: &Record<'_>) -> bool {
    matches!(record.body.trim_ascii_start().first(), Some(b'{' | b'['))
}
