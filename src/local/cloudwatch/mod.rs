//! CloudWatch: metrics. Alarms and dashboards are not here yet.

use serde_json::Value;

use super::call::Call;
use super::error::ApiError;

/// The members that are timestamps, in whichever shape of the service.
pub const TIMESTAMPS: [&str; 9] = [
    "AlarmConfigurationUpdatedTimestamp",
    "EndTime",
    "LastModified",
    "StartTime",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
    "Timestamp",
    "Timestamps",
    "UpdatedTimestamp",
];

/// The members that are maps.
pub const MAPS: [&str; 1] = ["ExtendedStatistics"];

/// In bytes, packed or not (API PutMetricData).
pub const LONGEST_REQUEST: u64 = 1 << 20;

/// # Errors
/// The service's own refusals.
pub fn handle(_call: &Call, operation: &str, _input: &Value) -> Result<Value, ApiError> {
    Err(ApiError::unknown_operation(operation))
}
