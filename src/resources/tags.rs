//! Tags, alike on every kind.

use std::collections::BTreeMap;

use crate::model::change::FieldChange;

pub type Tags = BTreeMap<String, String>;

/// Declared tags that are missing or differ; all others are left alone.
pub fn diff(desired: &Tags, live: &Tags) -> Vec<FieldChange> {
    missing(desired, live)
        .into_iter()
        .map(|(key, value)| FieldChange::new(format!("tags.{key}"), live.get(&key).cloned(), value))
        .collect()
}

/// What has to be written so that `live` bears all of `desired`.
pub fn missing(desired: &Tags, live: &Tags) -> Tags {
    desired
        .iter()
        .filter(|(key, value)| live.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
