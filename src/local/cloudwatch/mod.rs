//! CloudWatch: metrics. Alarms and dashboards are not here yet.

mod answer;
mod custom;
mod errors;
mod get_metric_data;
mod get_metric_statistics;
mod input;
mod list;
mod math;
mod put;
mod query;
mod schema;
mod search;
mod series;
mod sources;
mod statistic;
mod trimmed;

use serde_json::Value;

use super::call::Call;
use super::error::ApiError;

pub use schema::SCHEMA;

/// In milliseconds.
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The members that are timestamps, in whichever shape of the service.
pub const TIMESTAMPS: [&str; 11] = [
    "AlarmConfigurationUpdatedTimestamp",
    "EndDate",
    "EndTime",
    "LastModified",
    "LastUpdatedTimestamp",
    "StartDate",
    "StartTime",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
    "Timestamp",
    "Timestamps",
];

/// The members that are maps.
pub const MAPS: [&str; 3] = [
    "AlarmContributorAttributes",
    "ContributorAttributes",
    "ExtendedStatistics",
];

/// In bytes, packed or not (API PutMetricData).
pub const LONGEST_REQUEST: u64 = 1 << 20;

/// API StandardUnit.
const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

/// # Errors
/// The service's own refusals.
pub fn handle(call: &Call, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "PutMetricData" => put::put_metric_data(call, input),
        "ListMetrics" => list::list_metrics(call, input),
        "GetMetricData" => get_metric_data::get_metric_data(call, input),
        "GetMetricStatistics" => get_metric_statistics::get_metric_statistics(call, input),
        _ => Err(ApiError::unknown_operation(operation)),
    }
}

/// As the API has timestamps; data lie on whole seconds.
fn seconds(at: i64) -> i64 {
    at.div_euclid(1_000)
}
