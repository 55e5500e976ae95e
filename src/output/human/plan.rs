//! A plan for the person who has to say yes to it.

mod action;
mod fields;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use anstyle::Style;

use super::failure::hints;
use super::page::Page;
use super::value;
use crate::model::change::Unmanaged;
use crate::model::id::{ComponentName, ResourceId};
use crate::model::plan::{Action, Conflict, Plan};
use crate::output::notes::by_text;
use crate::output::style::{Styles, paint};
use crate::output::text::{count, escape};

pub(super) use summary::nothing_to_do;
pub use summary::verbs;

/// More resources than this share a note without being named.
const NAMED: usize = 3;

pub fn render(plan: &Plan, width: usize, styles: &Styles) -> String {
    let mut page = Page::new(width, styles);
    if plan.is_empty() {
        nothing_to_do(&mut page, plan.unchanged.len());
        notes(&mut page, plan);
        left_alone(&mut page, plan);
        return page.into_text();
    }
    title(&mut page, plan);
    for (name, actions) in components(plan) {
        component(&mut page, plan, name, &actions);
    }
    conflicts(&mut page, &plan.conflicts);
    notes(&mut page, plan);
    left_alone(&mut page, plan);
    page.gap();
    summary::totals(&mut page, plan);
    page.into_text()
}

fn title(page: &mut Page<'_>, plan: &Plan) {
    let env = plan.env.as_ref().map(|env| format!(" ({env})"));
    let project = format!("{}{}", plan.project, env.unwrap_or_default());
    let place = format!("in {}, account {}", plan.scope.region, plan.scope.account);
    page.led(
        (0, &escape(&project)),
        page.styles.name,
        page.styles.dim,
        &place,
    );
}

/// Components in the order in which the plan first names them, each with its actions in plan order.
fn components(plan: &Plan) -> Vec<(&ComponentName, Vec<&Action>)> {
    let mut groups: Vec<(&ComponentName, Vec<&Action>)> = Vec::new();
    for action in &plan.actions {
        match groups
            .iter_mut()
            .find(|(name, _)| **name == action.component)
        {
            Some((_, actions)) => actions.push(action),
            None => groups.push((&action.component, vec![action])),
        }
    }
    groups
}

fn component(page: &mut Page<'_>, plan: &Plan, name: &ComponentName, actions: &[&Action]) {
    page.gap();
    let unchanged = plan
        .unchanged
        .iter()
        .filter(|r| r.component == *name)
        .count();
    let mut counts = format!(
        "· {}",
        summary::verbs(actions.iter().map(|action| action.verb))
    );
    if unchanged > 0 {
        counts.push_str(&format!("; {unchanged} unchanged"));
    }
    page.led(
        (0, &escape(name.as_str())),
        page.styles.name,
        page.styles.dim,
        &counts,
    );
    let columns = action::Columns::of(actions);
    for action in actions {
        action::block(page, plan, action, columns);
    }
}

fn conflicts(page: &mut Page<'_>, conflicts: &[Conflict]) {
    if conflicts.is_empty() {
        return;
    }
    page.gap();
    page.line(0, &paint(page.styles.hazard, "conflicts"));
    for conflict in conflicts {
        let (kind, key) = (conflict.id.kind.noun(), &conflict.id.key);
        let lead = format!(
            "✗ {kind} {}{}:",
            escape(key),
            action::alias(key, &conflict.name)
        );
        page.led(
            (2, &lead),
            page.styles.removed,
            Style::new(),
            &conflict.reason,
        );
        hints(page, 6, Some(&conflict.hint));
    }
}

/// The same note on many resources is said once; they are named where nothing above names them.
fn notes(page: &mut Page<'_>, plan: &Plan) {
    if plan.notes.is_empty() {
        return;
    }
    page.gap();
    let dim = page.styles.dim;
    for (text, ids) in by_text(&plan.notes) {
        let lead = match ids.as_slice() {
            [] => "note:".to_owned(),
            [id] => format!("note: {}:", escape(&id.to_string())),
            _ => format!("note: each of {}:", escape(&bearers(&ids))),
        };
        page.led((0, &lead), dim, dim, text);
        let unnamed = |id: &&ResourceId| plan.actions.iter().all(|action| action.id != **id);
        let unnamed = ids.iter().copied().filter(unnamed);
        let unnamed: Vec<_> = unnamed.map(ToString::to_string).collect();
        if ids.len() > NAMED && !unnamed.is_empty() {
            page.prose(2, dim, &unnamed.join(", "));
        }
    }
}

/// Settings of unchanged resources that nobody declared; the same one on many resources is said once.
fn left_alone(page: &mut Page<'_>, plan: &Plan) {
    let mut settings: BTreeMap<(&str, String), Vec<&ResourceId>> = BTreeMap::new();
    for resource in &plan.unchanged {
        for Unmanaged { path, live } in &resource.unmanaged {
            let setting = (path.as_str(), value::show(live));
            settings.entry(setting).or_default().push(&resource.id);
        }
    }
    if settings.is_empty() {
        return;
    }
    page.gap();
    page.prose(0, page.styles.dim, "Unmanaged settings, left as they are:");
    for ((path, live), ids) in settings {
        let text = format!("{path} {live} on {}", bearers(&ids));
        page.prose(2, page.styles.dim, &text);
    }
}

fn bearers(ids: &[&ResourceId]) -> String {
    if ids.len() <= NAMED {
        let names: Vec<_> = ids.iter().map(ToString::to_string).collect();
        return names.join(", ");
    }
    match ids {
        [first, rest @ ..] if rest.iter().all(|id| id.kind == first.kind) => {
            count(ids.len(), first.kind.noun())
        }
        _ => count(ids.len(), "resource"),
    }
}
