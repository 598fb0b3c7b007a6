//! Why we think so: statements about who started the connections of a group, for and against.

use super::{service, words};
use crate::engine::dataset::Incident;
use crate::engine::model::proto;
use crate::engine::verdict::group::{Group, Trait, is_service};

/// Adds what speaks for and against the statement about the initiator, strongest first.
pub fn who_started(group: &Group<'_>, incident: &mut Incident) {
    if group.tally(Trait::Unsure).n == group.n() {
        return;
    }
    handshake(group, incident);
    lost(group, incident);
    ports(group, incident);
    against(group, incident);
}

fn handshake(group: &Group<'_>, incident: &mut Incident) {
    let n = group.tally(Trait::Opening).n;
    if n > 0 {
        let text = format!(
            "{} {} {} in the log; {} came from {}.",
            words::plural(n, "The packet that opens", "The packets that open"),
            group.share(n),
            words::plural(n, "is", "are"),
            words::plural(n, "it", "they"),
            group.clients()
        );
        incident
            .evidence_for
            .push(group.shown("opening", 900, Trait::Opening, text));
    }
    let n = group.tally(Trait::Answer).n;
    if n > 0 {
        let text = format!(
            "In {} a packet from {} answers a request to open; so the other side had asked.",
            group.share(n),
            group.servers()
        );
        incident
            .evidence_for
            .push(group.shown("answer", 800, Trait::Answer, text));
    }
    let n = group.tally(Trait::Kind).n;
    if n > 0 {
        let text = format!(
            "{} of {} {} by {} kind who began: {}.",
            words::plural(n, "The message", "The messages"),
            group.share(n),
            words::plural(n, "tells", "tell"),
            words::plural(n, "its", "their"),
            group.clients()
        );
        incident
            .evidence_for
            .push(group.shown("kind", 800, Trait::Kind, text));
    }
    let n = group.tally(Trait::Recorded).n;
    if n > 0 {
        let text = format!(
            "The device tracked {} and wrote down that {} opened.",
            group.share(n),
            group.clients()
        );
        incident
            .evidence_for
            .push(group.shown("recorded", 700, Trait::Recorded, text));
    }
    let n = group.tally(Trait::Earlier).n;
    if n > 0 {
        let text = format!("Earlier lines show who opened {}.", group.share(n));
        incident
            .evidence_for
            .push(group.shown("earlier", 600, Trait::Earlier, text));
    }
}

fn lost(group: &Group<'_>, incident: &mut Incident) {
    let n = group.tally(Trait::Unknown).n;
    if n > 0 {
        let text = format!(
            "For {} the firewall itself says that it knew no such connection (any more).",
            group.share(n)
        );
        incident
            .evidence_for
            .push(group.shown("no_session", 0, Trait::Unknown, text));
    }
    let n = group.tally(Trait::MidStream).n;
    if n > 0 && group.tally(Trait::Opening).n < group.n() {
        let text = format!(
            "The packets of {} are from the middle of a conversation; they open nothing.",
            group.share(n)
        );
        incident
            .evidence_for
            .push(group.shown("mid_stream", 0, Trait::MidStream, text));
    }
}

fn ports(group: &Group<'_>, incident: &mut Incident) {
    let shape = group.tally(Trait::PortShape).n;
    if shape > 0 {
        let text = match group
            .port
            .and_then(|port| service::find(group.proto, port).map(|service| (port, service)))
        {
            Some((port, service)) => format!(
                "Port {port} is where {}s answer; the other side uses {}, which programs pick for one connection only.",
                words::article(service.server)
                    .split_once(' ')
                    .map_or(service.server, |(_, noun)| noun),
                client_ports(group)
            ),
            None => format!(
                "One side uses a port that belongs to a service, the other {}, which programs pick for one connection only.",
                client_ports(group)
            ),
        };
        incident
            .evidence_for
            .push(group.shown("ports", 500, Trait::PortShape, text));
    }
    let fan = group
        .n_initiators
        .max(if group.tally(Trait::Blurred).n > 0 {
            group.n_client_ports
        } else {
            0
        });
    if fan >= 3 && group.port.is_some() && group.n_responders * 2 <= fan {
        let text = format!(
            "The same port of {} talks to {}: one service, many clients.",
            group.servers(),
            words::count(fan, "different machine", "different machines")
        );
        incident.evidence_for.push(group.stated("fan", 350, text));
    }
}

fn client_ports(group: &Group<'_>) -> String {
    let port = group
        .sessions
        .first()
        .and_then(|idx| group.scene.briefs[*idx as usize].client_port());
    match port {
        Some(port) if group.n_client_ports > 1 => {
            format!(
                "{} different high ports ({port}, for example)",
                words::number(group.n_client_ports)
            )
        }
        Some(port) => format!("port {port}"),
        None => "no fixed port".into(),
    }
}

fn against(group: &Group<'_>, incident: &mut Incident) {
    let n = group.tally(Trait::NoFlags).n;
    let is_tcp = matches!(group.proto, proto::TCP | proto::SCTP | proto::UNKNOWN);
    let told = [
        Trait::Opening,
        Trait::Recorded,
        Trait::Earlier,
        Trait::Allowed,
    ]
    .map(|which| group.tally(which).n);
    if n > 0 && is_tcp && told.into_iter().all(|n| n < group.n()) {
        let other = if group.tally(Trait::FromResponder).n * 2 >= group.n() {
            "an opening by the other side"
        } else {
            "a late packet of an older connection"
        };
        let text = format!(
            "The lines about {} do not say what kind of packet was blocked, so {other} cannot be excluded from them alone.",
            group.share(n)
        );
        incident
            .evidence_against
            .push(group.shown("no_flags", 0, Trait::NoFlags, text));
    }
    let n = group.tally(Trait::PortsOppose).n;
    if n > 0 {
        let text = format!(
            "In {} the side that opened holds the port of a service, which is unusual; the stronger evidence decides.",
            group.share(n)
        );
        incident
            .evidence_against
            .push(group.shown("ports_oppose", -250, Trait::PortsOppose, text));
    }
    let n = group.tally(Trait::Blurred).n;
    if n > 0 {
        let text = format!(
            "Addresses are masked in {}; one text may stand for several machines.",
            group.share(n)
        );
        incident
            .evidence_against
            .push(group.shown("masked", 0, Trait::Blurred, text));
    }
    let n = group.tally(Trait::Unsure).n;
    if n > 0 {
        let text = format!("For {} nothing tells who opened it.", group.share(n));
        incident
            .evidence_against
            .push(group.shown("unsure", 0, Trait::Unsure, text));
    }
}

/// "port 443 is where web servers answer": what a number says about the side that holds it.
pub fn port_meaning(number: u8, port: u16) -> String {
    match service::find(number, port) {
        Some(_) => format!(
            "{port} is where {} answer",
            service::server(number, Some(port), 2)
        ),
        None if is_service(port) => {
            format!("{port} belongs to the ports that are given to services")
        }
        None => format!("{port} is a port that programs pick for one connection"),
    }
}
