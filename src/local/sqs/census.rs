//! How much there is.

use super::messages::count;
use super::queue::Queue;
use crate::local::call::Call;
use crate::local::error::ApiError;

/// Queues, and their messages.
///
/// # Errors
/// When the state cannot be read.
pub fn census(call: &Call) -> Result<(u64, u64), ApiError> {
    call.store.read(|transaction| {
        let queues = Queue::all(transaction, call)?;
        let mut messages = 0;
        for queue in &queues {
            let counts = count(transaction, call, queue)?;
            messages += counts.visible + counts.delayed + counts.in_flight;
        }
        Ok((queues.len() as u64, messages.unsigned_abs()))
    })
}
