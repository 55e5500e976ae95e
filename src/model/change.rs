//! One difference between what is and what is declared.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `path: live → desired`. Values are spelled as the manifest spells them (`"5m"`, `true`, `["a"]`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The manifest's path below the resource: `visibility_timeout`, `tags.team`,
    /// `global_secondary_indexes.by-user`.
    pub path: String,
    /// `null`: absent.
    pub live: Value,
    /// `null`: absent, that is, removed.
    pub desired: Value,
    /// What happens because of it, in words, where that is not obvious.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
}

impl FieldChange {
    pub fn new(path: impl Into<String>, live: impl Into<Value>, desired: impl Into<Value>) -> Self {
        FieldChange {
            path: path.into(),
            live: live.into(),
            desired: desired.into(),
            effect: None,
        }
    }

    pub fn with_effect(mut self, effect: impl Into<String>) -> Self {
        self.effect = Some(effect.into());
        self
    }
}

/// A value as the manifest spells it; configurations hold nothing that JSON cannot.
pub fn spelled(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// A setting that the manifest does not declare and that differs from AWS's default: shown, left alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unmanaged {
    pub path: String,
    pub live: Value,
}

/// Everything that comparing one resource says. Empty `changes`: nothing to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delta {
    pub changes: Vec<FieldChange>,
    pub hazards: Vec<super::hazard::Hazard>,
    pub unmanaged: Vec<Unmanaged>,
    /// The resource cannot become what is declared: it must be deleted and made anew.
    pub replace: bool,
    /// A change that AWS would refuse, or that this version cannot make: why, and what to do instead.
    pub impossible: Option<(String, String)>,
}

impl Delta {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}
