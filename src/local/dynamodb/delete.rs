//! DeleteTable.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::backup::Backup;
use super::describe::{NamedTable, describe};
use super::door;
use super::refusal::{decode, in_use, invalid};
use super::running;
use super::status::{IndexStatus, TableStatus, after};
use super::table::{GlobalIndex, Table, get, save, table_name};

pub fn delete_table(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: NamedTable = decode(input)?;
    let name = table_name(call, &request.table_name)?;
    let table = call
        .store
        .read(|transaction| get(call, transaction, &name))?;
    if table.recovery.is_none() || table.status == TableStatus::Deleting {
        return delete(call, &name, None);
    }
    require_deletable(call, &table)?;
    let backup = Backup::of_deleted(call, &table);
    // Nothing may be written between the last backup and the deletion.
    door::keep_items(call, &table, &backup.arn, || {
        delete(call, &name, Some(&backup))
    })
}

fn delete(call: &Call, name: &str, backup: Option<&Backup>) -> Result<Value, ApiError> {
    call.store.write(|transaction| {
        let mut table = get(call, transaction, name)?;
        if table.status != TableStatus::Deleting {
            require_deletable(call, &table)?;
            running::require_room(call, transaction, name)?;
            if let Some(backup) = backup {
                backup.save(call, transaction)?;
            }
            table.status = TableStatus::Deleting;
            table.until = after(call.now, call.settings.table_delay);
            for index in &mut table.global_indexes {
                index.status = IndexStatus::Deleting;
                index.until = table.until;
            }
            save(call, transaction, &table)?;
        }
        Ok(json!({ "TableDescription": describe(call, &table) }))
    })
}

fn require_deletable(call: &Call, table: &Table) -> Result<(), ApiError> {
    if table.deletion_protection {
        return Err(invalid(
            "Resource cannot be deleted as it is currently protected against deletion. \
             Disable deletion protection first.",
        ));
    }
    table.require_active()?;
    let busy = |index: &GlobalIndex| index.status != IndexStatus::Active;
    if table.global_indexes.iter().any(busy) {
        return Err(in_use(
            "Cannot delete table while indexes are being created, updated, or deleted.",
        ));
    }
    table.require_encrypted(call.now)
}
