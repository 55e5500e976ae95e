//! Consent was to what the plan showed: what is there by now may not lose anything else. Pure.

use serde::Deserialize;

use crate::model::failure::{Failure, FailureKind};
use crate::model::plan::{Action, Verb};
use crate::model::scope::Scope;
use crate::resources::kinds::{self, Desired, Live};

/// Whether what is there is still what the plan showed.
///
/// # Errors
/// It was changed since.
pub fn unmoved(then: Option<&Live>, now: Option<&Live>) -> Result<(), Failure> {
    let unmoved = match (then, now) {
        (Some(then), Some(now)) => then.is_unmoved(now),
        (then, now) => then == now,
    };
    unmoved.then_some(()).ok_or_else(changed)
}

/// A second attempt begins with what is there by then: whether changing that loses no more than the plan names.
///
/// # Errors
/// It was changed since.
pub fn named(action: &Action, now: Option<&Live>, scope: &Scope) -> Result<(), Failure> {
    if !matches!(action.verb, Verb::Update | Verb::Adopt | Verb::Tag) {
        return Ok(());
    }
    let (Some(now), Ok(desired)) = (now, Desired::deserialize(&action.desired)) else {
        return Ok(());
    };
    let hazards = kinds::diff(&desired, now, scope).hazards;
    let named = |kind| action.hazards.iter().any(|hazard| hazard.kind == kind);
    let all = hazards.iter().all(|hazard| named(hazard.kind));
    all.then_some(()).ok_or_else(changed)
}

fn changed() -> Failure {
    Failure::new(FailureKind::Other, "it was changed since the plan was made")
        .with_hint("run the command again and look at the new plan")
}
