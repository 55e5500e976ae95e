//! A table as the manifest writes it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

use crate::resources::declaration::Declaration;
use crate::resources::tags::Tags;

use super::config::{
    AttributeType, BillingMode, IndexDesired, KeyAttribute, Projection, TableDesired, TimeToLive,
};

/// A table. A field that is not declared is left as it is on AWS.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Table")]
pub struct TableSpec {
    /// The physical name, instead of what `naming` makes of the key.
    pub name: Option<String>,
    /// A name of your own for `--component`.
    pub component: Option<String>,
    pub partition_key: KeySpec,
    pub sort_key: Option<KeySpec>,
    /// Whole when given: an index that stands on AWS and is not named here is to go.
    pub global_secondary_indexes: Option<BTreeMap<String, IndexSpec>>,
    /// `PAY_PER_REQUEST` is what a new table gets.
    pub billing_mode: Option<BillingSpec>,
    pub point_in_time_recovery: Option<bool>,
    pub time_to_live: Option<TimeToLiveSpec>,
    pub deletion_protection: Option<bool>,
    /// Tags of this table, besides those of the manifest. An empty value removes one.
    #[serde(default)]
    pub tags: BTreeMap<String, Option<String>>,
    /// Settings, or `tags.KEY`, that are set when the table is made and left alone from then on.
    #[serde(default)]
    pub ignore: BTreeSet<String>,
    /// Settings that are written `default`.
    #[serde(skip)]
    pub defaults: BTreeSet<String>,
}

impl Declaration for TableSpec {
    const SETTINGS: &'static [&'static str] = &[
        "global_secondary_indexes",
        "billing_mode",
        "point_in_time_recovery",
        "time_to_live",
        "deletion_protection",
    ];

    fn reset(&mut self, settings: BTreeSet<String>) {
        self.defaults = settings;
    }

    fn ignored(&self) -> &BTreeSet<String> {
        &self.ignore
    }

    fn tags(&self) -> &BTreeMap<String, Option<String>> {
        &self.tags
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GlobalSecondaryIndex")]
pub struct IndexSpec {
    pub partition_key: KeySpec,
    pub sort_key: Option<KeySpec>,
    /// `ALL` is what a new index gets.
    pub projection: Option<ProjectionSpec>,
}

/// Written `order_id`, which is a string, or `{name: order_id, type: N}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySpec(pub KeyAttribute);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionSpec(pub Projection);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeToLiveSpec(pub TimeToLive);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "BillingMode")]
pub enum BillingSpec {
    #[serde(rename = "PAY_PER_REQUEST")]
    PayPerRequest,
}

impl TableSpec {
    /// The canonical form.
    pub fn desired(&self, tags: Tags, untag: BTreeSet<String>) -> TableDesired {
        let index = |(name, spec): (&String, &IndexSpec)| {
            let index = IndexDesired {
                partition_key: spec.partition_key.0.clone(),
                sort_key: spec.sort_key.as_ref().map(|key| key.0.clone()),
                projection: spec
                    .projection
                    .as_ref()
                    .map(|projection| projection.0.clone()),
            };
            (name.clone(), index)
        };
        let indexes = self.global_secondary_indexes.as_ref();
        let mut desired = TableDesired {
            partition_key: self.partition_key.0.clone(),
            sort_key: self.sort_key.as_ref().map(|key| key.0.clone()),
            global_secondary_indexes: indexes.map(|specs| specs.iter().map(index).collect()),
            billing_mode: self
                .billing_mode
                .map(|BillingSpec::PayPerRequest| BillingMode::PayPerRequest),
            deletion_protection: self.deletion_protection,
            point_in_time_recovery: self.point_in_time_recovery,
            time_to_live: self.time_to_live.as_ref().map(|ttl| ttl.0.clone()),
            tags,
            untag,
            ignore: self.ignore.clone(),
        };
        for setting in &self.defaults {
            reset(&mut desired, setting);
        }
        desired
    }
}

/// Gives a setting the default that a table is made with (DynamoDB API Reference, CreateTable; for the billing
/// mode it is the manifest's own).
fn reset(desired: &mut TableDesired, setting: &str) {
    match setting {
        "global_secondary_indexes" => desired.global_secondary_indexes = Some(BTreeMap::new()),
        "billing_mode" => desired.billing_mode = Some(BillingMode::PayPerRequest),
        "point_in_time_recovery" => desired.point_in_time_recovery = Some(false),
        "time_to_live" => desired.time_to_live = Some(TimeToLive::Off),
        "deletion_protection" => desired.deletion_protection = Some(false),
        _ => {}
    }
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KeyForm {
    /// The attribute's name.
    name: String,
    #[serde(rename = "type", default)]
    attribute_type: AttributeType,
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

impl JsonSchema for ProjectionSpec {
    fn schema_name() -> Cow<'static, str> {
        "Projection".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "what of an item stands in the index; keys always do",
            "anyOf": [
                {"enum": ["ALL", "KEYS_ONLY"]},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true},
            ],
        })
    }
}

impl JsonSchema for TimeToLiveSpec {
    fn schema_name() -> Cow<'static, str> {
        "TimeToLive".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "the number attribute that holds the time of expiry in seconds since 1970, or false",
            "anyOf": [{"type": "string"}, {"const": false}],
        })
    }
}
