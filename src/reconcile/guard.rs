//! What keeps a plan from being carried out. Pure; asked before the first write.

use std::collections::BTreeSet;

use crate::model::hazard::HazardKind;
use crate::model::id::ResourceId;
use crate::model::plan::{Plan, Verb};

/// What the user granted on the command line.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    pub adopt: bool,
    pub prune: bool,
    pub allow: BTreeSet<HazardKind>,
}

/// A reason not to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub id: ResourceId,
    pub why: String,
    pub hint: String,
}

/// Every refusal of the plan; one is enough to refuse the whole run.
pub fn refusals(plan: &Plan, grants: &Grants) -> Vec<Refusal> {
    let mut refusals: Vec<_> = plan
        .conflicts
        .iter()
        .map(|conflict| Refusal {
            id: conflict.id.clone(),
            why: conflict.reason.clone(),
            hint: conflict.hint.clone(),
        })
        .collect();
    for action in &plan.actions {
        let mut refuse = |why: String, hint: String| {
            refusals.push(Refusal {
                id: action.id.clone(),
                why,
                hint,
            });
        };
        match action.verb {
            Verb::Adopt if !grants.adopt => refuse(
                "exists and bears no ownership tags: made by hand or by an older script".to_owned(),
                "take it over with --adopt, or give it another name in the manifest".to_owned(),
            ),
            Verb::Delete if !grants.prune => refuse(
                "is deleted only where pruning is asked for".to_owned(),
                "grant it with --prune".to_owned(),
            ),
            _ => {}
        }
        for hazard in &action.hazards {
            if !grants.allow.contains(&hazard.kind) {
                refuse(
                    format!("{}: {}", hazard.kind, hazard.reason),
                    format!("allow it with --allow {}", hazard.kind),
                );
            }
        }
    }
    refusals
}

/// Whether a person has to say yes: the plan takes something over, removes it, or may lose something.
pub fn needs_consent(plan: &Plan) -> bool {
    plan.actions.iter().any(|action| {
        matches!(action.verb, Verb::Adopt | Verb::Delete) || !action.hazards.is_empty()
    })
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
