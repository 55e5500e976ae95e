//! The kinds of resource as enums; a new kind is a variant here and the arms that the compiler asks for.

use serde::{Deserialize, Serialize};

use crate::model::id::Target;

use super::queue::config::{QueueDesired, QueueLive};
use super::table::config::{TableDesired, TableLive};

/// What the manifest declares of one resource, references resolved to ARNs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    Queue(QueueDesired),
    Table(TableDesired),
}

/// What is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Live {
    Queue(QueueLive),
    Table(TableLive),
}

/// A declared resource, ready to be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub target: Target,
    pub desired: Desired,
}
