//! STS.

use serde_json::{Value, json};

use super::call::Call;
use super::error::ApiError;

/// # Errors
/// For any operation but GetCallerIdentity.
pub fn handle(call: &Call, operation: &str) -> Result<Value, ApiError> {
    if operation != "GetCallerIdentity" {
        return Err(ApiError::unknown_operation(operation));
    }
    Ok(json!({
        "Arn": format!("arn:aws:iam::{}:user/local", call.account),
        "UserId": "AIDALOCALLOCALLOCAL00",
        "Account": call.account,
    }))
}
