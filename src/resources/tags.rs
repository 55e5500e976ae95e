//! Tags, alike on every kind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::change::FieldChange;

pub type Tags = BTreeMap<String, String>;

/// What has to be written so that live tags become the declared ones; all others are left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagChanges {
    pub set: Tags,
    pub remove: Vec<String>,
}

impl TagChanges {
    /// `untag`: keys that must not be there.
    pub fn between(desired: &Tags, untag: &BTreeSet<String>, live: &Tags) -> Self {
        let differs = |(key, value): &(&String, &String)| live.get(*key) != Some(*value);
        let set = desired.iter().filter(differs);
        let remove = untag.iter().filter(|key| live.contains_key(*key));
        TagChanges {
            set: set
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            remove: remove.cloned().collect(),
        }
    }

    /// As a plan shows them.
    pub fn fields(self, live: &Tags) -> Vec<FieldChange> {
        let field = |key: String, desired: Value| {
            FieldChange::new(format!("tags.{key}"), live.get(&key).cloned(), desired)
        };
        let set = self
            .set
            .into_iter()
            .map(|(key, value)| (key, Value::from(value)));
        let remove = self.remove.into_iter().map(|key| (key, Value::Null));
        set.chain(remove)
            .map(|(key, desired)| field(key, desired))
            .collect()
    }
}

/// `team: null` in the manifest asks for a tag to be absent: the declared ones, and those.
pub fn split(declared: BTreeMap<String, Option<String>>) -> (Tags, BTreeSet<String>) {
    let mut tags = Tags::new();
    let mut untag = BTreeSet::new();
    for (key, value) in declared {
        match value {
            Some(value) => {
                tags.insert(key, value);
            }
            None => {
                untag.insert(key);
            }
        }
    }
    (tags, untag)
}

/// Leaves a declared tag alone, by its path `tags.KEY`.
pub fn forget(path: &str, tags: &mut Tags, untag: &mut BTreeSet<String>) {
    if let Some(key) = path.strip_prefix("tags.") {
        tags.remove(key);
        untag.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn declared_tags_are_set_or_removed_and_others_left_alone() {
        let tags = |pairs: &[(&str, &str)]| -> Tags {
            let pairs = pairs.iter();
            pairs.map(|(k, v)| ((*k).into(), (*v).into())).collect()
        };
        let live = tags(&[("same", "1"), ("moved", "1"), ("gone", "1"), ("other", "1")]);
        let (desired, untag) = split(
            [
                ("same".into(), Some("1".into())),
                ("moved".into(), Some("2".into())),
                ("new".into(), Some("3".into())),
                ("gone".into(), None),
                ("never-there".into(), None),
            ]
            .into(),
        );
        let changes = TagChanges::between(&desired, &untag, &live);
        assert_eq!(changes.set, tags(&[("moved", "2"), ("new", "3")]));
        assert_eq!(changes.remove, ["gone"]);
        assert_eq!(
            changes.fields(&live),
            [
                FieldChange::new("tags.moved", "1", "2"),
                FieldChange::new("tags.new", json!(null), "3"),
                FieldChange::new("tags.gone", "1", json!(null)),
            ]
        );
    }
}
