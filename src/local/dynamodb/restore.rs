//! RestoreTableFromBackup, and why RestoreTableToPointInTime is not to be had.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::backup::{self, Backup, Status};
use super::backups::require_unused;
use super::capacity::{Billing, Capacity, OnDemandThroughput, ProvisionedThroughput};
use super::continuous_backups::backups_at;
use super::count::Count;
use super::create::table_id;
use super::describe::describe;
use super::encryption::{Encryption, SseSpecification};
use super::keys::IndexInput;
use super::pages;
use super::refusal::{
    Constraints, backup_table_not_found, decode, invalid_parameter, refuse_unsupported,
};
use super::running;
use super::status::{IndexStatus, TableStatus, after};
use super::table::{
    GlobalIndex, KeyElement, Projection, Restoration, Stream, Table, find, purge, save, table_name,
};
use super::ttl::TimeToLive;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RestoreTableFromBackup {
    target_table_name: String,
    backup_arn: String,
    #[serde(flatten)]
    overrides: Overrides,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Overrides {
    billing_mode_override: Option<String>,
    global_secondary_index_override: Option<Vec<IndexInput>>,
    local_secondary_index_override: Option<Vec<IndexInput>>,
    provisioned_throughput_override: Option<ProvisionedThroughput>,
    on_demand_throughput_override: Option<OnDemandThroughput>,
    #[serde(rename = "SSESpecificationOverride")]
    sse_specification_override: Option<SseSpecification>,
}

pub fn restore_table_from_backup(call: &Call, input: &Value) -> Result<Value, ApiError> {
    refuse_unsupported(input, &["VectorIndexOverride"])?;
    let request: RestoreTableFromBackup = decode(input)?;
    let mut constraints = Constraints::default();
    constraints.name(&request.target_table_name, "targetTableName");
    request.overrides.constrain(&mut constraints);
    constraints.finish()?;
    backup::check_arn(&request.backup_arn)?;
    call.store.write(|transaction| {
        let backup = backup::get(call, transaction, &request.backup_arn)?;
        if backup.status(call.now) == Status::Creating {
            return Err(backup::in_use(format!(
                "Backup is being created: {}",
                backup.arn
            )));
        }
        if let Some(target) = find(call, transaction, &request.target_table_name)? {
            return Err(taken(&target));
        }
        require_unused(call, transaction, &backup.arn)?;
        purge(call, transaction)?;
        let arn = backup.arn.clone();
        let mut table = restored(call, request.target_table_name, backup);
        request.overrides.apply(call, &mut table)?;
        table.definitions = table.definitions_used(&table.global_indexes);
        running::require_room_for(call, transaction, &table)?;
        pages::copy(transaction, &arn, &table.id)?;
        save(call, transaction, &table)?;
        Ok(json!({ "TableDescription": describe(call, &table) }))
    })
}

fn taken(target: &Table) -> ApiError {
    let name = &target.name;
    if target.restoration.is_some() {
        ApiError::new(
            "TableInUseException",
            format!("Table is already being restored: {name}"),
        )
    } else {
        ApiError::new(
            "TableAlreadyExistsException",
            format!("Table already exists: {name}"),
        )
    }
}

/// Keys, indexes, billing and encryption come back; streams, time to live, recovery, tags, table class and protection
/// do not (API RestoreTableFromBackup).
fn restored(call: &Call, name: String, backup: Backup) -> Table {
    let source = backup.table;
    let until = after(call.now, call.settings.table_delay);
    let restoration = Restoration {
        backup_arn: backup.arn,
        source_arn: source.arn(call),
        at: call.now,
    };
    let mut table = Table {
        name,
        id: table_id(),
        created: call.now,
        status: TableStatus::Creating,
        until,
        billing: Billing::new(source.billing.on_demand, call.now),
        capacity: source.capacity.afresh(),
        deletion_protection: false,
        class: None,
        stream: Stream::default(),
        encryption: Encryption::default(),
        time_to_live: TimeToLive::default(),
        recovery: None,
        tags: BTreeMap::new(),
        count: Count::none(call.now),
        restoration: Some(restoration),
        backups_at: backups_at(call, until),
        ..source
    };
    table
        .global_indexes
        .retain(|index| index.status != IndexStatus::Deleting);
    for index in &mut table.global_indexes {
        index.begin(until);
    }
    table
}

impl Overrides {
    fn constrain(&self, constraints: &mut Constraints) {
        if let Some(mode) = &self.billing_mode_override {
            constraints.one_of(
                mode,
                "billingModeOverride",
                &["PROVISIONED", "PAY_PER_REQUEST"],
            );
        }
        if let Some(throughput) = self.provisioned_throughput_override {
            throughput.constrain("provisionedThroughputOverride", constraints);
        }
        if let Some(sse) = &self.sse_specification_override {
            sse.constrain(constraints);
        }
        let lists = [
            (
                "globalSecondaryIndexOverride",
                &self.global_secondary_index_override,
            ),
            (
                "localSecondaryIndexOverride",
                &self.local_secondary_index_override,
            ),
        ];
        for (list, indexes) in lists {
            for (number, index) in (1..).zip(indexes.iter().flatten()) {
                index.constrain(&format!("{list}.{number}.member"), constraints);
            }
        }
    }

    fn apply(&self, call: &Call, table: &mut Table) -> Result<(), ApiError> {
        self.choose_indexes(table)?;
        self.change_billing(call, table)?;
        if let Some(sse) = &self.sse_specification_override {
            sse.check()?;
            table.kms_key = sse.key_arn(call);
        }
        Ok(())
    }

    /// Some of the indexes may be left out; none may be changed but in its throughput.
    fn choose_indexes(&self, table: &mut Table) -> Result<(), ApiError> {
        if let Some(chosen) = &self.global_secondary_index_override {
            let known = table.global_indexes.iter();
            let known: Vec<Shape> = known
                .map(|it| (&it.name, &it.key_schema, &it.projection))
                .collect();
            require_known(chosen, &known)?;
            let is_chosen = |name: &String| chosen.iter().any(|it| it.index_name == *name);
            table.global_indexes.retain(|it| is_chosen(&it.name));
        }
        if let Some(chosen) = &self.local_secondary_index_override {
            let known = table.local_indexes.iter();
            let known: Vec<Shape> = known
                .map(|it| (&it.name, &it.key_schema, &it.projection))
                .collect();
            require_known(chosen, &known)?;
            let is_chosen = |name: &String| chosen.iter().any(|it| it.index_name == *name);
            table.local_indexes.retain(|it| is_chosen(&it.name));
        }
        Ok(())
    }

    fn change_billing(&self, call: &Call, table: &mut Table) -> Result<(), ApiError> {
        let on_demand = match self.billing_mode_override.as_deref() {
            Some(mode) => mode == "PAY_PER_REQUEST",
            None => table.billing.on_demand,
        };
        let throughput = self.provisioned_throughput_override;
        if on_demand && throughput.is_some() {
            return Err(invalid_parameter(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
            ));
        }
        let switched = on_demand != table.billing.on_demand;
        if switched && !on_demand && throughput.is_none() {
            return Err(invalid_parameter(
                "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
            ));
        }
        if let Some(throughput) = throughput {
            throughput.check_bounds()?;
            table.capacity = Capacity::new(Some(throughput));
        }
        let maximum = self.on_demand_throughput_override.unwrap_or_default();
        maximum.check(on_demand)?;
        if switched {
            table.billing = Billing::new(on_demand, call.now);
            table.on_demand = OnDemandThroughput::default();
            if on_demand {
                table.capacity.set_on_demand();
            }
        }
        table.on_demand.merge(maximum);
        for index in &mut table.global_indexes {
            self.change_index(index, on_demand, switched)?;
        }
        Ok(())
    }

    fn change_index(
        &self,
        index: &mut GlobalIndex,
        on_demand: bool,
        switched: bool,
    ) -> Result<(), ApiError> {
        let mut chosen = self.global_secondary_index_override.iter().flatten();
        let chosen = chosen.find(|it| it.index_name == index.name);
        if switched {
            index.on_demand = OnDemandThroughput::default();
        }
        if switched && on_demand {
            index.capacity.set_on_demand();
        }
        let Some(chosen) = chosen else {
            return if switched && !on_demand {
                Err(invalid_parameter(format!(
                    "ProvisionedThroughput must be specified for index: {}",
                    index.name
                )))
            } else {
                Ok(())
            };
        };
        chosen.check_billing(on_demand)?;
        if chosen.provisioned_throughput.is_some() {
            index.capacity = Capacity::new(chosen.provisioned_throughput);
        }
        index
            .on_demand
            .merge(chosen.on_demand_throughput.unwrap_or_default());
        Ok(())
    }
}

type Shape<'a> = (&'a String, &'a Vec<KeyElement>, &'a Projection);

fn require_known(chosen: &[IndexInput], known: &[Shape]) -> Result<(), ApiError> {
    let shape = |it: &IndexInput| known.contains(&(&it.index_name, &it.key_schema, &it.projection));
    match chosen.iter().find(|it| !shape(it)) {
        Some(index) => Err(invalid_parameter(format!(
            "The index of an override must be one of the backup's, with its keys and its projection: {}",
            index.index_name
        ))),
        None => Ok(()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RestoreTableToPointInTime {
    source_table_name: Option<String>,
    source_table_arn: Option<String>,
    target_table_name: String,
}

/// AWS's refusals first; then ours, as no history of items is kept.
pub fn restore_table_to_point_in_time(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: RestoreTableToPointInTime = decode(input)?;
    let mut constraints = Constraints::default();
    constraints.name(&request.target_table_name, "targetTableName");
    constraints.finish()?;
    let Some(source) = request.source_table_name.or(request.source_table_arn) else {
        return Err(invalid_parameter(
            "SourceTableName or SourceTableArn must be specified",
        ));
    };
    let name = table_name(call, &source)?;
    call.store.read(|transaction| {
        let table =
            find(call, transaction, &name)?.ok_or_else(|| backup_table_not_found(&name))?;
        if table.recovery.is_none() {
            return Err(ApiError::new(
                "PointInTimeRecoveryUnavailableException",
                format!("Point in time recovery is not enabled for table '{name}'"),
            ));
        }
        if let Some(target) = find(call, transaction, &request.target_table_name)? {
            return Err(taken(&target));
        }
        Err(ApiError::new(
            "UnknownOperationException",
            "The embedded DynamoDB keeps no history of items, so that no table can be restored to a point in time; \
             make a backup with CreateBackup, and restore it with RestoreTableFromBackup",
        ))
    })
}
