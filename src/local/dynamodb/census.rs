//! How much there is.

use rusqlite::params;

use super::super::call::Call;
use super::super::error::ApiError;
use super::door::with_database;
use super::table::all;

/// Tables, their items, and backups.
///
/// # Errors
/// If the local state cannot be read.
pub fn census(call: &Call) -> Result<(u64, u64, u64), ApiError> {
    let (tables, mirrored, backups): (_, i64, i64) = call.store.read(|transaction| {
        let count = |table: &str| {
            let sql = format!("select count(*) from {table} where account = ? and region = ?");
            transaction.query_row(&sql, params![call.account, call.region], |row| row.get(0))
        };
        let tables = all(call, transaction)?;
        Ok((tables, count("ddb_mirrors")?, count("ddb_backups")?))
    })?;
    let mut items = 0;
    if mirrored > 0 {
        let stats = with_database(call, &[], |database, _| {
            database
                .table_stats()
                .map_err(|error| ApiError::internal(format!("items cannot be counted: {error}")))
        })?;
        let live = stats
            .iter()
            .filter(|stats| tables.iter().any(|table| table.id == stats.table_name));
        items = live.map(|stats| stats.item_count).sum();
    }
    Ok((
        tables.len() as u64,
        items.unsigned_abs(),
        backups.unsigned_abs(),
    ))
}
