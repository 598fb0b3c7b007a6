//! Sessions as JSON Lines.

use super::json::Json;
use super::{endpoint, evidence, line, protocol, service, time};
use crate::engine::dataset::{Dataset, Facts, Incident, Rest, Session, Side, Verdict};
use crate::engine::judge::{self, Term};
use crate::engine::model::{NameId, Place, proto};
use crate::engine::session::beat::Beat;
use crate::engine::summary::rows::{device, id_text};
use crate::engine::verdict::TRACED;
use std::io::{self, Write};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Every term of the judgement.
    pub with_evidence: bool,
    /// Every line number, not only the first ones.
    pub with_all_lines: bool,
}

/// Line numbers shown of one session unless all are asked for.
const MAX_LINES: usize = 16;

/// `list` gives indices into the dataset's sessions.
pub fn write(
    out: &mut dyn Write,
    data: &Dataset,
    list: impl IntoIterator<Item = u32>,
    options: Options,
) -> io::Result<()> {
    super::head(out, "sessions")?;
    let mut json = Json::default();
    for at in list {
        if let Some(session) = data.sessions.get(at as usize) {
            one(&mut json, data, session, data.rests.get(&at), options);
            json.next_line(out)?;
        }
    }
    json.flush(out)
}

fn one(json: &mut Json, data: &Dataset, session: &Session, rest: Option<&Rest>, options: Options) {
    let terms = judge::evidence(data, session);
    let (sent_i, sent_r) = session.bytes();
    let incident = data.incidents.get(session.incident as usize);
    json.object(|json| {
        json.field("id").text(&id_text(session.id(data)));
        protocol(json.field("proto"), session.proto(data));
        if let Some((initiator, responder)) = session.parties(data) {
            endpoint(json.field("initiator"), initiator, &data.names);
            endpoint(json.field("responder"), responder, &data.names);
            json.field("decided").truth(true);
        } else {
            let (a, b) = session.ends(data);
            json.field("initiator").null();
            json.field("responder").null();
            json.field("decided").truth(false);
            json.field("endpoints")
                .list([a, b], |json, end| endpoint(json, end, &data.names));
        }
        json.field("p").decimal(i64::from(session.p_milli()), 3);
        json.field("band").text(session.band().name());
        json.field("direction").text(session.direction.name());
        json.field("packet_direction")
            .text(session.packet_direction.name());
        json.field("verdict").text(&session.verdict.id());
        json.field("verdict_name").text(session.verdict.name());
        let also = Verdict::ALL
            .iter()
            .filter(|verdict| session.also >> (**verdict as u32) & 1 != 0);
        json.field("also").list(
            also.filter(|verdict| **verdict != session.verdict),
            |json, verdict| json.text(&verdict.id()),
        );
        cause(json.field("cause"), incident);
        json.field("outcome").text(session.outcome.name());
        time(json.field("first"), Some(session.first));
        time(json.field("last"), Some(session.last));
        json.field("n_events").number(session.n_events);
        json.field("tries").number(session.tries);
        json.field("bytes_i").maybe(sent_i, Json::number);
        json.field("bytes_r").maybe(sent_r, Json::number);
        let limit = if options.with_all_lines {
            usize::MAX
        } else {
            MAX_LINES
        };
        json.field("lines").list(
            places(session, data).take(limit),
            |json, (place, number)| line(json, data, place, number),
        );
        if options.with_evidence {
            json.field("evidence")
                .list(&terms, |json, term| reason(json, data, session, term));
        }
        let device = device(session, data).and_then(|device| data.names.text(device));
        json.field("device").maybe(device, Json::text);
        service(
            json.field("service"),
            session.proto(data),
            session.service_port(data),
        );
        json.field("views")
            .list(views(session, data, rest), |json, view| {
                json.object(|json| {
                    json.field("device")
                        .maybe(data.names.text(view.device), Json::text);
                    json.field("n_events").number(view.n_events);
                    json.field("n_allowed").number(view.n_allowed);
                    json.field("n_denied").number(view.n_denied);
                });
            });
        json.field("tags").list(tags(session, data), Json::text);
        json.field("n_orphans").number(session.n_orphans);
        let against = terms
            .iter()
            .filter(|term| evidence::weighed(session, term).0 < 0 && session.side != Side::Unknown);
        json.field("conflicts")
            .list(against, |json, term| json.text(term.id));
        json.field("incident")
            .maybe(incident, |json, incident| json.text(&id_text(incident.id)));
    });
}

pub(super) fn cause(json: &mut Json, incident: Option<&Incident>) {
    let guess = incident
        .and_then(|incident| incident.cause)
        .filter(|guess| guess.named);
    json.maybe(guess, |json, guess| {
        json.object(|json| {
            json.field("name").text(guess.cause.name());
            json.field("p").decimal(i64::from(guess.p_milli), 3);
        });
    });
}

fn reason(json: &mut Json, data: &Dataset, session: &Session, term: &Term) {
    let (weight, points_to) = evidence::weighed(session, term);
    json.object(|json| {
        json.field("id").text(term.id);
        json.field("weight").decimal(i64::from(weight), 2);
        json.field("points_to").text(points_to);
        json.field("text")
            .text(&evidence::sentence(data, session, term));
        let beats = session.beats(data);
        // A statement about habits rests on many lines; the first one of this session shows its ports.
        let shown = beats.get(term.beat as usize).or_else(|| beats.first());
        json.field("lines")
            .list(shown, |json, beat| line(json, data, beat.place, beat.line));
    });
}

/// The places and line numbers of a session, each line once.
pub fn places<'d>(
    session: &'d Session,
    data: &'d Dataset,
) -> impl Iterator<Item = (Place, u32)> + 'd {
    let mut last = None;
    let of = |beat: &Beat| (beat.place.record(), beat.line);
    session
        .beats(data)
        .iter()
        .map(of)
        .filter(move |place| last.replace(*place) != Some(*place))
}

struct SeenBy {
    device: NameId,
    n_events: u64,
    n_allowed: u64,
    n_denied: u64,
}

/// What each device wrote about the session, in the order in which they first did.
fn views(session: &Session, data: &Dataset, rest: Option<&Rest>) -> Vec<SeenBy> {
    let mut views: Vec<SeenBy> = Vec::new();
    for beat in session.beats(data) {
        let device = data
            .circumstances
            .get(&beat.setting)
            .map_or(NameId::NONE, |setting| setting.device);
        let at = views
            .iter()
            .position(|view| view.device == device)
            .unwrap_or_else(|| {
                views.push(SeenBy {
                    device,
                    n_events: 0,
                    n_allowed: 0,
                    n_denied: 0,
                });
                views.len() - 1
            });
        let view = &mut views[at];
        view.n_events += 1;
        view.n_allowed += u64::from(beat.action().is_allowed());
        view.n_denied += u64::from(beat.action().is_denied());
    }
    // Of several, who wrote what was not kept is not known.
    if let ([view], Some(rest)) = (views.as_mut_slice(), rest) {
        view.n_events += rest.n_events;
        view.n_allowed += rest.n_allowed;
        view.n_denied += rest.n_denied;
    }
    views
}

/// Both ends speak first as they like: routing protocols, tunnels, and services that use one port on both sides.
fn is_between_peers(number: u8, a: Option<u16>, b: Option<u16>) -> bool {
    const SAME_PORT: [u16; 8] = [123, 137, 138, 500, 520, 1701, 4500, 5353];
    let is_routing = matches!(
        number,
        proto::OSPF | proto::PIM | proto::VRRP | proto::ESP | proto::AH
    );
    is_routing
        || (number == proto::UDP && a == b && a.is_some_and(|port| SAME_PORT.contains(&port)))
}

fn tags(session: &Session, data: &Dataset) -> Vec<&'static str> {
    let (a, b) = session.ends(data);
    let is_loopback = a.host == b.host
        || [a, b]
            .iter()
            .any(|end| end.host.ip().is_some_and(|ip| ip.is_loopback()));
    let is_spoofed =
        session.verdict == Verdict::Backscatter || session.facts.has(Facts::SPOOF_SAID);
    let all = [
        (
            "loopback",
            is_loopback && !a.host.is_none() && !a.host.is_blurred(),
        ),
        ("spoofed", is_spoofed),
        (
            "peer",
            is_between_peers(session.proto(data), a.port, b.port),
        ),
        ("rolled_up", session.facts.has(Facts::CAPPED)),
        (
            "ambiguous_identity",
            a.host.is_blurred() || b.host.is_blurred(),
        ),
        ("several_devices", session.facts.has(Facts::SEVERAL_VIEWS)),
        ("nat", session.facts.has(Facts::NAT)),
        ("icmp_error", session.facts.has(Facts::ICMP_ERROR)),
        ("traceroute", session.also & TRACED != 0),
        (
            "watch",
            session.also >> (Verdict::WatchList as u32) & 1 != 0,
        ),
    ];
    all.into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(tag, _)| tag)
        .collect()
}
