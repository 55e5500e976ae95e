//! A resource policy by itself: what a statement must have, and AWS's limits (SQS DG, quotas-policies).

use serde_json::{Map, Value};

use crate::manifest::suggest::quote;
use crate::manifest::tree::Node;
use crate::model::change::spelled;
use crate::resources::policy::spec::{PolicySpec, PrincipalSpec, StatementSpec, limits};

use super::finding::{Findings, On};
use super::header::is_account;

/// `path`: of the document.
pub(super) fn check(path: &[&str], policy: &PolicySpec, findings: &mut Findings<'_, '_>) {
    let statements = &policy.statement.0;
    let list = [path, &["Statement"]].concat();
    if statements.is_empty() {
        let help = "add one, or write `policy: default` for none";
        findings.error(&list, On::Value, "a policy without a statement", help);
    }
    let written = findings.items(&list);
    // One that did not decode is told of already, and moves those behind it.
    if written.len() == statements.len() {
        for (at, (statement, node)) in statements.iter().zip(written).enumerate() {
            one(&list, at, statement, node, findings);
        }
    }
    let bytes = policy.document().to_string().len();
    for (what, count, max) in [
        ("statements", statements.len(), limits::STATEMENTS),
        ("bytes", bytes, limits::BYTES),
    ] {
        if count > max {
            let message = format!("a policy of {count} {what} is above the known maximum");
            let help = format!("AWS took {max} when this version was made, and may refuse it");
            findings.warning(path, On::Key, message, help);
        }
    }
}

fn one(
    list: &[&str],
    at: usize,
    statement: &StatementSpec,
    node: &Node,
    findings: &mut Findings<'_, '_>,
) {
    let written = node.entries().iter().filter(|entry| !entry.node.is_null());
    let decoded = spelled(statement);
    if decoded.as_object().map(Map::len) == Some(written.count()) {
        parts(list, at, &decoded, findings);
    }
    for account in misread(statement) {
        let message = format!("the account {} has not twelve digits", quote(account));
        let help = "write it as AWS shows it, leading zeros too";
        findings.error(list, On::Item(at), message, help);
    }
}

fn parts(list: &[&str], at: usize, statement: &Value, findings: &mut Findings<'_, '_>) {
    let has = |name: &str| statement.get(name).is_some();
    for (name, without, example) in [
        (
            "Principal",
            "NotPrincipal",
            "say who, such as `Principal: {Service: sns.amazonaws.com}`",
        ),
        (
            "Action",
            "NotAction",
            "say what, such as `Action: sqs:SendMessage`",
        ),
    ] {
        let (message, help) = match (has(name), has(without)) {
            (false, false) => (format!("a statement without `{name}`"), example),
            (true, true) => {
                let message = format!("`{name}` and `{without}` exclude each other");
                (message, "remove one of them")
            }
            _ => continue,
        };
        findings.error(list, On::Item(at), message, help);
    }
}

/// Accounts of digits that are no account, as where a leading zero was lost.
fn misread(statement: &StatementSpec) -> impl Iterator<Item = &str> {
    let who = [&statement.principal, &statement.not_principal];
    let named = who.into_iter().flatten().filter_map(|who| match who {
        PrincipalSpec::Named(who) => who.aws.as_ref(),
        PrincipalSpec::Everyone => None,
    });
    named
        .flat_map(|accounts| &accounts.0)
        .map(String::as_str)
        .filter(|who| who.bytes().all(|byte| byte.is_ascii_digit()) && !is_account(who))
}
