//! What the reader knows better than the log: it becomes a setting, and everything is judged again at once.

use crate::engine::model::{ports, proto};
use crate::engine::settings::Settings;
use ipnet::IpNet;

/// Networks are written as such, or as an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overrule {
    Ours(String),
    Theirs(String),
    /// "8443/tcp": who answers at this port offers a service.
    Service(String),
    Scanner(String),
}

impl Overrule {
    /// The settings with it, or without it.
    #[must_use]
    pub fn apply(&self, settings: &Settings, is_added: bool) -> Settings {
        let mut next = settings.clone();
        match self {
            Overrule::Service(text) => change(&mut next.services, service(text), is_added),
            Overrule::Ours(text) => {
                change(&mut next.theirs, network(text), false);
                change(&mut next.ours, network(text), is_added);
            }
            Overrule::Theirs(text) => {
                change(&mut next.ours, network(text), false);
                change(&mut next.theirs, network(text), is_added);
            }
            Overrule::Scanner(text) => change(&mut next.scanners, network(text), is_added),
        }
        next
    }

    /// All that the settings hold, as the page lists them.
    pub fn all(settings: &Settings) -> Vec<Overrule> {
        let nets = |nets: &[IpNet], make: fn(String) -> Overrule| -> Vec<Overrule> {
            nets.iter().map(|net| make(short(*net))).collect()
        };
        let mut all = nets(&settings.ours, Overrule::Ours);
        all.extend(nets(&settings.theirs, Overrule::Theirs));
        let services = settings.services.iter();
        all.extend(
            services.map(|(number, port)| {
                Overrule::Service(format!("{port}/{}", proto::name(*number)))
            }),
        );
        all.extend(nets(&settings.scanners, Overrule::Scanner));
        all
    }

    /// As it stands on a button: "203.0.113.9 is ours".
    pub fn words(&self) -> String {
        match self {
            Overrule::Ours(text) => format!("{text} is ours"),
            Overrule::Theirs(text) => format!("{text} is not ours"),
            Overrule::Service(text) => format!("{text} is a service"),
            Overrule::Scanner(text) => format!("{text} is a scanner"),
        }
    }
}

fn change<T: PartialEq>(list: &mut Vec<T>, item: Option<T>, is_added: bool) {
    let Some(item) = item else { return };
    match (list.iter().position(|known| *known == item), is_added) {
        (None, true) => list.push(item),
        (Some(at), false) => {
            list.remove(at);
        }
        _ => {}
    }
}

fn network(text: &str) -> Option<IpNet> {
    let net = text.parse::<IpNet>().ok().map(|net| net.trunc());
    net.or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
}

/// A network of one is its address.
fn short(net: IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() {
        net.addr().to_string()
    } else {
        net.to_string()
    }
}

/// "8443/tcp", or a port of TCP.
pub fn service(text: &str) -> Option<(u8, u16)> {
    let (port, name) = text.split_once('/').unwrap_or((text, "tcp"));
    let port = port.parse().ok().or_else(|| ports::by_name(port))?;
    Some((proto::parse(name.as_bytes())?, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_can_be_listed_and_taken_back() {
        let said = [
            Overrule::Ours("203.0.113.0/24".into()),
            Overrule::Theirs("10.0.0.9".into()),
            Overrule::Service("8443/tcp".into()),
            Overrule::Scanner("198.51.100.7".into()),
        ];
        let mut settings = Settings::default();
        for overrule in &said {
            settings = overrule.apply(&settings, true).clone();
            settings = overrule.apply(&settings, true);
        }
        assert_eq!(Overrule::all(&settings), said);
        // Nothing is ours and not ours.
        let settings = Overrule::Ours("10.0.0.9".into()).apply(&settings, true);
        assert!(settings.theirs.is_empty());
        let bare = Overrule::all(&settings)
            .iter()
            .fold(settings, |settings, overrule| {
                overrule.apply(&settings, false)
            });
        assert_eq!(bare, Settings::default());
    }
}
