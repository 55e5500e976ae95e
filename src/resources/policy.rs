//! Resource policies: compared by what they mean, not by how they are written (IAM UG, policy grammar).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::model::change::FieldChange;

pub mod spec;

/// What a document without a version is read as (IAM UG, Version element).
const OLD_VERSION: &str = "2008-10-17";
const STATEMENT: &str = "Statement";

type Members = BTreeMap<String, Value>;

/// Whether two documents mean the same.
pub fn is_same(one: &Value, other: &Value) -> bool {
    canonical(one) == canonical(other)
}

/// What differs, statement by statement, as a plan shows it. `None`: no policy. Nothing for documents that mean the
/// same.
pub fn changes(path: &str, live: Option<&Value>, desired: Option<&Value>) -> Vec<FieldChange> {
    if live.map(canonical) == desired.map(canonical) {
        return Vec::new();
    }
    let mut changes = Vec::new();
    if let (Some(live), Some(desired)) = (live, desired) {
        heads(path, &canonical(live), &canonical(desired), &mut changes);
    }
    statement_changes(path, statements(live), statements(desired), &mut changes);
    if changes.is_empty() {
        changes.push(FieldChange::new(path, live.cloned(), desired.cloned()));
    }
    changes
}

/// The statements by name: their Sid, or where they stand.
pub fn names(document: &Value) -> Vec<String> {
    let statements = statements(Some(document)).into_iter();
    statements.map(|statement| statement.name).collect()
}

/// What stands beside the statements: version and id.
fn heads(path: &str, live: &Members, desired: &Members, changes: &mut Vec<FieldChange>) {
    let names: BTreeSet<_> = live.keys().chain(desired.keys()).collect();
    for name in names.into_iter().filter(|name| *name != STATEMENT) {
        let (live, desired) = (live.get(name), desired.get(name));
        if live != desired {
            let path = format!("{path}.{name}");
            changes.push(FieldChange::new(path, live.cloned(), desired.cloned()));
        }
    }
}

struct Statement<'a> {
    name: String,
    written: &'a Value,
    canonical: Value,
}

impl Statement<'_> {
    fn sid(&self) -> Option<&str> {
        self.written["Sid"].as_str()
    }
}

fn statements(document: Option<&Value>) -> Vec<Statement<'_>> {
    let all = match document.map(|document| &document[STATEMENT]) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    let name = |at: usize, written: &Value| match written["Sid"].as_str() {
        Some(sid) => sid.to_owned(),
        None => format!("{STATEMENT}[{at}]"),
    };
    all.iter()
        .enumerate()
        .map(|(at, written)| Statement {
            name: name(at, written),
            written,
            canonical: statement(written),
        })
        .collect()
}

/// Of those that differ, a live and a desired one belong together by their Sid; those without one in their order.
fn statement_changes(
    path: &str,
    mut live: Vec<Statement<'_>>,
    mut desired: Vec<Statement<'_>>,
    changes: &mut Vec<FieldChange>,
) {
    desired.retain(|wanted| {
        let same = |there: &Statement<'_>| there.canonical == wanted.canonical;
        let at = live.iter().position(same);
        at.map(|at| live.remove(at)).is_none()
    });
    for wanted in desired {
        let path = format!("{path}.{}", wanted.name);
        let partner = live.iter().position(|there| there.sid() == wanted.sid());
        let Some(at) = partner else {
            changes.push(FieldChange::new(path, Value::Null, shown(wanted.written)));
            continue;
        };
        let there = live.remove(at);
        let parts = [&there.canonical, &wanted.canonical].into_iter();
        let names = parts.filter_map(Value::as_object).flat_map(Map::keys);
        let names: BTreeSet<_> = names.collect();
        for name in names {
            changes.extend(changed_part(&path, name, there.written, wanted.written));
        }
    }
    for gone in live {
        let path = format!("{path}.{}", gone.name);
        changes.push(FieldChange::new(path, shown(gone.written), Value::Null));
    }
}

fn changed_part(path: &str, name: &str, live: &Value, desired: &Value) -> Option<FieldChange> {
    let differs = part(name, &live[name]) != part(name, &desired[name]);
    differs.then(|| {
        let side = |whole: &Value| shown_part(name, &whole[name]);
        FieldChange::new(format!("{path}.{name}"), side(live), side(desired))
    })
}

/// A document in the one form that all that mean the same share.
fn canonical(document: &Value) -> Members {
    let mut canonical: Members = members(document)
        .map(|(name, value)| (name.clone(), part(name, value)))
        .collect();
    canonical
        .entry("Version".to_owned())
        .or_insert_with(|| OLD_VERSION.into());
    let statements = statements(Some(document)).into_iter();
    let mut statements: Vec<_> = statements.map(|statement| statement.canonical).collect();
    statements.sort_by_cached_key(Value::to_string);
    statements.dedup();
    canonical.insert(STATEMENT.to_owned(), statements.into());
    canonical
}

fn statement(written: &Value) -> Value {
    sorted(members(written).map(|(name, value)| (name.clone(), part(name, value))))
}

fn part(name: &str, value: &Value) -> Value {
    match name {
        _ if value.is_null() => Value::Null,
        "Principal" | "NotPrincipal" => principal(value),
        // IAM UG, Action element: neither the service nor the action is case-sensitive.
        "Action" | "NotAction" => set(value, str::to_ascii_lowercase),
        "Resource" | "NotResource" => set(value, str::to_owned),
        "Condition" => sorted(members(value).map(|(operator, keys)| {
            // IAM UG, Condition element: keys are not case-sensitive, values are text.
            let keys = members(keys)
                .map(|(key, values)| (key.to_ascii_lowercase(), set(values, str::to_owned)));
            (operator.clone(), sorted(keys))
        })),
        _ => value.clone(),
    }
}

fn principal(value: &Value) -> Value {
    match value {
        Value::Object(kinds) => sorted(
            kinds
                .iter()
                .map(|(kind, who)| (kind.clone(), set(who, |who| account(who).to_owned()))),
        ),
        everyone => sorted([("AWS".to_owned(), set(everyone, str::to_owned))]),
    }
}

/// IAM UG, Principal element: an account's id stands for the ARN of its root.
fn account(who: &str) -> &str {
    let parts: Vec<_> = who.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, "iam", "", account, "root"] => account,
        _ => who,
    }
}

/// One value is a list of one; order and repetition mean nothing.
fn set(value: &Value, form: impl Fn(&str) -> String) -> Value {
    let mut items: Vec<String> = listed(value).iter().map(|item| form(&text(item))).collect();
    items.sort_unstable();
    items.dedup();
    items.into()
}

fn listed(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn sorted(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    let sorted: Members = members.into_iter().collect();
    Value::Object(sorted.into_iter().collect())
}

/// As it is written, with lists of one taken out of their brackets.
fn shown(statement: &Value) -> Value {
    let parts = members(statement).filter(|(name, _)| *name != "Sid");
    let parts = parts.map(|(name, value)| (name.clone(), shown_part(name, value)));
    Value::Object(parts.collect())
}

fn shown_part(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("Principal" | "NotPrincipal", Value::String(who)) => deleted(who),
        (_, Value::Array(items)) => match items.as_slice() {
            [one] => shown_part(name, one),
            items => items.iter().map(|item| shown_part(name, item)).collect(),
        },
        (_, Value::Object(members)) => {
            let members = members.iter();
            let shown = members.map(|(key, value)| (key.clone(), shown_part(name, value)));
            Value::Object(shown.collect())
        }
        (_, other) => other.clone(),
    }
}

/// IAM UG, Principal element: of a user or a role that is deleted its unique id remains.
fn deleted(who: &str) -> Value {
    const ID_LENGTH: usize = 16;
    let id = who.starts_with("AIDA") || who.starts_with("AROA");
    if id && who.len() >= ID_LENGTH && who.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        format!("principal deleted ({who})").into()
    } else {
        who.into()
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
