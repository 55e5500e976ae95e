//! A resource policy as the manifest writes it. Every value in it is text: `012345678901`, `true` and `5` stay what
//! was written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::model::change::spelled;

/// What DG quotas-policies allows.
pub mod limits {
    pub const BYTES: usize = 8_192;
    pub const STATEMENTS: usize = 20;
}

/// A policy document. It is whole when given, and compared by what it means.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
#[schemars(rename = "Policy")]
pub struct PolicySpec {
    /// `2012-10-17`; a document without one is read as `2008-10-17`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub statement: OneOrMany<StatementSpec>,
}

impl PolicySpec {
    pub fn document(&self) -> Value {
        spelled(self)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "PolicyVersion")]
pub enum Version {
    #[serde(rename = "2012-10-17")]
    Current,
    #[serde(rename = "2008-10-17")]
    Old,
}

/// Who may, or must not, do what.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
#[schemars(rename = "Statement")]
pub struct StatementSpec {
    /// Names the statement in a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    pub effect: Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<PrincipalSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_principal: Option<PrincipalSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<OneOrMany<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_action: Option<OneOrMany<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<OneOrMany<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_resource: Option<OneOrMany<String>>,
    /// Operator, then key, then value or values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<BTreeMap<String, BTreeMap<String, OneOrMany<String>>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PrincipalSpec {
    Everyone,
    Named(Box<Principals>),
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Principals {
    /// Account ids, and ARNs of users and roles.
    #[serde(rename = "AWS", skip_serializing_if = "Option::is_none")]
    pub aws: Option<OneOrMany<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<OneOrMany<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federated: Option<OneOrMany<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical_user: Option<OneOrMany<String>>,
}

const EVERYONE: &str = "*";

impl Serialize for PrincipalSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            PrincipalSpec::Everyone => serializer.serialize_str(EVERYONE),
            PrincipalSpec::Named(who) => who.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for PrincipalSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = PrincipalSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`\"*\"`, or a map such as `{AWS: \"123456789012\"}` or `{Service: sns.amazonaws.com}`")
            }

            fn visit_str<E: Error>(self, who: &str) -> Result<PrincipalSpec, E> {
                match who {
                    EVERYONE => Ok(PrincipalSpec::Everyone),
                    _ => Err(E::invalid_value(Unexpected::Str(who), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<PrincipalSpec, A::Error> {
                let who = Vec::<String>::deserialize(SeqAccessDeserializer::new(seq))?;
                match who.as_slice() {
                    [who] => self.visit_str(who),
                    _ => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PrincipalSpec, A::Error> {
                let who = Principals::deserialize(MapAccessDeserializer::new(map))?;
                Ok(PrincipalSpec::Named(Box::new(who)))
            }
        }
        deserializer.deserialize_str(Form)
    }
}

impl JsonSchema for PrincipalSpec {
    fn schema_name() -> Cow<'static, str> {
        "Principal".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let named = generator.subschema_for::<Principals>();
        json_schema!({"anyOf": [{"const": EVERYONE}, named]})
    }
}

/// One, or a list.
#[derive(Clone, Debug, PartialEq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: Serialize> Serialize for OneOrMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Form<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one, or a list")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<OneOrMany<T>, E> {
                T::deserialize(text.into_deserializer()).map(|one| OneOrMany(vec![one]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany<T>, A::Error> {
                let one = T::deserialize(MapAccessDeserializer::new(map))?;
                Ok(OneOrMany(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMany<T>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(OneOrMany)
            }
        }
        // Not `deserialize_any`, which would take `012345678901` for a number.
        deserializer.deserialize_str(Form(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})
    }
}
