//! Which addresses are ours (domain §6.2).
//!
//! Private addresses are ours unless they are only ever seen coming in from outside. A public address becomes ours
//! by what devices say of it: it sits behind an inside interface, it is the device itself, it is what inside
//! addresses are translated to, or nearly everything in the log happens at it.

use super::address::{self, Class};
use super::{masked, sought};
use crate::engine::dataset::{Dataset, Facts, Side};
use crate::engine::model::order::Order;
use crate::engine::model::{Host, IfRole, NameId, Names, Way, WayBasis};
use crate::engine::session::beat::{Beat, Setting};
use crate::engine::settings::Settings;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use ipnet::IpNet;

/// What we think of an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord)]
pub enum Role {
    Ours,
    Theirs,
    /// Multicast or broadcast.
    Group,
    #[default]
    Unknown,
}

const INSIDE_INTERFACE: i32 = 3;
const OUTSIDE_INTERFACE: i32 = -3;
const SOUGHT_FROM_OUTSIDE: i32 = 2;
const DEVICE_ROLE: i32 = 4;
const ITSELF: i32 = 5;
const TRANSLATED: i32 = 4;
/// A private address that only ever comes in through the outside interface belongs to somebody else.
const PRIVATE_FROM_OUTSIDE: i32 = -6;
/// Parts of all sessions, in percent, that make one public address, or at most sixteen, the log's centre.
const ONE_CENTRE: usize = 60;
const CENTRES: usize = 90;
const MAX_CENTRES: usize = 16;

/// Sessions that are looked at to list our networks.
const OUR_SAMPLE: usize = 1 << 16;

#[derive(Clone, Default)]
pub struct Roles {
    /// Networks that are called ours, as text, for the page ("10.20.1.0/24"). At most sixteen, most used first.
    pub ours: Vec<String>,
    user_ours: Vec<IpNet>,
    user_theirs: Vec<IpNet>,
    /// Public addresses and names with evidence for being ours, and private ones with evidence against.
    scores: HashMap<Host, i32, FixedState>,
    neighbours: HashSet<Host, FixedState>,
    /// Of names that stand for addresses.
    masked: HashMap<Host, Role, FixedState>,
    /// Devices that forward between interfaces; others are hosts that guard themselves.
    gateways: HashSet<u64, FixedState>,
    /// Some circumstance says that the device itself is an end.
    pub has_devices: bool,
}

impl Roles {
    pub fn of(&self, host: Host) -> Role {
        if host.is_none() {
            return Role::Unknown;
        }
        if address::is_group(host) {
            return Role::Group;
        }
        if (!self.user_ours.is_empty() || !self.user_theirs.is_empty())
            && let Some(ip) = host.ip()
        {
            // The smaller network says more: one machine of a net of ours may be a stranger's.
            let longest = |nets: &[IpNet]| {
                let holding = nets.iter().filter(|net| net.contains(&ip));
                holding.map(IpNet::prefix_len).max()
            };
            match (longest(&self.user_ours), longest(&self.user_theirs)) {
                (None, None) => {}
                (ours, theirs) if ours >= theirs => return Role::Ours,
                _ => return Role::Theirs,
            }
        }
        match address::class(host) {
            Class::Group => Role::Group,
            Class::Private | Class::LinkLocal | Class::Loopback => {
                if self.scores.get(&host).copied().unwrap_or(0) + 4 > 0 {
                    Role::Ours
                } else {
                    Role::Theirs
                }
            }
            Class::Unspecified => Role::Unknown,
            Class::Name => match self.scores.get(&host).copied().unwrap_or(0) {
                0 => self.masked.get(&host).copied().unwrap_or_default(),
                1.. => Role::Ours,
                _ => Role::Theirs,
            },
            Class::Public | Class::Reserved | Class::Shared => {
                let score = self.scores.get(&host).copied().unwrap_or(0);
                if score > 0 {
                    return Role::Ours;
                }
                let is_neighbour = score == 0
                    && !self.neighbours.is_empty()
                    && address::neighbourhood(host)
                        .is_some_and(|net| self.neighbours.contains(&net));
                if is_neighbour {
                    Role::Ours
                } else {
                    Role::Theirs
                }
            }
        }
    }

    /// The device of this circumstance forwards between networks.
    pub fn is_gateway(&self, setting: &Setting) -> bool {
        self.gateways.contains(&setting.device.0)
    }
}

/// What the log says of whose its addresses are, whatever a person says: read once.
#[derive(Default)]
pub struct Grounds {
    /// By what devices say alone.
    said: Roles,
    /// And by where nearly everything happens.
    centred: Roles,
}

/// Reads off all events what they say of addresses.
pub fn grounds(data: &Dataset) -> Grounds {
    let mut said = Roles::default();
    let hints = hints(data, &mut said);
    let seen = marks(data, &hints);
    for (host, marks) in &sorted(&seen) {
        let class = address::class(*host);
        let score = Mark::score(*marks, class);
        let matters = match class {
            Class::Private | Class::LinkLocal | Class::Loopback => score < 0,
            _ => score != 0,
        };
        if matters {
            said.scores.insert(*host, score);
        }
        if score >= DEVICE_ROLE
            && class == Class::Public
            && marks & (Mark::TRANSLATED | Mark::ITSELF | Mark::ROLE_INSIDE) != 0
        {
            said.neighbours.extend(address::neighbourhood(*host));
        }
    }
    let mut centred = said.clone();
    add_centres(data, &mut centred);
    Grounds { said, centred }
}

/// Roles by the log and by what a person says. Who has named the own networks has named them all.
pub fn roles(data: &Dataset, settings: &Settings) -> Roles {
    let known = if settings.ours.is_empty() {
        &data.grounds.centred
    } else {
        &data.grounds.said
    };
    let mut roles = Roles {
        user_ours: settings.ours.clone(),
        user_theirs: settings.theirs.clone(),
        ..known.clone()
    };
    let masked = masked::roles(data, &|host| roles.of(host));
    roles.masked = masked.into_iter().collect();
    roles.ours = our_networks(data, &roles);
    roles
}

/// Kinds of evidence about one host.
struct Mark;

impl Mark {
    const INSIDE: u16 = 1;
    const OUTSIDE: u16 = 2;
    const ROLE_INSIDE: u16 = 4;
    const ROLE_OUTSIDE: u16 = 8;
    const ITSELF: u16 = 16;
    const TRANSLATED: u16 = 32;
    /// It is reached through an inside / outside interface.
    const BEYOND_INSIDE: u16 = 64;
    const BEYOND_OUTSIDE: u16 = 128;
    /// It was sent to through the outside interface: what comes in there is meant for us.
    const SOUGHT: u16 = 256;

    fn score(marks: u16, class: Class) -> i32 {
        let mut score = 0;
        let weights = [
            (Mark::INSIDE, INSIDE_INTERFACE),
            (Mark::OUTSIDE, OUTSIDE_INTERFACE),
            (Mark::ROLE_INSIDE, DEVICE_ROLE),
            (Mark::ROLE_OUTSIDE, -DEVICE_ROLE),
            (Mark::ITSELF, ITSELF),
            (Mark::TRANSLATED, TRANSLATED),
            (Mark::BEYOND_INSIDE, INSIDE_INTERFACE),
            (Mark::BEYOND_OUTSIDE, OUTSIDE_INTERFACE),
            (Mark::SOUGHT, SOUGHT_FROM_OUTSIDE),
        ];
        for (mark, weight) in weights {
            if marks & mark != 0 {
                score += weight;
            }
        }
        let is_private = matches!(class, Class::Private | Class::LinkLocal);
        if is_private
            && marks & Mark::ROLE_OUTSIDE != 0
            && marks & (Mark::INSIDE | Mark::ROLE_INSIDE | Mark::ITSELF) == 0
        {
            return PRIVATE_FROM_OUTSIDE;
        }
        if is_private { score.max(-3) } else { score }
    }
}

/// Evidence per host, a bit per kind, for those hosts whose role it can change: private ones that were seen outside
/// and others that were seen inside. Two passes, so that a million ordinary clients cost no table entry.
fn marks(data: &Dataset, hints: &HashMap<u64, Hint, FixedState>) -> HashMap<Host, u16, FixedState> {
    let mut seen: HashMap<Host, u16, FixedState> = HashMap::default();
    for beat in data.beats.iter().filter(|beat| beat.extra > 0) {
        let key = &data.keys[beat.key as usize];
        let src = if beat.is_flipped() { key.b } else { key.a };
        if let Some(host) = beyond(data, beat) {
            *seen.entry(host).or_default() |= Mark::ROLE_OUTSIDE;
        }
        // Devices also write down translations that change nothing; those say nothing of whose address it is.
        if let Some(nat_src) = data
            .extras
            .get(beat.extra as usize - 1)
            .and_then(|extra| extra.nat_src)
            && nat_src.host != src
        {
            *seen.entry(nat_src.host).or_default() |= Mark::TRANSLATED;
        }
    }
    // `x.x.x.x` may be the device in one line and anybody in the next; where a packet left to is told of this line.
    let known = |host: Host, marks: u16| {
        if host.is_blurred() {
            marks & (Mark::BEYOND_INSIDE | Mark::BEYOND_OUTSIDE)
        } else {
            marks
        }
    };
    each_hinted(data, hints, |host, marks| {
        let marks = known(host, marks);
        if marks != 0 && is_surprising(host, marks) {
            seen.entry(host).or_default();
        }
    });
    if seen.is_empty() {
        return seen;
    }
    each_hinted(data, hints, |host, marks| {
        if let Some(seen) = seen.get_mut(&host) {
            *seen |= known(host, marks);
        }
    });
    // Where only the sender is translated, the receiver stands beyond the translation.
    for beat in data.beats.iter().filter(|beat| beat.extra > 0) {
        let key = &data.keys[beat.key as usize];
        let (src, dst) = if beat.is_flipped() {
            (key.b, key.a)
        } else {
            (key.a, key.b)
        };
        let extra = &data.extras[beat.extra as usize - 1];
        if extra.nat_src.is_some_and(|nat| nat.host != src)
            && extra.nat_dst.is_none()
            && matches!(address::class(src), Class::Private | Class::Shared)
            && address::class(dst) == Class::Public
            && let Some(marks) = seen.get_mut(&dst)
        {
            *marks |= Mark::ROLE_OUTSIDE;
        }
    }
    seen.remove(&Host::NONE);
    seen
}

/// A private address that a stranger says a packet from a public one did not reach: somebody else's, whichever it is.
fn beyond(data: &Dataset, beat: &Beat) -> Option<Host> {
    let extra = data.extras.get(beat.extra as usize - 1)?;
    let inner = extra.icmp?.inner.filter(|_| beat.is_about_error())?;
    let is_public = |host: Host| address::class(host) == Class::Public;
    (is_public(extra.error_src.host)
        && is_public(inner.src.host)
        && address::class(inner.dst.host) == Class::Private)
        .then_some(inner.dst.host)
}

fn is_surprising(host: Host, marks: u16) -> bool {
    const OUTSIDE: u16 = Mark::OUTSIDE | Mark::ROLE_OUTSIDE | Mark::BEYOND_OUTSIDE;
    match address::class(host) {
        Class::Private | Class::LinkLocal | Class::Loopback => marks & OUTSIDE != 0,
        Class::Group | Class::Unspecified => false,
        Class::Name => true,
        Class::Public | Class::Reserved | Class::Shared => marks & !OUTSIDE != 0,
    }
}

fn each_hinted(
    data: &Dataset,
    hints: &HashMap<u64, Hint, FixedState>,
    mut each: impl FnMut(Host, u16),
) {
    let mut last = (0, Hint::default());
    for beat in &data.beats {
        if beat.setting != last.0 {
            last = (
                beat.setting,
                hints.get(&beat.setting).copied().unwrap_or_default(),
            );
        }
        let hint = last.1;
        if hint.src | hint.dst == 0 {
            continue;
        }
        let key = &data.keys[beat.key as usize];
        let (mut src, mut dst) = if beat.is_flipped() {
            (key.b, key.a)
        } else {
            (key.a, key.b)
        };
        if src == dst && src.as_name().is_some() {
            // One mask on two machines.
            continue;
        }
        if beat.is_about_error() {
            // The ends of an error are in the extra; the quoted packet's ends are not at these interfaces.
            let Some(extra) = beat
                .extra
                .checked_sub(1)
                .and_then(|extra| data.extras.get(extra as usize))
            else {
                continue;
            };
            (src, dst) = (extra.error_src.host, extra.error_dst.host);
        }
        if hint.src != 0 {
            each(src, hint.src);
        }
        if hint.dst != 0 {
            each(dst, hint.dst);
        }
    }
}

/// What a circumstance says of the sender and the receiver of its packets.
#[derive(Clone, Copy, Default)]
struct Hint {
    src: u16,
    dst: u16,
}

fn hints(data: &Dataset, roles: &mut Roles) -> HashMap<u64, Hint, FixedState> {
    let mut settings: Vec<(u64, &Setting)> = data
        .circumstances
        .iter()
        .map(|(id, setting)| (*id, setting))
        .collect();
    settings.order_by_key(|(id, _)| *id);
    for (_, setting) in &settings {
        roles.has_devices |= matches!(setting.way, Way::LocalIn | Way::LocalOut);
        let local_packet = is_own_packet(setting);
        if setting.way == Way::Forward
            || [setting.in_role, setting.out_role].contains(&IfRole::Local)
            || (matches!(setting.way, Way::LocalIn | Way::LocalOut)
                && !local_packet
                && setting.way_basis != WayBasis::HostSide)
        {
            roles.gateways.insert(setting.device.0);
        }
    }
    settings
        .into_iter()
        .filter_map(|(id, setting)| {
            let mut hint = Hint::default();
            hint.src |= role_mark(setting.in_role);
            // What a machine calls its own card (`wlan0`, `br0`) does not tell what is on the way there.
            let told = if is_own_packet(setting) {
                !Mark::INSIDE
            } else {
                !0
            };
            // A packet that leaves where it came in says nothing of either side.
            if setting.in_if.is_none() || setting.in_if != setting.out_if {
                hint.src |= told
                    & (name_mark(&data.names, setting.in_if)
                        | name_mark(&data.names, setting.in_zone));
                let beyond = told
                    & (name_mark(&data.names, setting.out_if)
                        | name_mark(&data.names, setting.out_zone));
                hint.dst |= match beyond {
                    Mark::INSIDE => Mark::BEYOND_INSIDE,
                    Mark::OUTSIDE => Mark::BEYOND_OUTSIDE,
                    _ => 0,
                };
            }
            // Where a packet is dropped on its way in, no line says where it would have left.
            let arrives = setting.in_if.is_some()
                || setting.in_zone.is_some()
                || setting.in_role == IfRole::Wan;
            let leaves = setting.out_if.is_some()
                || setting.out_zone.is_some()
                || setting.out_role != IfRole::Unsaid
                || matches!(setting.way, Way::LocalOut | Way::Out);
            if arrives && !leaves && hint.src & (Mark::OUTSIDE | Mark::ROLE_OUTSIDE) != 0 {
                hint.dst |= Mark::SOUGHT;
            }
            if setting.in_role == IfRole::Wan || setting.in_role == IfRole::Lan {
                // The role that the device states is worth more than what an interface is called.
                hint.src &= Mark::ROLE_INSIDE | Mark::ROLE_OUTSIDE;
            }
            match (setting.way, setting.way_basis) {
                (Way::LocalIn, _) | (Way::In, WayBasis::HostSide) => hint.dst |= Mark::ITSELF,
                (Way::LocalOut, _) | (Way::Out, WayBasis::HostSide) => hint.src |= Mark::ITSELF,
                _ => {}
            }
            if setting.out_role != IfRole::Unsaid {
                hint.dst &= !(Mark::BEYOND_INSIDE | Mark::BEYOND_OUTSIDE);
            }
            if setting.out_role == IfRole::Lan || setting.out_role == IfRole::Dmz {
                hint.dst |= Mark::ROLE_INSIDE;
            }
            (hint.src | hint.dst != 0).then_some((id, hint))
        })
        .collect()
}

/// A packet to or from the machine that wrote the line.
fn is_own_packet(setting: &Setting) -> bool {
    setting.way_basis == WayBasis::PacketAtInterface
        && matches!(setting.way, Way::LocalIn | Way::LocalOut)
}

fn role_mark(role: IfRole) -> u16 {
    match role {
        IfRole::Lan | IfRole::Dmz | IfRole::Local => Mark::ROLE_INSIDE,
        IfRole::Wan => Mark::ROLE_OUTSIDE,
        IfRole::Unsaid => 0,
    }
}

/// What an interface's or zone's name says. Names are words, so `lan` is not found in `vlan7x` by accident only.
fn name_mark(names: &Names, name: NameId) -> u16 {
    let Some(text) = names.text(name) else {
        return 0;
    };
    let text = text.to_ascii_lowercase();
    let has = |words: &[&str]| {
        words.iter().any(|word| {
            text.starts_with(word)
                || text
                    .split(|c: char| !c.is_ascii_alphabetic())
                    .any(|part| part == *word)
        })
    };
    // RouterOS writes so of a customer who dialled in: `<pppoe-name>`.
    if text.starts_with('<') {
        return Mark::INSIDE;
    }
    if has(&[
        "wan", "outside", "untrust", "internet", "ppp", "pppoe", "external", "extern", "uplink",
        "isp",
    ]) {
        Mark::OUTSIDE
    } else if has(&[
        "lan", "inside", "trust", "internal", "intern", "dmz", "srv", "server", "vlan", "corp",
        "users", "wifi", "wlan", "guest", "bridge", "br", "docker", "podman", "cni", "cali",
        "virbr", "veth", "lxc",
    ]) {
        Mark::INSIDE
    } else {
        0
    }
}

/// Public addresses at which nearly everything happens. A host that tries many others is not a centre but a
/// scanner, so only addresses that mostly appear as one service, or as the user of many, count.
fn add_centres(data: &Dataset, roles: &mut Roles) {
    if !roles.scores.is_empty() || data.sessions.is_empty() {
        return;
    }
    let mut n_any_private = 0_usize;
    for session in &data.sessions {
        let key = &data.keys[session.key as usize];
        n_any_private += usize::from(
            [key.a, key.b]
                .into_iter()
                .any(|host| matches!(address::class(host), Class::Private)),
        );
    }
    let total = data.sessions.len();
    if n_any_private * 2 >= total {
        roles.neighbours.extend(sought::networks(data));
        return;
    }
    let mut counts: Vec<(Host, usize)> = [true, false]
        .into_iter()
        .flat_map(|side_a| heavy(data, side_a))
        .collect();
    counts.order();
    let mut merged: Vec<(usize, Host)> = counts
        .chunk_by(|left, right| left.0 == right.0)
        .map(|same| (same.iter().map(|(_, n)| n).sum(), same[0].0))
        .filter(|(_, host): &(usize, Host)| {
            matches!(
                address::class(*host),
                Class::Public | Class::Reserved | Class::Shared
            )
        })
        .collect();
    merged.order_by(|left, right| right.cmp(left));
    // Where both ends of everything are always the same two, nothing tells which is the centre.
    let is_tie =
        matches!(merged.as_slice(), [first, second, ..] if first.0 == second.0 && first.0 >= total);
    if is_tie {
        // One pair only. A stranger's opening that a firewall wrote down was meant for us, more often than not.
        let opened = data.sessions.first().filter(|session| {
            session.hard.tier == 1 && !session.facts.any(Facts::TRACKED | Facts::FLOW)
        });
        if let Some(session) = opened {
            let (a, b) = session.ends(data);
            let target = if session.hard.side == Side::A { b } else { a };
            roles.scores.insert(target.host, 2);
        }
        return;
    }
    // One address beside a masked one is no centre: the masked one is more likely ours.
    if total < 3 && merged.len() < 2 {
        return;
    }
    let mut centres = Vec::new();
    if let Some((n, host)) = merged.first()
        && n * 100 >= total * ONE_CENTRE
    {
        centres.push(*host);
    } else if let Some(network) = central_network(data) {
        // Before single addresses: strangers that come again and again are busy, too.
        roles.neighbours.insert(network);
        return;
    } else {
        let mut covered = 0;
        for (n, host) in merged.iter().take(MAX_CENTRES) {
            covered += n;
            centres.push(*host);
            if covered * 100 >= total * CENTRES {
                break;
            }
        }
        if covered * 100 < total * CENTRES || centres.len() * 3 > total {
            centres.clear();
        }
    }
    centres.retain(|host| !is_sweeper(data, *host));
    for host in centres {
        roles.scores.insert(host, 2);
    }
}

/// The neighbourhood of public addresses at which nearly everything happens that private addresses have no part in,
/// where no other comes near it.
fn central_network(data: &Dataset) -> Option<Host> {
    let mut total = 0;
    let mut counts: HashMap<Host, usize, FixedState> = HashMap::default();
    for session in data.sessions.iter().take(OUR_SAMPLE) {
        let key = &data.keys[session.key as usize];
        if [key.a, key.b]
            .into_iter()
            .any(|host| address::class(host) == Class::Private)
        {
            continue;
        }
        total += 1;
        let (a, b) = (address::neighbourhood(key.a), address::neighbourhood(key.b));
        for net in [a, b.filter(|net| Some(*net) != a)].into_iter().flatten() {
            *counts.entry(net).or_default() += 1;
        }
    }
    if total < 3 {
        return None;
    }
    let mut counts: Vec<(usize, Host)> = counts.into_iter().map(|(net, n)| (n, net)).collect();
    counts.order_by(|left, right| right.cmp(left));
    let (n, net) = *counts.first()?;
    let second = counts.get(1).map_or(0, |(n, _)| *n);
    let is_public = matches!(
        address::class(net),
        Class::Public | Class::Reserved | Class::Shared
    );
    (is_public && n * 100 >= total * CENTRES && second * 2 <= n).then_some(net)
}

/// A host that sends to many others on few ports, all refused, is no centre of ours.
fn is_sweeper(data: &Dataset, host: Host) -> bool {
    let mut n_sent = 0_usize;
    let mut n_to_service = 0_usize;
    for session in &data.sessions {
        let (a, b) = session.ends(data);
        if a.host != host || session.facts.has(Facts::ALLOWED) {
            continue;
        }
        n_sent += 1;
        let looks_new = !session.facts.any(Facts::MID_A | Facts::LOST);
        let to_service = b
            .port
            .is_some_and(|port| crate::engine::model::ports::is_top(port) || port < 1024);
        let from_service = a.port.is_some_and(crate::engine::model::ports::is_top);
        n_to_service += usize::from(
            looks_new && (session.facts.has(Facts::SYN_A) || (to_service && !from_service)),
        );
    }
    n_sent > 2 && n_to_service * 2 > n_sent
}

/// Hosts of one side that may hold a large part of all sessions, with their exact counts (two passes: candidates
/// by Misra-Gries, then counting).
fn heavy(data: &Dataset, side_a: bool) -> Vec<(Host, usize)> {
    const SLOTS: usize = 64;
    let host_of = |index: usize| {
        let (a, b) = data.sessions[index].ends(data);
        if side_a { a.host } else { b.host }
    };
    let mut slots: Vec<(Host, usize)> = Vec::with_capacity(SLOTS);
    for index in 0..data.sessions.len() {
        let host = host_of(index);
        if let Some(slot) = slots.iter_mut().find(|slot| slot.0 == host) {
            slot.1 += 1;
        } else if slots.len() < SLOTS {
            slots.push((host, 1));
        } else {
            for slot in &mut slots {
                slot.1 -= 1;
            }
            slots.retain(|slot| slot.1 > 0);
        }
    }
    for slot in &mut slots {
        slot.1 = 0;
    }
    for index in 0..data.sessions.len() {
        let host = host_of(index);
        if let Some(slot) = slots.iter_mut().find(|slot| slot.0 == host) {
            slot.1 += 1;
        }
    }
    slots
}

/// The neighbourhoods of our addresses that occur most, as text.
fn our_networks(data: &Dataset, roles: &Roles) -> Vec<String> {
    let mut counts: HashMap<Host, u32, FixedState> = HashMap::default();
    let step = data.sessions.len() / OUR_SAMPLE + 1;
    for session in data.sessions.iter().step_by(step) {
        let key = &data.keys[session.key as usize];
        for host in [key.a, key.b] {
            if roles.of(host) == Role::Ours
                && let Some(net) = address::neighbourhood(host)
            {
                *counts.entry(net).or_default() += 1;
            }
        }
    }
    let mut nets: Vec<(u32, Host)> = sorted(&counts)
        .into_iter()
        .map(|(net, n)| (n, net))
        .collect();
    nets.order_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    nets.into_iter()
        .take(16)
        .filter_map(|(_, net)| address::neighbourhood_text(net))
        .collect()
}

/// A map's entries in order of their keys.
fn sorted<V: Copy>(map: &HashMap<Host, V, FixedState>) -> Vec<(Host, V)> {
    let mut entries: Vec<(Host, V)> = map.iter().map(|(host, value)| (*host, *value)).collect();
    entries.order_by_key(|(host, _)| *host);
    entries
}
