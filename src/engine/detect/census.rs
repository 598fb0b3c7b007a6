//! Sees     Which ports strangers try, by how many they are.
//! Matters  Tells attempts from answers: a port that many "try" with answers only is backscatter.
//! Misses   Attempts whose direction nobody can tell.

use crate::engine::dataset::{Dataset, Direction, Session, Verdict};
use crate::engine::model::order::Order;
use crate::engine::model::{Host, Micros, ports};
use crate::engine::session::beat::{Class, NO_TIME};
use hashbrown::HashMap;

/// One port that was tried from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortRow {
    pub proto: u8,
    pub port: u16,
    /// Distinct machines that tried, and that were tried.
    pub n_sources: u64,
    pub n_targets: u64,
    pub n_sessions: u64,
    /// Packets by kind, where the log shows it.
    pub n_openings: u64,
    pub n_answers: u64,
    pub n_resets: u64,
    pub first: Micros,
    pub last: Micros,
    /// What a person should know of this port.
    pub note: Option<&'static str>,
}

impl PortRow {
    /// Most packets to it are answers, so nobody asked: it is backscatter.
    pub fn is_answers(&self) -> bool {
        self.n_answers + self.n_resets > self.n_openings
    }

    /// Whether anybody tried the port, as far as flags tell.
    pub fn kind(&self) -> &'static str {
        match (self.n_openings, self.n_answers + self.n_resets) {
            (0, 0) => "unknown",
            _ if self.is_answers() => "backscatter",
            _ => "attempts",
        }
    }
}

/// Ports by distinct sources, most first.
pub fn ports(data: &Dataset) -> Vec<PortRow> {
    let mut hits: Vec<(u8, u16, Host, Host, u32)> = Vec::new();
    for (idx, session) in data.sessions.iter().enumerate() {
        if let Some((port, source, target)) = hit(data, session) {
            hits.push((session.proto(data), port, source, target, idx as u32));
        }
    }
    hits.order();
    let mut rows: Vec<PortRow> = Vec::new();
    for chunk in hits.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)) {
        rows.push(row(data, chunk));
    }
    rows.order_by(|left, right| {
        (right.n_sources, right.n_sessions)
            .cmp(&(left.n_sources, left.n_sessions))
            .then((left.port, left.proto).cmp(&(right.port, right.proto)))
    });
    rows
}

/// The port of ours that an outside machine sent to, whoever started it.
fn hit(data: &Dataset, session: &Session) -> Option<(u16, Host, Host)> {
    let (initiator, responder) = session.parties(data)?;
    // Answers to what ours never asked are hits on the port of ours that was forged; the row tells that they are answers.
    if session.verdict == Verdict::Backscatter {
        return Some((initiator.port?, responder.host, initiator.host));
    }
    let is_inward = matches!(
        session.direction,
        Direction::Inbound | Direction::ToFirewall
    );
    is_inward.then_some((responder.port?, initiator.host, responder.host))
}

fn row(data: &Dataset, hits: &[(u8, u16, Host, Host, u32)]) -> PortRow {
    let (number, port, ..) = hits[0];
    let mut row = PortRow {
        proto: number,
        port,
        n_sources: hits.chunk_by(|left, right| left.2 == right.2).count() as u64,
        n_targets: 0,
        n_sessions: hits.len() as u64,
        n_openings: 0,
        n_answers: 0,
        n_resets: 0,
        first: NO_TIME,
        last: NO_TIME,
        note: ports::note(number, port),
    };
    let mut targets: HashMap<Host, (), foldhash::fast::FixedState> = HashMap::default();
    for (.., target, idx) in hits {
        targets.insert(*target, ());
        let session = &data.sessions[*idx as usize];
        if session.has_time() {
            row.first = if row.first == NO_TIME {
                session.first
            } else {
                row.first.min(session.first)
            };
            row.last = row.last.max(session.last);
        }
        for beat in session.beats(data) {
            match beat.class() {
                Class::Syn => row.n_openings += 1,
                Class::SynAck => row.n_answers += 1,
                Class::Rst => row.n_resets += 1,
                _ => {}
            }
        }
    }
    row.n_targets = targets.len() as u64;
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::Side;
    use crate::engine::verdict::fixture::{Stage, denied};

    #[test]
    fn attempts_and_backscatter_at_a_reserved_port_are_told_apart() {
        let mut stage = Stage::new();
        for at in 0..6 {
            let stranger = format!("203.0.113.{at}:443");
            // Answers to openings that somebody forged in our name.
            stage.tcp(
                &stranger,
                "10.0.0.1:249",
                Side::B,
                Direction::Inbound,
                &[denied(f64::from(at), true, "SA")],
            );
            stage.tcp(
                "198.51.100.9:50000",
                &format!("10.0.0.{}:250", at + 1),
                Side::A,
                Direction::Inbound,
                &[denied(f64::from(at), true, "S")],
            );
        }
        for session in stage
            .data
            .sessions
            .iter_mut()
            .filter(|session| session.side == Side::B)
        {
            session.verdict = Verdict::Backscatter;
            session.direction = Direction::Inbound;
        }
        let rows = ports(&stage.data);
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.port, row.kind(), row.n_sources, row.n_targets))
            .collect();
        assert_eq!(shown, [(249, "backscatter", 6, 1), (250, "attempts", 1, 6)]);
        assert!(
            rows.iter()
                .all(|row| row.note.is_some_and(|note| note.contains("reserved")))
        );
    }
}
