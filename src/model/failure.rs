//! Why something did not work, in a form that every output can show.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kinds into which errors are sorted, once, at the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    Throttled,
    NotFound,
    /// The resource is busy or was deleted a moment ago: the same call will go through later.
    Busy,
    /// Somebody made it first.
    Exists,
    /// The identity may not do this; the message names the missing action.
    AccessDenied,
    /// No, wrong or expired credentials.
    Credentials,
    BadRequest,
    /// No answer: refused, reset, timed out, unresolvable.
    Network,
    /// The command's deadline passed.
    Timeout,
    /// It was done, yet reading it back shows something else.
    NotConverged,
    Interrupted,
    Other,
}

/// What failed, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// On which resource, where no event or report entry around it says so: `queue orders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The API operation, such as `CreateQueue`, where one failed.
    pub operation: Option<String>,
    /// AWS's error code.
    pub code: Option<String>,
    /// Lowercase fragment, no full stop.
    pub message: String,
    pub request_id: Option<String>,
    pub hint: Option<String>,
}

impl Failure {
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Failure {
            kind,
            subject: None,
            operation: None,
            code: None,
            message: message.into(),
            request_id: None,
            hint: None,
        }
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(subject) = &self.subject {
            write!(f, "{subject}: ")?;
        }
        if let Some(operation) = &self.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&self.message)?;
        match (&self.code, &self.request_id) {
            (Some(code), Some(id)) => write!(f, " ({code}, request {id})"),
            (Some(code), None) => write!(f, " ({code})"),
            (None, Some(id)) => write!(f, " (request {id})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
