//! Where metrics come from: what was put here, and what the services tell of themselves.

use super::{DAY, custom};
use crate::local::call::Call;
use crate::local::error::ApiError;
use crate::local::metrics::{Datum, Metric};
use crate::local::{dynamodb, sqs};

/// What the services themselves remember of their metrics.
const REMEMBERED: i64 = 14 * DAY;

/// All that had data at or after `since`.
///
/// # Errors
/// When the state cannot be read.
pub fn metrics(call: &Call, since: i64) -> Result<Vec<Metric>, ApiError> {
    let mut all = custom::metrics(call, since)?;
    for metric in [sqs::metrics(call)?, dynamodb::metrics(call)?].concat() {
        let recent = since <= call.now - REMEMBERED
            || !data(call, &metric, [since, call.now + 1], false)?.is_empty();
        if recent {
            all.push(metric);
        }
    }
    Ok(all)
}

/// From `from` on and before `to`, ascending. `fine` leaves out what is kept by the minute, as services do.
///
/// # Errors
/// When the state cannot be read.
pub fn data(
    call: &Call,
    metric: &Metric,
    range: [i64; 2],
    fine: bool,
) -> Result<Vec<Datum>, ApiError> {
    let [from, to] = range;
    match metric.namespace.as_str() {
        "AWS/SQS" | "AWS/DynamoDB" if fine => Ok(Vec::new()),
        "AWS/SQS" => sqs::data(call, metric, from, to),
        "AWS/DynamoDB" => dynamodb::data(call, metric, from, to),
        _ => custom::data(call, metric, range, fine),
    }
}
