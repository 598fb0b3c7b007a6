//! What a person may set; a change is judged again without reading the log again.

use super::model::{Micros, stamp};
use super::watch::{self, WatchList};
use ipnet::IpNet;
use std::sync::Arc;

/// A time zone as a list of changes, so the engine needs no database of zones: the command line and the page ask
/// theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Zone {
    /// As shown ("UTC", "Europe/Berlin", "+02:00").
    pub name: String,
    /// Offset before the first change, seconds east of UTC.
    pub offset_s: i32,
    /// (UTC microseconds from which it holds, seconds east), ascending.
    pub changes: Vec<(Micros, i32)>,
}

impl Zone {
    pub fn utc() -> Zone {
        Zone {
            name: "UTC".into(),
            offset_s: 0,
            changes: Vec::new(),
        }
    }

    pub fn fixed(name: &str, offset_s: i32) -> Zone {
        Zone {
            name: name.into(),
            offset_s,
            changes: Vec::new(),
        }
    }

    /// UTC of a local moment. In the hour that a zone repeats, the first of the two is taken.
    pub fn to_utc(&self, local: Micros) -> Micros {
        let mut offset = self.offset_s;
        for (from, next) in &self.changes {
            let utc = local.saturating_sub(i64::from(offset) * stamp::SECOND);
            if utc < *from {
                break;
            }
            offset = *next;
        }
        local.saturating_sub(i64::from(offset) * stamp::SECOND)
    }

    /// Local time of a UTC moment.
    pub fn to_local(&self, utc: Micros) -> Micros {
        let after = self.changes.partition_point(|(from, _)| *from <= utc);
        let offset = after
            .checked_sub(1)
            .map_or(self.offset_s, |index| self.changes[index].1);
        utc.saturating_add(i64::from(offset) * stamp::SECOND)
    }
}

/// Settings of one judgement.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Settings {
    /// Networks the user says are ours, and those that are not.
    pub ours: Vec<IpNet>,
    pub theirs: Vec<IpNet>,
    /// Zone of stamps that name none.
    pub zone: Zone,
    /// Services the user says are offered: (protocol number, port).
    pub services: Vec<(u8, u16)>,
    /// Addresses that the user says are scanners, whatever else they do.
    pub scanners: Vec<IpNet>,
    /// The device's TCP idle limit where the user knows it, seconds.
    pub tcp_timeout_s: Option<u32>,
    pub udp_timeout_s: Option<u32>,
    /// What the user says about lines that no format knows (`engine::mapping`), as text. A change of it is read again.
    #[serde(default)]
    pub mapping: String,
    /// What the user wants to hear about. Shared, because settings are copied and compared at every judgement.
    #[serde(default, with = "watch")]
    pub watch: Option<Arc<WatchList>>,
}

impl Settings {
    /// How the log of a normal day is judged beside this one: what is ours here is ours there. Nobody watches it.
    #[must_use]
    pub fn for_baseline(&self, ours: &[String]) -> Settings {
        let mut settings = Settings {
            watch: None,
            ..self.clone()
        };
        if settings.ours.is_empty() {
            settings.ours = ours.iter().filter_map(|net| net.parse().ok()).collect();
        }
        settings
    }
}
