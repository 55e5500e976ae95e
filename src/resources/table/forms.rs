//! Values of a table's manifest that may be written in several forms.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

use crate::model::units::Seconds;

use super::config::{
    AttributeType, Encryption, KeyAttribute, Projection, Stream, StreamView, TimeToLive,
};
use super::throughput::Maximum;

/// Written `order_id`, which is a string, or `{name: order_id, type: N}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySpec(pub KeyAttribute);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionSpec(pub Projection);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeToLiveSpec(pub TimeToLive);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoverySpec {
    Switch(bool),
    Period(Seconds),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamSpec(pub Stream);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionSpec(pub Encryption);

/// A number of request units, or `default`, which is no maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaximumSpec(pub Maximum);

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KeyForm {
    /// The attribute's name.
    name: String,
    #[serde(rename = "type", default)]
    attribute_type: AttributeType,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecoveryForm {
    recovery_period: Seconds,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EncryptionForm {
    kms_key: String,
}

impl<'de> Deserialize<'de> for KeySpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = KeySpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an attribute's name, or {name: order_id, type: S}")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<KeySpec, E> {
                Ok(KeySpec(KeyAttribute {
                    name: name.to_owned(),
                    attribute_type: AttributeType::S,
                }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeySpec, A::Error> {
                let form = KeyForm::deserialize(MapAccessDeserializer::new(map))?;
                Ok(KeySpec(KeyAttribute {
                    name: form.name,
                    attribute_type: form.attribute_type,
                }))
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl<'de> Deserialize<'de> for ProjectionSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = ProjectionSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("ALL, KEYS_ONLY or a list of attributes")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ProjectionSpec, E> {
                match text {
                    "ALL" => Ok(ProjectionSpec(Projection::All)),
                    "KEYS_ONLY" => Ok(ProjectionSpec(Projection::KeysOnly)),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<ProjectionSpec, A::Error> {
                let names = BTreeSet::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(ProjectionSpec(Projection::Include(names)))
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl<'de> Deserialize<'de> for TimeToLiveSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl Visitor<'_> for Form {
            type Value = TimeToLiveSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the attribute that holds the time of expiry, or false")
            }

            fn visit_bool<E: Error>(self, on: bool) -> Result<TimeToLiveSpec, E> {
                if on {
                    return Err(E::invalid_value(Unexpected::Bool(on), &self));
                }
                Ok(TimeToLiveSpec(TimeToLive::Off))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<TimeToLiveSpec, E> {
                // YAML 1.1 took these for booleans, and many still write them so.
                if ["yes", "no", "on", "off"].contains(&name.to_lowercase().as_str()) {
                    return Err(E::invalid_value(Unexpected::Str(name), &self));
                }
                Ok(TimeToLiveSpec(TimeToLive::Attribute(name.to_owned())))
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl<'de> Deserialize<'de> for RecoverySpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = RecoverySpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or {recovery_period: 35d}")
            }

            fn visit_bool<E: Error>(self, on: bool) -> Result<RecoverySpec, E> {
                Ok(RecoverySpec::Switch(on))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RecoverySpec, A::Error> {
                let form = RecoveryForm::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RecoverySpec::Period(form.recovery_period))
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl<'de> Deserialize<'de> for StreamSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl Visitor<'_> for Form {
            type Value = StreamSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY or false")
            }

            fn visit_bool<E: Error>(self, on: bool) -> Result<StreamSpec, E> {
                if on {
                    return Err(E::invalid_value(Unexpected::Bool(on), &self));
                }
                Ok(StreamSpec(Stream::Off))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<StreamSpec, E> {
                StreamView::deserialize(StrDeserializer::<E>::new(text))
                    .map(|view| StreamSpec(Stream::View(view)))
                    .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl<'de> Deserialize<'de> for EncryptionSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = EncryptionSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("aws_owned, aws_managed or {kms_key: ARN}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<EncryptionSpec, E> {
                match text {
                    "aws_owned" => Ok(EncryptionSpec(Encryption::AwsOwned)),
                    "aws_managed" => Ok(EncryptionSpec(Encryption::AwsManaged)),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EncryptionSpec, A::Error> {
                let form = EncryptionForm::deserialize(MapAccessDeserializer::new(map))?;
                Ok(EncryptionSpec(Encryption::KmsKey(form.kms_key)))
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl<'de> Deserialize<'de> for MaximumSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl Visitor<'_> for Form {
            type Value = MaximumSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of request units, or default")
            }

            fn visit_u64<E: Error>(self, units: u64) -> Result<MaximumSpec, E> {
                Ok(MaximumSpec(Maximum::Units(units)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<MaximumSpec, E> {
                match text {
                    "default" => Ok(MaximumSpec(Maximum::Unlimited)),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl JsonSchema for KeySpec {
    fn schema_name() -> Cow<'static, str> {
        "Key".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let form = generator.subschema_for::<KeyForm>();
        json_schema!({
            "description": "a key attribute: its name, or its name and type (S unless written)",
            "anyOf": [{"type": "string"}, form],
        })
    }
}

macro_rules! schema {
    ($form:ident, $name:literal, $schema:tt) => {
        impl JsonSchema for $form {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

schema!(ProjectionSpec, "Projection", {
    "description": "what of an item stands in the index; keys always do",
    "anyOf": [
        {"enum": ["ALL", "KEYS_ONLY"]},
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true},
    ],
});

schema!(TimeToLiveSpec, "TimeToLive", {
    "description": "the number attribute that holds the time of expiry in seconds since 1970, or false",
    "anyOf": [{"type": "string"}, {"const": false}],
});

schema!(RecoverySpec, "PointInTimeRecovery", {
    "description": "on, off, or on with a period of 1 to 35 whole days",
    "anyOf": [
        {"type": "boolean"},
        {
            "type": "object",
            "properties": {"recovery_period": {"type": ["integer", "string"]}},
            "required": ["recovery_period"],
            "additionalProperties": false,
        },
    ],
});

schema!(StreamSpec, "Stream", {
    "description": "what a record of the stream holds, or false for no stream",
    "anyOf": [
        {"enum": ["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"]},
        {"const": false},
    ],
});

schema!(EncryptionSpec, "Encryption", {
    "description": "whose key encrypts the table: AWS's, AWS's of this account, or a KMS key by ARN, id or alias",
    "anyOf": [
        {"enum": ["aws_owned", "aws_managed"]},
        {
            "type": "object",
            "properties": {"kms_key": {"type": "string", "minLength": 1}},
            "required": ["kms_key"],
            "additionalProperties": false,
        },
    ],
});

schema!(MaximumSpec, "MaximumRequestUnits", {
    "description": "the most request units a second, or default for no maximum",
    "anyOf": [{"type": "integer", "minimum": 1}, {"const": "default"}],
});
