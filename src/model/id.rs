//! What a resource is called: its kind, its key in the manifest, its components.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A kind of AWS resource that a manifest can declare. The order is the order of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Queue,
    Table,
}

impl Kind {
    pub const ALL: [Kind; 2] = [Kind::Queue, Kind::Table];

    /// The singular noun, as in `queue orders`.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Queue => "queue",
            Kind::Table => "table",
        }
    }

    /// The plural noun, as in the manifest's section.
    pub fn plural(self) -> &'static str {
        match self {
            Kind::Queue => "queues",
            Kind::Table => "tables",
        }
    }

    /// The AWS service; always a valid name for `--component`.
    pub fn service(self) -> &'static str {
        match self {
            Kind::Queue => "sqs",
            Kind::Table => "dynamodb",
        }
    }

    /// The command that makes this kind only; a name for `--component` too.
    pub fn part(self) -> &'static str {
        match self {
            Kind::Queue => "create-queues",
            Kind::Table => "create-tables",
        }
    }
}

/// A resource by its key in the manifest; written `queue/orders`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    pub kind: Kind,
    pub key: String,
}

impl ResourceId {
    pub fn new(kind: Kind, key: impl Into<String>) -> Self {
        ResourceId {
            kind,
            key: key.into(),
        }
    }

    pub fn queue(key: impl Into<String>) -> Self {
        Self::new(Kind::Queue, key)
    }

    pub fn table(key: impl Into<String>) -> Self {
        Self::new(Kind::Table, key)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.noun(), self.key)
    }
}

impl FromStr for ResourceId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (noun, key) = text
            .split_once('/')
            .ok_or_else(|| format!("`{text}` is not of the form kind/key"))?;
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.noun() == noun)
            .ok_or_else(|| format!("`{noun}` is not a kind of resource"))?;
        Ok(ResourceId::new(kind, key))
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A name for a group of resources: a service (`sqs`), a part (`create-queues`) or the user's own (`payment`).
/// Matching ignores case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ComponentName(String);

impl ComponentName {
    pub fn new(name: impl AsRef<str>) -> Self {
        ComponentName(name.as_ref().trim().to_lowercase())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ComponentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One declared resource, before anything of AWS is known: enough to find it and to order it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub id: ResourceId,
    /// The physical name, as AWS knows it.
    pub name: String,
    /// The component it is shown under and tagged with: the user's own name, else the service.
    pub component: ComponentName,
    /// Resources of this manifest that must exist before it.
    pub depends_on: Vec<ResourceId>,
    /// Declares a setting that AWS tells only a few times a second, so that it is worth asking for.
    pub asks_scarce: bool,
}

impl Target {
    /// Whether `--component NAME` selects it.
    pub fn is_in(&self, component: &ComponentName) -> bool {
        self.component == *component
            || component.as_str() == self.id.kind.service()
            || component.as_str() == self.id.kind.part()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text() {
        for id in [
            ResourceId::queue("orders.fifo"),
            ResourceId::table("a/b"),
            ResourceId::table("Orders"),
        ] {
            assert_eq!(id.to_string().parse::<ResourceId>(), Ok(id));
        }
        assert!("topic/x".parse::<ResourceId>().is_err());
        assert!("orders".parse::<ResourceId>().is_err());
    }

    #[test]
    fn a_service_and_its_part_always_select() {
        let target = Target {
            id: ResourceId::queue("q"),
            name: "q".into(),
            component: ComponentName::new("Payment"),
            depends_on: vec![],
            asks_scarce: false,
        };
        for name in ["sqs", "SQS", "create-queues", "payment", "PAYMENT"] {
            assert!(target.is_in(&ComponentName::new(name)), "{name}");
        }
        for name in ["dynamodb", "create-tables", "orders"] {
            assert!(!target.is_in(&ComponentName::new(name)), "{name}");
        }
    }
}
