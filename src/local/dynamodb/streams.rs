//! DynamoDB Streams, as far as it tells of streams. Their records are not kept, and cannot be read.

use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use rusqlite::{Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::capacity::seconds;
use super::refusal::{Constraints, decode};
use super::status::{TableStatus, after};
use super::table::{self, KeyElement, Table, table_name};

/// A disabled stream is told of so long, and so is that of a deleted table (DG Streams).
const KEPT: i64 = 24 * 60 * 60 * 1000;
const PAGE: i64 = 100;

/// # Errors
/// As the operation's page in the DynamoDB Streams API Reference lists them.
pub fn handle(call: &Call, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "ListStreams" => list_streams(call, input),
        "DescribeStream" => describe_stream(call, input),
        "GetShardIterator" | "GetRecords" => Err(ApiError::new(
            "UnknownOperationException",
            format!(
                "the embedded DynamoDB keeps no records of its streams: {operation} is not to be had"
            ),
        )),
        _ => Err(ApiError::unknown_operation(operation)),
    }
}

/// One stream, on or off.
struct Told {
    table: String,
    label: String,
    view: String,
    key_schema: Vec<KeyElement>,
    disabled: Option<i64>,
}

/// Remembers the stream of a table that is saved, for when it is off.
pub(super) fn keep(
    call: &Call,
    transaction: &Transaction<'_>,
    table: &Table,
) -> Result<(), ApiError> {
    let on = (table.status != TableStatus::Deleting)
        .then_some(table.stream.label.as_ref().zip(table.stream.view.as_ref()))
        .flatten();
    transaction
        .prepare_cached(
            "update ddb_streams set disabled = ?4 where account = ?1 and region = ?2 and table_name = ?3
             and disabled is null and label is not ?5",
        )?
        .execute(params![
            call.account,
            call.region,
            table.name,
            call.now,
            on.map(|(label, _)| label)
        ])?;
    if let Some((label, view)) = on {
        let schema = serde_json::to_string(&table.key_schema)
            .map_err(|error| ApiError::internal(format!("a stream's keys: {error}")))?;
        transaction
            .prepare_cached(
                "insert or ignore into ddb_streams (account, region, table_name, label, view, key_schema)
                 values (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                call.account,
                call.region,
                table.name,
                label,
                view,
                schema
            ])?;
    }
    transaction
        .prepare_cached("delete from ddb_streams where disabled <= ?")?
        .execute([call.now - KEPT])?;
    Ok(())
}

/// Of the region, by ARN: those that are on are the tables' own.
fn all(call: &Call) -> Result<Vec<Told>, ApiError> {
    call.store.read(|transaction| {
        let mut streams: Vec<Told> = table::all(call, transaction)?
            .into_iter()
            .filter(|table| table.status != TableStatus::Deleting)
            .filter_map(|table| {
                Some(Told {
                    label: table.stream.label?,
                    view: table.stream.view?,
                    table: table.name,
                    key_schema: table.key_schema,
                    disabled: None,
                })
            })
            .collect();
        let mut statement = transaction.prepare_cached(
            "select table_name, label, view, key_schema, disabled from ddb_streams
             where account = ? and region = ? and disabled > ?",
        )?;
        let mut rows = statement.query(params![call.account, call.region, call.now - KEPT])?;
        while let Some(row) = rows.next()? {
            let schema: String = row.get(3)?;
            streams.push(Told {
                table: row.get(0)?,
                label: row.get(1)?,
                view: row.get(2)?,
                key_schema: serde_json::from_str(&schema).unwrap_or_default(),
                disabled: Some(row.get(4)?),
            });
        }
        streams.sort_by_key(|stream| stream.arn(call));
        Ok(streams)
    })
}

impl Told {
    fn arn(&self, call: &Call) -> String {
        let resource = format!("table/{}/stream/{}", self.table, self.label);
        call.arn("dynamodb", &resource)
    }

    /// The label is the moment at which the stream was asked for.
    fn created(&self) -> i64 {
        DateTime::from_str(&format!("{}Z", self.label), Format::DateTime)
            .ok()
            .and_then(|at| at.to_millis().ok())
            .unwrap_or(0)
    }

    /// It comes and goes with the update of its table.
    fn status(&self, call: &Call) -> &'static str {
        let going_on = |since: i64, delay: Duration| call.now < after(since, delay);
        let delay = call.settings.table_delay;
        match self.disabled {
            Some(at) if going_on(at, delay) => "DISABLING",
            Some(_) => "DISABLED",
            None if going_on(self.created(), delay) => "ENABLING",
            None => "ENABLED",
        }
    }

    /// One shard, open as long as the stream is on.
    fn shards(&self) -> Vec<Value> {
        let number = |moment: i64| format!("{moment:013}00000000000");
        let created = self.created();
        let mut range = json!({ "StartingSequenceNumber": number(created) });
        if let Some(disabled) = self.disabled {
            range["EndingSequenceNumber"] = number(disabled).into();
        }
        vec![json!({
            "ShardId": format!("shardId-{created:020}-00000000"),
            "SequenceNumberRange": range,
        })]
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListStreams {
    table_name: Option<String>,
    limit: Option<i64>,
    exclusive_start_stream_arn: Option<String>,
}

fn list_streams(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: ListStreams = decode(input)?;
    let name = match &request.table_name {
        Some(given) => Some(table_name(call, given)?),
        None => None,
    };
    let limit = page_length(request.limit)?;
    let mut streams = all(call)?;
    streams.retain(|stream| name.as_ref().is_none_or(|name| *name == stream.table));
    if let Some(start) = request.exclusive_start_stream_arn {
        streams.retain(|stream| stream.arn(call) > start);
    }
    let more = streams.len() > limit;
    streams.truncate(limit);
    let told: Vec<Value> = streams
        .iter()
        .map(|stream| {
            json!({
                "StreamArn": stream.arn(call),
                "TableName": stream.table,
                "StreamLabel": stream.label,
            })
        })
        .collect();
    let mut answer = json!({ "Streams": told });
    if more && let Some(last) = streams.last() {
        answer["LastEvaluatedStreamArn"] = last.arn(call).into();
    }
    Ok(answer)
}

fn page_length(limit: Option<i64>) -> Result<usize, ApiError> {
    let limit = limit.unwrap_or(PAGE);
    let mut constraints = Constraints::default();
    constraints.between(limit, "limit", 1, PAGE);
    constraints.finish()?;
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeStream {
    stream_arn: String,
    limit: Option<i64>,
    exclusive_start_shard_id: Option<String>,
}

fn describe_stream(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: DescribeStream = decode(input)?;
    page_length(request.limit)?;
    let streams = all(call)?;
    let stream = streams
        .iter()
        .find(|stream| stream.arn(call) == request.stream_arn)
        .ok_or_else(|| {
            ApiError::new(
                "ResourceNotFoundException",
                format!(
                    "Requested resource not found: Stream: {} not found",
                    request.stream_arn
                ),
            )
        })?;
    // The one shard is on the first page.
    let shards = match request.exclusive_start_shard_id {
        Some(_) => Vec::new(),
        None => stream.shards(),
    };
    Ok(json!({
        "StreamDescription": {
            "StreamArn": request.stream_arn,
            "StreamLabel": stream.label,
            "StreamStatus": stream.status(call),
            "StreamViewType": stream.view,
            "CreationRequestDateTime": seconds(stream.created()),
            "TableName": stream.table,
            "KeySchema": stream.key_schema,
            "Shards": shards,
        }
    }))
}
