//! One action in full, folded away unless it is a hazard.

use serde_json::Value;

use super::escape::{fenced, html, prose, shortened};
use crate::model::plan::{Action, Verb};
use crate::output::fields::{differences, is_ownership};
use crate::output::human::value;

/// Of a longer value the rest is left to `-o json`.
const LONGEST_VALUE: usize = 1_000;

/// Nothing where the table has said everything.
pub fn block(action: &Action) -> String {
    let body = body(action);
    if body.is_empty() {
        return body;
    }
    let open = if action.hazards.is_empty() {
        ""
    } else {
        " open"
    };
    let summary = summary(action);
    format!("<details{open}><summary>{summary}</summary>\n\n{body}</details>\n\n")
}

fn body(action: &Action) -> String {
    let mut text = String::new();
    for hazard in &action.hazards {
        let reason = prose(&hazard.reason);
        text.push_str(&format!(
            "**{}: {reason} — needs `--allow {}`**\n\n",
            hazard.kind, hazard.kind
        ));
    }
    if action.verb == Verb::Adopt {
        text.push_str("Exists without ownership tags; taken over only with `--adopt`.\n\n");
    }
    let lines = diff(action);
    if !lines.is_empty() {
        text.push_str(&fenced("diff", &lines));
        text.push('\n');
    }
    text
}

fn summary(action: &Action) -> String {
    let id = html(&action.id.to_string());
    let verb = action.verb.name();
    match action.id.key == action.name {
        true => format!("{verb} <code>{id}</code>"),
        false => format!(
            "{verb} <code>{id}</code> as <code>{}</code>",
            html(&action.name)
        ),
    }
}

/// That a new resource will be ours goes without saying.
fn diff(action: &Action) -> String {
    let mut lines = String::new();
    for change in &action.changes {
        if action.verb == Verb::Create && is_ownership(change) {
            continue;
        }
        for found in differences(change) {
            for (sign, value) in [('-', &found.live), ('+', &found.desired)] {
                if !value.is_null() {
                    lines.push_str(&line(sign, &found.path, value));
                }
            }
        }
        if let Some(effect) = &change.effect {
            lines.push_str(&format!("# {}\n", shortened(effect, LONGEST_VALUE)));
        }
    }
    lines
}

fn line(sign: char, path: &str, value: &Value) -> String {
    let path = shortened(path, LONGEST_VALUE);
    let value = shortened(&value::show(value), LONGEST_VALUE);
    format!("{sign} {path}: {value}\n")
}
