//! On-demand backups: CreateBackup, DescribeBackup, ListBackups, DeleteBackup.

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::backup::{self, Backup, Status};
use super::refusal::{Constraints, backup_table_not_found, decode, invalid};
use super::status::{TableStatus, after};
use super::table::{self, find, table_name};
use super::{door, pages};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateBackup {
    table_name: String,
    backup_name: String,
}

pub fn create_backup(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: CreateBackup = decode(input)?;
    let name = table_name(call, &request.table_name)?;
    let mut constraints = Constraints::default();
    constraints.name(&request.backup_name, "backupName");
    constraints.finish()?;
    call.store
        .read(|transaction| require_quiet(call, transaction, &name))?;
    // Alone, so that the items are those of one moment.
    door::alone(call, &name, |database, table| {
        call.store
            .read(|transaction| require_quiet(call, transaction, &name))?;
        let arn = Backup::arn(call, table);
        pages::keep(call, database, &table.id, &arn)?;
        let backup = Backup {
            name: request.backup_name,
            created: call.now,
            until: after(call.now, call.settings.backup_delay),
            table: table.clone(),
            arn,
        };
        call.store
            .write(|transaction| backup.save(call, transaction))?;
        Ok(json!({ "BackupDetails": backup.details(Status::Creating) }))
    })
}

/// Refuses a table that is not there, or of which another backup is being made (API CreateBackup).
fn require_quiet(call: &Call, transaction: &Transaction<'_>, name: &str) -> Result<(), ApiError> {
    let table = find(call, transaction, name)?.ok_or_else(|| backup_table_not_found(name))?;
    if table.status == TableStatus::Deleting {
        return Err(ApiError::new(
            "TableInUseException",
            format!("Table is being deleted: {name}"),
        ));
    }
    table.require_backups(call.now)?;
    if backup::is_being_made(call, transaction, &table)? {
        Err(backup::in_use(format!(
            "A backup of the table is being created: {name}"
        )))
    } else {
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NamedBackup {
    backup_arn: String,
}

pub fn describe_backup(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: NamedBackup = decode(input)?;
    backup::check_arn(&request.backup_arn)?;
    let backup = call
        .store
        .read(|transaction| backup::get(call, transaction, &request.backup_arn))?;
    Ok(json!({ "BackupDescription": backup.describe(call, backup.status(call.now)) }))
}

pub fn delete_backup(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: NamedBackup = decode(input)?;
    let arn = request.backup_arn;
    backup::check_arn(&arn)?;
    call.store.write(|transaction| {
        let backup = backup::get(call, transaction, &arn)?;
        if backup.status(call.now) == Status::Creating {
            return Err(backup::in_use(format!("Backup is being created: {arn}")));
        }
        require_unused(call, transaction, &arn)?;
        backup.delete(transaction)?;
        Ok(json!({ "BackupDescription": backup.describe(call, Status::Deleted) }))
    })
}

/// A backup feeds one restore at a time, and stays until it is through (API BackupInUseException).
pub fn require_unused(
    call: &Call,
    transaction: &Transaction<'_>,
    arn: &str,
) -> Result<(), ApiError> {
    let restoring = table::all(call, transaction)?
        .into_iter()
        .any(|table| table.restoration.is_some_and(|it| it.backup_arn == arn));
    if restoring {
        Err(backup::in_use(format!(
            "Backup is being used to restore table: {arn}"
        )))
    } else {
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListBackups {
    table_name: Option<String>,
    limit: Option<i64>,
    time_range_lower_bound: Option<f64>,
    time_range_upper_bound: Option<f64>,
    exclusive_start_backup_arn: Option<String>,
    backup_type: Option<String>,
}

pub fn list_backups(call: &Call, input: &Value) -> Result<Value, ApiError> {
    const PAGE: i64 = 100;
    let request: ListBackups = decode(input)?;
    let name = match &request.table_name {
        Some(given) => Some(table_name(call, given)?),
        None => None,
    };
    let limit = request.limit.unwrap_or(PAGE);
    let kind = request.backup_type.as_deref().unwrap_or("USER");
    let mut constraints = Constraints::default();
    constraints.between(limit, "limit", 1, PAGE);
    constraints.one_of(kind, "backupType", &["ALL", "AWS_BACKUP", "SYSTEM", "USER"]);
    constraints.finish()?;
    let millis = |bound: Option<f64>, open: f64| (bound.unwrap_or(open) * 1000.0).round() as i64;
    let (from, to) = (
        millis(request.time_range_lower_bound, 0.0),
        millis(request.time_range_upper_bound, 1e15),
    );
    if from > to {
        return Err(invalid(
            "Time range lower bound must be less than or equal to upper bound",
        ));
    }
    let mut backups = call
        .store
        .read(|transaction| backup::all(call, transaction))?;
    backups.retain(|backup| {
        name.as_ref().is_none_or(|name| *name == backup.table.name)
            && (from..to).contains(&backup.created)
            && (kind == "ALL" || kind == backup.kind())
    });
    if let Some(start) = request.exclusive_start_backup_arn {
        backup::check_arn(&start)?;
        // It may be gone since the page before.
        backups.retain(|backup| backup::by_age(&backup.arn) > backup::by_age(&start));
    }
    let more = backups.len() as i64 > limit;
    backups.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let summaries: Vec<Value> = backups.iter().map(|it| it.summary(call)).collect();
    let mut answer = json!({ "BackupSummaries": summaries });
    if more && let Some(last) = backups.last() {
        answer["LastEvaluatedBackupArn"] = json!(last.arn);
    }
    Ok(answer)
}
