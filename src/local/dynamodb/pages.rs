//! The items of a table in pages: read out of the item store for a backup, kept, and put into a restored table.

use dynoxide::Database;
use rusqlite::{Transaction, params};
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::items::{self, Operation};

/// Keeps every item of the table `id` for `owner`.
pub fn keep(call: &Call, database: &Database, id: &str, owner: &str) -> Result<(), ApiError> {
    let mut input = json!({ "TableName": id });
    for page in 0.. {
        let mut answer = items::perform(database, Operation::Scan, input.clone())?;
        let items = answer["Items"].to_string();
        call.store.write(|transaction| {
            transaction.execute(
                "insert into ddb_pages (owner, page, items) values (?, ?, ?)",
                params![owner, page, items],
            )?;
            Ok(())
        })?;
        match answer["LastEvaluatedKey"].take() {
            Value::Null => break,
            key => input["ExclusiveStartKey"] = key,
        }
    }
    Ok(())
}

pub fn copy(transaction: &Transaction<'_>, from: &str, to: &str) -> Result<(), ApiError> {
    transaction.execute(
        "insert into ddb_pages (owner, page, items) select ?2, page, items from ddb_pages where owner = ?1",
        params![from, to],
    )?;
    Ok(())
}

/// Puts what is kept for the table `id` into it. May be repeated.
pub fn put_back(call: &Call, database: &Database, id: &str) -> Result<(), ApiError> {
    for page in 0.. {
        let kept = call.store.read(|transaction| read(transaction, id, page))?;
        let Some(items) = kept else { break };
        for item in items {
            let input = json!({ "TableName": id, "Item": item });
            items::perform(database, Operation::PutItem, input)?;
        }
    }
    Ok(())
}

fn read(
    transaction: &Transaction<'_>,
    owner: &str,
    page: i64,
) -> Result<Option<Vec<Value>>, ApiError> {
    let mut statement =
        transaction.prepare_cached("select items from ddb_pages where owner = ? and page = ?")?;
    let mut rows = statement.query(params![owner, page])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let items: String = row.get(0)?;
    serde_json::from_str(&items)
        .map(Some)
        .map_err(|error| ApiError::internal(format!("the items of a backup: {error}")))
}

pub fn forget(transaction: &Transaction<'_>, owner: &str) -> Result<(), ApiError> {
    transaction
        .prepare_cached("delete from ddb_pages where owner = ?")?
        .execute([owner])?;
    Ok(())
}
