//! Sessions by who started them: a reply that was blocked counts under the direction of its conversation.

use super::{Split, wire};
use crate::engine::dataset::{Direction, Session};
use serde::{Deserialize, Serialize};

/// One row for each direction, in the order of `Direction::ALL`, empty ones too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directions {
    pub rows: Vec<DirectionRow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectionRow {
    #[serde(with = "wire::direction")]
    pub direction: Direction,
    pub split: Split,
}

impl Default for Directions {
    fn default() -> Directions {
        let row = |direction| DirectionRow {
            direction,
            split: Split::default(),
        };
        Directions {
            rows: Direction::ALL.map(row).to_vec(),
        }
    }
}

impl Directions {
    pub fn add(&mut self, session: &Session) {
        if let Some(row) = self.rows.get_mut(session.direction as usize) {
            row.split.add(session.outcome);
        }
    }

    pub fn total(&self) -> u64 {
        self.rows.iter().map(|row| row.split.total()).sum()
    }
}

/// How a direction reads in a chart: from whom to whom.
pub fn label(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "visitors → our machines",
        Direction::Outbound => "our machines → internet",
        Direction::Internal => "inside",
        Direction::Transit => "passing through",
        Direction::ToFirewall => "to the firewall",
        Direction::FromFirewall => "from the firewall",
        Direction::Group => "broadcast",
        Direction::Unknown => "cannot tell",
    }
}
