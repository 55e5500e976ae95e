//! Capacity that a table or an index has left: what it earns by the second, and what it saved up.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::super::call::Call;
use super::super::error::ApiError;
use super::capacity::OnDemandThroughput;
use super::consumption::{Consumption, Kind};
use super::meter::MINUTE;
use super::table::Table;

/// Seconds of unused capacity that are kept (DG burst-adaptive-capacity).
const BURST: f64 = 300.0;

/// Where the units come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Provisioned,
    /// The maximum of a table on demand, which may be exceeded in bursts too (DG on-demand-capacity-mode-max-throughput).
    OnDemand,
}

/// What bounds the reads or the writes of a table or, if it is named, of an index.
#[derive(Clone, Debug)]
pub struct Limit {
    pub table: String,
    pub index: String,
    pub kind: Kind,
    pub source: Source,
    pub arn: String,
    id: String,
    rate: f64,
}

/// Of the table and its global indexes; without those that nothing bounds.
pub fn limits(call: &Call, table: &Table, kind: Kind) -> Vec<Limit> {
    let of = |index: &str, units: [i64; 2], maximum: OnDemandThroughput| {
        let (source, rate) = if table.billing.on_demand {
            let maxima = [
                maximum.max_read_request_units,
                maximum.max_write_request_units,
            ];
            (Source::OnDemand, maxima[kind as usize]?)
        } else {
            (Source::Provisioned, units[kind as usize])
        };
        let arn = table.arn(call);
        Some(Limit {
            table: table.name.clone(),
            index: index.to_owned(),
            kind,
            source,
            arn: if index.is_empty() {
                arn
            } else {
                format!("{arn}/index/{index}")
            },
            id: table.id.clone(),
            rate: rate as f64,
        })
    };
    let indexes = table.global_indexes.iter().map(|index| {
        of(
            &index.name,
            index.capacity.read_and_write(),
            index.on_demand,
        )
    });
    [of("", table.capacity.read_and_write(), table.on_demand)]
        .into_iter()
        .chain(indexes)
        .flatten()
        .collect()
}

impl Limit {
    fn is_of(&self, consumed: &Consumption) -> bool {
        self.table == consumed.table && self.kind == consumed.kind
    }

    /// Units that are there now; what was never used is full, and what overdrew is below zero.
    pub fn left(&self, call: &Call, transaction: &Transaction<'_>) -> Result<f64, ApiError> {
        let kept: Option<(f64, i64)> = transaction
            .prepare_cached(
                "select level, at from ddb_buckets where id = ? and index_name = ? and kind = ?",
            )?
            .query_row(params![self.id, self.index, self.kind as i64], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let full = self.rate * BURST;
        Ok(kept.map_or(full, |(level, at)| {
            let seconds = (call.now - at).max(0) as f64 / 1000.0;
            (level + self.rate * seconds).min(full)
        }))
    }

    /// A request that came a little earlier is no reason to fill up twice; one of a process that is hours behind
    /// another is not to wait for that.
    fn take(&self, call: &Call, transaction: &Transaction<'_>, units: f64) -> Result<(), ApiError> {
        let left = self.left(call, transaction)? - units;
        transaction
            .prepare_cached(
                "insert into ddb_buckets (id, index_name, kind, level, at) values (?, ?, ?, ?, ?)
                 on conflict do update set level = excluded.level,
                 at = iif(at > excluded.at + ?, excluded.at, max(at, excluded.at))",
            )?
            .execute(params![
                self.id,
                self.index,
                self.kind as i64,
                left,
                call.now,
                MINUTE
            ])?;
        Ok(())
    }
}

/// Takes what was consumed.
pub fn settle(
    call: &Call,
    transaction: &Transaction<'_>,
    limits: &[Limit],
    consumed: &[Consumption],
) -> Result<(), ApiError> {
    for consumed in consumed {
        for limit in limits.iter().filter(|limit| limit.is_of(consumed)) {
            let units = if limit.index.is_empty() {
                consumed.units
            } else {
                consumed.indexes.get(&limit.index).copied().unwrap_or(0.0)
            };
            if units > 0.0 {
                limit.take(call, transaction, units)?;
            }
        }
    }
    Ok(())
}
