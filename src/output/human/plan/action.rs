//! One action of a plan: a heading, what changes, what that means.

use anstyle::Style;

use super::super::page::{Page, Piece};
use super::super::value;
use super::fields;
use crate::model::change::FieldChange;
use crate::model::id::ResourceId;
use crate::model::plan::{Action, Plan, Verb};
use crate::output::fields::is_ownership;
use crate::output::style::paint;
use crate::output::text::{escape, pad, width};

const INDENT: usize = 6;
/// Longer keys push what stands behind them out of its column.
const KEY_COLUMNS: usize = 44;

/// The columns that the headings of one component share.
#[derive(Clone, Copy)]
pub struct Columns {
    verb: usize,
    kind: usize,
    key: usize,
}

impl Columns {
    pub fn of(actions: &[&Action]) -> Self {
        let widest = |measure: fn(&Action) -> usize| {
            actions
                .iter()
                .map(|action| measure(action))
                .max()
                .unwrap_or(0)
        };
        Columns {
            verb: widest(|action| action.verb.name().len()),
            kind: widest(|action| action.id.kind.noun().len()),
            key: widest(|action| width(&escape(&action.id.key))).min(KEY_COLUMNS),
        }
    }
}

pub fn block(page: &mut Page<'_>, plan: &Plan, action: &Action, columns: Columns) {
    heading(page, action, columns);
    let (ownership, changes): (Vec<_>, Vec<_>) = action
        .changes
        .iter()
        .partition(|change| is_ownership(change));
    if action.verb == Verb::Create {
        settings(page, &changes);
    } else {
        fields::list(page, INDENT, &changes, ownership_text(&ownership));
    }
    for hazard in &action.hazards {
        let lead = format!("! {}:", hazard.kind);
        page.led(
            (INDENT, &lead),
            page.styles.hazard,
            Style::new(),
            &hazard.reason,
        );
    }
    unmanaged(page, action);
    after(page, plan, action);
}

fn heading(page: &mut Page<'_>, action: &Action, columns: Columns) {
    let style = page.styles.of(action.verb);
    let verb = format!(
        "{} {}",
        symbol(action.verb),
        pad(action.verb.name(), columns.verb)
    );
    let kind = pad(action.id.kind.noun(), columns.kind);
    let key = escape(&action.id.key);
    let alias = alias(&action.id.key, &action.name);
    let key_columns = if alias.is_empty() { 0 } else { columns.key };
    let lead = format!("{verb} {kind}");
    if 2 + width(&lead) + 1 + width(&key).max(key_columns) + width(&alias) > page.width {
        page.led(
            (2, &lead),
            style,
            page.styles.name,
            &format!("{key}{alias}"),
        );
        return;
    }
    let line = format!(
        "{} {kind} {}{}",
        paint(style, &verb),
        paint(page.styles.name, &pad(&key, key_columns)),
        paint(page.styles.dim, &alias)
    );
    page.line(2, &line);
}

/// The physical name, where it is not the key.
pub fn alias(key: &str, name: &str) -> String {
    if key == name {
        String::new()
    } else {
        format!(" as {}", escape(name))
    }
}

fn symbol(verb: Verb) -> char {
    match verb {
        Verb::Create => '+',
        Verb::Update => '~',
        Verb::Adopt => '»',
        Verb::Tag => '#',
        Verb::Settle => '…',
        Verb::Replace => '±',
        Verb::Delete => '-',
    }
}

/// What a new resource will be; that it will be ours goes without saying. Plain settings flow, maps after them;
/// the maps of a collection, such as the indexes of a table, stand below its name.
fn settings(page: &mut Page<'_>, changes: &[&FieldChange]) {
    let (entries, mut plain): (Vec<&FieldChange>, Vec<_>) = changes
        .iter()
        .partition(|change| collection(change).is_some());
    plain.sort_by_key(|change| change.desired.is_object());
    let pieces: Vec<_> = plain
        .iter()
        .map(|change| Piece::new(&change.path, &change.desired))
        .collect();
    page.flow(INDENT, &pieces);
    let mut last = "";
    for change in entries {
        let Some((name, entry)) = collection(change) else {
            continue;
        };
        if name != last {
            page.prose(INDENT, page.styles.dim, name);
            last = name;
        }
        page.flow(INDENT + 2, &[Piece::new(entry, &change.desired)]);
    }
    for change in changes {
        if let Some(effect) = &change.effect {
            let lead = format!("{}:", escape(&change.path));
            page.led((INDENT, &lead), page.styles.dim, Style::new(), effect);
        }
    }
}

/// `global_secondary_indexes` and `by-user`.
fn collection(change: &FieldChange) -> Option<(&str, &str)> {
    change
        .path
        .split_once('.')
        .filter(|_| change.desired.is_object())
}

/// The tags that say whose it is are told in a word.
fn ownership_text(changes: &[&FieldChange]) -> Option<&'static str> {
    if changes.is_empty() {
        None
    } else if changes.iter().all(|change| change.live.is_null()) {
        Some("added")
    } else if changes.iter().all(|change| change.desired.is_null()) {
        Some("removed")
    } else {
        Some("changed")
    }
}

fn unmanaged(page: &mut Page<'_>, action: &Action) {
    if action.unmanaged.is_empty() {
        return;
    }
    let settings: Vec<_> = action
        .unmanaged
        .iter()
        .map(|setting| format!("{} {}", setting.path, value::show(&setting.live)))
        .collect();
    let dim = page.styles.dim;
    page.led((INDENT, "unmanaged:"), dim, dim, &settings.join(", "));
}

/// Only what the reader cannot see from the grouping: dependencies on another component.
fn after(page: &mut Page<'_>, plan: &Plan, action: &Action) {
    let elsewhere: Vec<_> = action
        .depends_on
        .iter()
        .filter(|id| {
            plan.actions
                .iter()
                .any(|other| other.id == **id && other.component != action.component)
        })
        .map(ResourceId::to_string)
        .collect();
    if !elsewhere.is_empty() {
        let dim = page.styles.dim;
        page.led((INDENT, "after"), dim, dim, &elsewhere.join(", "));
    }
}
