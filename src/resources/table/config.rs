//! A table in canonical form: what is declared, what is there, and the limits of AWS.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::resources::tags;

/// AWS's limits (DynamoDB API Reference, CreateTable and Projection).
pub mod limits {
    pub const NAME_MIN: usize = 3;
    pub const NAME_MAX: usize = 255;
    pub const ATTRIBUTE_NAME_MAX: usize = 255;
    /// Soft: AWS raises it on request.
    pub const GLOBAL_SECONDARY_INDEXES: usize = 20;
    pub const NON_KEY_ATTRIBUTES_PER_INDEX: usize = 20;
    pub const NON_KEY_ATTRIBUTES_PER_TABLE: usize = 100;
    pub const TAGS: usize = 50;
}

/// What the manifest declares. `None`: not declared, left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableDesired {
    pub partition_key: KeyAttribute,
    pub sort_key: Option<KeyAttribute>,
    /// Whole when given: a live index that it does not name is to go.
    pub global_secondary_indexes: Option<BTreeMap<String, IndexDesired>>,
    pub billing_mode: Option<BillingMode>,
    pub deletion_protection: Option<bool>,
    pub point_in_time_recovery: Option<bool>,
    pub time_to_live: Option<TimeToLive>,
    /// Declared tags together with those of ownership.
    pub tags: BTreeMap<String, String>,
    /// Tags that must not be there.
    #[serde(default)]
    pub untag: BTreeSet<String>,
    /// Settings that are set when the table is made, and left alone from then on.
    #[serde(default)]
    pub ignore: BTreeSet<String>,
}

impl TableDesired {
    /// What is declared of a table that is there already.
    pub fn heeded(&self) -> TableDesired {
        let mut heeded = self.clone();
        for setting in &self.ignore {
            heeded.forget(setting);
        }
        heeded
    }

    fn forget(&mut self, setting: &str) {
        match setting {
            "global_secondary_indexes" => self.global_secondary_indexes = None,
            "billing_mode" => self.billing_mode = None,
            "deletion_protection" => self.deletion_protection = None,
            "point_in_time_recovery" => self.point_in_time_recovery = None,
            "time_to_live" => self.time_to_live = None,
            other => tags::forget(other, &mut self.tags, &mut self.untag),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyAttribute {
    pub name: String,
    #[serde(rename = "type")]
    pub attribute_type: AttributeType,
}

/// A key's type: string, number or binary. AWS has no others for keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AttributeType {
    #[default]
    S,
    N,
    B,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexDesired {
    pub partition_key: KeyAttribute,
    pub sort_key: Option<KeyAttribute>,
    /// Not declared: `ALL` when the index is made, anything afterwards.
    pub projection: Option<Projection>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Projection {
    All,
    KeysOnly,
    Include(BTreeSet<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BillingMode {
    PayPerRequest,
    Provisioned,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeToLive {
    Off,
    Attribute(String),
}

/// A table as it was read, with AWS's absent-means-default filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableLive {
    pub arn: String,
    /// AWS's word: `ACTIVE`, `CREATING` …
    pub status: String,
    pub partition_key: KeyAttribute,
    pub sort_key: Option<KeyAttribute>,
    pub global_secondary_indexes: BTreeMap<String, IndexLive>,
    /// Names only: this version neither manages nor touches them.
    pub local_secondary_indexes: BTreeSet<String>,
    pub billing_mode: BillingMode,
    pub deletion_protection: bool,
    pub point_in_time_recovery: bool,
    pub time_to_live: TimeToLiveLive,
    pub tags: BTreeMap<String, String>,
    /// Up to six hours old (API DescribeTable): zero does not prove empty.
    pub item_count: u64,
    pub size_bytes: u64,
}

/// AWS's word for what is on its way out (API TableDescription, GlobalSecondaryIndexDescription).
const DELETING: &str = "DELETING";

impl TableLive {
    pub fn is_going(&self) -> bool {
        self.status == DELETING
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexLive {
    pub status: String,
    pub backfilling: bool,
    pub partition_key: KeyAttribute,
    pub sort_key: Option<KeyAttribute>,
    pub projection: Projection,
}

impl IndexLive {
    pub fn is_going(&self) -> bool {
        self.status == DELETING
    }
}

/// The state of TTL as DescribeTimeToLive tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeToLiveLive {
    pub status: TimeToLiveStatus,
    pub attribute: Option<String>,
}

impl TimeToLiveLive {
    /// What it will be once AWS has done what it is doing.
    pub fn settle(&mut self) {
        self.status = match self.status {
            TimeToLiveStatus::Enabling | TimeToLiveStatus::Enabled => TimeToLiveStatus::Enabled,
            TimeToLiveStatus::Disabling | TimeToLiveStatus::Disabled => {
                self.attribute = None;
                TimeToLiveStatus::Disabled
            }
        };
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimeToLiveStatus {
    Enabling,
    Enabled,
    Disabling,
    #[default]
    Disabled,
}
