//! An on-demand backup as it is kept: the table's descriptor of that moment, and its items in pages.
//!
//! Its counts are the table's, which are hours old (API BackupDetails): zero does not prove it empty.

use rusqlite::{Row, Transaction, params};
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::capacity::seconds;
use super::pages;
use super::refusal::{Constraints, invalid};
use super::status::after;
use super::table::{GlobalIndex, LocalIndex, Table, decode_descriptor};

/// How AWS names the backup of a deleted table, after the table.
const OF_DELETED: &str = "$DeletedTableBackup";
const KEPT: i64 = 35 * 24 * 60 * 60 * 1000;

/// Times are milliseconds by the emulator's clock.
pub struct Backup {
    pub arn: String,
    pub name: String,
    pub created: i64,
    /// When it becomes AVAILABLE.
    pub until: i64,
    pub table: Table,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Creating,
    Available,
    Deleted,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Status::Creating => "CREATING",
            Status::Available => "AVAILABLE",
            Status::Deleted => "DELETED",
        }
    }
}

pub fn not_found(arn: &str) -> ApiError {
    ApiError::new(
        "BackupNotFoundException",
        format!("Backup not found: {arn}"),
    )
}

pub fn in_use(why: impl Into<String>) -> ApiError {
    ApiError::new("BackupInUseException", why)
}

/// ARNs are 37 to 1024 characters long (API DescribeBackup).
pub fn check_arn(arn: &str) -> Result<(), ApiError> {
    let mut constraints = Constraints::default();
    constraints.length(arn, "backupArn", 37, 1024);
    constraints.finish()?;
    if arn.starts_with("arn:") && arn.contains("/backup/") {
        Ok(())
    } else {
        Err(invalid(format!("Invalid Backup ARN: {arn}")))
    }
}

const COLUMNS: &str = "arn, name, created, available_at, descriptor";

fn from_row(row: &Row<'_>) -> Result<Backup, ApiError> {
    let descriptor: String = row.get(4)?;
    Ok(Backup {
        arn: row.get(0)?,
        name: row.get(1)?,
        created: row.get(2)?,
        until: row.get(3)?,
        table: decode_descriptor(&descriptor)?,
    })
}

/// Every backup of the region, the oldest first.
pub fn all(call: &Call, transaction: &Transaction<'_>) -> Result<Vec<Backup>, ApiError> {
    let sql = format!(
        "select {COLUMNS} from ddb_backups where account = ? and region = ? order by created, arn"
    );
    let mut statement = transaction.prepare_cached(&sql)?;
    let mut rows = statement.query(params![call.account, call.region])?;
    let mut backups = Vec::new();
    while let Some(row) = rows.next()? {
        backups.push(from_row(row)?);
    }
    backups.retain(|backup| backup.is_kept(call.now));
    Ok(backups)
}

/// Whether a backup of the table is CREATING.
pub fn is_being_made(
    call: &Call,
    transaction: &Transaction<'_>,
    table: &Table,
) -> Result<bool, ApiError> {
    let prefix = format!("{}/backup/", table.arn(call));
    let busy = transaction
        .prepare_cached(
            "select exists (select 1 from ddb_backups where arn > ?1 and arn < ?1 || 'z' and available_at > ?2
             and json_extract(descriptor, '$.id') = ?3)",
        )?
        .query_row(params![prefix, call.now, table.id], |row| row.get(0))?;
    Ok(busy)
}

/// Forgets those whose time is over.
pub fn purge(call: &Call, transaction: &Transaction<'_>) -> Result<(), ApiError> {
    let over = params![format!("%{OF_DELETED}"), call.now - KEPT];
    transaction
        .prepare_cached(
            "delete from ddb_pages where owner in
             (select arn from ddb_backups where name like ? and created <= ?)",
        )?
        .execute(over)?;
    transaction
        .prepare_cached("delete from ddb_backups where name like ? and created <= ?")?
        .execute(over)?;
    Ok(())
}

/// What backups are listed by.
pub fn by_age(arn: &str) -> (&str, &str) {
    let moment = arn.rsplit_once("/backup/").map_or("", |(_, moment)| moment);
    (moment.split('-').next().unwrap_or(""), arn)
}

pub fn get(call: &Call, transaction: &Transaction<'_>, arn: &str) -> Result<Backup, ApiError> {
    let sql =
        format!("select {COLUMNS} from ddb_backups where account = ? and region = ? and arn = ?");
    let mut statement = transaction.prepare_cached(&sql)?;
    let mut rows = statement.query(params![call.account, call.region, arn])?;
    match rows.next()? {
        Some(row) => Some(from_row(row)?).filter(|backup| backup.is_kept(call.now)),
        None => None,
    }
    .ok_or_else(|| not_found(arn))
}

impl Backup {
    /// Of a table that is deleted while point-in-time recovery is on.
    pub fn of_deleted(call: &Call, table: &Table) -> Backup {
        Backup {
            arn: Backup::arn(call, table),
            name: format!("{}{OF_DELETED}", table.name),
            created: call.now,
            until: after(call.now, call.settings.backup_delay),
            table: table.clone(),
        }
    }

    /// BackupType. A caller's name cannot hold the dollar sign.
    pub fn kind(&self) -> &'static str {
        if self.name.ends_with(OF_DELETED) {
            "SYSTEM"
        } else {
            "USER"
        }
    }

    /// Only what the caller did not ask for (API BackupDetails).
    fn expires(&self) -> Option<i64> {
        (self.kind() == "SYSTEM").then_some(self.created + KEPT)
    }

    fn is_kept(&self, now: i64) -> bool {
        self.expires().is_none_or(|expires| now < expires)
    }

    /// The number is the moment of the request, so that ARNs of one table sort by age.
    pub fn arn(call: &Call, table: &Table) -> String {
        let unique = fastrand::u32(..);
        format!("{}/backup/{:014}-{unique:08x}", table.arn(call), call.now)
    }

    pub fn save(&self, call: &Call, transaction: &Transaction<'_>) -> Result<(), ApiError> {
        let sql = format!(
            "insert into ddb_backups (account, region, {COLUMNS}) values (?, ?, ?, ?, ?, ?, ?)"
        );
        let descriptor = serde_json::to_string(&self.table)
            .map_err(|error| ApiError::internal(format!("a backup's descriptor: {error}")))?;
        transaction.execute(
            &sql,
            params![
                call.account,
                call.region,
                self.arn,
                self.name,
                self.created,
                self.until,
                descriptor
            ],
        )?;
        Ok(())
    }

    pub fn delete(&self, transaction: &Transaction<'_>) -> Result<(), ApiError> {
        transaction.execute("delete from ddb_backups where arn = ?", [&self.arn])?;
        pages::forget(transaction, &self.arn)
    }

    pub fn status(&self, now: i64) -> Status {
        if now < self.until {
            Status::Creating
        } else {
            Status::Available
        }
    }

    /// BackupDetails.
    pub fn details(&self, status: Status) -> Value {
        let mut details = json!({
            "BackupArn": self.arn,
            "BackupName": self.name,
            "BackupSizeBytes": self.table.count.bytes,
            "BackupStatus": status.name(),
            "BackupType": self.kind(),
            "BackupCreationDateTime": seconds(self.created),
        });
        if let Some(expires) = self.expires() {
            details["BackupExpiryDateTime"] = seconds(expires);
        }
        details
    }

    /// BackupSummary.
    pub fn summary(&self, call: &Call) -> Value {
        let mut summary = self.details(self.status(call.now));
        summary["TableName"] = json!(self.table.name);
        summary["TableId"] = json!(self.table.id);
        summary["TableArn"] = json!(self.table.arn(call));
        summary
    }

    /// BackupDescription.
    pub fn describe(&self, call: &Call, status: Status) -> Value {
        let table = &self.table;
        let mut source = json!({
            "TableName": table.name,
            "TableId": table.id,
            "TableArn": table.arn(call),
            "TableSizeBytes": table.count.bytes,
            "KeySchema": table.key_schema,
            "TableCreationDateTime": seconds(table.created),
            "ProvisionedThroughput": table.capacity.units(),
            "ItemCount": table.count.items,
            "BillingMode": table.billing.mode(),
        });
        if !table.on_demand.is_empty() {
            source["OnDemandThroughput"] = json!(table.on_demand);
        }
        json!({
            "BackupDetails": self.details(status),
            "SourceTableDetails": source,
            "SourceTableFeatureDetails": features(call, table),
        })
    }
}

/// SourceTableFeatureDetails, which tells only of what the table had.
fn features(call: &Call, table: &Table) -> Value {
    let mut features = json!({});
    if !table.local_indexes.is_empty() {
        features["LocalSecondaryIndexes"] = table.local_indexes.iter().map(local).collect();
    }
    if !table.global_indexes.is_empty() {
        features["GlobalSecondaryIndexes"] = table.global_indexes.iter().map(global).collect();
    }
    if let Some(view) = &table.stream.view {
        features["StreamDescription"] = json!({ "StreamEnabled": true, "StreamViewType": view });
    }
    if let Some(description) = table.time_to_live.enabled() {
        features["TimeToLiveDescription"] = description;
    }
    if let Some(description) = table.sse_description(call.now) {
        features["SSEDescription"] = description;
    }
    features
}

fn local(index: &LocalIndex) -> Value {
    json!({
        "IndexName": index.name,
        "KeySchema": index.key_schema,
        "Projection": index.projection,
    })
}

fn global(index: &GlobalIndex) -> Value {
    let mut info = json!({
        "IndexName": index.name,
        "KeySchema": index.key_schema,
        "Projection": index.projection,
        "ProvisionedThroughput": index.capacity.units(),
    });
    if !index.on_demand.is_empty() {
        info["OnDemandThroughput"] = json!(index.on_demand);
    }
    info
}
