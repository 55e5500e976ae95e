//! An error as it leaves the program, whichever floor it came from.

use serde::Serialize;
use serde_json::Value;

use crate::model::failure::{Failure, FailureKind};
use crate::model::id::ResourceId;

/// What went wrong, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Problem {
    pub kind: ProblemKind,
    /// Lowercase fragment, no full stop.
    pub message: String,
    /// The next step; several stand one a line.
    pub hint: Option<String>,
    pub operation: Option<String>,
    pub code: Option<String>,
    pub request_id: Option<String>,
    /// Its parts, where there are several: every fault of a manifest with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Value>,
    /// Where one error has several reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// The message with operation, code and request, for people.
    #[serde(skip)]
    pub sentence: String,
}

/// One word for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ProblemKind {
    Failure(FailureKind),
    /// What does not come from AWS: `refused`, `manifest`, `usage`.
    Command(&'static str),
}

/// One of several reasons for the same error, with its own next step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    pub id: ResourceId,
    pub why: String,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Problem {
            kind: ProblemKind::Command(kind),
            sentence: message.clone(),
            message,
            hint: None,
            operation: None,
            code: None,
            request_id: None,
            details: Vec::new(),
            reasons: Vec::new(),
        }
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn with_reasons(mut self, reasons: Vec<Reason>) -> Self {
        self.reasons = reasons;
        self
    }

    pub fn with_details(mut self, details: Vec<Value>) -> Self {
        self.details = details;
        self
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        Problem {
            kind: ProblemKind::Failure(failure.kind),
            message: failure.message.clone(),
            hint: failure.hint.clone(),
            operation: failure.operation.clone(),
            code: failure.code.clone(),
            request_id: failure.request_id.clone(),
            details: Vec::new(),
            reasons: Vec::new(),
            sentence: failure.to_string(),
        }
    }
}
