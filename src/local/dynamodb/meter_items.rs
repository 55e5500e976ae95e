//! What CloudWatch is told of a request for items, answered or refused.

use std::time::Duration;

use serde_json::Value;

use super::super::call::Call;
use super::super::error::ApiError;
use super::bucket::{self, Limit};
use super::consumption::{self, Consumption, Kind};
use super::items::Operation;
use super::meter::{self, Reading};
use super::rename;

/// The tables that a request names, each once.
pub fn named(call: &Call, input: &Value) -> Vec<String> {
    let prefix = call.arn("dynamodb", "table/");
    let mut names = Vec::new();
    rename::tables_in_input(&mut input.clone(), &mut |given| {
        names.push(given.strip_prefix(&prefix).unwrap_or(given).to_owned());
        None
    });
    names.sort_unstable();
    names.dedup();
    names
}

pub fn of_answer(
    operation: Operation,
    answer: &Value,
    consumed: &[Consumption],
    took: Duration,
) -> Vec<Reading> {
    let latency = two_digits(took.as_secs_f64() * 1000.0);
    let mut readings: Vec<Reading> = consumed.iter().flat_map(Consumption::readings).collect();
    for Consumption { table, .. } in consumed {
        let name = operation.name();
        let told = |metric, value| Reading::of_operation(metric, table, name, value);
        readings.push(told("SuccessfulRequestLatency", latency));
        if operation.takes_index()
            && let Some(count) = answer["Count"].as_f64()
        {
            readings.push(told("ReturnedItemCount", count));
        }
    }
    readings
}

/// So that a busy minute's latencies are few different values.
fn two_digits(milliseconds: f64) -> f64 {
    if milliseconds <= 0.0 {
        return 0.0;
    }
    let unit = 10f64.powf(milliseconds.log10().floor() - 1.0);
    (milliseconds / unit).round() * unit
}

/// What a refusal counts as, and what it consumed all the same (DG metrics-dimensions, UserErrors): a failed condition
/// is no error of the user, and a throttled request was counted where it was throttled.
pub fn of_refusal(
    operation: Operation,
    tables: &[String],
    error: &ApiError,
) -> (Vec<Reading>, Vec<Consumption>) {
    let told = |name, table: &String| Reading::of_operation(name, table, operation.name(), 1.0);
    let tables = tables.iter();
    let readings = match error.code.as_str() {
        "ConditionalCheckFailedException" => {
            let consumed: Vec<Consumption> = tables
                .map(|table| consumption::of_failed_condition(table, error))
                .collect();
            let failed = |it: &Consumption| {
                Reading::of_table("ConditionalCheckFailedRequests", &it.table, 1.0)
            };
            let counted = consumed.iter().map(failed);
            let readings = consumed.iter().flat_map(Consumption::readings);
            return (readings.chain(counted).collect(), consumed);
        }
        _ if is_throttling(error) => Vec::new(),
        _ if error.status >= 500 => tables.map(|table| told("SystemErrors", table)).collect(),
        _ => user_error(),
    };
    (readings, Vec::new())
}

fn is_throttling(error: &ApiError) -> bool {
    let cancelled = |reason: &Value| {
        matches!(
            reason["Code"].as_str(),
            Some("ProvisionedThroughputExceeded" | "ThrottlingError")
        )
    };
    let reasons = error.members.get("CancellationReasons");
    let mut reasons = reasons.and_then(Value::as_array).into_iter().flatten();
    matches!(
        error.code.as_str(),
        "ProvisionedThroughputExceededException" | "ThrottlingException"
    ) || reasons.any(cancelled)
}

fn user_error() -> Vec<Reading> {
    vec![Reading {
        name: "UserErrors",
        value: 1.0,
        ..Reading::default()
    }]
}

/// For the refusals of operations on tables, which have no metric but this one.
pub fn refused(call: &Call, error: &ApiError) {
    if error.status < 500 {
        record(call, &user_error());
    }
}

pub fn record(call: &Call, readings: &[Reading]) {
    record_and_settle(call, readings, &[], &[]);
}

/// In one write. A request does not fail for its metering.
pub fn record_and_settle(
    call: &Call,
    readings: &[Reading],
    limits: &[Limit],
    consumed: &[Consumption],
) {
    if !readings.is_empty() {
        call.store
            .write(|transaction| {
                meter::record(call, transaction, readings)?;
                bucket::settle(call, transaction, limits, consumed)
            })
            .ok();
    }
}

/// Counts a request that was throttled before it came here.
pub fn throttled(call: &Call, operation: &str, input: &Value) {
    let Some(operation) = Operation::named(operation) else {
        return;
    };
    let readings: Vec<Reading> = named(call, input)
        .iter()
        .flat_map(|table| {
            let requests = Reading::of_operation("ThrottledRequests", table, operation.name(), 1.0);
            [requests, throttle_event(operation.kind(), table, "")]
        })
        .collect();
    record(call, &readings);
}

/// Of the table, or of one of its indexes.
pub fn throttle_event(kind: Kind, table: &str, index: &str) -> Reading {
    let name = match kind {
        Kind::Read => "ReadThrottleEvents",
        Kind::Write => "WriteThrottleEvents",
    };
    Reading::of_index(name, table, index, 1.0)
}

#[cfg(test)]
mod tests {
    use super::two_digits;

    #[test]
    fn latencies_keep_two_digits() {
        let near = |given: f64, expected: f64| (two_digits(given) - expected).abs() < 1e-9;
        assert!(near(0.0, 0.0) && near(0.347, 0.35) && near(12.61, 13.0) && near(1049.0, 1000.0));
    }
}
