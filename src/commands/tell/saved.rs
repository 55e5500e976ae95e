//! What is said of a saved plan: how to carry it out, and why that is refused.

use std::path::Path;

use crate::cli::Global;
use crate::error::Declarer;
use crate::model::plan::{Plan, Verb};
use crate::output::human::value;
use crate::output::problem::{Problem, Reason};
use crate::output::text::{count, escape};
use crate::reconcile::moved::{Moved, Movement};
use crate::resources::ownership::Owner;

const ANEW: &str = "make it anew with shopctl plan --out FILE";

/// The next step after `plan --out`.
pub fn next_step(global: &Global, plan: &Plan, path: &Path) -> String {
    let file = as_typed(&path.display().to_string());
    if !plan.conflicts.is_empty() {
        return format!("Saved to {file}; create refuses it until its conflicts are resolved.\n");
    }
    if plan.actions.is_empty() {
        return format!("Saved to {file}; there is nothing to carry out.\n");
    }
    let mut command = format!("shopctl create --plan {file}");
    if global.local {
        command.push_str(" --local");
    }
    let connection = [
        ("profile", &global.profile),
        ("endpoint-url", &global.endpoint_url),
    ];
    for (option, value) in connection {
        if let Some(value) = value {
            command.push_str(&format!(" --{option} {}", as_typed(value)));
        }
    }
    if plan.count(Verb::Adopt) > 0 {
        command.push_str(" --adopt");
    }
    if plan.count(Verb::Delete) > 0 {
        command.push_str(" --prune");
    }
    for kind in plan.hazards() {
        command.push_str(&format!(" --allow {kind}"));
    }
    format!("Saved. Carry it out with:\n  {command}\n")
}

/// As a shell takes it for one word.
fn as_typed(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    match word.chars().all(plain) && !word.is_empty() {
        true => word.to_owned(),
        false => format!("'{}'", escape(word).replace('\'', r"'\''")),
    }
}

pub fn stale(moved: &[Moved]) -> Problem {
    let reasons = moved.iter().map(|moved| Reason {
        id: moved.id.clone(),
        why: moved
            .what
            .iter()
            .map(movement)
            .collect::<Vec<_>>()
            .join("; "),
        hint: None,
    });
    let are = if moved.len() == 1 { "is" } else { "are" };
    let message = format!(
        "the plan is stale: {} {are} not what it was made for; nothing was changed",
        count(moved.len(), "resource")
    );
    Problem::new("stale_plan", message)
        .with_reasons(reasons.collect())
        .with_hint(ANEW)
}

fn movement(movement: &Movement) -> String {
    match movement {
        Movement::Appeared(Owner::Us) => "exists now, and is ours".to_owned(),
        Movement::Appeared(Owner::Nobody) => "exists now, without ownership tags".to_owned(),
        Movement::Appeared(Owner::Other(whose)) => format!("exists now, and belongs to {whose}"),
        Movement::Disappeared => "does not exist any more".to_owned(),
        Movement::Field { path, then, now } => match then {
            Some(then) => format!("{path} {} → {}", value::show(then), value::show(now)),
            None => format!("{path} is {} now", value::show(now)),
        },
        Movement::Hazard(hazard) => format!("there is a hazard now, {hazard}"),
        Movement::NoHazard(name) => format!("the hazard {name} is gone"),
        Movement::Impossible(why) => why.clone(),
    }
}

pub fn wrong_account(by: Declarer, declared: &str, actual: &str) -> Problem {
    let (who, hint) = match by {
        Declarer::Manifest => (
            "manifest",
            "choose other credentials with --profile, or correct account: in the manifest"
                .to_owned(),
        ),
        Declarer::Plan => (
            "plan",
            format!("choose other credentials with --profile, or {ANEW}"),
        ),
    };
    let message = format!(
        "the {who} is for account {declared}, the credentials are of {actual}; nothing was changed"
    );
    Problem::new("wrong_account", message).with_hint(hint)
}

pub fn wrong_region(planned: &str, asked: &str) -> Problem {
    let message =
        format!("the plan is for region {planned}, --region says {asked}; nothing was changed");
    Problem::new("wrong_region", message)
        .with_hint(format!("leave --region out: the plan says it; or {ANEW}"))
}

pub fn plan_file(path: &str, why: &str) -> Problem {
    Problem::new(
        "plan_file",
        format!("the plan in {path} cannot be carried out: {why}"),
    )
    .with_hint(ANEW)
}
