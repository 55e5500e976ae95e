//! A table as the manifest writes it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::units::Seconds;
use crate::resources::declaration::Declaration;
use crate::resources::tags::Tags;

use super::config::{
    BillingMode, Encryption, IndexDesired, LocalIndex, Recovery, Stream, TableClass, TableDesired,
    TimeToLive,
};
use super::forms::{
    EncryptionSpec, KeySpec, MaximumSpec, ProjectionSpec, RecoverySpec, StreamSpec, TimeToLiveSpec,
};
use super::throughput::{Maximum, ReadWrite, ThroughputDesired};

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
    /// Whole when given. They are made with the table: any difference on a table that is there means another table.
    pub local_secondary_indexes: Option<BTreeMap<String, LocalIndexSpec>>,
    /// `PAY_PER_REQUEST` is what a new table gets. `PROVISIONED` needs a capacity on the table and on each global index.
    pub billing_mode: Option<BillingMode>,
    /// Units a second, with `billing_mode: PROVISIONED`. Left alone where a scalable target manages it.
    pub read_capacity: Option<u64>,
    /// Units a second, with `billing_mode: PROVISIONED`. Left alone where a scalable target manages it.
    pub write_capacity: Option<u64>,
    /// The most that an on-demand table may spend.
    pub max_read_request_units: Option<MaximumSpec>,
    /// The most that an on-demand table may spend.
    pub max_write_request_units: Option<MaximumSpec>,
    /// `true` leaves a period alone that is set already; a new one is AWS's 35 days.
    pub point_in_time_recovery: Option<RecoverySpec>,
    pub time_to_live: Option<TimeToLiveSpec>,
    /// Another view type means another stream, with a new ARN.
    pub stream: Option<StreamSpec>,
    /// `aws_managed` and an alias are not compared with a KMS key that is set already: AWS tells its ARN only.
    pub encryption: Option<EncryptionSpec>,
    /// AWS allows two changes in 30 days.
    pub table_class: Option<TableClass>,
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

/// What can be left alone, and has no default to go back to.
pub const WITHOUT_DEFAULT: [&str; 2] = ["read_capacity", "write_capacity"];

impl Declaration for TableSpec {
    const SETTINGS: &'static [&'static str] = &[
        "global_secondary_indexes",
        "local_secondary_indexes",
        "billing_mode",
        "read_capacity",
        "write_capacity",
        "max_read_request_units",
        "max_write_request_units",
        "point_in_time_recovery",
        "time_to_live",
        "stream",
        "encryption",
        "table_class",
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
    /// Units a second, with `billing_mode: PROVISIONED`. Left alone where a scalable target manages it.
    pub read_capacity: Option<u64>,
    /// Units a second, with `billing_mode: PROVISIONED`. Left alone where a scalable target manages it.
    pub write_capacity: Option<u64>,
    /// The most that an index of an on-demand table may spend.
    pub max_read_request_units: Option<MaximumSpec>,
    /// The most that an index of an on-demand table may spend.
    pub max_write_request_units: Option<MaximumSpec>,
}

/// Its partition key is the table's.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LocalSecondaryIndex")]
pub struct LocalIndexSpec {
    pub sort_key: KeySpec,
    /// `ALL` is what a new index gets.
    pub projection: Option<ProjectionSpec>,
}

impl TableSpec {
    /// Whether point-in-time recovery is declared, be it as `default`.
    pub fn declares_recovery(&self) -> bool {
        self.point_in_time_recovery.is_some() || self.defaults.contains("point_in_time_recovery")
    }

    /// The canonical form.
    pub fn desired(&self, tags: Tags, untag: BTreeSet<String>) -> TableDesired {
        let indexes = self.global_secondary_indexes.as_ref();
        let local = self.local_secondary_indexes.as_ref();
        let mut desired = TableDesired {
            partition_key: self.partition_key.0.clone(),
            sort_key: self.sort_key.as_ref().map(|key| key.0.clone()),
            global_secondary_indexes: indexes.map(|specs| by_name(specs, IndexSpec::desired)),
            local_secondary_indexes: local.map(|specs| by_name(specs, LocalIndexSpec::desired)),
            billing_mode: self.billing_mode,
            throughput: throughput(
                [self.read_capacity, self.write_capacity],
                [self.max_read_request_units, self.max_write_request_units],
            ),
            deletion_protection: self.deletion_protection,
            point_in_time_recovery: self.point_in_time_recovery.map(RecoverySpec::desired),
            time_to_live: self.time_to_live.as_ref().map(|ttl| ttl.0.clone()),
            stream: self.stream.map(|stream| stream.0),
            encryption: self.encryption.as_ref().map(|key| key.0.clone()),
            table_class: self.table_class,
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

impl IndexSpec {
    fn desired(&self) -> IndexDesired {
        IndexDesired {
            partition_key: self.partition_key.0.clone(),
            sort_key: self.sort_key.as_ref().map(|key| key.0.clone()),
            projection: self.projection.as_ref().map(|spec| spec.0.clone()),
            throughput: throughput(
                [self.read_capacity, self.write_capacity],
                [self.max_read_request_units, self.max_write_request_units],
            ),
        }
    }
}

impl LocalIndexSpec {
    fn desired(&self) -> LocalIndex {
        LocalIndex {
            sort_key: self.sort_key.0.clone(),
            projection: self.projection.as_ref().map(|spec| spec.0.clone()),
        }
    }
}

const DAY: u64 = 86_400;

impl RecoverySpec {
    /// The period in whole days; `None`: it is none.
    pub fn days(period: Seconds) -> Option<u32> {
        let whole = period.0.is_multiple_of(DAY);
        u32::try_from(period.0 / DAY).ok().filter(|_| whole)
    }

    fn desired(self) -> Recovery {
        match self {
            RecoverySpec::Switch(false) => Recovery::Off,
            RecoverySpec::Switch(true) => Recovery::On,
            RecoverySpec::Period(period) => Self::days(period).map_or(Recovery::On, Recovery::Days),
        }
    }
}

fn by_name<S, D>(specs: &BTreeMap<String, S>, desired: impl Fn(&S) -> D) -> BTreeMap<String, D> {
    let pairs = specs.iter();
    pairs
        .map(|(name, spec)| (name.clone(), desired(spec)))
        .collect()
}

fn throughput(
    [read, write]: [Option<u64>; 2],
    [max_read, max_write]: [Option<MaximumSpec>; 2],
) -> ThroughputDesired {
    let maximum = ReadWrite {
        read: max_read,
        write: max_write,
    };
    ThroughputDesired {
        capacity: ReadWrite { read, write },
        maximum: maximum.map(|spec| spec.map(|spec| spec.0)),
    }
}

/// Gives a setting the default that a table is made with (DynamoDB API Reference, CreateTable; for the billing
/// mode it is the manifest's own).
fn reset(desired: &mut TableDesired, setting: &str) {
    match setting {
        "global_secondary_indexes" => desired.global_secondary_indexes = Some(BTreeMap::new()),
        "billing_mode" => desired.billing_mode = Some(BillingMode::PayPerRequest),
        "local_secondary_indexes" => desired.local_secondary_indexes = Some(BTreeMap::new()),
        "max_read_request_units" => desired.throughput.maximum.read = Some(Maximum::Unlimited),
        "max_write_request_units" => desired.throughput.maximum.write = Some(Maximum::Unlimited),
        "point_in_time_recovery" => desired.point_in_time_recovery = Some(Recovery::Off),
        "stream" => desired.stream = Some(Stream::Off),
        "encryption" => desired.encryption = Some(Encryption::AwsOwned),
        "table_class" => desired.table_class = Some(TableClass::Standard),
        "time_to_live" => desired.time_to_live = Some(TimeToLive::Off),
        "deletion_protection" => desired.deletion_protection = Some(false),
        _ => {}
    }
}
