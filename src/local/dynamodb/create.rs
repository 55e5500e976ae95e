//! CreateTable.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::capacity::{Billing, Capacity, OnDemandThroughput, ProvisionedThroughput};
use super::continuous_backups::backups_at;
use super::count::Count;
use super::describe::describe;
use super::encryption::{Encryption, SseSpecification};
use super::keys::{self, IndexInput};
use super::refusal::{Constraints, decode, in_use, invalid_parameter, refuse_unsupported};
use super::running;
use super::status::{IndexStatus, TableStatus, after};
use super::stream::{self, StreamSpecification};
use super::table::{
    AttributeDefinition, GlobalIndex, KeyElement, LocalIndex, Stream, Table, TableClass, find,
    purge, save,
};
use super::tags::{self, Tag};
use super::ttl::TimeToLive;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateTable {
    table_name: String,
    attribute_definitions: Vec<AttributeDefinition>,
    key_schema: Vec<KeyElement>,
    local_secondary_indexes: Option<Vec<IndexInput>>,
    global_secondary_indexes: Option<Vec<IndexInput>>,
    billing_mode: Option<String>,
    provisioned_throughput: Option<ProvisionedThroughput>,
    on_demand_throughput: Option<OnDemandThroughput>,
    stream_specification: Option<StreamSpecification>,
    #[serde(rename = "SSESpecification")]
    sse_specification: Option<SseSpecification>,
    table_class: Option<String>,
    deletion_protection_enabled: Option<bool>,
    tags: Option<Vec<Tag>>,
}

pub fn create_table(call: &Call, input: &Value) -> Result<Value, ApiError> {
    refuse_unsupported(
        input,
        &[
            "WarmThroughput",
            "VectorIndexes",
            "ResourcePolicy",
            "GlobalTableSourceArn",
        ],
    )?;
    let request: CreateTable = decode(input)?;
    request.constrain()?;
    request.check()?;
    call.store.write(|transaction| {
        if let Some(table) = find(call, transaction, &request.table_name)? {
            return Err(if table.status == TableStatus::Deleting {
                in_use(format!("Table is being deleted: {}", table.name))
            } else {
                ApiError::new(
                    "ResourceInUseException",
                    format!("Table already exists: {}", table.name),
                )
            });
        }
        purge(call, transaction)?;
        let table = request.into_table(call)?;
        running::require_room_for(call, transaction, &table)?;
        save(call, transaction, &table)?;
        Ok(json!({ "TableDescription": describe(call, &table) }))
    })
}

impl CreateTable {
    fn constrain(&self) -> Result<(), ApiError> {
        let mut constraints = Constraints::default();
        constraints.name(&self.table_name, "tableName");
        if let Some(mode) = &self.billing_mode {
            constraints.one_of(mode, "billingMode", &["PROVISIONED", "PAY_PER_REQUEST"]);
        }
        if let Some(throughput) = self.provisioned_throughput {
            throughput.constrain("provisionedThroughput", &mut constraints);
        }
        keys::constrain_key_schema(&self.key_schema, "keySchema", 2, &mut constraints);
        keys::constrain_definitions(&self.attribute_definitions, &mut constraints);
        let lists = [
            ("globalSecondaryIndexes", &self.global_secondary_indexes),
            ("localSecondaryIndexes", &self.local_secondary_indexes),
        ];
        for (list, indexes) in lists {
            for (number, index) in (1..).zip(indexes.iter().flatten()) {
                index.constrain(&format!("{list}.{number}.member"), &mut constraints);
            }
        }
        stream::constrain(
            self.stream_specification.as_ref(),
            self.sse_specification.as_ref(),
            self.table_class.as_deref(),
            &mut constraints,
        );
        constraints.finish()
    }

    fn check(&self) -> Result<(), ApiError> {
        let on_demand = self.on_demand();
        match self.provisioned_throughput {
            Some(_) if on_demand => {
                return Err(invalid_parameter(
                    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
                ));
            }
            None if !on_demand => {
                return Err(invalid_parameter(
                    "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
                ));
            }
            Some(throughput) => throughput.check_bounds()?,
            None => {}
        }
        self.on_demand_throughput
            .unwrap_or_default()
            .check(on_demand)?;
        keys::check_table(
            &self.key_schema,
            &self.attribute_definitions,
            self.local_secondary_indexes.as_deref(),
            self.global_secondary_indexes.as_deref(),
        )?;
        for index in self.global_secondary_indexes.iter().flatten() {
            index.check_billing(on_demand)?;
        }
        if let Some(stream) = &self.stream_specification {
            stream.check()?;
        }
        if let Some(sse) = &self.sse_specification {
            sse.check()?;
        }
        tags::check(self.tags.as_deref().unwrap_or_default())
    }

    fn on_demand(&self) -> bool {
        self.billing_mode.as_deref() == Some("PAY_PER_REQUEST")
    }

    fn into_table(self, call: &Call) -> Result<Table, ApiError> {
        let on_demand = self.on_demand();
        let until = after(call.now, call.settings.table_delay);
        let indexes = self.global_secondary_indexes.unwrap_or_default();
        let global_indexes: Vec<GlobalIndex> = (0..)
            .zip(indexes)
            .map(|(serial, index)| GlobalIndex::new(index, serial, IndexStatus::Creating, until))
            .collect();
        let locals = self.local_secondary_indexes.unwrap_or_default();
        let local_indexes = locals.into_iter().map(LocalIndex::new).collect();
        let mut on_demand_throughput = OnDemandThroughput::default();
        on_demand_throughput.merge(self.on_demand_throughput.unwrap_or_default());
        let mut table = Table {
            name: self.table_name,
            id: table_id(),
            created: call.now,
            status: TableStatus::Creating,
            until,
            key_schema: self.key_schema,
            definitions: self.attribute_definitions,
            local_indexes,
            next_serial: global_indexes.len() as u64,
            global_indexes,
            billing: Billing::new(on_demand, call.now),
            capacity: Capacity::new(self.provisioned_throughput),
            on_demand: on_demand_throughput,
            deletion_protection: self.deletion_protection_enabled.unwrap_or(false),
            class: self.table_class.map(|name| TableClass {
                name,
                updated: None,
                changes: Vec::new(),
            }),
            stream: Stream::default(),
            kms_key: self
                .sse_specification
                .and_then(|specification| specification.key_arn(call)),
            encryption: Encryption::default(),
            time_to_live: TimeToLive::default(),
            recovery: None,
            tags: tags::into_map(self.tags.unwrap_or_default()),
            count: Count::none(call.now),
            restoration: None,
            backups_at: backups_at(call, until),
        };
        if let Some(stream) = self
            .stream_specification
            .filter(|stream| stream.stream_enabled)
        {
            table.stream.enable(stream.stream_view_type, call.now)?;
        }
        Ok(table)
    }
}

impl LocalIndex {
    fn new(input: IndexInput) -> LocalIndex {
        LocalIndex {
            name: input.index_name,
            key_schema: input.key_schema,
            projection: input.projection,
        }
    }
}

impl GlobalIndex {
    pub fn new(input: IndexInput, serial: u64, status: IndexStatus, until: i64) -> GlobalIndex {
        let mut on_demand = OnDemandThroughput::default();
        on_demand.merge(input.on_demand_throughput.unwrap_or_default());
        GlobalIndex {
            name: input.index_name,
            serial,
            key_schema: input.key_schema,
            projection: input.projection,
            status,
            until,
            capacity: Capacity::new(input.provisioned_throughput),
            on_demand,
        }
    }
}

/// A random UUID.
pub fn table_id() -> String {
    let bits = fastrand::u128(..);
    let digits = format!("{bits:032x}");
    format!(
        "{}-{}-4{}-a{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[13..16],
        &digits[17..20],
        &digits[20..]
    )
}
