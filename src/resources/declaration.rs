//! What the manifest's declarations of every kind have in common.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

pub trait Declaration: DeserializeOwned {
    /// Settings that `FIELD: default` resets to AWS's default, and that `ignore` may name.
    const SETTINGS: &'static [&'static str];

    /// Takes note of the settings that are written `default`.
    fn reset(&mut self, settings: BTreeSet<String>);
    fn ignored(&self) -> &BTreeSet<String>;
    fn tags(&self) -> &BTreeMap<String, Option<String>>;
}
