//! UpdateTable: what may be asked for in one call, and what of it the table allows.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::capacity::{OnDemandThroughput, ProvisionedThroughput};
use super::describe::describe;
use super::encryption::SseSpecification;
use super::keys::{self, IndexInput};
use super::refusal::{
    Constraints, decode, invalid, invalid_parameter, limit_exceeded, refuse_unsupported,
};
use super::status::{TableStatus, after};
use super::stream::{self, StreamSpecification};
use super::table::{AttributeDefinition, Table, TableClass, get, save, table_name};
use super::{meter_tables, running, update_index};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateTable {
    table_name: String,
    #[serde(default)]
    attribute_definitions: Vec<AttributeDefinition>,
    #[serde(default)]
    global_secondary_index_updates: Vec<IndexUpdate>,
    billing_mode: Option<String>,
    provisioned_throughput: Option<ProvisionedThroughput>,
    on_demand_throughput: Option<OnDemandThroughput>,
    stream_specification: Option<StreamSpecification>,
    #[serde(rename = "SSESpecification")]
    sse_specification: Option<SseSpecification>,
    table_class: Option<String>,
    deletion_protection_enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IndexUpdate {
    create: Option<IndexInput>,
    update: Option<IndexThroughput>,
    delete: Option<IndexName>,
}

impl IndexUpdate {
    /// Of its one action.
    fn index_name(&self) -> Result<&str, ApiError> {
        let names = [
            self.create.as_ref().map(|create| &create.index_name),
            self.update.as_ref().map(|update| &update.index_name),
            self.delete.as_ref().map(|delete| &delete.index_name),
        ];
        let mut names = names.into_iter().flatten();
        match (names.next(), names.next()) {
            (Some(name), None) => Ok(name),
            _ => Err(invalid_parameter(
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, \
                 GlobalSecondaryIndexUpdate.Delete must not be null",
            )),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IndexThroughput {
    index_name: String,
    provisioned_throughput: Option<ProvisionedThroughput>,
    on_demand_throughput: Option<OnDemandThroughput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IndexName {
    index_name: String,
}

pub fn update_table(call: &Call, input: &Value) -> Result<Value, ApiError> {
    refuse_unsupported(
        input,
        &[
            "WarmThroughput",
            "VectorIndexUpdates",
            "ReplicaUpdates",
            "MultiRegionConsistency",
            "GlobalTableWitnessUpdates",
        ],
    )?;
    let request: UpdateTable = decode(input)?;
    let name = table_name(call, &request.table_name)?;
    request.constrain()?;
    request.check_shape()?;
    call.store.write(|transaction| {
        let mut table = get(call, transaction, &name)?;
        table.require_active()?;
        running::require_room(call, transaction, &name)?;
        request.apply(call, &mut table)?;
        save(call, transaction, &table)?;
        meter_tables::follow_indexes(call, transaction, &table)?;
        Ok(json!({ "TableDescription": describe(call, &table) }))
    })
}

impl UpdateTable {
    fn constrain(&self) -> Result<(), ApiError> {
        let mut constraints = Constraints::default();
        keys::constrain_definitions(&self.attribute_definitions, &mut constraints);
        if let Some(mode) = &self.billing_mode {
            constraints.one_of(mode, "billingMode", &["PROVISIONED", "PAY_PER_REQUEST"]);
        }
        if let Some(throughput) = self.provisioned_throughput {
            throughput.constrain("provisionedThroughput", &mut constraints);
        }
        for (number, update) in (1..).zip(&self.global_secondary_index_updates) {
            let path = format!("globalSecondaryIndexUpdates.{number}.member");
            if let Some(create) = &update.create {
                create.constrain(&format!("{path}.create"), &mut constraints);
            }
            if let Some(throughput) = update
                .update
                .as_ref()
                .and_then(|u| u.provisioned_throughput)
            {
                throughput.constrain(
                    &format!("{path}.update.provisionedThroughput"),
                    &mut constraints,
                );
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

    /// A call does one of: throughput, one index made, one index removed (API UpdateTable).
    fn check_shape(&self) -> Result<(), ApiError> {
        let updates = &self.global_secondary_index_updates;
        let mut named = BTreeSet::new();
        for update in updates {
            let name = update.index_name()?;
            if !named.insert(name) {
                return Err(invalid_parameter(format!(
                    "Only one global secondary index update per index is allowed simultaneously. Index: {name}"
                )));
            }
        }
        self.check_combination()?;
        let online = updates
            .iter()
            .filter(|update| update.update.is_none())
            .count();
        if online > 1 {
            return Err(one_online_index());
        }
        let throughput = self.changes_capacity() || updates.len() > online;
        if online == 1 && throughput {
            return Err(invalid(
                "UpdateTable performs one of: a change of throughput, the creation of one index, the deletion of one index",
            ));
        }
        Ok(())
    }

    /// Of the table itself; its maxima on demand go another way.
    fn changes_capacity(&self) -> bool {
        self.billing_mode.is_some() || self.provisioned_throughput.is_some()
    }

    /// The page tells only of indexes. The rest was observed, every pair of members tried
    /// (ack-api-quirks DDB-TABLE-382, DDB-TABLE-433).
    fn check_combination(&self) -> Result<(), ApiError> {
        let indexes = !self.global_secondary_index_updates.is_empty();
        let stream = self.stream_specification.is_some();
        let maxima = self.on_demand_throughput.is_some();
        let alone = [
            (self.sse_specification.is_some(), "Server-Side Encryption"),
            (self.table_class.is_some(), "TableClass"),
            (
                self.deletion_protection_enabled.is_some(),
                "DeletionProtection",
            ),
        ];
        let others = [self.changes_capacity(), indexes, stream, maxima];
        let given = alone.iter().map(|(given, _)| *given).chain(others);
        let given = given.filter(|given| *given).count();
        if given == 0 {
            return Err(invalid(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, \
                 SSESpecification, ReplicaUpdates, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput \
                 or TableClass is required",
            ));
        }
        if let Some((_, what)) = alone.iter().find(|(it, _)| *it && given > 1) {
            return Err(invalid_parameter(format!(
                "{what} modification must be the only operation in the request"
            )));
        }
        let iops = self.provisioned_throughput.is_some()
            || self.billing_mode.as_deref() == Some("PROVISIONED");
        if maxima && (stream || indexes) {
            return Err(invalid_parameter(
                "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
            ));
        }
        if stream && iops {
            return Err(invalid(
                "You cannot modify stream status while updating table IOPS",
            ));
        }
        if stream && indexes {
            return Err(invalid(
                "You cannot create or delete index while changing stream status",
            ));
        }
        Ok(())
    }

    fn apply(self, call: &Call, table: &mut Table) -> Result<(), ApiError> {
        keys::check_distinct_definitions(&self.attribute_definitions)?;
        let updates_table = self.updates_table();
        self.change_throughput(call, table)?;
        let mut until = after(call.now, call.settings.table_delay);
        let mut created = None;
        let mut deleted = None;
        for update in self.global_secondary_index_updates {
            created = created.or(update.create);
            deleted = deleted.or(update.delete);
        }
        if created.is_some() || deleted.is_some() {
            until = after(call.now, call.settings.index_delay / 2);
        }
        if let Some(index) = created {
            update_index::create(call, table, index, &self.attribute_definitions)?;
        } else if let Some(index) = deleted {
            update_index::delete(call, table, &index.index_name)?;
        }
        update_index::check_definitions(table, &self.attribute_definitions)?;
        if let Some(stream) = self.stream_specification {
            stream.check()?;
            table.stream.change(stream, call.now, &table.name)?;
        }
        if let Some(sse) = self.sse_specification {
            sse.check()?;
            table.change_encryption(&sse, call)?;
        }
        if let Some(name) = self.table_class {
            table.class = TableClass::change(table.class.take(), name, call.now)?;
        }
        if let Some(protection) = self.deletion_protection_enabled {
            table.deletion_protection = protection;
        }
        if updates_table {
            table.status = TableStatus::Updating;
            table.until = until;
        }
        Ok(())
    }

    /// Encryption has a status of its own, and so has an index whose throughput changes; the table stays ACTIVE
    /// meanwhile (observed: ack-api-quirks DDB-TABLE-120, DDB-TABLE-148).
    fn updates_table(&self) -> bool {
        let updates = &self.global_secondary_index_updates;
        let throughput_of_indexes = !updates.is_empty()
            && updates.iter().all(|update| update.update.is_some())
            && !self.changes_capacity();
        self.sse_specification.is_none() && !throughput_of_indexes
    }

    fn index_throughputs(&self) -> impl Iterator<Item = &IndexThroughput> + Clone {
        self.global_secondary_index_updates
            .iter()
            .filter_map(|update| update.update.as_ref())
    }

    fn change_throughput(&self, call: &Call, table: &mut Table) -> Result<(), ApiError> {
        let on_demand = match self.billing_mode.as_deref() {
            Some(mode) => mode == "PAY_PER_REQUEST",
            None => table.billing.on_demand,
        };
        self.check_throughput(on_demand)?;
        if self.changes_capacity() {
            update_index::require_none_deleting(table)?;
        }
        for update in self.index_throughputs() {
            update_index::require_updatable(table, &update.index_name)?;
        }
        if on_demand != table.billing.on_demand {
            self.switch_billing(call, table, on_demand)?;
        } else {
            if let Some(throughput) = self.provisioned_throughput {
                table.capacity.change(throughput, call.now, "table")?;
            }
            for update in self.index_throughputs() {
                if let Some(throughput) = update.provisioned_throughput {
                    let of = format!("index {}", update.index_name);
                    update_index::updated(call, table, &update.index_name)?
                        .capacity
                        .change(throughput, call.now, &of)?;
                }
            }
        }
        table
            .on_demand
            .merge(self.on_demand_throughput.unwrap_or_default());
        for update in self.index_throughputs() {
            if let Some(maximum) = update.on_demand_throughput {
                update_index::updated(call, table, &update.index_name)?
                    .on_demand
                    .merge(maximum);
            }
        }
        Ok(())
    }

    /// Capacity as the billing mode wants it, of the table and of each index.
    fn check_throughput(&self, on_demand: bool) -> Result<(), ApiError> {
        let given = self.index_throughputs();
        let given =
            given.map(|update| (update.provisioned_throughput, update.on_demand_throughput));
        let table = (self.provisioned_throughput, self.on_demand_throughput);
        if given.clone().any(|given| given == (None, None)) {
            return Err(invalid_parameter(
                "ProvisionedThroughput or OnDemandThroughput must be specified for an index that is updated",
            ));
        }
        for (provisioned, maximum) in given.chain([table]) {
            if maximum.is_some_and(OnDemandThroughput::is_empty) {
                return Err(invalid_parameter(
                    "OnDemandThroughput must have MaxReadRequestUnits, MaxWriteRequestUnits or both",
                ));
            }
            if let Some(throughput) = provisioned {
                if on_demand {
                    return Err(invalid_parameter(
                        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
                    ));
                }
                throughput.check_bounds()?;
            }
            maximum.unwrap_or_default().check(on_demand)?;
        }
        if self.billing_mode.is_some() && !on_demand && self.provisioned_throughput.is_none() {
            return Err(invalid_parameter(
                "ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
            ));
        }
        Ok(())
    }

    fn switch_billing(
        &self,
        call: &Call,
        table: &mut Table,
        on_demand: bool,
    ) -> Result<(), ApiError> {
        table.billing.switch(on_demand, call.now)?;
        if on_demand {
            table.capacity.set_on_demand();
            for index in &mut table.global_indexes {
                index.capacity.set_on_demand();
            }
            return Ok(());
        }
        table.on_demand = OnDemandThroughput::default();
        if let Some(throughput) = self.provisioned_throughput {
            table.capacity.set(throughput);
        }
        for index in &mut table.global_indexes {
            index.on_demand = OnDemandThroughput::default();
            let throughput = self
                .index_throughputs()
                .find(|update| update.index_name == index.name)
                .and_then(|update| update.provisioned_throughput)
                .ok_or_else(|| {
                    invalid_parameter(format!(
                        "ProvisionedThroughput must be specified for index: {}",
                        index.name
                    ))
                })?;
            index.capacity.set(throughput);
        }
        Ok(())
    }
}

pub fn one_online_index() -> ApiError {
    limit_exceeded("Only 1 online index can be created or deleted simultaneously per table")
}
