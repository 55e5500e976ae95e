//! What changes nothing: notes, and settings that nobody declared.

use std::collections::BTreeMap;

use super::escape::{code, prose};
use crate::model::id::ResourceId;
use crate::model::plan::Plan;
use crate::output::human::value;
use crate::output::notes::by_text;

/// More resources than this share a line without being named.
const NAMED: usize = 10;

/// A line each; the same note on many resources is said once.
pub fn lines(plan: &Plan) -> Vec<String> {
    let notes = by_text(&plan.notes).into_iter();
    let notes = notes.map(|(text, ids)| match ids.is_empty() {
        true => format!("- {}\n", prose(text)),
        false => format!("- {}: {}\n", bearers(&ids), prose(text)),
    });
    notes.chain(unmanaged(plan)).collect()
}

/// The same setting on many resources is said once.
fn unmanaged(plan: &Plan) -> Vec<String> {
    let acted_on = plan.actions.iter().map(|a| (&a.id, &a.unmanaged));
    let unchanged = plan.unchanged.iter().map(|s| (&s.id, &s.unmanaged));
    let mut settings: BTreeMap<(&str, String), Vec<&ResourceId>> = BTreeMap::new();
    for (id, unmanaged) in acted_on.chain(unchanged) {
        for setting in unmanaged {
            let key = (setting.path.as_str(), value::show(&setting.live));
            settings.entry(key).or_default().push(id);
        }
    }
    settings
        .iter()
        .map(|((path, live), ids)| {
            let (path, live) = (code(path), code(live));
            format!("- unmanaged: {path} is {live} on {}\n", bearers(ids))
        })
        .collect()
}

fn bearers(ids: &[&ResourceId]) -> String {
    let named: Vec<_> = ids
        .iter()
        .take(NAMED)
        .map(|id| code(&id.to_string()))
        .collect();
    match ids.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
