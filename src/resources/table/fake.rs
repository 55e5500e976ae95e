//! A DynamoDB of one table in memory. What is under way ends after so many looks; what comes meanwhile is
//! refused as AWS refuses it; every call is kept as a line.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use aws_sdk_dynamodb::types as sdk;

use crate::model::failure::{Failure, FailureKind};
use crate::resources::script::Script;
use crate::resources::tags::Tags;

use super::api::TableApi;
use super::config::{
    AttributeType, KeyAttribute, Recovery, RecoveryLive, Stream, TableDesired, TimeToLiveLive,
    TimeToLiveStatus,
};
use super::steps::TableUpdate;
use super::throughput::{ByIndex, ThroughputDesired};

#[derive(Default)]
pub struct FakeTable {
    table: RefCell<Option<sdk::TableDescription>>,
    pub time_to_live: RefCell<TimeToLiveLive>,
    pub point_in_time_recovery: Cell<RecoveryLive>,
    pub tags: RefCell<Tags>,
    /// How many looks it takes until something under way is over.
    looks: Cell<u32>,
    left: Cell<u32>,
    /// How many looks do not find a table that was just made.
    unseen: Cell<u32>,
    /// Time to live that is switched off stays DISABLING.
    slow_time_to_live: Cell<bool>,
    /// The status that a change of the table leads to, instead of `UPDATING`.
    stuck: Cell<Option<&'static str>>,
    script: Script,
    in_flight: Cell<usize>,
    peak: Cell<usize>,
}

pub fn key(name: &str, attribute_type: AttributeType) -> KeyAttribute {
    KeyAttribute {
        name: name.into(),
        attribute_type,
    }
}

/// A declaration of a key and nothing else.
pub fn keyed(partition_key: KeyAttribute) -> TableDesired {
    TableDesired {
        partition_key,
        sort_key: None,
        global_secondary_indexes: None,
        local_secondary_indexes: None,
        billing_mode: None,
        throughput: ThroughputDesired::default(),
        deletion_protection: None,
        point_in_time_recovery: None,
        time_to_live: None,
        stream: None,
        encryption: None,
        table_class: None,
        tags: Tags::new(),
        untag: BTreeSet::new(),
        ignore: BTreeSet::new(),
    }
}

/// A table with the key `id`, a number, and no index.
pub fn describe(status: &str) -> sdk::TableDescription {
    let mut table = sdk::TableDescription::builder()
        .table_name("Orders")
        .table_arn("arn:aws:dynamodb:us-east-1:123456789012:table/Orders")
        .table_status(status.into())
        .build();
    table.key_schema = Some(schema(&[("id", sdk::KeyType::Hash)]));
    table.attribute_definitions = Some(vec![
        sdk::AttributeDefinition::builder()
            .attribute_name("id")
            .attribute_type(sdk::ScalarAttributeType::N)
            .build()
            .unwrap(),
    ]);
    table
}

pub fn schema(keys: &[(&str, sdk::KeyType)]) -> Vec<sdk::KeySchemaElement> {
    let elements = keys.iter().map(|(name, role)| {
        sdk::KeySchemaElement::builder()
            .attribute_name(*name)
            .key_type(role.clone())
            .build()
            .unwrap()
    });
    elements.collect()
}

pub fn index(name: &str, status: sdk::IndexStatus) -> sdk::GlobalSecondaryIndexDescription {
    sdk::GlobalSecondaryIndexDescription::builder()
        .index_name(name)
        .index_status(status)
        .set_key_schema(Some(schema(&[(name, sdk::KeyType::Hash)])))
        .build()
}

impl FakeTable {
    pub fn holding(table: sdk::TableDescription) -> Self {
        FakeTable {
            table: RefCell::new(Some(table)),
            ..FakeTable::default()
        }
    }

    /// What is under way now, or later, takes so many looks.
    pub fn slow(self, looks: u32) -> Self {
        self.looks.set(looks);
        self.left.set(looks);
        self
    }

    pub fn unseen(self, looks: u32) -> Self {
        self.unseen.set(looks);
        self
    }

    pub fn stuck(self, status: &'static str) -> Self {
        self.stuck.set(Some(status));
        self
    }

    pub fn slow_time_to_live(self) -> Self {
        self.slow_time_to_live.set(true);
        self
    }

    /// The next so many calls of an operation fail.
    pub fn failing(self, operation: &'static str, times: usize, kind: FailureKind) -> Self {
        self.script.fail(operation, times, kind);
        self
    }

    pub fn calls(&self) -> Vec<String> {
        self.script.calls()
    }

    /// The most calls that were under way at a time.
    pub fn peak(&self) -> usize {
        self.peak.get()
    }

    async fn call(&self, operation: &'static str, about: &str) -> Result<(), Failure> {
        self.script.record(operation, about);
        self.in_flight.set(self.in_flight.get() + 1);
        self.peak.set(self.peak.get().max(self.in_flight.get()));
        tokio::task::yield_now().await;
        self.in_flight.set(self.in_flight.get() - 1);
        self.script.answer(operation)
    }

    /// Refuses what AWS refuses while a change is under way; else begins one.
    fn begin(&self) -> Result<(), Failure> {
        match self.table.borrow_mut().as_mut() {
            Some(table) if table.table_status == Some(sdk::TableStatus::Active) => {
                table.table_status = Some(self.stuck.get().unwrap_or("UPDATING").into());
            }
            _ => return Err(Failure::new(FailureKind::Busy, "the table is in use")),
        }
        self.left.set(self.looks.get());
        Ok(())
    }

    fn settle(&self) {
        let mut table = self.table.borrow_mut();
        let Some(table) = table.as_mut() else {
            return;
        };
        if self.left.get() > 0 {
            self.left.set(self.left.get() - 1);
            return;
        }
        if let Some(sdk::TableStatus::Creating | sdk::TableStatus::Updating) = table.table_status {
            table.table_status = Some(sdk::TableStatus::Active);
        }
        let indexes = table.global_secondary_indexes.get_or_insert_default();
        indexes.retain(|index| index.index_status != Some(sdk::IndexStatus::Deleting));
        for index in indexes {
            index.index_status = Some(sdk::IndexStatus::Active);
        }
    }
}

/// An update in short: `-by-a`, `+by-b(id,b)`, `capacity table 5/· by-a ·/1`.
pub fn words(update: &TableUpdate) -> String {
    match update {
        TableUpdate::DeleteIndex(name) => format!("-{name}"),
        TableUpdate::CreateIndex {
            name, attributes, ..
        } => {
            let names: Vec<_> = attributes.iter().map(|a| a.name.as_str()).collect();
            format!("+{name}({})", names.join(","))
        }
        TableUpdate::DeletionProtection(on) => format!("protection {on}"),
        TableUpdate::Stream(Stream::Off) => "stream off".to_owned(),
        TableUpdate::Stream(Stream::View(view)) => format!("stream {view:?}"),
        TableUpdate::OnDemand => "on-demand".to_owned(),
        TableUpdate::Provisioned(units) => format!("provisioned{}", pairs(units)),
        TableUpdate::Capacity(units) => format!("capacity{}", pairs(units)),
        TableUpdate::Maximum(units) => format!("maximum{}", pairs(units)),
        TableUpdate::TableClass(class) => format!("class {class:?}"),
        TableUpdate::Encryption(key) => format!("key {key:?}"),
    }
}

fn pairs<T: Copy + std::fmt::Debug>(units: &ByIndex<Option<T>>) -> String {
    let one = |units: Option<T>| units.map_or_else(|| "·".to_owned(), |it| format!("{it:?}"));
    let all = units.iter().map(|(index, units)| {
        let of = index.as_deref().unwrap_or("table");
        format!(" {of} {}/{}", one(units.read), one(units.write))
    });
    all.collect()
}

/// What the fake keeps of an update.
fn change(table: &mut sdk::TableDescription, update: &TableUpdate) {
    let indexes = table.global_secondary_indexes.get_or_insert_default();
    match update {
        TableUpdate::DeleteIndex(gone) => {
            let found = indexes.iter_mut().find(|i| i.index_name() == Some(gone));
            found.unwrap().index_status = Some(sdk::IndexStatus::Deleting);
        }
        TableUpdate::CreateIndex { name, .. } => {
            indexes.push(index(name, sdk::IndexStatus::Creating));
        }
        TableUpdate::Capacity(capacities) => {
            for (name, units) in capacities {
                let units = Some(capacity(units.read.unwrap(), units.write.unwrap()));
                match name {
                    None => table.provisioned_throughput = units,
                    Some(name) => {
                        let found = indexes.iter_mut().find(|i| i.index_name() == Some(name));
                        found.unwrap().provisioned_throughput = units;
                    }
                }
            }
        }
        _ => {}
    }
}

pub fn capacity(read: u64, write: u64) -> sdk::ProvisionedThroughputDescription {
    sdk::ProvisionedThroughputDescription::builder()
        .read_capacity_units(i64::try_from(read).unwrap())
        .write_capacity_units(i64::try_from(write).unwrap())
        .build()
}

fn word(table: &sdk::TableDescription) -> String {
    let mut words = vec![table.table_status.as_ref().unwrap().as_str().to_owned()];
    for index in table.global_secondary_indexes() {
        let status = index.index_status.as_ref().unwrap().as_str();
        words.push(format!("{}:{status}", index.index_name().unwrap()));
    }
    words.join(" ")
}

impl TableApi for FakeTable {
    async fn describe_table(&self, _: &str) -> Result<Option<sdk::TableDescription>, Failure> {
        let seen = if self.table.borrow().is_some() && self.unseen.get() > 0 {
            self.unseen.set(self.unseen.get() - 1);
            None
        } else {
            self.settle();
            self.table.borrow().clone()
        };
        let about = seen.as_ref().map_or_else(|| "absent".to_owned(), word);
        self.call("DescribeTable", &about).await?;
        Ok(seen)
    }

    async fn describe_time_to_live(&self, _: &str) -> Result<Option<TimeToLiveLive>, Failure> {
        self.call("DescribeTimeToLive", "").await?;
        let there = self.table.borrow().is_some();
        Ok(there.then(|| self.time_to_live.borrow().clone()))
    }

    async fn describe_continuous_backups(&self, _: &str) -> Result<Option<RecoveryLive>, Failure> {
        self.call("DescribeContinuousBackups", "").await?;
        let there = self.table.borrow().is_some();
        Ok(there.then(|| self.point_in_time_recovery.get()))
    }

    async fn list_tags_of_resource(&self, arn: &str) -> Result<Option<Tags>, Failure> {
        self.call("ListTagsOfResource", arn).await?;
        let there = self.table.borrow().is_some();
        Ok(there.then(|| self.tags.borrow().clone()))
    }

    async fn create_table(&self, name: &str, desired: &TableDesired) -> Result<(), Failure> {
        self.call("CreateTable", name).await?;
        self.tags.replace(desired.tags.clone());
        self.left.set(self.looks.get());
        self.table.replace(Some(describe("CREATING")));
        Ok(())
    }

    async fn update_table(&self, _: &str, update: &TableUpdate) -> Result<(), Failure> {
        self.call("UpdateTable", &words(update)).await?;
        self.begin()?;
        let mut table = self.table.borrow_mut();
        change(table.as_mut().unwrap(), update);
        Ok(())
    }

    async fn update_time_to_live(
        &self,
        _: &str,
        attribute: &str,
        enabled: bool,
    ) -> Result<(), Failure> {
        self.call("UpdateTimeToLive", &format!("{attribute} {enabled}"))
            .await?;
        let (status, attribute) = match (enabled, self.slow_time_to_live.get()) {
            (true, _) => (TimeToLiveStatus::Enabling, Some(attribute.to_owned())),
            (false, true) => (TimeToLiveStatus::Disabling, Some(attribute.to_owned())),
            (false, false) => (TimeToLiveStatus::Disabled, None),
        };
        self.time_to_live
            .replace(TimeToLiveLive { status, attribute });
        Ok(())
    }

    async fn update_continuous_backups(&self, _: &str, recovery: Recovery) -> Result<(), Failure> {
        self.call("UpdateContinuousBackups", &format!("{recovery:?}"))
            .await?;
        self.point_in_time_recovery.set(match recovery {
            Recovery::Off => RecoveryLive::Off,
            Recovery::On => RecoveryLive::Days(35),
            Recovery::Days(days) => RecoveryLive::Days(days),
        });
        Ok(())
    }

    async fn tag_resource(&self, arn: &str, tags: &Tags) -> Result<(), Failure> {
        self.call("TagResource", arn).await?;
        self.tags.borrow_mut().extend(tags.clone());
        Ok(())
    }

    async fn untag_resource(&self, arn: &str, keys: &[String]) -> Result<(), Failure> {
        self.call("UntagResource", arn).await?;
        self.tags.borrow_mut().retain(|key, _| !keys.contains(key));
        Ok(())
    }
}
