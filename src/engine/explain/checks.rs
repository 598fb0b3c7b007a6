//! What to check next: the device's own commands, filled in, and the few that work everywhere.

use crate::engine::dataset::{Direction, Incident, NextCheck};
use crate::engine::format::{Check, Topic};
use crate::engine::model::{Host, proto};
use crate::engine::verdict::group::Group;
use crate::engine::verdict::scene;

/// Adds the device's checks about `topics`, in that order.
pub fn add(group: &Group<'_>, incident: &mut Incident, topics: &[Topic]) {
    let Some(about) = group.device().and_then(|device| device.about) else {
        return;
    };
    for topic in topics {
        for check in about
            .device
            .checks
            .iter()
            .filter(|check| check.about == *topic && suits(group.proto, check))
        {
            push(incident, filled(group, check));
        }
    }
}

/// A command that names a port is of no use where there are none.
fn suits(number: u8, check: &Check) -> bool {
    proto::has_ports(number) || !check.command.contains("{port}")
}

/// Watches for real openings whose own port is a service's: the one thing that decides whether a server calls out.
pub fn capture_openings(group: &Group<'_>, incident: &mut Incident, port: u16) {
    let server = group
        .responders
        .first()
        .copied()
        .filter(|_| group.n_responders == 1);
    push(
        incident,
        NextCheck {
            place: match server.and_then(Host::ip) {
                Some(ip) => format!("on the server {ip}"),
                None => "on one of the servers".into(),
            },
            command: format!("tcpdump -ni any 'src port {port} and tcp[13] & 18 = 2'"),
            why: format!(
                "Shows only packets that open a new connection from port {port}. If nothing appears while the blocked \
                 lines go on, the server is answering, not calling."
            ),
        },
    );
}

/// A place to look that no device describes.
pub fn look(incident: &mut Incident, place: &str, command: &str, why: &str) {
    push(
        incident,
        NextCheck {
            place: place.into(),
            command: command.into(),
            why: why.into(),
        },
    );
}

fn push(incident: &mut Incident, check: NextCheck) {
    if !incident.checks.contains(&check) {
        incident.checks.push(check);
    }
}

fn filled(group: &Group<'_>, check: &Check) -> NextCheck {
    // Only real addresses go into a command that a person will paste: a name comes from the log and could be anything.
    let address = |hosts: &[Host], otherwise: &str| {
        hosts
            .iter()
            .find_map(|host| host.ip())
            .map_or(otherwise.to_string(), |ip| ip.to_string())
    };
    // A machine that guards itself looks for the other machine; a firewall in between looks for the client.
    let itself = group.direction == Direction::Outbound
        && group
            .sessions
            .first()
            .is_some_and(|idx| scene::is_own_host(group.data, *idx));
    let (client, server) = if itself {
        (&group.responders, &group.initiators)
    } else {
        (&group.initiators, &group.responders)
    };
    let known = match group.proto {
        proto::UNKNOWN => proto::TCP,
        known => known,
    };
    let fill = |text: &str| {
        if !text.contains('{') {
            return text.to_string();
        }
        text.replace("{client}", &address(client, "CLIENT"))
            .replace("{server}", &address(server, "SERVER"))
            .replace("{proto}", &proto::name(known))
            .replace(
                "{port}",
                &group
                    .port
                    .map_or("PORT".to_string(), |port| port.to_string()),
            )
    };
    // A sentence has words where a command has a gap.
    let port = match group.port {
        Some(port) => format!("port {port}"),
        None if proto::has_ports(group.proto) => "those ports".into(),
        None => "this protocol".into(),
    };
    NextCheck {
        place: fill(check.place),
        command: fill(check.command),
        why: fill(&check.why.replace("port {port}", &port)),
    }
}
