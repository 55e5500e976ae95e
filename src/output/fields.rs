//! What of a change is worth showing, whatever it is shown in.

use serde_json::{Map, Value};

use crate::model::change::FieldChange;

/// A tag that says whose a resource is: shown in a word, or not at all.
pub fn is_ownership(change: &FieldChange) -> bool {
    change.path.starts_with("tags.shopctl:")
}

/// A path with what is and what is declared there.
pub struct Difference {
    pub path: String,
    pub live: Value,
    pub desired: Value,
}

/// Of two maps, only the entries that differ.
pub fn differences(change: &FieldChange) -> Vec<Difference> {
    let mut found = Vec::new();
    collect(&change.path, &change.live, &change.desired, &mut found);
    found
}

fn collect(path: &str, live: &Value, desired: &Value, found: &mut Vec<Difference>) {
    let (Value::Object(live_fields), Value::Object(desired_fields)) = (live, desired) else {
        return found.push(Difference {
            path: path.to_owned(),
            live: live.clone(),
            desired: desired.clone(),
        });
    };
    let added = desired_fields
        .keys()
        .filter(|key| !live_fields.contains_key(*key));
    for key in live_fields.keys().chain(added) {
        let field = |fields: &Map<_, _>| fields.get(key).cloned().unwrap_or_default();
        let (live, desired) = (field(live_fields), field(desired_fields));
        if live != desired {
            collect(&format!("{path}.{key}"), &live, &desired, found);
        }
    }
}
