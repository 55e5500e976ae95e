//! DynamoDB.

use std::collections::BTreeMap;

use serde_json::Value;

use super::call::Call;
use super::error::ApiError;

/// `create table if not exists …`, run at every opening.
pub const SCHEMA: &str = "";

/// Carries out one operation.
///
/// # Errors
/// The service's own refusals.
pub fn handle(_call: &Call, operation: &str, _input: &Value) -> Result<Value, ApiError> {
    Err(ApiError::new(
        "UnknownOperationException",
        format!("the operation {operation} is not known here"),
    ))
}

type Tagged = (String, BTreeMap<String, String>);

/// The ARN and tags of every table.
///
/// # Errors
/// When the state cannot be read.
pub fn tagged(_call: &Call) -> Result<Vec<Tagged>, ApiError> {
    Ok(Vec::new())
}
