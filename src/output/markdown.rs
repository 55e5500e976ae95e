//! A plan as a comment on a pull request: riskiest first, details folded away, never longer than a comment may be.

mod details;
mod escape;
mod rest;
#[cfg(test)]
mod tests;

use escape::{code, name, prose, row};

use super::fields::is_ownership;
use super::human::plan::verbs;
use super::text::count;
use crate::model::hazard::HazardKind;
use crate::model::plan::{Action, Conflict, Plan, Verb};

/// In bytes. GitHub takes 65,536 characters for a comment; some are left for what is put around it.
const LIMIT: usize = 60_000;
/// How much of it may go to the conflicts, to the table and to the end; the details get what is left.
const CONFLICTS: usize = LIMIT / 6;
const TABLE: usize = LIMIT / 3;
const REST: usize = LIMIT / 6;
/// For the line that says what is left out.
const RESERVE: usize = 500;
/// More settings than this are only counted in the table.
const NAMED: usize = 3;

pub fn render(plan: &Plan) -> String {
    let mut text = heading(plan);
    text.push_str(&match plan.is_empty() {
        true => "\n".to_owned(),
        false => place(plan),
    });
    let mut actions: Vec<_> = plan.actions.iter().collect();
    actions.sort_by_key(|action| risk(action));

    let conflicts = fit(plan.conflicts.iter().map(conflict), CONFLICTS);
    if !conflicts.text.is_empty() {
        text.push_str(&format!("**Conflicts**\n\n{}\n", conflicts.text));
    }
    let rows = fit(actions.iter().map(|action| entry(action)), TABLE);
    if !rows.text.is_empty() {
        let head = "| action | resource | component | what |\n| --- | --- | --- | --- |\n";
        text.push_str(&format!("{head}{}\n", rows.text));
    }
    let rest = fit(rest::lines(plan).into_iter(), REST);
    let room = LIMIT.saturating_sub(text.len() + rest.text.len() + RESERVE);
    let details = fit(actions.iter().map(|action| details::block(action)), room);
    text.push_str(&details.text);
    text.push_str(&left_out(&[
        (conflicts.left, "conflict"),
        (rows.left, "row of the table"),
        (details.left, "action in full"),
        (rest.left, "note"),
    ]));
    if !rest.text.is_empty() {
        let summary = "<details><summary>Notes and unmanaged settings</summary>";
        text.push_str(&format!("{summary}\n\n{}\n</details>\n", rest.text));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// `### shopctl plan: shopping (prod) — 1 to create, 2 to update, 1 hazard`
fn heading(plan: &Plan) -> String {
    let env = plan.env.as_ref().map(|env| format!(" ({})", name(env)));
    let system = format!("{}{}", name(&plan.project), env.unwrap_or_default());
    let mut counts = Vec::new();
    if plan.is_empty() {
        counts.push(match plan.unchanged.len() {
            0 => "nothing to do, no resource is declared".to_owned(),
            1 => "nothing to do, 1 resource is as declared".to_owned(),
            n => format!("nothing to do, {n} resources are as declared"),
        });
    }
    if !plan.actions.is_empty() {
        counts.push(verbs(plan.actions.iter().map(|action| action.verb)));
    }
    let hazards = plan.actions.iter().map(|action| action.hazards.len()).sum();
    for (number, noun) in [(plan.conflicts.len(), "conflict"), (hazards, "hazard")] {
        if number > 0 {
            counts.push(count(number, noun));
        }
    }
    format!("### shopctl plan: {system} — {}\n", counts.join(", "))
}

/// Where, what else there is, and what `create` will ask for.
fn place(plan: &Plan) -> String {
    let (region, account) = (code(&plan.scope.region), code(&plan.scope.account));
    let mut text = format!("\nRegion {region}, account {account}");
    if !plan.unchanged.is_empty() {
        text.push_str(&format!(", {} unchanged", plan.unchanged.len()));
    }
    text.push('.');
    let mut flags: Vec<_> = plan
        .hazards()
        .iter()
        .map(|kind| format!("--allow {kind}"))
        .collect();
    if plan.count(Verb::Adopt) > 0 {
        flags.push("--adopt".to_owned());
    }
    if plan.count(Verb::Delete) > 0 {
        flags.push("--prune".to_owned());
    }
    if !flags.is_empty() {
        text.push_str(&format!(" Carried out only with `{}`.", flags.join(" ")));
    }
    if !plan.conflicts.is_empty() {
        text.push_str(" Refused until the conflicts are resolved.");
    }
    text.push_str("\n\n");
    text
}

/// The order of what a reader should look at; equals stay in plan order.
fn risk(action: &Action) -> u8 {
    let hazards = action.hazards.iter().map(|hazard| match hazard.kind {
        HazardKind::Replace => 0,
        HazardKind::LoseMessages | HazardKind::LoseItems => 2,
        HazardKind::DeleteIndex => 3,
        HazardKind::Weaken => 4,
    });
    let verb = match action.verb {
        Verb::Replace => 0,
        Verb::Delete => 1,
        Verb::Update => 5,
        Verb::Adopt => 6,
        Verb::Create => 7,
        Verb::Tag => 8,
        Verb::Settle => 9,
    };
    hazards.min().map_or(verb, |hazard| verb.min(hazard))
}

fn conflict(conflict: &Conflict) -> String {
    let id = code(&conflict.id.to_string());
    let alias = alias(&conflict.id.key, &conflict.name);
    let (reason, hint) = (prose(&conflict.reason), prose(&conflict.hint));
    format!("- {id}{alias}: {reason} — {hint}\n")
}

/// The physical name, where it is not the key.
fn alias(key: &str, physical: &str) -> String {
    match key == physical {
        true => String::new(),
        false => format!(" as {}", code(physical)),
    }
}

fn entry(action: &Action) -> String {
    let alias = alias(&action.id.key, &action.name);
    row(&[
        action.verb.name(),
        &format!("{}{alias}", code(&action.id.to_string())),
        &name(action.component.as_str()),
        &what(action),
    ])
}

/// The hazards, and the settings that change.
fn what(action: &Action) -> String {
    let mut parts: Vec<_> = HazardKind::ALL
        .into_iter()
        .filter(|kind| action.hazards.iter().any(|hazard| hazard.kind == *kind))
        .map(|kind| format!("**{kind}**"))
        .collect();
    let (ownership, changes): (Vec<_>, Vec<_>) = action
        .changes
        .iter()
        .partition(|change| is_ownership(change));
    parts.extend(changes.iter().take(NAMED).map(|change| code(&change.path)));
    if changes.len() > NAMED {
        parts.push(format!("{} more", changes.len() - NAMED));
    }
    if !ownership.is_empty() && action.verb != Verb::Create {
        parts.push("ownership tags".to_owned());
    }
    parts.join(", ")
}

/// As many parts as there is room for, from the first on, and how many are left.
struct Fitted {
    text: String,
    left: usize,
}

fn fit(parts: impl Iterator<Item = String>, room: usize) -> Fitted {
    let mut fitted = Fitted {
        text: String::new(),
        left: 0,
    };
    for part in parts {
        if fitted.left > 0 || fitted.text.len() + part.len() > room {
            fitted.left += 1;
        } else {
            fitted.text.push_str(&part);
        }
    }
    fitted
}

fn left_out(left: &[(usize, &str)]) -> String {
    let left: Vec<_> = left
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| match (*number, noun.split_once(' ')) {
            (1, _) | (_, None) => count(*number, noun),
            (_, Some((noun, rest))) => format!("{} {rest}", count(*number, noun)),
        })
        .collect();
    if left.is_empty() {
        return String::new();
    }
    format!(
        "A comment has no room for {}; `shopctl plan` shows everything.\n\n",
        left.join(", ")
    )
}
