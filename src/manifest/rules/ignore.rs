//! `ignore`: settings that are left alone once the resource is there.

use std::collections::BTreeSet;

use crate::manifest::suggest::{did_you_mean, quote};
use crate::resources::ownership;

use super::finding::{Findings, On};

/// `settings`: what a resource of this kind can ignore, besides its tags.
pub(in crate::manifest) fn check(
    ignored: &BTreeSet<String>,
    settings: &[&str],
    path: &[&str],
    findings: &mut Findings<'_, '_>,
) {
    for name in ignored {
        if settings.contains(&name.as_str()) {
            continue;
        }
        match name.strip_prefix("tags.") {
            Some(tag) if tag.starts_with(ownership::PREFIX) => {
                let message = format!("{} says whose the resource is", quote(name));
                findings.error(path, On::Value, message, "remove it from the list");
            }
            Some(tag) if !tag.is_empty() => {}
            _ => {
                let message = format!("{} cannot be ignored", quote(name));
                let names = settings.iter().copied().chain(["tags.KEY"]);
                let help = did_you_mean(name, names).unwrap_or_default();
                findings.error(path, On::Value, message, help);
            }
        }
    }
}
