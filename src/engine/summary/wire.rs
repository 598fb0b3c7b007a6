//! The engine's closed enums cross to the page by their contract names.

macro_rules! by_name {
    ($module:ident, $type:ty, $all:expr) => {
        pub mod $module {
            use serde::{Deserialize, Deserializer, Serializer, de::Error};

            pub fn serialize<S: Serializer>(
                value: &$type,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(value.name())
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$type, D::Error> {
                let name = String::deserialize(deserializer)?;
                $all.iter()
                    .copied()
                    .find(|value| value.name() == name)
                    .ok_or_else(|| D::Error::custom(name))
            }
        }
    };
}

use crate::engine::dataset::{Band, Cause, Direction, Outcome, PacketDirection, Severity, Verdict};

by_name!(direction, super::Direction, super::Direction::ALL);
by_name!(verdict, super::Verdict, super::Verdict::ALL);
by_name!(outcome, super::Outcome, super::Outcome::ALL);
by_name!(
    packet_direction,
    super::PacketDirection,
    super::PACKET_DIRECTIONS
);
by_name!(band, super::Band, super::BANDS);
by_name!(
    severity,
    super::Severity,
    [
        super::Severity::None,
        super::Severity::Look,
        super::Severity::Act
    ]
);

/// Of a value that may be absent.
pub mod cause {
    use super::Cause;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(
        value: &Option<Cause>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Cause::name).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Cause>, D::Error> {
        let Some(name) = Option::<String>::deserialize(deserializer)? else {
            return Ok(None);
        };
        Cause::ALL
            .iter()
            .copied()
            .find(|cause| cause.name() == name)
            .map(Some)
            .ok_or_else(|| D::Error::custom(name))
    }
}

pub const BANDS: [Band; 5] = [
    Band::CannotTell,
    Band::Low,
    Band::Medium,
    Band::High,
    Band::Certain,
];

pub const PACKET_DIRECTIONS: [PacketDirection; 6] = [
    PacketDirection::In,
    PacketDirection::Out,
    PacketDirection::ThroughIn,
    PacketDirection::ThroughOut,
    PacketDirection::Local,
    PacketDirection::Unknown,
];
