//! DescribeContinuousBackups and UpdateContinuousBackups: the switch, without recovery behind it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::capacity::seconds;
use super::describe::NamedTable;
use super::refusal::{
    Constraints, backup_table_not_found, backups_unavailable, decode, invalid_parameter,
};
use super::status::{TableStatus, after};
use super::table::{Recovery, Table, find, save, table_name};

const DAY: i64 = 24 * 60 * 60 * 1000;
const PERIOD_MAX: i64 = 35;
/// The latest restorable time lags behind the present (API PointInTimeRecoveryDescription).
const LAG: i64 = 5 * 60 * 1000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateContinuousBackups {
    table_name: String,
    point_in_time_recovery_specification: Specification,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Specification {
    point_in_time_recovery_enabled: bool,
    recovery_period_in_days: Option<i64>,
}

pub fn update_continuous_backups(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: UpdateContinuousBackups = decode(input)?;
    let name = table_name(call, &request.table_name)?;
    let specification = request.point_in_time_recovery_specification;
    let days = specification.recovery_period_in_days.unwrap_or(PERIOD_MAX);
    let mut constraints = Constraints::default();
    constraints.between(
        days,
        "pointInTimeRecoverySpecification.recoveryPeriodInDays",
        1,
        PERIOD_MAX,
    );
    constraints.finish()?;
    let enable = specification.point_in_time_recovery_enabled;
    if !enable && specification.recovery_period_in_days.is_some() {
        return Err(invalid_parameter(
            "RecoveryPeriodInDays can not be specified if PointInTimeRecoveryEnabled is false",
        ));
    }
    call.store.write(|transaction| {
        let mut table =
            find(call, transaction, &name)?.ok_or_else(|| backup_table_not_found(&name))?;
        if table.status == TableStatus::Deleting {
            return Err(backup_table_not_found(&name));
        }
        table.require_backups(call.now)?;
        let since = table.recovery.map_or(call.now, |recovery| recovery.since);
        table.recovery = enable.then_some(Recovery { since, days });
        save(call, transaction, &table)?;
        Ok(describe(call, &table))
    })
}

pub fn describe_continuous_backups(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: NamedTable = decode(input)?;
    let name = table_name(call, &request.table_name)?;
    let table = call
        .store
        .read(|transaction| find(call, transaction, &name))?
        .ok_or_else(|| backup_table_not_found(&name))?;
    Ok(describe(call, &table))
}

/// For a while after a new table is ACTIVE, backups are still being enabled (API UpdateContinuousBackups; some seconds
/// where it was observed, ack-api-quirks DDB-BACKUP-002).
pub fn backups_at(call: &Call, active_at: i64) -> i64 {
    after(active_at, call.settings.table_delay / 16)
}

impl Table {
    pub fn require_backups(&self, now: i64) -> Result<(), ApiError> {
        if self.status == TableStatus::Creating || now < self.backups_at {
            return Err(backups_unavailable(&self.name));
        }
        Ok(())
    }
}

/// Continuous backups are ENABLED on every table, whatever point-in-time recovery is (API ContinuousBackupsDescription).
fn describe(call: &Call, table: &Table) -> Value {
    let recovery = match &table.recovery {
        None => json!({ "PointInTimeRecoveryStatus": "DISABLED" }),
        Some(Recovery { since, days }) => json!({
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": days,
            "EarliestRestorableDateTime": seconds((*since).max(call.now - days * DAY)),
            "LatestRestorableDateTime": seconds((*since).max(call.now - LAG)),
        }),
    };
    let status = match table.require_backups(call.now) {
        Ok(()) => "ENABLED",
        Err(_) => "DISABLED",
    };
    json!({
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": status,
            "PointInTimeRecoveryDescription": recovery,
        }
    })
}
