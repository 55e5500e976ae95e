//! Where metrics come from: what was put here, and what the services tell of themselves.

use super::custom;
use crate::local::call::Call;
use crate::local::error::ApiError;
use crate::local::metrics::{Datum, Metric};

/// All that had data at or after `since`.
///
/// # Errors
/// When the state cannot be read.
pub fn metrics(call: &Call, since: i64) -> Result<Vec<Metric>, ApiError> {
    custom::metrics(call, since)
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
    custom::data(call, metric, range, fine)
}
