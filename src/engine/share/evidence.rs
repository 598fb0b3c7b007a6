//! A session's evidence in sentences: what each term of the judgement says about these two ends.

use crate::engine::dataset::{Dataset, Session, Side};
use crate::engine::judge::Term;
use crate::engine::model::{Endpoint, ports};
use crate::engine::summary::rows::ends;

/// What a term says, as a sentence about the two ends it is about.
pub fn sentence(data: &Dataset, session: &Session, term: &Term) -> String {
    let (a, b) = session.ends(data);
    let text = |end: Endpoint| super::clean::visible(&end.text(&data.names));
    // The side that the term takes for the one who asked, and the one who was asked.
    let (asking, asked) = if term.toward == Side::B {
        (b, a)
    } else {
        (a, b)
    };
    let (who, whom) = (text(asking), text(asked));
    let port = asked.port.map_or_else(
        || "its port".to_string(),
        |port| named_port(session.proto(data), port),
    );
    let count = term.count;
    match term.id {
        "T0" => format!("A setting says that {who} started it."),
        "T1a" => format!("{who} sent the packet that opens a connection."),
        "T1b" => format!("{whom} sent the answer to an opening, so {who} had asked."),
        "T1c" => format!("{who} sent to a group address; nobody can be answered from there."),
        "T2" => {
            format!("The device tracked this connection and names {who} as the one who opened it.")
        }
        "T2w" => format!(
            "The record names {who} as the one who opened it; this kind of record is sometimes wrong."
        ),
        "T2b" => format!(
            "The device refused {who} by a rule, and it asks its rules only about openings."
        ),
        "T3" => format!("An earlier connection of these two ends was opened by {who}."),
        "P1a" => format!(
            "{port} of {whom} is a port where well-known servers answer; the other side's port is not."
        ),
        "P1b" => format!("{port} of {whom} is a known service port; the other side's port is not."),
        "P2" => {
            format!("{port} of {whom} is a system port; the other side's is a throw-away port.")
        }
        "P3a" | "P3b" => format!(
            "The port of {who} lies where systems take throw-away ports from, that of {whom} less so."
        ),
        "P4" => format!("The pair of ports says that {who} asks and {whom} answers."),
        "F1" => format!("{count} different addresses talk to {whom}, as clients do to a server."),
        "F2" => format!("{who} turns to {count} different targets, as one who asks does."),
        "K" => format!(
            "{whom} is known to offer this service: {count} other sessions of this log show it."
        ),
        "B" => format!("{who} received more than it sent, as one who asks usually does."),
        "H" => format!("These two addresses have other connections, all opened by {who}'s side."),
        "prior" => format!(
            "Firewalls mostly log the first packet, and its sender is mostly the one who opens: {who}."
        ),
        other => format!("{other} speaks for {who} as the one who started it."),
    }
}

fn named_port(number: u8, port: u16) -> String {
    ports::service_name(number, port).map_or_else(
        || format!("Port {port}"),
        |name| format!("Port {port} ({name})"),
    )
}

/// The weight in 1/100 nat, positive toward the decided initiator (toward the first end where none is decided), and
/// which end the term takes for the initiator.
pub fn weighed(session: &Session, term: &Term) -> (i32, &'static str) {
    let toward_decided = match session.side {
        Side::B => -term.signed(),
        _ => term.signed(),
    };
    let points_to = match (session.side, toward_decided) {
        (Side::Unknown, _) | (_, 0) => "none",
        (_, 1..) => "initiator",
        _ => "responder",
    };
    (toward_decided, points_to)
}

/// "203.0.113.7:51515 → 10.0.0.5:80 http", or with "–" where nobody can tell.
pub fn who_to_whom(data: &Dataset, session: &Session) -> String {
    let (left, right) = ends(session, data);
    let text = |end: Endpoint| super::clean::visible(&end.text(&data.names));
    let arrow = if session.side == Side::Unknown {
        "–"
    } else {
        "→"
    };
    let name = session
        .service_port(data)
        .and_then(|port| ports::service_name(session.proto(data), port));
    let name = name.map_or_else(String::new, |name| format!(" {name}"));
    format!("{} {arrow} {}{name}", text(left), text(right))
}
