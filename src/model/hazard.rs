//! What can lose a message, an item or a protection; each is allowed by its name or refused.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HazardKind {
    /// A resource is deleted and made anew.
    Replace,
    /// A queue that is not proven empty is deleted, or its retention lowered.
    LoseMessages,
    /// A table with items in it is deleted.
    LoseItems,
    /// An index is removed, or made anew.
    DeleteIndex,
    /// Encryption, deletion protection or point-in-time recovery is switched off.
    Weaken,
}

impl HazardKind {
    pub const ALL: [HazardKind; 5] = [
        HazardKind::Replace,
        HazardKind::LoseMessages,
        HazardKind::LoseItems,
        HazardKind::DeleteIndex,
        HazardKind::Weaken,
    ];

    /// The name that `--allow` takes.
    pub fn name(self) -> &'static str {
        match self {
            HazardKind::Replace => "replace",
            HazardKind::LoseMessages => "lose-messages",
            HazardKind::LoseItems => "lose-items",
            HazardKind::DeleteIndex => "delete-index",
            HazardKind::Weaken => "weaken",
        }
    }

    /// What allowing it may cost, for whoever chooses.
    pub fn meaning(self) -> &'static str {
        match self {
            HazardKind::Replace => "a resource is deleted and made anew",
            HazardKind::LoseMessages => {
                "a queue is deleted that may hold messages, or keeps them for less time"
            }
            HazardKind::LoseItems => "a table is deleted with items in it",
            HazardKind::DeleteIndex => "an index is removed, or made anew",
            HazardKind::Weaken => {
                "encryption, deletion protection or point-in-time recovery is switched off"
            }
        }
    }
}

impl fmt::Display for HazardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for HazardKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        HazardKind::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| {
                let names: Vec<_> = HazardKind::ALL.iter().map(|kind| kind.name()).collect();
                format!("not a hazard; one of {}", names.join(", "))
            })
    }
}

/// A hazard of one action, with the reason read from live state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hazard {
    pub kind: HazardKind,
    /// A clause without a full stop: `index by-user is removed with what queries it`.
    pub reason: String,
}

impl Hazard {
    pub fn new(kind: HazardKind, reason: impl Into<String>) -> Self {
        Hazard {
            kind,
            reason: reason.into(),
        }
    }
}
