//! A queue's access policy: checked for its form, not evaluated.

use serde_json::Value;

use super::errors;
use crate::local::error::ApiError;

/// DG quotas-policies.
const MAX_BYTES: usize = 8_192;
const MAX_STATEMENTS: usize = 20;
const MAX_PRINCIPALS: usize = 50;
const MAX_CONDITIONS: usize = 10;
/// Per statement.
const MAX_ACTIONS: usize = 7;

const STATEMENT_MEMBERS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// # Errors
/// `InvalidAttributeValue` for what is not a policy, `OverLimit` for one that is too long.
pub fn normalise(text: &str) -> Result<String, ApiError> {
    let invalid = || errors::invalid_attribute_value("Policy");
    let policy: Value = serde_json::from_str(text).map_err(|_| invalid())?;
    let members = policy.as_object().ok_or_else(invalid)?;
    let known = |name: &String| matches!(name.as_str(), "Version" | "Id" | "Statement");
    let version = members.get("Version").and_then(Value::as_str);
    if !members.keys().all(known)
        || !matches!(version, None | Some("2012-10-17" | "2008-10-17"))
        || text.len() > MAX_BYTES
    {
        return Err(invalid());
    }
    let statements = match members.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => return Err(invalid()),
    };
    if statements.len() > MAX_STATEMENTS {
        return Err(errors::over_limit(format!(
            "{} statements were found in the submitted policy, max allowed is {MAX_STATEMENTS}",
            statements.len()
        )));
    }
    if !statements.iter().all(is_statement) {
        return Err(invalid());
    }
    check_counts(statements)?;
    Ok(policy.to_string())
}

fn check_counts(statements: &[Value]) -> Result<(), ApiError> {
    let actions = statements.iter().map(|it| listed(&it["Action"])).max();
    let principals = statements.iter().map(|it| within(&it["Principal"])).sum();
    let conditions = statements
        .iter()
        .filter_map(|it| it["Condition"].as_object())
        .flat_map(|operators| operators.values())
        .map(|keys| keys.as_object().map_or(0, serde_json::Map::len))
        .sum();
    for (what, count, most) in [
        ("Actions", actions.unwrap_or_default(), MAX_ACTIONS),
        ("Principals", principals, MAX_PRINCIPALS),
        ("Conditions", conditions, MAX_CONDITIONS),
    ] {
        if count > most {
            return Err(errors::over_limit(format!(
                "{count} {what} were found, maximum allowed is {most}."
            )));
        }
    }
    Ok(())
}

/// A string is as good as a list of one.
fn listed(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Array(values) => values.len(),
        _ => 1,
    }
}

/// `"*"`, or lists by kind.
fn within(principal: &Value) -> usize {
    match principal.as_object() {
        Some(kinds) => kinds.values().map(listed).sum(),
        None => listed(principal),
    }
}

fn is_statement(statement: &Value) -> bool {
    let Some(members) = statement.as_object() else {
        return false;
    };
    let listed = |name: &str| matches!(members.get(name), Some(Value::String(_) | Value::Array(_)));
    members
        .keys()
        .all(|name| STATEMENT_MEMBERS.contains(&name.as_str()))
        && matches!(
            members.get("Effect").and_then(Value::as_str),
            Some("Allow" | "Deny")
        )
        && (listed("Action") || listed("NotAction"))
        && (members.contains_key("Principal") || members.contains_key("NotPrincipal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENT: &str = r#"{"Sid":"a","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}"#;

    #[test]
    fn a_policy_is_kept_without_its_white_space() {
        let text = format!("{{ \"Version\": \"2012-10-17\",\n \"Statement\": [{STATEMENT}] }}");
        assert_eq!(
            normalise(&text).unwrap(),
            format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{STATEMENT}]}}")
        );
    }

    #[test]
    fn what_is_not_a_policy_is_refused() {
        for text in [
            "no",
            "[]",
            "{}",
            r#"{"Statement":[]}"#,
            r#"{"Version":"2020-01-01","Statement":[]}"#,
            r#"{"Statement":[{"Effect":"Maybe","Principal":"*","Action":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Principal":"*","Acton":"*"}]}"#,
        ] {
            assert_eq!(
                normalise(text).unwrap_err().code,
                "InvalidAttributeValue",
                "{text}"
            );
        }
        let many = vec![STATEMENT; 21].join(",");
        let error = normalise(&format!("{{\"Statement\":[{many}]}}")).unwrap_err();
        assert_eq!(error.code, "OverLimit");
    }

    #[test]
    fn actions_principals_and_conditions_are_counted() {
        let names = |count: usize| -> Value { (0..count).map(|n| format!("n{n}")).collect() };
        let statement = |actions: usize, principals: usize, conditions: usize| {
            let keys: Value = (0..conditions)
                .map(|n| (format!("aws:k{n}"), Value::from("v")))
                .collect::<serde_json::Map<_, _>>()
                .into();
            serde_json::json!({ "Statement": {
                "Effect": "Allow",
                "Action": names(actions),
                "Principal": { "AWS": names(principals) },
                "Condition": { "StringEquals": keys },
            } })
        };
        let code = |it: Value| normalise(&it.to_string()).err().map(|error| error.code);
        assert_eq!(code(statement(7, 50, 10)), None);
        for bad in [(8, 1, 1), (1, 51, 1), (1, 1, 11)] {
            let told = code(statement(bad.0, bad.1, bad.2));
            assert_eq!(told.as_deref(), Some("OverLimit"), "{bad:?}");
        }
    }
}
