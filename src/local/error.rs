//! What an operation answers when it refuses.

use serde_json::Value;

/// An AWS error, before it is put into a service's wire form.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// HTTP status: 4xx the caller's fault, 5xx ours.
    pub status: u16,
    /// The shape's name as in the service's model: `QueueDoesNotExist`.
    pub code: String,
    pub message: String,
    /// The code of the old query protocol where it differs (`x-amzn-query-error`).
    pub query_code: Option<String>,
    /// Further members of the error shape.
    pub members: serde_json::Map<String, Value>,
}

impl ApiError {
    /// A 400 with the given code.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        ApiError {
            status: 400,
            code: code.into(),
            message: message.into(),
            query_code: None,
            members: serde_json::Map::new(),
        }
    }

    pub fn unknown_operation(operation: &str) -> Self {
        Self::new(
            "UnknownOperationException",
            format!("the local AWS has no operation {operation:?}"),
        )
    }

    /// A body that is longer than it may be.
    pub fn too_large(longest: u64) -> Self {
        ApiError {
            status: 413,
            ..Self::new(
                "RequestEntityTooLargeException",
                format!("the request's body is longer than {longest} bytes"),
            )
        }
    }

    pub fn internal(message: impl Into<String>) -> Self {
        ApiError {
            status: 500,
            ..Self::new("InternalFailure", message)
        }
    }

    pub fn with_query_code(mut self, code: impl Into<String>) -> Self {
        self.query_code = Some(code.into());
        self
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ApiError {}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        ApiError::internal(format!("the local state could not be used: {error}"))
    }
}
