//! How much a plan does, and what it still needs to be let through.

use anstyle::Style;

use crate::model::plan::{Plan, Verb};
use crate::output::human::page::Page;
use crate::output::text::count;

/// `2 to create, 1 to update`.
pub fn verbs(verbs: impl Iterator<Item = Verb> + Clone) -> String {
    let counts: Vec<_> = Verb::ALL
        .into_iter()
        .map(|verb| (verb, verbs.clone().filter(|v| *v == verb).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(verb, number)| format!("{number} to {}", verb.name()))
        .collect();
    counts.join(", ")
}

pub fn nothing_to_do(page: &mut Page<'_>, unchanged: usize) {
    let text = match unchanged {
        0 => "no resource is declared.".to_owned(),
        1 => "1 resource is as declared.".to_owned(),
        n => format!("{n} resources are as declared."),
    };
    page.led(
        (0, "Nothing to do:"),
        page.styles.added,
        Style::new(),
        &text,
    );
}

pub fn totals(page: &mut Page<'_>, plan: &Plan) {
    let actions = if plan.actions.is_empty() {
        "nothing to change".to_owned()
    } else {
        verbs(plan.actions.iter().map(|action| action.verb))
    };
    let unchanged = match plan.unchanged.len() {
        0 => String::new(),
        n => format!("; {n} unchanged"),
    };
    page.led(
        (0, "Plan:"),
        page.styles.name,
        Style::new(),
        &format!("{actions}{unchanged}."),
    );
    allowances(page, plan);
    if !plan.conflicts.is_empty() {
        let text = format!(
            "{} to be resolved first.",
            count(plan.conflicts.len(), "conflict")
        );
        page.led((0, "Refused:"), page.styles.hazard, Style::new(), &text);
    }
}

/// The flags without which `create` refuses, as they are typed.
fn allowances(page: &mut Page<'_>, plan: &Plan) {
    let kinds = plan.hazards();
    if !kinds.is_empty() {
        let flags: Vec<_> = kinds.iter().map(|kind| format!("--allow {kind}")).collect();
        let lead = format!("Needs {}:", flags.join(" "));
        let hazards = plan.actions.iter().map(|action| action.hazards.len()).sum();
        let text = format!("{}, marked ! above.", count(hazards, "hazard"));
        page.led((0, &lead), page.styles.hazard, Style::new(), &text);
    }
    let deletions = plan.count(Verb::Delete);
    if deletions > 0 {
        let text = match deletions {
            1 => "1 resource is deleted.".to_owned(),
            n => format!("{n} resources are deleted."),
        };
        page.led(
            (0, "Needs --prune:"),
            page.styles.removed,
            Style::new(),
            &text,
        );
    }
    let text = match plan.count(Verb::Adopt) {
        0 => return,
        1 => "1 resource exists already without ownership tags; create takes it over.".to_owned(),
        n => format!("{n} resources exist already without ownership tags; create takes them over."),
    };
    page.led(
        (0, "Needs --adopt:"),
        page.styles.adopted,
        Style::new(),
        &text,
    );
}
