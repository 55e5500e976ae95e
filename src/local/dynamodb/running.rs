//! How many table operations may run at once, and how many tables there may be (API LimitExceededException).

use rusqlite::{Transaction, params};

use super::super::call::Call;
use super::super::error::ApiError;
use super::refusal::limit_exceeded;
use super::status::{IndexStatus, TableStatus};
use super::table::Table;

const AT_ONCE: i64 = 500;
/// Of new tables with secondary indexes.
const WITH_INDEXES_AT_ONCE: i64 = 250;
const TABLES: i64 = 2_500;

/// Remembers until when a table that is saved is busy.
pub fn keep(call: &Call, transaction: &Transaction<'_>, table: &Table) -> Result<(), ApiError> {
    let until = busy_until(table);
    if until > call.now {
        let indexed = !table.local_indexes.is_empty() || !table.global_indexes.is_empty();
        transaction
            .prepare_cached(
                "insert or replace into ddb_running (account, region, name, until, indexed) values (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                call.account,
                call.region,
                table.name,
                until,
                indexed && table.status == TableStatus::Creating
            ])?;
    }
    transaction
        .prepare_cached("delete from ddb_running where until <= ?")?
        .execute([call.now])?;
    Ok(())
}

fn busy_until(table: &Table) -> i64 {
    let of_table = (table.status != TableStatus::Active).then_some(table.until);
    let indexes = table.global_indexes.iter();
    let of_indexes = indexes
        .filter(|index| index.status != IndexStatus::Active)
        .map(|index| index.until);
    of_indexes
        .chain(of_table)
        .chain(table.time_to_live.changing_until())
        .max()
        .unwrap_or(0)
}

/// For an operation on the table `name`, which itself does not count.
pub fn require_room(
    call: &Call,
    transaction: &Transaction<'_>,
    name: &str,
) -> Result<(), ApiError> {
    if running(call, transaction, name, false)? >= AT_ONCE {
        return Err(limit_exceeded(format!(
            "Only {AT_ONCE} tables can be created, updated, or deleted simultaneously"
        )));
    }
    Ok(())
}

/// For the new table.
pub fn require_room_for(
    call: &Call,
    transaction: &Transaction<'_>,
    table: &Table,
) -> Result<(), ApiError> {
    require_room(call, transaction, &table.name)?;
    let indexed = !table.local_indexes.is_empty() || !table.global_indexes.is_empty();
    if indexed && running(call, transaction, &table.name, true)? >= WITH_INDEXES_AT_ONCE {
        return Err(limit_exceeded(format!(
            "Only {WITH_INDEXES_AT_ONCE} tables with secondary indexes can be created simultaneously"
        )));
    }
    let tables: i64 = transaction
        .prepare_cached("select count(*) from ddb_tables where account = ? and region = ?")?
        .query_row(params![call.account, call.region], |row| row.get(0))?;
    if tables >= TABLES {
        return Err(limit_exceeded(format!(
            "There is a limit of {TABLES} tables per subscriber"
        )));
    }
    Ok(())
}

fn running(
    call: &Call,
    transaction: &Transaction<'_>,
    name: &str,
    indexed: bool,
) -> Result<i64, ApiError> {
    let running = transaction
        .prepare_cached(
            "select count(*) from ddb_running where account = ? and region = ? and name <> ? and until > ?
             and indexed >= ?",
        )?
        .query_row(
            params![call.account, call.region, name, call.now, indexed],
            |row| row.get(0),
        )?;
    Ok(running)
}
