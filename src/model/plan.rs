//! A plan is a value: everything a run will do, and why. It survives its JSON.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::{FieldChange, Unmanaged};
use super::hazard::{Hazard, HazardKind};
use super::id::{ComponentName, ResourceId};
use super::scope::Scope;

/// The version of the plan's JSON document.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub schema_version: u32,
    pub project: String,
    pub env: Option<String>,
    pub scope: Scope,
    /// In an order that respects `depends_on`; independent ones run at once.
    pub actions: Vec<Action>,
    /// Resources that already are what the manifest declares.
    pub unchanged: Vec<Settled>,
    /// Resources of the right name that are somebody else's: never touched, and the run is refused.
    pub conflicts: Vec<Conflict>,
    /// What is worth knowing and changes nothing.
    pub notes: Vec<Note>,
}

impl Plan {
    /// Nothing to do and nothing in the way.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.conflicts.is_empty()
    }

    /// Whether anything is to be written. Waiting for AWS is none.
    pub fn has_changes(&self) -> bool {
        let writes = |action: &Action| action.verb != Verb::Settle;
        !self.conflicts.is_empty() || self.actions.iter().any(writes)
    }

    /// The resources that it would write to, or whose owner stands in the way.
    pub fn touched(&self) -> BTreeSet<ResourceId> {
        let actions = self.actions.iter().map(|action| &action.id);
        let conflicts = self.conflicts.iter().map(|conflict| &conflict.id);
        actions.chain(conflicts).cloned().collect()
    }

    /// The hazards of all actions by name, each once.
    pub fn hazards(&self) -> Vec<HazardKind> {
        let mut kinds: Vec<_> = self
            .actions
            .iter()
            .flat_map(|action| action.hazards.iter().map(|hazard| hazard.kind))
            .collect();
        kinds.sort();
        kinds.dedup();
        kinds
    }

    pub fn count(&self, verb: Verb) -> usize {
        self.actions.iter().filter(|a| a.verb == verb).count()
    }
}

/// What is done to one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Create,
    Update,
    /// Take over a resource that was made by hand or by an older script.
    Adopt,
    /// Only tags change.
    Tag,
    /// Nothing to write: it is declared so already, and AWS is still busy with it.
    Settle,
    /// Delete and make anew.
    Replace,
    Delete,
}

impl Verb {
    pub const ALL: [Verb; 7] = [
        Verb::Create,
        Verb::Update,
        Verb::Adopt,
        Verb::Tag,
        Verb::Settle,
        Verb::Replace,
        Verb::Delete,
    ];

    /// The imperative: `create`.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Adopt => "adopt",
            Verb::Tag => "tag",
            Verb::Settle => "settle",
            Verb::Replace => "replace",
            Verb::Delete => "delete",
        }
    }

    /// The participle: `created`.
    pub fn done(self) -> &'static str {
        match self {
            Verb::Create => "created",
            Verb::Update => "updated",
            Verb::Adopt => "adopted",
            Verb::Tag => "tagged",
            Verb::Settle => "settled",
            Verb::Replace => "replaced",
            Verb::Delete => "deleted",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    pub id: ResourceId,
    /// The physical name.
    pub name: String,
    pub component: ComponentName,
    pub verb: Verb,
    /// For `create`: the declared settings, `live` null.
    pub changes: Vec<FieldChange>,
    pub hazards: Vec<Hazard>,
    pub unmanaged: Vec<Unmanaged>,
    /// Actions of this plan that come first.
    pub depends_on: Vec<ResourceId>,
    /// The canonical configuration found; null when there is none.
    pub live: Value,
    /// The canonical configuration declared; null when it is to go.
    pub desired: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    pub id: ResourceId,
    pub name: String,
    pub component: ComponentName,
    pub unmanaged: Vec<Unmanaged>,
    /// The canonical configuration declared: a saved plan is compared with what is there by it.
    #[serde(default)]
    pub desired: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    pub id: ResourceId,
    pub name: String,
    /// A clause: `belongs to project billing`.
    pub reason: String,
    /// The next step.
    pub hint: String,
}

/// A line of information, on a resource or on the whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    pub id: Option<ResourceId>,
    pub text: String,
}
