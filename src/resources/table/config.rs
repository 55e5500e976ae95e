//! A table in canonical form: what is declared, what is there, and the limits of AWS.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::resources::tags;

use super::throughput::{ThroughputDesired, ThroughputLive};

/// AWS's limits (DynamoDB API Reference, CreateTable and Projection).
pub mod limits {
    pub const NAME_MIN: usize = 3;
    pub const NAME_MAX: usize = 255;
    pub const ATTRIBUTE_NAME_MAX: usize = 255;
    /// Soft: AWS raises it on request.
    pub const GLOBAL_SECONDARY_INDEXES: usize = 20;
    pub const LOCAL_SECONDARY_INDEXES: usize = 5;
    pub const NON_KEY_ATTRIBUTES_PER_INDEX: usize = 20;
    pub const NON_KEY_ATTRIBUTES_PER_TABLE: usize = 100;
    /// Of point-in-time recovery; also what AWS keeps unless told otherwise (API
    /// PointInTimeRecoverySpecification).
    pub const RECOVERY_DAYS_MAX: u32 = 35;
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
    /// Whole when given, and fixed for the life of the table.
    #[serde(default)]
    pub local_secondary_indexes: Option<BTreeMap<String, LocalIndex>>,
    pub billing_mode: Option<BillingMode>,
    #[serde(default)]
    pub throughput: ThroughputDesired,
    pub deletion_protection: Option<bool>,
    pub point_in_time_recovery: Option<Recovery>,
    pub time_to_live: Option<TimeToLive>,
    #[serde(default)]
    pub stream: Option<Stream>,
    #[serde(default)]
    pub encryption: Option<Encryption>,
    #[serde(default)]
    pub table_class: Option<TableClass>,
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

    /// What CreateTable makes of it: a default stands for whatever is not declared, but for capacities.
    pub fn as_made(&self) -> TableDesired {
        let mut made = self.clone();
        made.ignore.clear();
        made.global_secondary_indexes.get_or_insert_default();
        made.local_secondary_indexes.get_or_insert_default();
        made.billing_mode.get_or_insert(BillingMode::PayPerRequest);
        let maximum = &mut made.throughput.maximum;
        maximum.read.get_or_insert_default();
        maximum.write.get_or_insert_default();
        made.deletion_protection.get_or_insert(false);
        made.point_in_time_recovery.get_or_insert(Recovery::Off);
        made.time_to_live.get_or_insert(TimeToLive::Off);
        made.stream.get_or_insert_default();
        made.encryption.get_or_insert(Encryption::AwsOwned);
        made.table_class.get_or_insert_default();
        made
    }

    fn forget(&mut self, setting: &str) {
        match setting {
            "global_secondary_indexes" => self.global_secondary_indexes = None,
            "local_secondary_indexes" => self.local_secondary_indexes = None,
            "billing_mode" => self.billing_mode = None,
            "read_capacity" => self.throughput.capacity.read = None,
            "write_capacity" => self.throughput.capacity.write = None,
            "max_read_request_units" => self.throughput.maximum.read = None,
            "max_write_request_units" => self.throughput.maximum.write = None,
            "deletion_protection" => self.deletion_protection = None,
            "point_in_time_recovery" => self.point_in_time_recovery = None,
            "time_to_live" => self.time_to_live = None,
            "stream" => self.stream = None,
            "encryption" => self.encryption = None,
            "table_class" => self.table_class = None,
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
    #[serde(default)]
    pub throughput: ThroughputDesired,
}

/// A local index, declared or live: its partition key is that of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalIndex {
    pub sort_key: KeyAttribute,
    /// Not declared: `ALL` when the table is made, anything afterwards.
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

/// Point-in-time recovery. `On` without a period: whatever it is, and AWS's 35 days where it is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    Off,
    On,
    Days(u32),
}

/// Point-in-time recovery as it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryLive {
    #[default]
    Off,
    Days(u32),
    /// Not asked for, or AWS cannot say yet: the table was made a moment ago (API DescribeContinuousBackups).
    Unknown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    #[default]
    Off,
    View(StreamView),
}

/// What a stream's record holds of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StreamView {
    NewImage,
    OldImage,
    NewAndOldImages,
    KeysOnly,
}

/// Whose key encrypts the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    AwsOwned,
    AwsManaged,
    /// A key's ARN or id, or an alias.
    KmsKey(String),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TableClass {
    #[default]
    Standard,
    StandardInfrequentAccess,
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
    pub local_secondary_indexes: BTreeMap<String, LocalIndex>,
    pub billing_mode: BillingMode,
    pub throughput: ThroughputLive,
    pub deletion_protection: bool,
    pub point_in_time_recovery: RecoveryLive,
    pub time_to_live: TimeToLiveLive,
    pub stream: Stream,
    pub encryption: EncryptionLive,
    pub table_class: TableClass,
    /// What it has that this version does not manage, and that lets the table be neither compared nor changed.
    pub unsupported: Option<String>,
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

    /// Of an index, or, without a name, of the table itself.
    pub fn throughput_of(&self, index: Option<&str>) -> Option<&ThroughputLive> {
        match index {
            None => Some(&self.throughput),
            Some(name) => self
                .global_secondary_indexes
                .get(name)
                .map(|it| &it.throughput),
        }
    }

    /// Leaves out what moves by itself: counters, statuses, and capacity that is not ours to set.
    pub fn still(&mut self) {
        self.item_count = 0;
        self.size_bytes = 0;
        self.status.clear();
        self.time_to_live.settle();
        self.encryption.settling = false;
        self.throughput.still();
        for index in self.global_secondary_indexes.values_mut() {
            index.status.clear();
            index.backfilling = false;
            index.throughput.still();
        }
    }
}

/// How DescribeTable tells encryption. It names the key by its ARN, whatever it was set with, and does not tell
/// AWS's own key of the account from a customer's (API SSEDescription).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionLive {
    /// None: the key that AWS owns.
    pub key_arn: Option<String>,
    /// A change of it is under way.
    pub settling: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexLive {
    pub status: String,
    pub backfilling: bool,
    pub partition_key: KeyAttribute,
    pub sort_key: Option<KeyAttribute>,
    pub projection: Projection,
    pub throughput: ThroughputLive,
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
