//! What CloudWatch is told of a table without anybody's request: its provisioned capacity, and the making of an index.
//! Both come every five minutes (DG metrics-dimensions), a started period included.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::super::call::Call;
use super::super::error::ApiError;
use super::super::metrics::{Datum, Metric};
use super::meter::{self, MINUTE, Reading, TOLD};
use super::status::{IndexStatus, TableStatus};
use super::table::{GlobalIndex, Table};

const PERIOD: i64 = 5 * MINUTE;
const PROVISIONED: [&str; 2] = [
    "ProvisionedReadCapacityUnits",
    "ProvisionedWriteCapacityUnits",
];

const PROGRESS: &str = "OnlineIndexPercentageProgress";

/// Read and write units of the table, which goes by the empty name, and of its indexes.
type Units = BTreeMap<String, [i64; 2]>;

fn provisioned(table: &Table) -> Units {
    if table.billing.on_demand || table.status == TableStatus::Deleting {
        return Units::new();
    }
    let indexes = table.global_indexes.iter();
    let indexes = indexes.map(|index| (index.name.clone(), index.capacity.read_and_write()));
    indexes
        .chain([(String::new(), table.capacity.read_and_write())])
        .collect()
}

/// Keeps the capacity of a table that is saved, if it changed.
pub fn keep(call: &Call, transaction: &Transaction<'_>, table: &Table) -> Result<(), ApiError> {
    let unreadable = |error| ApiError::internal(format!("a table's provisioned capacity: {error}"));
    let units = serde_json::to_string(&provisioned(table)).map_err(unreadable)?;
    let last: Option<String> = transaction
        .prepare_cached(
            "select units from ddb_provisioned where account = ? and region = ? and name = ?
             order by since desc limit 1",
        )?
        .query_row(params![call.account, call.region, table.name], |row| {
            row.get(0)
        })
        .optional()?;
    if last.as_deref().unwrap_or("{}") != units {
        transaction
            .prepare_cached(
                "insert or replace into ddb_provisioned (account, region, name, since, units)
                 values (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                call.account,
                call.region,
                table.name,
                call.now,
                units
            ])?;
    }
    Ok(())
}

/// From when to when a table had which capacity.
struct Stretch {
    name: String,
    from: i64,
    to: i64,
    units: Units,
}

/// Of one table, or of all; the last one lasts until now.
fn stretches(
    call: &Call,
    transaction: &Transaction<'_>,
    table: Option<&str>,
) -> Result<Vec<Stretch>, ApiError> {
    let mut statement = transaction.prepare_cached(
        "select name, since, units from ddb_provisioned
         where account = ?1 and region = ?2 and (?3 is null or name = ?3) order by name, since",
    )?;
    let mut rows = statement.query(params![call.account, call.region, table])?;
    let mut stretches: Vec<Stretch> = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, from): (String, i64) = (row.get(0)?, row.get(1)?);
        let units: String = row.get(2)?;
        if let Some(before) = stretches.last_mut().filter(|before| before.name == name) {
            before.to = from;
        }
        stretches.push(Stretch {
            name,
            from,
            to: call.now.saturating_add(1),
            units: serde_json::from_str(&units).unwrap_or_default(),
        });
    }
    Ok(stretches)
}

pub fn metrics(call: &Call, transaction: &Transaction<'_>) -> Result<Vec<Metric>, ApiError> {
    let mut metrics: Vec<Metric> = stretches(call, transaction, None)?
        .into_iter()
        .filter(|stretch| stretch.to >= call.now - TOLD)
        .flat_map(|stretch| {
            let table = stretch.name;
            stretch.units.into_keys().flat_map(move |index| {
                let texts = [table.clone(), index, String::new()];
                PROVISIONED.map(|name| meter::metric(name, texts.clone()))
            })
        })
        .collect();
    metrics.sort();
    metrics.dedup();
    Ok(metrics)
}

pub fn is_provisioned(name: &str) -> bool {
    PROVISIONED.contains(&name)
}

/// Of the table and the index that `texts` names.
pub fn data(
    call: &Call,
    transaction: &Transaction<'_>,
    name: &str,
    [table, index, operation]: &[String; 3],
    from: i64,
    to: i64,
) -> Result<Vec<Datum>, ApiError> {
    let mut periods: BTreeMap<i64, f64> = BTreeMap::new();
    if operation.is_empty() {
        for stretch in stretches(call, transaction, Some(table))? {
            let Some(units) = stretch.units.get(index) else {
                continue;
            };
            let units = units[usize::from(name == PROVISIONED[1])] as f64;
            let first = period(stretch.from.max(from.saturating_sub(PERIOD)));
            let end = stretch.to.min(to);
            let mut at = first;
            while at < end {
                periods.insert(at, units);
                at += PERIOD;
            }
        }
    }
    Ok(periods
        .range(from..to.max(from))
        .map(|(at, units)| meter::datum(name, *at, vec![(*units, 1.0)]))
        .collect())
}

fn period(at: i64) -> i64 {
    at - at.rem_euclid(PERIOD)
}

/// Of a table whose update has just been accepted.
pub fn follow_indexes(
    call: &Call,
    transaction: &Transaction<'_>,
    table: &Table,
) -> Result<(), ApiError> {
    for index in &table.global_indexes {
        match index.status {
            IndexStatus::Allocating { .. } => foretell(call, transaction, &table.name, index)?,
            IndexStatus::Deleting => forget(call, transaction, &table.name, index)?,
            _ => {}
        }
    }
    Ok(())
}

/// The making of an index begins now: what will be observed of it is known.
fn foretell(
    call: &Call,
    transaction: &Transaction<'_>,
    table: &str,
    index: &GlobalIndex,
) -> Result<(), ApiError> {
    let whole = (index.until - call.now).max(1);
    let mut at = period(call.now);
    while at < call.now + whole {
        let done = (at + PERIOD - call.now).min(whole);
        let percent = (done * 100 / whole) as f64;
        let reading = Reading::of_index(PROGRESS, table, &index.name, percent);
        meter::record_at(call, transaction, &reading, at)?;
        at += PERIOD;
    }
    Ok(())
}

/// An index may be deleted before it is whole.
fn forget(
    call: &Call,
    transaction: &Transaction<'_>,
    table: &str,
    index: &GlobalIndex,
) -> Result<(), ApiError> {
    transaction.execute(
        "delete from ddb_meter where account = ? and region = ? and table_name = ? and name = ?
         and index_name = ? and minute > ?",
        params![
            call.account,
            call.region,
            table,
            PROGRESS,
            index.name,
            call.now
        ],
    )?;
    Ok(())
}
