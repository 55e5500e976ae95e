//! Tags, the manifest's own and a resource's.

use std::collections::BTreeMap;

use crate::manifest::suggest::quote;
use crate::resources::ownership;

use super::finding::{Findings, On};

const KEY_MAX: usize = 128;
const VALUE_MAX: usize = 256;
/// AWS's own and ours.
const RESERVED: [&str; 2] = ["aws:", ownership::PREFIX];
/// `shopctl:project`, `:env`, `:component` and `:origin` take their share.
const OURS: usize = 4;

pub(in crate::manifest) fn check(
    tags: &BTreeMap<String, Option<String>>,
    path: &[&str],
    findings: &mut Findings<'_, '_>,
) {
    for (key, value) in tags {
        let path = [path, &[key.as_str()]].concat();
        let lower = key.to_lowercase();
        if let Some(prefix) = RESERVED
            .into_iter()
            .find(|prefix| lower.starts_with(prefix))
        {
            let message = format!("tags that begin with `{prefix}` are reserved");
            findings.error(&path, On::Key, message, "choose another key");
        }
        let length = key.chars().count();
        if length > KEY_MAX {
            let message = format!("a tag key of {length} characters is too long");
            findings.error(&path, On::Key, message, format!("AWS takes {KEY_MAX}"));
        }
        let length = value.as_deref().unwrap_or_default().chars().count();
        if length > VALUE_MAX {
            let message = format!("a tag value of {length} characters is too long");
            findings.error(&path, On::Value, message, format!("AWS takes {VALUE_MAX}"));
        }
    }
}

/// `shared`: the manifest's own, which a resource's override key by key.
pub(in crate::manifest) fn check_count(
    shared: &BTreeMap<String, Option<String>>,
    own: &BTreeMap<String, Option<String>>,
    max: usize,
    path: &[&str],
    findings: &mut Findings<'_, '_>,
) {
    let mut all = shared.clone();
    all.extend(own.clone());
    let count = all.values().flatten().count() + OURS;
    if count > max {
        let message = format!("{count} tags are too many for {}", quote(path[1]));
        let help = format!("AWS takes {max}, {OURS} of which are ours");
        findings.error(path, On::Key, message, help);
    }
}
