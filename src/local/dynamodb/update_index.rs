//! UpdateTable on indexes: made, removed, or given other throughput.

use std::collections::BTreeSet;

use super::super::call::Call;
use super::super::error::ApiError;
use super::keys::{self, GLOBAL_INDEXES_MAX, IndexInput};
use super::refusal::{in_use, invalid, invalid_parameter};
use super::status::{IndexStatus, after};
use super::table::{AttributeDefinition, GlobalIndex, Table};
use super::update::one_online_index;

pub fn create(
    call: &Call,
    table: &mut Table,
    index: IndexInput,
    definitions: &[AttributeDefinition],
) -> Result<(), ApiError> {
    if table
        .global_indexes
        .iter()
        .any(GlobalIndex::is_online_operation)
    {
        return Err(one_online_index());
    }
    let mut names = table
        .global_indexes
        .iter()
        .map(|other| &other.name)
        .chain(table.local_indexes.iter().map(|other| &other.name));
    if names.any(|name| *name == index.index_name) {
        return Err(invalid(
            "Attempting to create an index which already exists",
        ));
    }
    keys::check_global(&index, definitions)?;
    index.check_billing(table.billing.on_demand)?;
    if table.global_indexes.len() >= GLOBAL_INDEXES_MAX {
        return Err(keys::too_many_globals());
    }
    add_definitions(table, definitions)?;
    let status = IndexStatus::Allocating {
        backfill_at: after(call.now, call.settings.index_delay / 2),
    };
    let until = after(call.now, call.settings.index_delay);
    table
        .global_indexes
        .push(GlobalIndex::new(index, table.next_serial, status, until));
    table.next_serial += 1;
    let globals = table.global_indexes.iter().map(|index| &index.projection);
    let locals = table.local_indexes.iter().map(|index| &index.projection);
    keys::check_projected(globals.chain(locals))
}

/// The request's definitions are a delta to those of the table (observed: paritysuite/dynamodb-conformance#77).
fn add_definitions(table: &mut Table, definitions: &[AttributeDefinition]) -> Result<(), ApiError> {
    for definition in definitions {
        let known = table
            .definitions
            .iter()
            .find(|known| known.attribute_name == definition.attribute_name);
        match known {
            None => table.definitions.push(definition.clone()),
            Some(known) if known.attribute_type != definition.attribute_type => {
                return Err(invalid_parameter(format!(
                    "Attributes cannot be redefined. Please check that your attribute has the same type as \
                     previously defined. Attribute: {}, existing type: {}, new type: {}",
                    definition.attribute_name, known.attribute_type, definition.attribute_type
                )));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

pub fn delete(call: &Call, table: &mut Table, name: &str) -> Result<(), ApiError> {
    let position = table
        .global_indexes
        .iter()
        .position(|index| index.name == name)
        .ok_or_else(|| index_not_found(name))?;
    let others_busy = table
        .global_indexes
        .iter()
        .any(|index| index.name != name && index.is_online_operation());
    let index = &mut table.global_indexes[position];
    match index.status {
        _ if others_busy => Err(one_online_index()),
        IndexStatus::Deleting => Err(in_use(format!("Index is being deleted: {name}"))),
        IndexStatus::Updating => Err(in_use(format!("Index is being updated: {name}"))),
        IndexStatus::Allocating { .. } => Err(in_use(format!(
            "Index creation is in resource allocation phase. Retry deletion during backfilling phase \
             or when the index is active. Table: {} Index: {name}",
            table.name
        ))),
        _ => {
            index.status = IndexStatus::Deleting;
            index.until = after(call.now, call.settings.index_delay);
            Ok(())
        }
    }
}

/// Definitions told in the request must be in use once it is through.
pub fn check_definitions(
    table: &Table,
    definitions: &[AttributeDefinition],
) -> Result<(), ApiError> {
    let staying = table
        .global_indexes
        .iter()
        .filter(|index| index.status != IndexStatus::Deleting);
    let used = table.definitions_used(staying);
    let used: BTreeSet<&str> = used
        .iter()
        .map(|definition| definition.attribute_name.as_str())
        .collect();
    if definitions
        .iter()
        .all(|definition| used.contains(definition.attribute_name.as_str()))
    {
        Ok(())
    } else {
        Err(keys::unused(definitions, &used))
    }
}

pub fn require_updatable(table: &Table, name: &str) -> Result<(), ApiError> {
    let index = table
        .global_indexes
        .iter()
        .find(|index| index.name == name)
        .ok_or_else(|| {
            // Recorded by dynalite and dynoxide against AWS.
            invalid(
                "This operation cannot be performed with given input values. \
                 Please contact DynamoDB service team for more info: Action Blocked: IndexUpdate",
            )
        })?;
    if index.is_online_operation() {
        return Err(in_use(format!("Index is being created or deleted: {name}")));
    }
    if index.status == IndexStatus::Updating {
        return Err(in_use(format!(
            "Index is being updated. Table: {} Index: {name}",
            table.name
        )));
    }
    Ok(())
}

/// Capacity and billing wait for an index that goes (observed: ack-api-quirks DDB-TABLE-375).
pub fn require_none_deleting(table: &Table) -> Result<(), ApiError> {
    let going = table
        .global_indexes
        .iter()
        .find(|index| index.status == IndexStatus::Deleting);
    match going {
        Some(index) => Err(in_use(format!(
            "Index is being deleted. Table: {} Index: {}",
            table.name, index.name
        ))),
        None => Ok(()),
    }
}

/// The index, marked as being updated.
pub fn updated<'a>(
    call: &Call,
    table: &'a mut Table,
    name: &str,
) -> Result<&'a mut GlobalIndex, ApiError> {
    let index = table
        .global_indexes
        .iter_mut()
        .find(|index| index.name == name)
        .ok_or_else(|| index_not_found(name))?;
    index.status = IndexStatus::Updating;
    index.until = after(call.now, call.settings.table_delay);
    Ok(index)
}

fn index_not_found(name: &str) -> ApiError {
    ApiError::new(
        "ResourceNotFoundException",
        format!("Requested resource not found: Index: {name} not found"),
    )
}
