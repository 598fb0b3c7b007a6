//! V01: a packet of a connection that the firewall no longer remembered.
//!
//! Sees     A denied packet of the responder, or a late packet of either side, where no opening was denied.
//! Matters  Looks like a server calling out and is the contrary; harmless when it is a farewell, a nuisance to users
//!          when data is lost. The causes are in `cause`.
//! Misses   Between two unprivileged ports without any handshake nobody can tell who answers; it is a leftover all the same.

use super::Rule;
use super::cause::Feature;
use super::group::{Group, Trait};
use super::scene::{self, Case};
use crate::engine::dataset::{
    Band, Cause, Direction, Facts, Incident, Outcome, Severity, Side, Verdict,
};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;
use crate::engine::model::FlagsScope;
use crate::engine::session::beat::Class;

/// Where nothing shows that the one who gets an answer had asked, no band goes higher.
const MILLI_UNASKED: u16 = 900;

pub struct OrphanedReply;

impl Rule for OrphanedReply {
    fn verdict(&self) -> Verdict {
        Verdict::OrphanedReply
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        if !case.brief.is_stream() {
            return false;
        }
        if !case.is_decided() {
            return case.any(Facts::DENIED | Facts::LOST)
                && !case.any(Facts::ALLOWED | Facts::SYN_A | Facts::SYN_B)
                && is_leftover(case);
        }
        if case.was_open_before() || case.late_unsaid() {
            return true;
        }
        // The responder sent what was denied; an opening of its own would have made it the initiator.
        if case.has(Facts::DENIED_B) {
            return !case.has(Facts::SYN_A | Facts::DENIED_A);
        }
        let lost = case.any(Facts::LOST | Facts::AFTER_END | Facts::MID_A | Facts::MID_B)
            || case.goes_on();
        let denied = case.has(Facts::DENIED) || case.has(Facts::LOST) && !case.has(Facts::ALLOWED);
        denied && lost && !case.has(Facts::SYN_A | Facts::DENIED_A)
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::ReplyBlocked
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::None
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let answers = is_untold(group) && group.tally(Trait::Answer).n * 2 >= group.n();
        let replies = answers || group.tally(Trait::FromResponder).n * 2 >= group.n();
        // Where nothing was refused, every line is a packet.
        let n_packets = match group.n_packets {
            0 => group.n_lines.max(1),
            refused => refused,
        };
        let packets = if replies {
            words::count(n_packets, "reply packet", "reply packets")
        } else if is_untold(group) {
            words::count(n_packets, "packet", "packets")
        } else {
            words::count(n_packets, "late packet", "late packets")
        };
        incident.numbers.insert("packets", n_packets as i64);
        if group.tally(Trait::Unsure).n == group.n() {
            return tell_of_leftovers(group, incident, &packets);
        }
        incident.headline = headline(group, replies);
        let was = words::plural(n_packets, "was", "were");
        let way = if replies {
            format!(
                "{packets} from {} ({}) to {}",
                group.servers(),
                group.aside(),
                group.clients()
            )
        } else {
            format!(
                "{packets} between {} and {} ({})",
                group.clients(),
                group.servers(),
                group.aside()
            )
        };
        let those = words::plural(group.n(), "that connection", "those connections");
        let it = words::plural(group.n(), "it", "them");
        let firewall = group.firewall();
        let fate = if group.n_packets > 0 {
            format!("{was} blocked, because {firewall} no longer remembered {those}")
        } else if answers {
            let openings = words::plural(
                group.n(),
                "answered a request to open a connection",
                "answered requests to open connections",
            );
            format!("{openings}; whether {firewall} let {it} pass, the lines do not say")
        } else if is_untold(group) {
            let open = words::plural(
                group.n(),
                "belonged to a connection",
                "belonged to connections",
            );
            format!(
                "{open} that had begun before; whether {firewall} let {it} pass, the lines do not say"
            )
        } else {
            // It only said that it knew no such connection.
            format!(
                "came when {firewall} no longer remembered {those}; whether {firewall} let {it} pass, the lines do not say"
            )
        };
        let sentence = format!(
            "{} {fate}. {} {}",
            words::capital(&way),
            started(group),
            cause_sentence(group, incident)
        );
        incident.sentence = sentence.trim_end().into();
        features(group, incident);
        alternatives(group, incident);
        next_checks(group, incident);
    }
}

/// Data, a farewell or a reset. A bare acknowledgement may also be somebody's probe.
fn is_leftover(case: &Case<'_>) -> bool {
    let beats = case.session.beats(case.data);
    let mut packets = beats.iter().filter(|beat| !beat.is_about_error());
    packets.any(|beat| {
        let is_packet = beat.flags_scope() == FlagsScope::Packet;
        is_packet && matches!(beat.class(), Class::Data | Class::Fin | Class::Rst)
    })
}

/// Nothing shows who of the two had opened the connection.
fn tell_of_leftovers(group: &Group<'_>, incident: &mut Incident, packets: &str) {
    let (sources, targets) = (group.sources(), group.targets());
    let blocked = group.n_packets > 0;
    let that = words::plural(group.n(), "that connection", "those connections");
    incident.headline = format!(
        "What {} from {sources} to {targets} is left over from {}, not a new attempt.",
        if blocked { "was blocked" } else { "came late" },
        words::plural(group.n(), "a connection", "connections")
    );
    let fate = if blocked {
        let were = words::plural(group.n_packets, "was", "were");
        format!(
            "{were} blocked, because {} did not know {that}",
            group.firewall()
        )
    } else {
        format!("came when {} did not know {that}", group.firewall())
    };
    incident.sentence = format!(
        "{} from {sources} to {targets} {fate}. Who opened {}, the ports do not tell.",
        words::capital(packets),
        words::plural(group.n(), "it", "them")
    );
    features(group, incident);
    next_checks(group, incident);
}

fn headline(group: &Group<'_>, replies: bool) -> String {
    let who = words::capital(&group.who());
    let these = group.these();
    let whom = group.whom();
    let are = words::plural(group.n_responders, "is", "are");
    let verb = if group.direction == Direction::FromFirewall {
        "itself opened"
    } else {
        "opened"
    };
    match (group.direction, replies) {
        (Direction::Inbound | Direction::Internal, true) => {
            format!("{who} opened {these}; {whom} {are} not calling out.")
        }
        (Direction::Outbound, true) => {
            format!(
                "{who} opened {these}; {whom} on the internet {are} only answering, not attacking."
            )
        }
        (Direction::FromFirewall, true) => {
            format!("The firewall {verb} {these}; {whom} {are} only answering.")
        }
        (_, true) => format!("{who} opened {these}; {whom} {are} only answering, not calling out."),
        (_, false) => format!(
            "{who} opened {these} to {}; what {}, not a new attempt.",
            if group.initiators == group.responders {
                "itself"
            } else {
                whom.as_str()
            },
            if group.n_packets > 0 {
                "was blocked is a leftover"
            } else if is_untold(group) {
                "the lines show is a later part"
            } else {
                "came late is a leftover"
            }
        ),
    }
}

fn started(group: &Group<'_>) -> String {
    let them = words::plural(group.n(), "it", "them");
    let are = words::plural(group.n_responders, "is", "are");
    match group.direction {
        Direction::Inbound | Direction::Internal => format!(
            "The {} started {them}; {} {are} not calling out.",
            match (group.direction, group.n_initiators) {
                (Direction::Inbound, 1) => "visitor",
                (Direction::Inbound, _) => "visitors",
                (_, 1) => "machine at the other end",
                _ => "machines at the other end",
            },
            group.whom()
        ),
        _ => format!("{} started {them}.", words::capital(&group.who())),
    }
}

fn cause_sentence(group: &Group<'_>, incident: &mut Incident) -> String {
    let Some((reading, ranking)) = group.cause.as_ref().filter(|_| !is_untold(group)) else {
        return String::new();
    };
    let guess = ranking.guess();
    incident.cause = Some(guess);
    incident.timeout_s = reading
        .timeout_s
        .filter(|_| guess.cause == Cause::Idle || reading.features.has(Feature::Gap));
    if !guess.named {
        return unknown_cause(group.n() == 1, ranking.order[0].0, ranking.order[1].0);
    }
    let limit = |incident: &mut Incident| match reading.timeout_s {
        Some(seconds) => {
            incident.numbers.insert("timeout_s", i64::from(seconds));
            format!("{} seconds", words::number(u64::from(seconds)))
        }
        None => "some time".to_string(),
    };
    match guess.cause {
        Cause::Late => format!(
            "{} had already ended normally; {}, and nothing was lost.",
            words::plural(group.n(), "The connection", "The connections"),
            words::plural(group.n_packets, "this was the last good-bye arriving late", "these were the last good-byes arriving late")
        ),
        Cause::Idle => format!(
            "{} had been silent for longer than {}, after which the firewall drops quiet connections, but one side still \
             used {}.",
            words::plural(group.n(), "The connection", "The connections"),
            limit(incident),
            words::plural(group.n(), "it", "them")
        ),
        Cause::Asym => "The firewall only ever saw one half of these connections: the other half takes another route.".into(),
        Cause::Reset => "The firewall forgot all connections at one moment (a restart, a switch-over or a policy change); \
                         it was a short interruption."
            .into(),
        Cause::Full => "The firewall had run out of room to remember connections.".into(),
        Cause::Half => "One side had finished sending while the other still answered; the firewall allows only a short time \
                        for that."
            .into(),
        Cause::Alg => "A helper of the firewall for this service closed the side channel.".into(),
    }
}

fn unknown_cause(one: bool, first: Cause, second: Cause) -> String {
    format!(
        "Why the firewall forgot {}, the log does not show: most likely {}, or {}.",
        if one { "it" } else { "them" },
        cause_words(one, first),
        cause_words(one, second)
    )
}

/// A cause as part of a sentence.
pub fn cause_words(one: bool, cause: Cause) -> &'static str {
    match cause {
        Cause::Late if one => "it had just ended normally",
        Cause::Late => "they had just ended normally",
        Cause::Idle if one => "it had been silent for too long",
        Cause::Idle => "they had been silent for too long",
        Cause::Asym => "the other half of the packets takes another route",
        Cause::Reset => "the firewall lost its memory at that moment",
        Cause::Full => "its memory for connections was full",
        Cause::Half => "one side had already finished",
        Cause::Alg if one => "a helper for this service closed it",
        Cause::Alg => "a helper for this service closed them",
    }
}

/// Neither a decision nor a word that the firewall did not know the connection.
fn is_untold(group: &Group<'_>) -> bool {
    group.n_packets == 0 && group.tally(Trait::Unknown).n == 0
}

fn features(group: &Group<'_>, incident: &mut Incident) {
    let Some((reading, ranking)) = &group.cause else {
        return;
    };
    let [answers, data, _, farewells, resets] = reading.flags;
    let known: u32 = reading.flags.iter().sum();
    for feature in ranking.features.seen() {
        let text = match feature {
            Feature::ClosedNormal => "The device wrote that these connections had ended less than a minute before.".into(),
            Feature::ClosedIdle => "The device wrote that it had dropped these connections for being silent.".into(),
            Feature::Gap => match (reading.timeout_s, reading.silence) {
                (Some(limit), _) => format!("The silence before fits an idle limit of {}.", words::limit(limit)),
                (None, Some(silence)) => {
                    format!("The connections had been silent for about {} each, as if by a timer.", words::duration(silence))
                }
                _ => "The silence before is the same for most connections, as if by a timer.".into(),
            },
            Feature::Teardown => format!(
                "{} of {} packets say good-bye; nothing more was to be sent.",
                words::number(u64::from(farewells + resets)),
                words::number(u64::from(known))
            ),
            Feature::Data if reading.n_backoff > 0 => format!(
                "{} sent the same again and again at doubling distances: somebody waited for an answer.",
                words::capital(&words::count(reading.n_backoff as u64, "connection", "connections"))
            ),
            Feature::Data => {
                format!("{} of {} packets carry data that did not arrive.", words::number(u64::from(data)), words::number(u64::from(known)))
            }
            Feature::SynAck => format!(
                "{} of {} packets answer openings that this firewall never saw.",
                words::number(u64::from(answers)),
                words::number(u64::from(known))
            ),
            Feature::Burst => "Nearly all services that were in use lost connections within the same two minutes.".into(),
            Feature::Control => "The firewall was restarted, switched over or changed just before.".into(),
            Feature::Resource => "The firewall reported that it was out of room for connections.".into(),
            Feature::NoForward => "Other connections of the same service are in the log as allowed, but none of these.".into(),
            Feature::Steady => "They come as an even trickle, not all at once.".into(),
            Feature::Half => "One side had said that it was done before the other's packets were blocked.".into(),
            Feature::Alg => "The service uses side channels that the firewall must follow.".into(),
            Feature::ClosedHalf => "The device wrote that it had dropped these connections because one side had finished.".into(),
            Feature::ClosedHelper => "The device wrote that an inspection, or a helper's permission that ran out, closed these connections.".into(),
            Feature::Soon => "The connections had been alive less than a minute before.".into(),
            Feature::SlowRetry => "They were sent again after one second, then two, then four: answers to openings are, data are sent again sooner.".into(),
            Feature::Passed => "The firewall had let these connections pass, a minute or longer before.".into(),
            Feature::RefusedNew => "New connections to services in use were refused at the same time.".into(),
            Feature::Single => "Nearly every connection has one or two such packets and no more.".into(),
        };
        incident.evidence_for.push(group.stated("cause", 0, text));
    }
}

/// Without flags, a server that opens connections from its service's port looks like one that answers: said wherever
/// replies are told.
pub(super) fn not_excluded(group: &Group<'_>, incident: &mut Incident) {
    let hidden = group.tally(Trait::NoFlags).n > 0
        && group.tally(Trait::Answer).n + group.tally(Trait::MidStream).n < group.n();
    let unknown = group.tally(Trait::Recorded).n + group.tally(Trait::Earlier).n < group.n();
    if !hidden || !unknown || group.tally(Trait::FromResponder).n == 0 {
        return;
    }
    let port = group.port.map_or("the service's port".to_string(), |port| {
        format!("port {port}")
    });
    incident.alternatives.push(format!(
        "It cannot be excluded from these lines that {} really open{} new connections with {port} as {} own port: the \
         lines do not show the packets' flags. A packet capture on the server decides it.",
        group.whom(),
        words::plural(group.n_responders, "s", ""),
        words::plural(group.n_responders, "its", "their")
    ));
}

/// Answers and resets that no packet of ours in the log asked for: whoever forges an address of ours causes the same.
fn maybe_unasked(group: &Group<'_>, incident: &mut Incident) {
    let outbound = matches!(
        group.direction,
        Direction::Outbound | Direction::FromFirewall
    );
    let asked = [
        Trait::Opening,
        Trait::Recorded,
        Trait::Earlier,
        Trait::Allowed,
    ];
    if !outbound || asked.iter().any(|which| group.tally(*which).n > 0) {
        return;
    }
    let sessions = || {
        group
            .sessions
            .iter()
            .map(|idx| &group.data.sessions[*idx as usize])
    };
    let resets_of_ours = || {
        sessions().all(|session| {
            scene::guards_itself(group.data, session)
                && session.beats(group.data).iter().all(|beat| {
                    beat.class() == Class::Rst
                        && session.is_from_a(beat) == (session.side == Side::A)
                })
        })
    };
    if group.tally(Trait::Answer).n == group.n() {
        incident.alternatives.push(format!(
            "The lines do not show that {} really asked. Somebody who floods {} with your address as a false sender causes \
             the same answers; then nobody here started anything, and there is nothing to fix.",
            group.who(),
            group.whom()
        ));
    } else if resets_of_ours() {
        incident.alternatives.push(format!(
            "A reset opens nothing. It is also what {} sends by itself to an answer that it never asked for, or to a knock \
             at a closed port; then nobody here started anything.",
            group.who()
        ));
    } else {
        return;
    }
    incident.p_milli = incident.p_milli.min(MILLI_UNASKED);
    incident.band = incident.band.min(Some(Band::Medium));
}

fn alternatives(group: &Group<'_>, incident: &mut Incident) {
    not_excluded(group, incident);
    maybe_unasked(group, incident);
    let Some((_, ranking)) = group.cause.as_ref().filter(|_| !is_untold(group)) else {
        return;
    };
    if !ranking.guess().named {
        let (first, second, third) = (ranking.order[0], ranking.order[1], ranking.order[2]);
        let one = group.n() == 1;
        let percent = |p_milli: u16| (p_milli + 5) / 10;
        incident.alternatives.push(format!(
            "Why the firewall forgot: {} ({} %), {} ({} %), or {} ({} %). Lines that show how these connections began and \
             ended, or the packets' flags, would decide.",
            cause_words(one, first.0),
            percent(first.1),
            cause_words(one, second.0),
            percent(second.1),
            cause_words(one, third.0),
            percent(third.1)
        ));
    }
}

/// What would show whether a server opens connections from its service's port.
pub(super) fn capture(group: &Group<'_>, incident: &mut Incident) {
    if let Some(port) = group
        .port
        .filter(|_| group.tally(Trait::NoFlags).n > 0 && group.tally(Trait::FromResponder).n > 0)
    {
        checks::capture_openings(group, incident, port);
    }
}

fn next_checks(group: &Group<'_>, incident: &mut Incident) {
    capture(group, incident);
    let known = group.cause.as_ref().filter(|_| !is_untold(group));
    let guess = known.map(|(_, ranking)| ranking.guess());
    let topics: &[Topic] = match guess.filter(|guess| guess.named).map(|guess| guess.cause) {
        Some(Cause::Idle | Cause::Half) => &[Topic::Timers, Topic::Table],
        Some(Cause::Reset) => &[Topic::Events],
        Some(Cause::Full) => &[Topic::Table, Topic::Events],
        Some(Cause::Asym) => &[Topic::Routes],
        Some(Cause::Alg) => &[Topic::Rules],
        Some(Cause::Late) => &[Topic::Timers],
        None => &[Topic::Timers, Topic::Events, Topic::Table],
    };
    checks::add(group, incident, topics);
    if guess.is_some_and(|guess| guess.cause == Cause::Idle && guess.named) {
        checks::look(
            incident,
            "on the server or in the program",
            "",
            "Let it send a sign of life more often than the firewall's idle limit (keep-alive), or raise that limit.",
        );
    }
}
