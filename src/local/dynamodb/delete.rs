//! DeleteTable.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::describe::{NamedTable, describe};
use super::refusal::{decode, in_use, invalid};
use super::status::{IndexStatus, TableStatus, after};
use super::table::{GlobalIndex, get, save, table_name};

pub fn delete_table(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: NamedTable = decode(input)?;
    let name = table_name(call, &request.table_name)?;
    call.store.write(|transaction| {
        let mut table = get(call, transaction, &name)?;
        if table.status != TableStatus::Deleting {
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
            table.require_encrypted(call.now)?;
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
