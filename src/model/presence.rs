//! A part of a resource that may be declared to be absent.

use serde::{Deserialize, Serialize};

/// What is declared of an optional part. Not declared at all is an `Option` around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence<T> {
    Absent,
    Present(T),
}

impl<T> Presence<T> {
    pub fn present(&self) -> Option<&T> {
        match self {
            Presence::Absent => None,
            Presence::Present(part) => Some(part),
        }
    }
}
