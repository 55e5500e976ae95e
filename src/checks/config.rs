//! Desired × live → checks. Pure: a deviation is exactly the change that a plan shows.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::change::{Delta, FieldChange};
use crate::model::check::{Check, Finding, Level, Outcome};
use crate::model::scope::Scope;
use crate::resources::kinds::{self, Desired, Live, Resource};
use crate::resources::ownership::{self, Owner};
use crate::resources::table::config::{RecoveryLive, TableLive, TimeToLiveStatus};
use crate::resources::table::wait;

const CREATE: &str = "shopctl create --all makes it so; shopctl plan shows what that changes";

/// Whose resources these should be.
pub struct Context<'a> {
    pub project: &'a str,
    pub env: Option<&'a str>,
    pub scope: &'a Scope,
}

pub fn checks(context: &Context<'_>, resource: &Resource, live: Option<&Live>) -> Vec<Check> {
    let Some(live) = live else {
        let finding = Finding::new("it is there", "it does not exist")
            .with_next_step("shopctl create --all makes it");
        return vec![check("exists", Outcome::Fail(finding))];
    };
    let mut checks = vec![
        check("exists", Outcome::Pass),
        check("ownership", ownership(context, live)),
    ];
    let delta = kinds::diff(&resource.desired, live, context.scope);
    checks.extend(settings(context, &resource.desired, live, &delta));
    if let Live::Table(table) = live {
        checks.push(check("status", status(table)));
    }
    if let Some((why, hint)) = delta.impossible {
        let finding = Finding::new("it can be managed from here", why).with_next_step(hint);
        checks.push(check("manageable", Outcome::Fail(finding)));
    }
    checks
}

fn check(name: impl Into<String>, outcome: Outcome) -> Check {
    Check::new(Level::Config, name, outcome)
}

fn ownership(context: &Context<'_>, live: &Live) -> Outcome {
    let ours = match context.env {
        Some(env) => format!("project {}, environment {env}", context.project),
        None => format!("project {}", context.project),
    };
    let (actual, next_step) = match ownership::owner(live.tags(), context.project, context.env) {
        Owner::Us if live.tags().contains_key(ownership::ORIGIN) => return Outcome::Pass,
        Owner::Us => (
            format!("{ours}, without the tag {}", ownership::ORIGIN),
            CREATE,
        ),
        Owner::Nobody => (
            "no ownership tags: made by hand or by an older script".to_owned(),
            "shopctl create --all --adopt takes it over",
        ),
        Owner::Other(whose) => (
            whose,
            "give it another name in this manifest, or take it out of the other project first",
        ),
    };
    Outcome::Fail(Finding::new(ours, actual).with_next_step(next_step))
}

/// One check for every setting that is declared, or that differs because it is not.
fn settings(context: &Context<'_>, desired: &Desired, live: &Live, delta: &Delta) -> Vec<Check> {
    let mut groups: BTreeMap<String, Vec<&FieldChange>> = BTreeMap::new();
    let declared = desired.on_create(context.scope);
    let is_left_alone = |change: &FieldChange| {
        let unmanaged = delta.unmanaged.iter().any(|it| it.path == change.path);
        unmanaged || desired.ignores(&change.path)
    };
    for change in declared.iter().filter(|change| !is_left_alone(change)) {
        groups.entry(group(&change.path)).or_default();
    }
    // Whose it is, is told apart.
    let is_owner = |change: &&FieldChange| {
        [ownership::PROJECT, ownership::ENV]
            .map(|key| format!("tags.{key}"))
            .contains(&change.path)
    };
    for change in delta.changes.iter().filter(|change| !is_owner(change)) {
        groups.entry(group(&change.path)).or_default().push(change);
    }
    groups
        .into_iter()
        .map(|(path, changes)| {
            let outcome =
                settling(&path, live, changes.is_empty()).unwrap_or_else(|| {
                    match changes.as_slice() {
                        [] => Outcome::Pass,
                        changes => Outcome::Fail(differs(&path, changes)),
                    }
                });
            check(words(&path), outcome)
        })
        .collect()
}

/// The part of a path that is one setting: `redrive_policy`, `global_secondary_indexes.by-user`, `tags`.
fn group(path: &str) -> String {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    match head {
        // An index's name may hold dots; what follows it in a path does not.
        GLOBAL | LOCAL => {
            let fields = [".read_capacity", ".write_capacity", ".projection"];
            let units = [".max_read_request_units", ".max_write_request_units"];
            let fields = fields.iter().chain(&units);
            let name = fields
                .filter_map(|field| rest.strip_suffix(field))
                .next()
                .unwrap_or(rest);
            format!("{head}.{name}")
        }
        head => head.to_owned(),
    }
}

const GLOBAL: &str = "global_secondary_indexes";
const LOCAL: &str = "local_secondary_indexes";

fn words(path: &str) -> String {
    match path.split_once('.') {
        Some((GLOBAL, index)) => format!("index {index}"),
        Some((LOCAL, index)) => format!("local index {index}"),
        _ => path.replace('_', " "),
    }
}

/// What is not in effect, or not known, yet.
fn settling(path: &str, live: &Live, agrees: bool) -> Option<Outcome> {
    let Live::Table(table) = live else {
        return None;
    };
    let ttl = table.time_to_live.status;
    let changing = matches!(
        ttl,
        TimeToLiveStatus::Enabling | TimeToLiveStatus::Disabling
    );
    let why = match path {
        "time_to_live" if agrees && changing => {
            "AWS is still changing it, which takes up to an hour"
        }
        // API DescribeContinuousBackups.
        "point_in_time_recovery" if table.point_in_time_recovery == RecoveryLive::Unknown => {
            "AWS cannot say yet: the table was made a moment ago"
        }
        _ => return None,
    };
    Some(Outcome::Skip {
        why: why.to_owned(),
    })
}

fn differs(path: &str, changes: &[&FieldChange]) -> Finding {
    let side = |of: fn(&FieldChange) -> &Value| match changes {
        [change] if change.path == path => of(change).clone(),
        changes => {
            let parts = changes.iter().map(|change| {
                let part = change.path.strip_prefix(path).unwrap_or(&change.path);
                let part = part.strip_prefix('.').unwrap_or(part);
                (part.to_owned(), of(change).clone())
            });
            Value::Object(parts.collect::<Map<_, _>>())
        }
    };
    Finding::new(side(|change| &change.desired), side(|change| &change.live)).with_next_step(CREATE)
}

fn status(table: &TableLive) -> Outcome {
    if let Some(why) = wait::stuck(table) {
        let finding = Finding::new("ACTIVE", why)
            .with_next_step("its encryption key or replica needs attention");
        return Outcome::Fail(finding);
    }
    match wait::pending(table, wait::Until::AllActive) {
        Some(why) => Outcome::Skip {
            why: format!("AWS is still busy with it: {why}"),
        },
        None => Outcome::Pass,
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
