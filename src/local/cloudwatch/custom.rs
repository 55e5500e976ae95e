//! The metrics that came by PutMetricData.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;

use crate::local::call::Call;
use crate::local::error::ApiError;
use crate::local::metrics::{Datum, Metric, Observed, StatisticSet};

/// Adds a datum to a metric, which begins with its first.
///
/// # Errors
/// When the state cannot be written.
pub fn put(
    transaction: &Transaction<'_>,
    call: &Call,
    metric: &Metric,
    resolution: i64,
    datum: &Datum,
) -> Result<(), ApiError> {
    let id: i64 = transaction
        .prepare_cached(
            "insert into cloudwatch_metrics (account, region, namespace, name, dimensions, last_at)
             values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict do update set last_at = max(last_at, excluded.last_at) returning id",
        )?
        .query_row(
            params![
                call.account,
                call.region,
                metric.namespace,
                metric.name,
                json!(metric.dimensions).to_string(),
                datum.at
            ],
            |row| row.get(0),
        )?;
    let (is_set, numbers) = packed(&datum.observed);
    transaction
        .prepare_cached(
            "insert into cloudwatch_data (metric_id, at, resolution, unit, is_set, numbers)
             values (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            id, datum.at, resolution, datum.unit, is_set, numbers
        ])?;
    Ok(())
}

/// Those with a datum at or after `since`.
///
/// # Errors
/// When the state cannot be read.
pub fn metrics(call: &Call, since: i64) -> Result<Vec<Metric>, ApiError> {
    call.store.read(|transaction| {
        let metrics = transaction
            .prepare_cached(
                "select namespace, name, dimensions from cloudwatch_metrics
                 where account = ?1 and region = ?2 and last_at >= ?3",
            )?
            .query_map(params![call.account, call.region, since], |row| {
                let dimensions: String = row.get(2)?;
                Ok(Metric {
                    namespace: row.get(0)?,
                    name: row.get(1)?,
                    dimensions: serde_json::from_str(&dimensions).unwrap_or_default(),
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(metrics)
    })
}

/// From `from` on and before `to`, ascending; only what was put with a resolution of a second if `fine`.
///
/// # Errors
/// When the state cannot be read.
pub fn data(
    call: &Call,
    metric: &Metric,
    [from, to]: [i64; 2],
    fine: bool,
) -> Result<Vec<Datum>, ApiError> {
    call.store.read(|transaction| {
        let Some(id) = find(transaction, call, metric)? else {
            return Ok(Vec::new());
        };
        let coarsest = if fine { 1 } else { 60 };
        let data = transaction
            .prepare_cached(
                "select at, unit, is_set, numbers from cloudwatch_data
                 where metric_id = ?1 and at >= ?2 and at < ?3 and resolution <= ?4 order by at, rowid",
            )?
            .query_map(params![id, from, to, coarsest], |row| {
                Ok(Datum {
                    at: row.get(0)?,
                    unit: row.get(1)?,
                    observed: unpacked(row.get(2)?, row.get_ref(3)?.as_blob()?),
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(data)
    })
}

fn find(
    transaction: &Transaction<'_>,
    call: &Call,
    metric: &Metric,
) -> Result<Option<i64>, ApiError> {
    Ok(transaction
        .prepare_cached(
            "select id from cloudwatch_metrics where account = ?1 and region = ?2
             and namespace = ?3 and name = ?4 and dimensions = ?5",
        )?
        .query_row(
            params![
                call.account,
                call.region,
                metric.namespace,
                metric.name,
                json!(metric.dimensions).to_string()
            ],
            |row| row.get(0),
        )
        .optional()?)
}

fn packed(observed: &Observed) -> (bool, Vec<u8>) {
    let (is_set, numbers): (bool, Vec<f64>) = match observed {
        Observed::Set(set) => (true, vec![set.samples, set.sum, set.minimum, set.maximum]),
        Observed::Values(values) => {
            let numbers = values.iter().flat_map(|(value, count)| [*value, *count]);
            (false, numbers.collect())
        }
    };
    let bytes = numbers.into_iter().flat_map(f64::to_le_bytes);
    (is_set, bytes.collect())
}

fn unpacked(is_set: bool, bytes: &[u8]) -> Observed {
    let (chunks, _) = bytes.as_chunks();
    let numbers: Vec<f64> = chunks
        .iter()
        .map(|chunk| f64::from_le_bytes(*chunk))
        .collect();
    match numbers[..] {
        [samples, sum, minimum, maximum] if is_set => Observed::Set(StatisticSet {
            samples,
            sum,
            minimum,
            maximum,
        }),
        _ => {
            let (pairs, _) = numbers.as_chunks();
            Observed::Values(
                pairs
                    .iter()
                    .map(|[value, count]| (*value, *count))
                    .collect(),
            )
        }
    }
}
