//! One request on its way to a service.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ApiError;
use super::store::Store;

/// What every operation may look at. Services are synchronous functions of this, the operation and its input:
/// `pub fn handle(call: &Call, operation: &str, input: &Value) -> Result<Value, ApiError>`.
pub struct Call<'a> {
    pub store: &'a Store,
    pub settings: &'a Settings,
    /// Scheme and host of where the request was sent: a queue's URL leads there again.
    pub origin: &'a str,
    /// From the credential scope of the signature.
    pub region: &'a str,
    pub account: &'a str,
    /// Milliseconds since the epoch by the emulator's clock, which may run ahead of the machine's.
    pub now: i64,
}

impl Call<'_> {
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.region, self.account
        )
    }
}

/// How long things take that take long on AWS.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// CREATING → ACTIVE, and the same for a table's deletion and update.
    pub table_delay: Duration,
    /// For an index added to a live table: half of it without, half of it with `Backfilling`.
    pub index_delay: Duration,
    /// ENABLING → ENABLED, DISABLING → DISABLED. Up to an hour on AWS.
    pub ttl_delay: Duration,
    /// CREATING → AVAILABLE of an on-demand backup.
    pub backup_delay: Duration,
}

/// An operation's input in its own shape; members that the shape does not have are ignored, as on AWS.
///
/// # Errors
/// `SerializationException` when a member has another type.
pub fn decode<T: DeserializeOwned>(input: &Value) -> Result<T, ApiError> {
    serde_json::from_value(without_nulls(input.clone()))
        .map_err(|error| ApiError::new("SerializationException", error.to_string()))
}

/// A member that is null is one that was not given (Smithy, AWS JSON protocols).
pub fn without_nulls(mut input: Value) -> Value {
    match &mut input {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            for value in members.values_mut() {
                *value = without_nulls(value.take());
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = without_nulls(item.take());
            }
        }
        _ => {}
    }
    input
}
