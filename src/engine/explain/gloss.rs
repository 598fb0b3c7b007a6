//! What a field of a line means here: not what the dialect says of it, but what its value tells about this connection.

use super::{evidence, service, words};
use crate::engine::dataset::{Dataset, Direction, PacketDirection, Session, Verdict};
use crate::engine::format::{Field, Span};
use crate::engine::model::event::State;
use crate::engine::model::{Endpoint, Flags};
use crate::engine::session::beat::{Beat, Class};

/// One sentence about the value of `span`, which stands in the line of `beat`. `None` where the dialect's own meaning
/// says it all.
pub fn here(span: &Span, data: &Dataset, session: &Session, beat: &Beat) -> Option<String> {
    let place = Place::of(data, session, beat);
    match span.field {
        Field::Source => Some(place.end(true)),
        Field::Destination => Some(place.end(false)),
        Field::SourcePort => place.port(true),
        Field::DestinationPort | Field::Service => place.port(false),
        Field::Flags => flags(beat),
        Field::Action => Some(place.action()),
        Field::State => state(beat),
        Field::Direction | Field::Interface => place.way(),
        Field::Icmp => beat.is_about_error().then(|| {
            "It reports that a packet of the connection in brackets could not be delivered; it is not a connection itself.".into()
        }),
        Field::NatSource | Field::NatDestination => {
            Some("The same end under the name that the outside sees; it is one connection, not two.".into())
        }
        Field::Bytes | Field::Packets => bytes(session),
        Field::SessionId => Some("Lines with the same number on this device belong to the same connection.".into()),
        Field::Time | Field::Device | Field::Protocol | Field::Rule | Field::Duration | Field::Detail => None,
    }
}

/// The line's ends and what the session says of them.
struct Place<'d> {
    data: &'d Dataset,
    session: &'d Session,
    beat: &'d Beat,
    src: Endpoint,
    dst: Endpoint,
    /// The line's sender opened the connection; `None` where nobody can tell.
    src_opened: Option<bool>,
    number: u8,
}

impl<'d> Place<'d> {
    fn of(data: &'d Dataset, session: &'d Session, beat: &'d Beat) -> Place<'d> {
        let (a, b) = session.ends(data);
        let (src, dst) = if session.is_from_a(beat) {
            (a, b)
        } else {
            (b, a)
        };
        let src_opened = session.parties(data).map(|(initiator, _)| initiator == src);
        Place {
            data,
            session,
            beat,
            src,
            dst,
            src_opened,
            number: session.proto(data),
        }
    }

    fn end(&self, is_src: bool) -> String {
        let opened = self.src_opened.map(|src_opened| src_opened == is_src);
        let is_record = self.beat.kind().is_session();
        let what = match (is_src, is_record) {
            (true, true) => "The device puts this side first",
            (false, true) => "The device puts this side second",
            (true, false) => "It sent this packet",
            (false, false) => "This packet was on its way to it",
        };
        match opened {
            Some(true) => format!("{what}, and it opened the connection."),
            Some(false) => {
                format!("{what}, and it did not open the connection: it is the side that answers.")
            }
            None => format!("{what}; who opened the connection cannot be told."),
        }
    }

    fn port(&self, is_src: bool) -> Option<String> {
        let (own, other) = if is_src {
            (self.src, self.dst)
        } else {
            (self.dst, self.src)
        };
        let port = own.port?;
        let side = if is_src { "sender" } else { "receiver" };
        let opened = self.src_opened.map(|src_opened| src_opened == is_src);
        let meaning = evidence::port_meaning(self.number, port);
        let is_service = service::find(self.number, port).is_some() || port < 1024;
        Some(match (is_service, opened) {
            (true, Some(false)) if is_src => {
                format!("The {side}'s port. {meaning}, so the {side} is answering, not asking.")
            }
            (true, Some(false)) => {
                format!("The {side}'s port. {meaning}, so the {side} was being asked.")
            }
            (true, Some(true)) => {
                format!(
                    "The {side}'s port. {meaning}; but here the {side} asks, which is unusual. Stronger signs than ports say so."
                )
            }
            (false, Some(true)) => {
                format!("The {side}'s port. {meaning}, as the side that asks does.")
            }
            (false, Some(false)) => match other.port {
                Some(other) if other > port => {
                    format!(
                        "The {side}'s port. It is where the {side} was asked; the other side's {other} was picked for this connection."
                    )
                }
                _ => format!("The {side}'s port, where it was asked."),
            },
            (_, None) => {
                format!("The {side}'s port. {meaning}; that alone does not tell who asked.")
            }
        })
    }

    fn action(&self) -> String {
        let action = self.beat.action();
        let what = if action.is_denied() {
            "The firewall stopped this packet"
        } else if action.is_allowed() {
            "The firewall let this pass"
        } else {
            "The line does not say what the firewall did"
        };
        let why = match self.session.verdict {
            Verdict::OrphanedReply | Verdict::HalfSeen if action.is_denied() => {
                "; not because somebody called out, but because it no longer remembered the connection"
            }
            Verdict::LateDatagramReply if action.is_denied() => {
                "; it had stopped waiting for this answer"
            }
            Verdict::StatelessReturnBlocked if action.is_denied() => {
                "; a rule forbids the way back of an allowed request"
            }
            Verdict::Backscatter => "; nobody here had asked for it",
            Verdict::BlockedInbound
            | Verdict::BlockedOutbound
            | Verdict::BlockedInternal
            | Verdict::Scan
                if action.is_denied() =>
            {
                "; it was the beginning of a new connection"
            }
            _ => "",
        };
        format!("{what}{why}.")
    }

    fn way(&self) -> Option<String> {
        let packet = match self.session.packet_direction {
            PacketDirection::In | PacketDirection::ThroughIn => "in",
            PacketDirection::Out | PacketDirection::ThroughOut => "out",
            PacketDirection::Local | PacketDirection::Unknown => return None,
        };
        let session = match self.session.direction {
            Direction::Inbound | Direction::ToFirewall => "in",
            Direction::Outbound | Direction::FromFirewall => "out",
            _ => return None,
        };
        let _ = self.data;
        Some(if packet == session {
            format!("The packet and its connection both go {packet}.")
        } else {
            format!(
                "This packet was on its way {packet}; the connection that it belongs to came {session}."
            )
        })
    }
}

fn flags(beat: &Beat) -> Option<String> {
    let flags = beat.packet_flags()?;
    if flags.impossible() {
        return Some("No normal program sends this combination.".into());
    }
    Some(
        match beat.class() {
            Class::Syn => "This is the first packet of a new connection: its sender opens it.",
            Class::SynAck => {
                "This answers an opening packet: its receiver had asked for the connection."
            }
            Class::Fin => "A good-bye: the connection existed before this packet.",
            Class::Rst => "A hang-up or refusal: it answers something that came before.",
            Class::Data => "Data of a connection that already exists.",
            Class::Ack => "An acknowledgement: the connection already exists.",
            Class::Other if flags.any(Flags::SYN) => {
                "Over all packets of this direction, an opening was among them."
            }
            Class::Other => return None,
        }
        .into(),
    )
}

fn state(beat: &Beat) -> Option<String> {
    match beat.state() {
        State::NoState => {
            Some("The firewall says itself that it knew no connection for this packet.".into())
        }
        State::Invalid => {
            Some("The firewall could not fit this packet into any connection it remembered.".into())
        }
        State::Spoofed => {
            Some("The firewall says that this sender cannot be where the packet came from.".into())
        }
        State::Alarm => Some("Inspection recognized something in it; the line says what.".into()),
        State::New => Some("For the firewall this packet begins something.".into()),
        State::Established => Some("The firewall knew the connection.".into()),
        State::Related => Some("The firewall knew a connection that this one belongs to.".into()),
        State::Unsaid | State::Untracked => None,
    }
}

fn bytes(session: &Session) -> Option<String> {
    match session.bytes() {
        (Some(asked), Some(answered)) if session.side != crate::engine::dataset::Side::Unknown => {
            Some(format!(
                "In all, the side that opened sent {} and the other {}.",
                words::count(asked, "byte", "bytes"),
                words::count(answered, "byte", "bytes")
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::Side;
    use crate::engine::verdict::fixture::{Stage, denied};

    fn span(field: Field) -> Span {
        Span {
            start: 0,
            end: 0,
            value_start: 0,
            value_end: 0,
            name: String::new(),
            field,
            meaning: "",
        }
    }

    #[test]
    fn a_port_says_who_answers() {
        let mut stage = Stage::new();
        stage.tcp(
            "10.0.0.11:80",
            "203.0.113.45:51515",
            Side::B,
            Direction::Inbound,
            &[denied(0.0, true, "FA")],
        );
        let (data, session) = (&stage.data, &stage.data.sessions[0]);
        let beat = &session.beats(data)[0];
        let text = |field| here(&span(field), data, session, beat).unwrap_or_default();
        assert_eq!(
            text(Field::SourcePort),
            "The sender's port. 80 is where web servers answer, so the sender is answering, not asking."
        );
        assert_eq!(
            text(Field::DestinationPort),
            "The receiver's port. 51515 is a port that programs pick for one connection, as the side that asks does."
        );
        assert_eq!(
            text(Field::Flags),
            "A good-bye: the connection existed before this packet."
        );
        assert_eq!(
            text(Field::Source),
            "It sent this packet, and it did not open the connection: it is the side that answers."
        );
    }
}
