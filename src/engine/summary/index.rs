//! The index: each session's ends, service and rule as small numbers, made once for a dataset, so that every
//! later question walks integers.

use super::timeline::Gap;
use crate::engine::dataset::{Dataset, Facts, Session, Side};
use crate::engine::model::event::Control;
use crate::engine::model::order::Order;
use crate::engine::model::{Host, Micros, NameId, StampQuality, proto};
use crate::engine::session::beat::NO_TIME;
use crate::engine::session::key::View;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

pub struct Index {
    /// In order of first appearance.
    pub hosts: Vec<Host>,
    pub services: Vec<Service>,
    /// 0 is "no rule named".
    pub rules: Vec<Rule>,
    /// Distinct (left, right); ids below `hosts.len()` are those of a left host with its first right host.
    pub pairs: Vec<(u32, u32)>,
    /// One for each session.
    pub rows: Vec<Row>,
    /// Rule by circumstance.
    pub rule_of: HashMap<u64, u32, FixedState>,
    /// First and last time of sessions with a date (of all, where none has one).
    pub span: Option<(Micros, Micros)>,
    pub gaps: Vec<Gap>,
}

/// A session in numbers: who asked (`left`), who was asked (`right`); where nobody can tell, the sender of the
/// first event is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub left: u32,
    pub right: u32,
    pub pair: u32,
    pub service: u32,
    pub rule: u32,
    /// Its clock tells a date, or no session of the log has one. An uptime of 3 days is no moment of 1970.
    pub has_date: bool,
}

/// What was asked for. Sessions whose initiator is unknown share one per protocol, with `decided` false.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Service {
    pub proto: u8,
    pub port: Option<u16>,
    pub decided: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rule {
    pub device: NameId,
    pub rule: NameId,
    pub name: NameId,
    pub implicit: bool,
}

pub const NO_RULE: u32 = 0;
const NONE: u32 = u32::MAX;

impl Index {
    /// `seed` guards the tables against logs made to collide; results do not depend on it.
    pub fn new(data: &Dataset, seed: u64) -> Index {
        let hasher = FixedState::with_seed(seed);
        let (rules, rule_of) = rules(data, &hasher);
        let mut services = Services::new(&hasher);
        let mut rows = Vec::with_capacity(data.sessions.len());
        let clocks = Clocks::new(data);
        let span = clocks.span(data);
        let mut silence = Silence::new(span);
        let mut last_setting = (0, NO_RULE);
        for session in &data.sessions {
            let (a, b) = session.ends(data);
            let (a, b) = ((a, session.a_host), (b, session.b_host));
            let ((_, left), (right, right_host)) = if session.side == Side::B {
                (b, a)
            } else {
                (a, b)
            };
            let decided = session.side != Side::Unknown;
            let number = session.proto(data);
            let service = Service {
                proto: number,
                port: right.port.filter(|_| decided),
                decided,
            };
            rows.push(Row {
                left,
                right: right_host,
                pair: 0,
                service: services.id(service),
                rule: rule(session, data, &rule_of, &mut last_setting),
                has_date: clocks.has_date(session, data),
            });
            for beat in session.beats(data) {
                silence.see(beat.ts);
            }
        }
        let pairs = pairs(&mut rows, data.hosts.len(), &hasher);
        Index {
            hosts: data.hosts.clone(),
            services: services.list,
            rules,
            pairs,
            rows,
            rule_of,
            span,
            gaps: silence.gaps(data),
        }
    }
}

/// The rule that decided: that of the first denied event where something was denied, else the first one named.
fn rule(
    session: &Session,
    data: &Dataset,
    rule_of: &HashMap<u64, u32, FixedState>,
    last: &mut (u64, u32),
) -> u32 {
    let denied_only = session.facts.has(Facts::DENIED);
    let mut lookup = |setting: u64| {
        if last.0 != setting {
            *last = (setting, rule_of.get(&setting).copied().unwrap_or(NO_RULE));
        }
        last.1
    };
    let beats = session.beats(data);
    let decisive = beats
        .iter()
        .filter(|beat| !denied_only || beat.action().is_denied())
        .map(|beat| lookup(beat.setting));
    decisive
        .into_iter()
        .find(|rule| *rule != NO_RULE)
        .unwrap_or(NO_RULE)
}

/// Rules in order of their texts, and the rule of each circumstance.
fn rules(data: &Dataset, hasher: &FixedState) -> (Vec<Rule>, HashMap<u64, u32, FixedState>) {
    let of = |id: u64| {
        data.circumstances
            .get(&id)
            .filter(|setting| {
                setting.rule.is_some() || setting.rule_name.is_some() || setting.implicit
            })
            .map(|setting| Rule {
                device: setting.device,
                rule: setting.rule,
                name: setting.rule_name,
                implicit: setting.implicit,
            })
    };
    let mut ids: Vec<u64> = data.circumstances.keys().copied().collect();
    ids.order();
    let mut named: Vec<Rule> = ids.iter().filter_map(|id| of(*id)).collect();
    let text = |id: NameId| data.names.or_empty(id);
    named.order_by(|one, two| {
        let key = |rule: &Rule| {
            (
                text(rule.device),
                text(rule.rule),
                text(rule.name),
                rule.implicit,
            )
        };
        key(one).cmp(&key(two))
    });
    named.dedup();
    let mut list = vec![Rule::default()];
    list.extend(named);
    let place: HashMap<Rule, u32, FixedState> = {
        let mut place = HashMap::with_hasher(hasher.clone());
        place.extend(
            list.iter()
                .enumerate()
                .skip(1)
                .map(|(at, rule)| (*rule, at as u32)),
        );
        place
    };
    let mut rule_of = HashMap::with_capacity_and_hasher(ids.len(), hasher.clone());
    for id in ids {
        rule_of.insert(
            id,
            of(id)
                .and_then(|rule| place.get(&rule).copied())
                .unwrap_or(NO_RULE),
        );
    }
    (list, rule_of)
}

struct Services {
    list: Vec<Service>,
    tcp: Vec<u32>,
    udp: Vec<u32>,
    rest: HashMap<Service, u32, FixedState>,
}

impl Services {
    fn new(hasher: &FixedState) -> Services {
        Services {
            list: Vec::new(),
            tcp: vec![NONE; 1 << 16],
            udp: vec![NONE; 1 << 16],
            rest: HashMap::with_hasher(hasher.clone()),
        }
    }

    fn id(&mut self, service: Service) -> u32 {
        let next = self.list.len() as u32;
        let slot = match (service.proto, service.port) {
            (proto::TCP, Some(port)) => &mut self.tcp[usize::from(port)],
            (proto::UDP, Some(port)) => &mut self.udp[usize::from(port)],
            _ => self.rest.entry(service).or_insert(NONE),
        };
        if *slot == NONE {
            *slot = next;
            self.list.push(service);
        }
        *slot
    }
}

/// Which views count as dated.
struct Clocks {
    /// Ids of views without a date; empty where all or none have one.
    undated: Vec<u64>,
}

impl Clocks {
    fn new(data: &Dataset) -> Clocks {
        let is_undated =
            |view: &View| matches!(view.clock, StampQuality::TimeOnly | StampQuality::Uptime);
        let mut undated: Vec<u64> = data
            .views
            .iter()
            .filter(|(_, view)| is_undated(view))
            .map(|(id, _)| *id)
            .collect();
        undated.order();
        let clocks = Clocks { undated };
        let has_dated = data
            .sessions
            .iter()
            .any(|session| session.has_time() && clocks.has_date(session, data));
        if has_dated {
            clocks
        } else {
            Clocks {
                undated: Vec::new(),
            }
        }
    }

    fn has_date(&self, session: &Session, data: &Dataset) -> bool {
        self.undated.is_empty()
            || data
                .keys
                .get(session.key as usize)
                .is_none_or(|key| self.undated.binary_search(&key.view).is_err())
    }

    fn span(&self, data: &Dataset) -> Option<(Micros, Micros)> {
        if self.undated.is_empty() {
            return data.span;
        }
        let dated = data
            .sessions
            .iter()
            .filter(|session| session.has_time() && self.has_date(session, data));
        dated.fold(None, |span: Option<(Micros, Micros)>, session| {
            let (first, last) = span.unwrap_or((session.first, session.last));
            Some((first.min(session.first), last.max(session.last)))
        })
    }
}

/// Numbers the pairs. Most clients know one server, so only the others cost a table lookup.
fn pairs(rows: &mut [Row], n_hosts: usize, hasher: &FixedState) -> Vec<(u32, u32)> {
    let mut list: Vec<(u32, u32)> = (0..n_hosts as u32).map(|host| (host, NONE)).collect();
    let mut others: HashMap<(u32, u32), u32, FixedState> = HashMap::with_hasher(hasher.clone());
    for row in rows {
        let first = &mut list[row.left as usize].1;
        if *first == NONE {
            *first = row.right;
        }
        row.pair = if *first == row.right {
            row.left
        } else {
            let next = list.len() as u32;
            let id = *others.entry((row.left, row.right)).or_insert(next);
            if id == next {
                list.push((row.left, row.right));
            }
            id
        };
    }
    list
}

/// Looks for stretches in which the log says nothing at all.
struct Silence {
    start: Micros,
    slot_us: i64,
    seen: Vec<bool>,
    n_seen: i64,
}

const SLOTS: i64 = 4096;
/// With fewer events a long pause is nothing special.
const MIN_EVENTS: i64 = 50;
/// Events that come at random leave a pause of 20 mean distances once in 500 million pauses.
const PAUSE_MEANS: i64 = 20;
/// A shorter pause cannot be seen in a chart.
const PAUSE_SHARE: i64 = 60;

impl Silence {
    fn new(span: Option<(Micros, Micros)>) -> Silence {
        let (first, last) = span.unwrap_or((0, 0));
        let slot_us = ((last - first) / SLOTS + 1).max(1);
        Silence {
            start: first,
            slot_us,
            seen: vec![false; SLOTS as usize + 1],
            n_seen: 0,
        }
    }

    fn see(&mut self, ts: Micros) {
        let slot = ts.saturating_sub(self.start) / self.slot_us;
        if let Some(seen) = usize::try_from(slot)
            .ok()
            .and_then(|slot| self.seen.get_mut(slot))
        {
            *seen = true;
            self.n_seen += 1;
        }
    }

    fn gaps(&self, data: &Dataset) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let span = self.slot_us * SLOTS;
        if self.n_seen >= MIN_EVENTS {
            let shortest =
                (PAUSE_MEANS * (span / self.n_seen)).max(span / PAUSE_SHARE) / self.slot_us + 1;
            let mut last_seen: Option<usize> = None;
            for (slot, _) in self.seen.iter().enumerate().filter(|(_, seen)| **seen) {
                if let Some(last) = last_seen.filter(|last| (slot - last) as i64 > shortest) {
                    let at = |slot: usize| self.start + slot as i64 * self.slot_us;
                    gaps.push(Gap {
                        from: at(last + 1),
                        to: at(slot),
                        said: false,
                    });
                }
                last_seen = Some(slot);
            }
        }
        let said = data
            .controls
            .iter()
            .filter(|mark| mark.control == Control::LinesMissing && mark.ts > NO_TIME);
        gaps.extend(said.map(|mark| Gap {
            from: mark.ts,
            to: mark.ts,
            said: true,
        }));
        gaps.order();
        gaps.dedup();
        gaps
    }
}
