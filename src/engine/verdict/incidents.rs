//! From verdicts to incidents: sessions that share verdict, direction, device and service (or the scanner), cut where
//! nothing happened for long (domain §0.7), in the order in which a person should read them (contract).

use super::group::Group;
use super::measure::Measuring;
use super::orphans::{self, Lost, Orphan};
use super::rule_of;
use super::scene::{Brief, Marks, Scene, bit};
use super::signs::{self, Reading};
use super::watch_list;
use crate::engine::dataset::{
    Band, Cause, Dataset, Direction, Facts, Incident, Session, Side, Verdict,
};
use crate::engine::detect::{Finding, peer_to_peer};
use crate::engine::explain::evidence;
use crate::engine::judge;
use crate::engine::model::order::Order;
use crate::engine::model::{Host, Micros, NameId, stamp};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// A pause longer than this, or than this share of the log, begins a new incident.
const PAUSE_US: Micros = 30 * stamp::MINUTE;
const PAUSE_SHARE: Micros = 20;
/// One kind of finding is told for this many services; the rest are told together. A day of internet noise knocks on
/// thousands of ports, and nobody reads a thousand incidents that say the same.
const MAX_QUIET_SERVICES: usize = 12;
const MAX_SERVICES: usize = 40;
/// Services with fewer sessions than this are told together as soon as there are that many of them.
const FEW_SESSIONS: u32 = 3;
const MANY_SMALL: usize = 4;

/// What the sessions of an incident share.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Kin {
    device: NameId,
    /// Of a scan; of a peer-to-peer pattern the machine in the middle.
    scanner: Host,
    port: Option<u16>,
    verdict: u8,
    direction: u8,
    proto: u8,
    /// Of an orphaned reply: how the device says that the connection ended.
    ended: u8,
    fate: Fate,
}

/// What the log says became of those that are told alike otherwise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Fate {
    Plain,
    /// Blocked for what was in it.
    Content,
    /// Not stopped, as far as the lines say; inspection raised an alarm.
    Alarm,
    /// Told among the refused ones, though the lines do not say that it was.
    Unsaid,
}

pub fn build(data: &mut Dataset, scene: &Scene, overlays: Vec<Finding>) {
    let (mut groups, member) = grouped(data, scene);
    let mut readings = causes(data, scene, &mut groups);
    for group in &groups {
        if group.verdict == Verdict::HalfSeen {
            turn_over(data, &group.sessions);
        }
    }
    let answer = answer(&groups);
    lay_over(data, scene, overlays, &mut groups);
    lay_watched(data, scene, &mut groups);
    readings.resize_with(groups.len(), || None);
    let read: Vec<_> = groups.into_iter().zip(readings).collect();
    let told = data
        .hands
        .map(read, data.sessions.len(), |(group, reading)| {
            tell(data, scene, group, reading.as_ref())
        });
    let mut incidents: Vec<(u32, Incident)> = (0..).zip(told).collect();
    order(answer, &mut incidents);
    let mut rank = vec![0; incidents.len()];
    for (new, (old, _)) in incidents.iter().enumerate() {
        rank[*old as usize] = new as u32;
    }
    data.hands.share(&mut data.sessions, |start, sessions| {
        for (session, group) in sessions.iter_mut().zip(&member[start..]) {
            session.incident = rank[*group as usize];
        }
    });
    data.incidents = incidents
        .into_iter()
        .map(|(_, incident)| incident)
        .collect();
}

/// Sessions that become one incident.
struct Kindred {
    verdict: Verdict,
    sessions: Vec<u32>,
    /// Places in `Dataset::watched`, of a story about the watch list.
    listed: Vec<u32>,
    measured: Measuring,
}

impl Kindred {
    fn of(data: &Dataset, scene: &Scene, verdict: Verdict, sessions: Vec<u32>) -> Kindred {
        let mut measured = Measuring::default();
        for idx in &sessions {
            let at = *idx as usize;
            measured.add(data, &data.sessions[at], &scene.briefs[at], *idx);
        }
        Kindred {
            verdict,
            sessions,
            listed: Vec::new(),
            measured,
        }
    }
}

/// Adds the stories that lie over others; all that concern one service are one. Their sessions stay where they are.
fn lay_over(data: &Dataset, scene: &Scene, overlays: Vec<Finding>, groups: &mut Vec<Kindred>) {
    let mut by_service: BTreeMap<(Host, u16), Vec<u32>> = BTreeMap::new();
    for Finding { mut sessions, .. } in overlays {
        let Some(first) = sessions.first().map(|idx| &scene.briefs[*idx as usize]) else {
            continue;
        };
        let service = (first.responder, first.responder_port);
        by_service.entry(service).or_default().append(&mut sessions);
    }
    let mut all: Vec<Vec<u32>> = by_service.into_values().collect();
    all.order_by_key(|sessions| std::cmp::Reverse(sessions.len()));
    let rest: Vec<u32> = all.iter().skip(MAX_SERVICES).flatten().copied().collect();
    all.truncate(MAX_SERVICES);
    all.push(rest);
    for mut sessions in all.into_iter().filter(|sessions| !sessions.is_empty()) {
        sessions.order();
        groups.push(Kindred::of(data, scene, Verdict::Beacon, sessions));
    }
}

/// Adds what the watch list found. A session that meets several entries is in the story of each.
fn lay_watched(data: &Dataset, scene: &Scene, groups: &mut Vec<Kindred>) {
    for listed in watch_list::stories(data) {
        let hits = listed.iter().map(|at| &data.watched[*at as usize]);
        let mut sessions: Vec<u32> = hits.flat_map(|hit| &hit.sessions).copied().collect();
        sessions.sort_unstable();
        sessions.dedup();
        let kindred = Kindred::of(data, scene, Verdict::WatchList, sessions);
        groups.push(Kindred { listed, ..kindred });
    }
}

/// Sessions by kin, in order of time, cut at pauses; and the group of each session.
fn grouped(data: &Dataset, scene: &Scene) -> (Vec<Kindred>, Vec<u32>) {
    let mut member: Vec<u32> = vec![0; data.sessions.len()];
    let kins = kins(data, scene, &mut member);
    let Kins { kinds, sizes, .. } = &kins;
    let (place, n_places) = together(kinds, sizes);
    let mut verdicts = vec![Verdict::NotEnough; n_places];
    for (at, kin) in kinds.iter().enumerate() {
        verdicts[place[at]] = Verdict::ALL[usize::from(kin.verdict) - 1];
    }
    let pause = data.span.map_or(PAUSE_US, |(first, last)| {
        PAUSE_US.max((last - first) / PAUSE_SHARE)
    });
    let mut groups: Vec<Kindred> = Vec::new();
    // The group that is being filled at each place, and when its last session so far ended.
    let mut open: Vec<Option<(u32, Option<Micros>)>> = vec![None; n_places];
    for (idx, at) in member.iter_mut().enumerate() {
        let session = &data.sessions[idx];
        let place = place[*at as usize];
        // Peers come and go; a pause of theirs begins nothing new.
        let paused = session.has_time()
            && verdicts[place] != Verdict::PeerToPeer
            && matches!(open[place], Some((_, Some(end))) if session.first - end > pause);
        if paused || open[place].is_none() {
            let end = open[place].and_then(|(_, end)| end);
            open[place] = Some((groups.len() as u32, end));
            groups.push(Kindred {
                verdict: verdicts[place],
                sessions: Vec::new(),
                listed: Vec::new(),
                measured: Measuring::default(),
            });
        }
        if let Some((group, end)) = &mut open[place] {
            if session.has_time() {
                *end = Some(end.map_or(session.last, |end| end.max(session.last)));
            }
            groups[*group as usize].sessions.push(idx as u32);
            *at = *group;
        }
    }
    let measured = data.hands.share(&mut member, |start, member| {
        let mut measured: Vec<Measuring> = Vec::new();
        measured.resize_with(groups.len(), Measuring::default);
        for (idx, group) in (start..).zip(member) {
            let (session, brief) = (&data.sessions[idx], &scene.briefs[idx]);
            measured[*group as usize].add(data, session, brief, idx as u32);
        }
        measured
    });
    for own in measured {
        for (group, own) in groups.iter_mut().zip(own) {
            group.measured.absorb(own);
        }
    }
    (groups, member)
}

/// What is shared by whom, in order of appearance.
#[derive(Default)]
struct Kins {
    kinds: Vec<Kin>,
    /// Sessions of each.
    sizes: Vec<u32>,
    places: HashMap<Kin, u32, foldhash::fast::FixedState>,
}

impl Kins {
    fn add(&mut self, kin: Kin, n_sessions: u32) -> u32 {
        let at = *self.places.entry(kin).or_insert_with(|| {
            self.kinds.push(kin);
            self.sizes.push(0);
            self.kinds.len() as u32 - 1
        });
        self.sizes[at as usize] += n_sessions;
        at
    }
}

/// The kin of every session; `member` gets their places.
fn kins(data: &Dataset, scene: &Scene, member: &mut [u32]) -> Kins {
    let mut parts = data.hands.share(member, |start, member| {
        let mut own = Kins::default();
        let mut last: Option<(Kin, u32)> = None;
        for (idx, at) in (start..).zip(member.iter_mut()) {
            let kin = kin(
                data,
                scene,
                &data.sessions[idx],
                &scene.briefs[idx],
                idx as u32,
            );
            *at = match last {
                Some((known, at)) if known == kin => {
                    own.sizes[at as usize] += 1;
                    at
                }
                _ => own.add(kin, 1),
            };
            last = Some((kin, *at));
        }
        (own, member.len())
    });
    if parts.len() == 1
        && let Some((own, _)) = parts.pop()
    {
        return own;
    }
    let mut all = Kins::default();
    let mut from = 0;
    for (own, n) in parts {
        let sizes = own.kinds.iter().zip(own.sizes);
        let places: Vec<u32> = sizes.map(|(kin, size)| all.add(*kin, size)).collect();
        for at in &mut member[from..from + n] {
            *at = places[*at as usize];
        }
        from += n;
    }
    all
}

fn kin(data: &Dataset, scene: &Scene, session: &Session, brief: &Brief, idx: u32) -> Kin {
    let (verdict, mut direction) = (session.verdict, session.direction as u8);
    let mut proto = brief.proto;
    let device = scene
        .device(brief)
        .map_or(NameId::NONE, |device| device.name);
    let (scanner, port) = match verdict {
        // A scanner is told by itself; strangers who tried a few doors are told together.
        Verdict::Scan
            if scene.marks[idx as usize].has(Marks::SCAN)
                || session.direction != Direction::Inbound =>
        {
            (brief.initiator, None)
        }
        // One machine and its peers are one story, by whatever transport and whoever called.
        Verdict::PeerToPeer => {
            (direction, proto) = (0, 0);
            (peer_to_peer::hub(scene, idx).0, None)
        }
        // The port that matters is the sender's own.
        Verdict::ServicePortAsSource => (Host::NONE, brief.client_port()),
        Verdict::HelperChannelBlocked | Verdict::Scan => (Host::NONE, None),
        // Without an initiator there is no responder whose port it could be.
        _ if session.side == Side::Unknown => (Host::NONE, None),
        _ => (Host::NONE, brief.service_port()),
    };
    Kin {
        device,
        scanner,
        port,
        verdict: verdict as u8,
        direction,
        proto,
        ended: match verdict {
            Verdict::OrphanedReply if session.facts.has(Facts::ENDED) => {
                orphans::ended(data, session)
            }
            _ => 0,
        },
        fate: fate(session),
    }
}

fn fate(session: &Session) -> Fate {
    let is_attempt = matches!(
        session.verdict,
        Verdict::BlockedInbound | Verdict::BlockedOutbound | Verdict::BlockedInternal
    );
    let is_denied = session.facts.has(Facts::DENIED);
    match session.verdict {
        _ if is_attempt && session.facts.is_content_blocked() => Fate::Content,
        Verdict::AllowedNormal | Verdict::AllowedUnanswered | Verdict::NotEnough
            if session.alarmed =>
        {
            Fate::Alarm
        }
        _ if is_attempt && !is_denied && session.alarmed => Fate::Alarm,
        _ if is_attempt && !is_denied => Fate::Unsaid,
        _ => Fate::Plain,
    }
}

/// Where each kin is told: alone, or with the other small services of its kind. Gives places and their number.
fn together(kinds: &[Kin], sizes: &[u32]) -> (Vec<usize>, usize) {
    type Family = (u8, u8, NameId, u8, Fate);
    let family =
        |kin: &Kin| -> Family { (kin.verdict, kin.direction, kin.device, kin.proto, kin.fate) };
    let mut by_family: Vec<usize> = (0..kinds.len()).collect();
    by_family.order_by_key(|at| {
        let kin = &kinds[*at];
        (
            family(kin),
            std::cmp::Reverse(sizes[*at]),
            kin.port,
            kin.scanner,
            kin.ended,
        )
    });
    let mut small_of: BTreeMap<Family, usize> = BTreeMap::new();
    for (kin, size) in kinds.iter().zip(sizes) {
        *small_of.entry(family(kin)).or_default() += usize::from(*size < FEW_SESSIONS);
    }
    let n_small = |family: &Family| small_of.get(family).copied().unwrap_or(0);
    let mut place = vec![0; kinds.len()];
    let mut n_places = 0;
    let (mut current, mut nth, mut shared) = (None, 0, None);
    for at in by_family {
        let kin = &kinds[at];
        if current != Some(family(kin)) {
            (current, nth, shared) = (Some(family(kin)), 0, None);
        }
        nth += 1;
        let quiet = matches!(
            Verdict::ALL[usize::from(kin.verdict) - 1],
            Verdict::BlockedInbound
                | Verdict::AllowedNormal
                | Verdict::NotEnough
                | Verdict::LocalDiscovery
                | Verdict::OrphanedReply
                | Verdict::LateDatagramReply
                | Verdict::Backscatter
        );
        let most = if quiet {
            MAX_QUIET_SERVICES
        } else {
            MAX_SERVICES
        };
        let small = sizes[at] < FEW_SESSIONS && n_small(&family(kin)) >= MANY_SMALL;
        place[at] = if nth <= most && !small || kin.verdict == Verdict::Scan as u8 {
            n_places += 1;
            n_places - 1
        } else {
            *shared.get_or_insert_with(|| {
                n_places += 1;
                n_places - 1
            })
        };
    }
    (place, n_places)
}

/// Searches the causes of all groups of orphans; a group whose named cause is another route gets its own verdict.
fn causes(data: &Dataset, scene: &Scene, groups: &mut [Kindred]) -> Vec<Option<Reading>> {
    let orphans: Vec<Vec<Orphan>> = groups
        .iter()
        .map(|group| match group.verdict {
            Verdict::OrphanedReply => orphans::read_all(data, &group.sessions),
            _ => Vec::new(),
        })
        .collect();
    let lost = Lost::of(data, scene, &orphans);
    let readings = data
        .hands
        .map(orphans.iter().collect(), lost.times.len(), |own| {
            (!own.is_empty()).then(|| signs::read(data, scene, &lost, own))
        });
    for (group, reading) in groups.iter_mut().zip(&readings) {
        let guess = reading.as_ref().map(|reading| reading.ranking().guess());
        if guess.is_some_and(|guess| guess.named && guess.cause == Cause::Asym) {
            group.verdict = Verdict::HalfSeen;
        }
    }
    readings
}

fn turn_over(data: &mut Dataset, sessions: &[u32]) {
    for idx in sessions {
        let session = &mut data.sessions[*idx as usize];
        if session.verdict == Verdict::OrphanedReply {
            session.also |= bit(Verdict::OrphanedReply);
        }
        session.verdict = Verdict::HalfSeen;
        session.also &= !bit(Verdict::HalfSeen);
    }
}

fn tell(
    data: &Dataset,
    scene: &Scene,
    Kindred {
        verdict,
        sessions,
        listed,
        measured,
    }: Kindred,
    reading: Option<&Reading>,
) -> Incident {
    let rule = rule_of(verdict);
    let cause = reading.map(|reading| (reading, reading.ranking()));
    let mut incident = Incident {
        verdict,
        ..Incident::default()
    };
    {
        let mut group = Group::new(data, scene, &sessions, measured, cause);
        group.listed = &listed;
        incident.direction = group.direction;
        incident.proto = group.proto;
        incident.port = group.port;
        incident.first = group.first;
        incident.last = group.last;
        incident.n_initiators = group.n_initiators;
        incident.n_responders = group.n_responders;
        incident.initiators.clone_from(&group.initiators);
        incident.responders.clone_from(&group.responders);
        incident.severity = rule.severity(&group);
        if let Some((_, ranking)) = &group.cause {
            incident.cause = Some(ranking.guess());
        }
        incident.n_lines = group.n_lines;
        confidence(&group, &mut incident);
        group.numbers(&mut incident);
        // Forged and group traffic is not about who opened what, and peers call each other.
        if !matches!(
            verdict,
            Verdict::Backscatter
                | Verdict::ImpossiblePacket
                | Verdict::LocalDiscovery
                | Verdict::PeerToPeer
        ) {
            evidence::who_started(&group, &mut incident);
        }
        rule.tell(&group, &mut incident);
        group.tell_alarm(&mut incident);
    }
    incident.id = id(data, scene, &incident, &sessions) ^ mark_of(data, &listed);
    incident.sessions = sessions;
    incident
}

/// The weakest of its sessions. Where some are undecided, the statement is about the others; where all are, there is
/// none.
fn confidence(group: &Group<'_>, incident: &mut Incident) {
    let Some((score, tier)) = group.weakest else {
        incident.p_milli = 500;
        incident.band = Some(Band::CannotTell);
        return;
    };
    incident.p_milli = judge::p_milli(score, tier);
    incident.band = Some(judge::band(incident.p_milli, tier, Side::A));
}

/// The same input gives the same id, however it was cut.
fn id(data: &Dataset, scene: &Scene, incident: &Incident, sessions: &[u32]) -> u64 {
    let first = sessions
        .first()
        .map(|idx| (*idx as usize, data.sessions[*idx as usize].id(data)));
    let device = first
        .and_then(|(idx, _)| scene.device(&scene.briefs[idx]))
        .map_or(0, |device| device.name.0);
    let mut bytes = [0_u8; 23];
    bytes[..8].copy_from_slice(&device.to_le_bytes());
    bytes[8..16].copy_from_slice(&first.map_or(0, |(_, id)| id).to_le_bytes());
    bytes[16] = incident.verdict as u8;
    bytes[17] = incident.direction as u8;
    bytes[18] = incident.proto;
    bytes[19..21].copy_from_slice(&incident.port.unwrap_or(0).to_le_bytes());
    NameId::of(&bytes).0
}

/// Two entries of a watch list can have the same sessions.
fn mark_of(data: &Dataset, listed: &[u32]) -> u64 {
    let list = data.settings.watch.as_ref();
    let hit = listed.first().and_then(|at| data.watched.get(*at as usize));
    let mark = list.zip(hit).map(|(list, hit)| list.entry(hit.entry));
    NameId::of(mark.unwrap_or("").as_bytes()).0
}

/// Which verdict answers "why is this denied": that of most denied lines.
fn answer(groups: &[Kindred]) -> Option<Verdict> {
    let mut denied = [0_u64; 25];
    for group in groups {
        denied[group.verdict as usize] += group.measured.n_denied_lines;
    }
    Verdict::ALL
        .into_iter()
        .filter(|verdict| denied[*verdict as usize] > 0)
        .max_by_key(|verdict| (denied[*verdict as usize], std::cmp::Reverse(*verdict)))
}

/// By severity, then lines; but the largest incident of the answer's verdict comes first.
fn order(answer: Option<Verdict>, incidents: &mut [(u32, Incident)]) {
    let by_weight = |(_, incident): &(u32, Incident)| {
        (
            std::cmp::Reverse(incident.severity),
            std::cmp::Reverse(incident.n_lines),
            incident.verdict,
            incident.id,
        )
    };
    incidents.order_by_key(by_weight);
    let lead = answer.and_then(|answer| {
        let own = incidents
            .iter()
            .enumerate()
            .filter(|(_, (_, incident))| incident.verdict == answer);
        own.max_by_key(|(nth, (_, incident))| (incident.n_lines, std::cmp::Reverse(*nth)))
            .map(|(nth, _)| nth)
    });
    if let Some(nth) = lead {
        incidents[..=nth].rotate_right(1);
    }
}
