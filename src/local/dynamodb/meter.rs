//! What is told to CloudWatch: one row per metric, minute and value observed, with how often it occurred.

use std::collections::BTreeMap;

use rusqlite::{Transaction, params};

use super::super::call::Call;
use super::super::error::ApiError;
use super::super::metrics::{Datum, Metric, Observed};
use super::meter_tables;

pub const MINUTE: i64 = 60 * 1000;
const NAMESPACE: &str = "AWS/DynamoDB";
const DAY: i64 = 24 * 60 * MINUTE;
/// As long as CloudWatch tells of a metric without new data (API ListMetrics).
pub const TOLD: i64 = 14 * DAY;

/// One observation; dimensions that a metric does not have are empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    pub name: &'static str,
    pub table: String,
    pub index: String,
    pub operation: String,
    pub value: f64,
}

impl Reading {
    pub fn of_table(name: &'static str, table: &str, value: f64) -> Reading {
        Reading {
            name,
            table: table.to_owned(),
            value,
            ..Reading::default()
        }
    }

    pub fn of_index(name: &'static str, table: &str, index: &str, value: f64) -> Reading {
        Reading {
            index: index.to_owned(),
            ..Reading::of_table(name, table, value)
        }
    }

    pub fn of_operation(name: &'static str, table: &str, operation: &str, value: f64) -> Reading {
        Reading {
            operation: operation.to_owned(),
            ..Reading::of_table(name, table, value)
        }
    }
}

/// As of now, and forgets what is too old to be told.
pub fn record(
    call: &Call,
    transaction: &Transaction<'_>,
    readings: &[Reading],
) -> Result<(), ApiError> {
    for reading in readings {
        record_at(call, transaction, reading, call.now)?;
    }
    transaction
        .prepare_cached("delete from ddb_meter where minute < ?")?
        .execute([call.now - TOLD - DAY])?;
    Ok(())
}

pub fn record_at(
    call: &Call,
    transaction: &Transaction<'_>,
    reading: &Reading,
    at: i64,
) -> Result<(), ApiError> {
    transaction
        .prepare_cached(
            "insert into ddb_meter
             (account, region, name, table_name, index_name, operation, minute, value, occurred)
             values (?, ?, ?, ?, ?, ?, ?, ?, 1)
             on conflict do update set occurred = occurred + 1",
        )?
        .execute(params![
            call.account,
            call.region,
            reading.name,
            reading.table,
            reading.index,
            reading.operation,
            at - at.rem_euclid(MINUTE),
            reading.value
        ])?;
    Ok(())
}

/// Every metric with data within the last two weeks.
///
/// # Errors
/// If the local state cannot be read.
pub fn metrics(call: &Call) -> Result<Vec<Metric>, ApiError> {
    call.store.read(|transaction| {
        let mut statement = transaction.prepare_cached(
            "select distinct name, table_name, index_name, operation from ddb_meter
             where account = ? and region = ? and minute between ? and ?",
        )?;
        let window = params![call.account, call.region, call.now - TOLD, call.now];
        let mut metrics = statement
            .query_map(window, |row| {
                let name: String = row.get(0)?;
                let texts = [row.get(1)?, row.get(2)?, row.get(3)?];
                Ok(metric(&name, texts))
            })?
            .collect::<Result<Vec<Metric>, _>>()?;
        metrics.extend(meter_tables::metrics(call, transaction)?);
        metrics.sort();
        Ok(metrics)
    })
}

/// The minutes at which `metric` was observed, from `from` on and before `to`.
///
/// # Errors
/// If the local state cannot be read.
pub fn data(call: &Call, metric: &Metric, from: i64, to: i64) -> Result<Vec<Datum>, ApiError> {
    let Some(texts) = texts(metric) else {
        return Ok(Vec::new());
    };
    let to = to.min(call.now.saturating_add(1));
    call.store.read(|transaction| {
        if meter_tables::is_provisioned(&metric.name) {
            return meter_tables::data(call, transaction, &metric.name, &texts, from, to);
        }
        let [table, index, operation] = &texts;
        let mut statement = transaction.prepare_cached(
            "select minute, value, occurred from ddb_meter
             where account = ? and region = ? and table_name = ? and name = ? and index_name = ?
             and operation = ? and minute >= ? and minute < ? order by minute, value",
        )?;
        let mut rows = statement.query(params![
            call.account,
            call.region,
            table,
            metric.name,
            index,
            operation,
            from,
            to
        ])?;
        let mut minutes: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let values = minutes.entry(row.get(0)?).or_default();
            values.push((row.get(1)?, row.get(2)?));
        }
        Ok(minutes
            .into_iter()
            .map(|(at, values)| datum(&metric.name, at, values))
            .collect())
    })
}

pub fn datum(name: &str, at: i64, values: Vec<(f64, f64)>) -> Datum {
    let unit = if name == "SuccessfulRequestLatency" {
        "Milliseconds"
    } else {
        "Count"
    };
    Datum {
        at,
        observed: Observed::Values(values),
        unit: Some(unit.to_owned()),
    }
}

const DIMENSIONS: [&str; 3] = ["TableName", "GlobalSecondaryIndexName", "Operation"];

/// Of the texts of its dimensions, in their order.
pub fn metric(name: &str, texts: [String; 3]) -> Metric {
    let dimensions = DIMENSIONS.map(str::to_owned).into_iter().zip(texts);
    Metric {
        namespace: NAMESPACE.to_owned(),
        name: name.to_owned(),
        dimensions: dimensions.filter(|(_, text)| !text.is_empty()).collect(),
    }
}

/// The inverse; `None` for a metric that is not of this service.
fn texts(metric: &Metric) -> Option<[String; 3]> {
    let known = metric
        .dimensions
        .keys()
        .all(|key| DIMENSIONS.contains(&key.as_str()));
    let text = |key: &str| metric.dimensions.get(key).cloned().unwrap_or_default();
    (metric.namespace == NAMESPACE && known).then(|| DIMENSIONS.map(text))
}
