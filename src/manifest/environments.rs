//! Which environments there are, which is chosen, and the tree that results.

use super::fault::{LoadError, LoadErrorKind, Report};
use super::overlay::overlay;
use super::parse::join;
use super::rules::header::is_environment;
use super::suggest::{did_you_mean, quote};
use super::tree::{Entry, Node, Value};

/// What is the same in every environment, or makes sense only outside of them.
pub(super) const FIXED: [&str; 3] = ["version", "environments", "default_environment"];

/// The environments that the text declares; what is wrong with the section itself is reported.
pub(super) fn declared<'n>(root: &'n Node, report: &mut Report<'_>) -> Vec<&'n Entry> {
    let Some(section) = root.entry("environments").filter(|e| !e.node.is_null()) else {
        return vec![];
    };
    if !matches!(section.node.value, Value::Map(_)) {
        let message = "`environments` must be a map";
        let help = "write `environments: {dev: {…}, prod: {…}}`".to_owned();
        report.error(section.value_span(), "environments", message, Some(help));
    }
    let environments: Vec<_> = section.node.entries().iter().collect();
    for environment in &environments {
        check(environment, report);
    }
    if let Some(default) = root.entry("default_environment")
        && let Some(name) = default.node.text().filter(|_| !default.node.is_null())
        && !environments.iter().any(|entry| entry.key == name)
    {
        let message = format!("there is no environment {}", quote(name));
        let help = did_you_mean(name, names(&environments));
        report.error(default.value_span(), "default_environment", message, help);
    }
    environments
        .into_iter()
        .filter(|entry| is_overlay(&entry.node))
        .collect()
}

fn is_overlay(node: &Node) -> bool {
    matches!(node.value, Value::Map(_)) || node.is_null()
}

fn check(environment: &Entry, report: &mut Report<'_>) {
    let path = join("environments", &environment.key);
    if !is_environment(&environment.key) {
        let message = format!("{} cannot be an environment", quote(&environment.key));
        let help = "use letters, digits, `_` and `-`, at most 32 characters".to_owned();
        report.error(environment.key_span, path.clone(), message, Some(help));
    }
    if !is_overlay(&environment.node) {
        let message = "an environment must be a map";
        let help = "write what differs there, such as `{naming: \"dev-{name}\"}`".to_owned();
        report.error(environment.value_span(), path.clone(), message, Some(help));
    }
    for field in environment.node.entries() {
        if FIXED.contains(&field.key.as_str()) {
            let message = format!("{} cannot differ between environments", quote(&field.key));
            let help = Some("move it to the top of the file".to_owned());
            report.error(field.key_span, join(&path, &field.key), message, help);
        }
    }
}

fn names<'n>(environments: &[&'n Entry]) -> Vec<&'n str> {
    environments
        .iter()
        .map(|entry| entry.key.as_str())
        .collect()
}

/// The one that `wanted` or the default names. `None`: the manifest has none.
pub(super) fn choose<'n>(
    root: &Node,
    environments: &[&'n Entry],
    wanted: Option<&str>,
    path: &str,
) -> Result<Option<&'n Entry>, LoadError> {
    let default = root.entry("default_environment");
    let Some(name) = wanted.or_else(|| default.and_then(|entry| entry.node.text())) else {
        return match environments {
            [] => Ok(None),
            _ => Err(needed(
                environments,
                format!("{path} has environments: one must be chosen"),
                "pass --env with one of ",
            )),
        };
    };
    if let Some(chosen) = environments.iter().find(|entry| entry.key == name) {
        return Ok(Some(chosen));
    }
    if wanted.is_none() {
        return Ok(None);
    }
    if environments.is_empty() {
        let message = format!("{path} has no environments, so --env {name} means nothing");
        return Err(needed(environments, message, "leave --env out"));
    }
    let message = format!("{path} has no environment {}", quote(name));
    let mut error = needed(environments, message, "");
    error.help = did_you_mean(name, names(environments));
    Err(error)
}

fn needed(environments: &[&Entry], message: String, help: &str) -> LoadError {
    let names = names(environments);
    LoadError {
        kind: LoadErrorKind::EnvironmentNeeded {
            environments: names.iter().map(|name| (*name).to_owned()).collect(),
        },
        message,
        help: Some(format!("{help}{}", names.join(", "))),
        source: None,
        faults: vec![],
    }
}

/// The file with the environment laid over it.
pub(super) fn apply(root: &Node, environment: &Entry) -> Node {
    let mut over = environment.node.clone();
    if let Value::Map(entries) = &mut over.value {
        entries.retain(|entry| !FIXED.contains(&entry.key.as_str()));
    }
    let mut tree = root.clone();
    overlay(&mut tree, &over);
    tree
}
