//! Documents that mean the same are equal, whoever wrote them how; what differs is named by statement.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn lines(live: &Value, desired: &Value) -> Vec<String> {
    let changes = changes("policy", Some(live), Some(desired)).into_iter();
    changes
        .map(|c| format!("{}: {} → {}", c.path, c.live, c.desired))
        .collect()
}

fn allow(part: &str, value: Value) -> Value {
    let mut statement = json!({"Effect": "Allow", "Principal": "*", "Action": "sqs:*"});
    statement[part] = value;
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

#[test]
fn spellings_that_mean_the_same_are_equal() {
    for (part, one, other) in [
        ("Principal", json!("*"), json!(["*"])),
        ("Principal", json!("*"), json!({"AWS": "*"})),
        ("Principal", json!("*"), json!({"AWS": ["*"]})),
        (
            "Principal",
            json!({"AWS": "123456789012"}),
            json!({"AWS": ["arn:aws:iam::123456789012:root"]}),
        ),
        (
            "Principal",
            json!({"AWS": ["012345678901", "123456789012"]}),
            json!({"AWS": ["arn:aws-cn:iam::123456789012:root", "012345678901"]}),
        ),
        (
            "Action",
            json!("SQS:SendMessage"),
            json!(["sqs:sendmessage"]),
        ),
        (
            "Action",
            json!(["sqs:a", "sqs:b"]),
            json!(["sqs:b", "sqs:a", "sqs:b"]),
        ),
        ("Resource", json!("arn:q"), json!(["arn:q"])),
        (
            "Condition",
            json!({"Bool": {"aws:SecureTransport": false}}),
            json!({"Bool": {"AWS:securetransport": ["false"]}}),
        ),
        (
            "Condition",
            json!({"NumericLessThan": {"k": 5}, "StringEquals": {"a": ["x", "y"]}}),
            json!({"StringEquals": {"a": ["y", "x"]}, "NumericLessThan": {"k": "5"}}),
        ),
    ] {
        let (one, other) = (allow(part, one), allow(part, other));
        assert!(is_same(&one, &other), "{one}\n{other}");
        assert_eq!(lines(&one, &other), Vec::<String>::new());
    }
    let bare = json!({"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "Action": "sqs:*"});
    let one = json!({"Statement": bare});
    let other = json!({"Version": "2008-10-17", "Statement": [bare.clone(), bare]});
    assert!(is_same(&one, &other));
}

#[test]
fn what_means_something_else_differs() {
    for (part, one, other) in [
        ("Effect", json!("Allow"), json!("Deny")),
        ("Principal", json!("*"), json!({"Service": "*"})),
        ("Principal", json!({"AWS": "1"}), json!({"AWS": "2"})),
        (
            "Principal",
            json!({"AWS": "123456789012"}),
            json!({"AWS": "arn:aws:iam::123456789012:role/a"}),
        ),
        ("Action", json!("sqs:a"), json!("sqs:b")),
        ("Resource", json!("arn:q"), json!("arn:Q")),
        ("Resource", json!("arn:q"), json!(null)),
        (
            "Condition",
            json!({"StringEquals": {"a": "x"}}),
            json!({"StringEquals": {"a": "X"}}),
        ),
        (
            "Condition",
            json!({"StringEquals": {"a": "x"}}),
            json!({"StringLike": {"a": "x"}}),
        ),
    ] {
        let (one, other) = (allow(part, one), allow(part, other));
        assert!(!is_same(&one, &other), "{one}\n{other}");
        assert_eq!(lines(&one, &other).len(), 1, "{one}\n{other}");
    }
}

#[test]
fn a_change_is_named_by_its_statement_and_its_part() {
    let live = json!({"Version": "2008-10-17", "Statement": [
        {"Sid": "Send", "Effect": "Allow", "Principal": {"AWS": "AIDAQXZEAEXAMPLEUSER"}, "Action": ["sqs:SendMessage"]},
        {"Sid": "Old", "Effect": "Deny", "Principal": "*", "Action": ["sqs:Purge*"]},
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:GetQueueUrl"},
    ]});
    let desired = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["sqs:GetQueueUrl"]},
        {"Sid": "New", "Effect": "Allow", "Principal": {"Service": ["sns.amazonaws.com"]}, "Action": ["sqs:SendMessage"]},
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:ReceiveMessage"},
        {"Sid": "Send", "Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": ["sqs:SendMessage", "sqs:Get*"]},
    ]});
    assert_eq!(
        lines(&live, &desired),
        [
            r#"policy.Version: "2008-10-17" → "2012-10-17""#,
            r#"policy.New: null → {"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage"}"#,
            r#"policy.Statement[2]: null → {"Effect":"Allow","Principal":"*","Action":"sqs:ReceiveMessage"}"#,
            r#"policy.Send.Action: "sqs:SendMessage" → ["sqs:SendMessage","sqs:Get*"]"#,
            r#"policy.Send.Principal: {"AWS":"principal deleted (AIDAQXZEAEXAMPLEUSER)"} → {"AWS":"123456789012"}"#,
            r#"policy.Old: {"Effect":"Deny","Principal":"*","Action":"sqs:Purge*"} → null"#,
        ]
    );
}

#[test]
fn a_policy_comes_and_goes_statement_by_statement() {
    let document = json!({"Statement": {"Sid": "a", "Effect": "Allow"}});
    let line = |live, desired| {
        let changes = changes("policy", live, desired).into_iter();
        let lines = changes.map(|c| format!("{}: {} → {}", c.path, c.live, c.desired));
        lines.collect::<Vec<_>>()
    };
    let there = r#"{"Effect":"Allow"}"#;
    assert_eq!(
        line(None, Some(&document)),
        [format!("policy.a: null → {there}")]
    );
    assert_eq!(
        line(Some(&document), None),
        [format!("policy.a: {there} → null")]
    );
    assert_eq!(line(None, None), Vec::<String>::new());
    // Not one that AWS would take, but still not the same as none.
    assert_eq!(line(Some(&json!({})), None), ["policy: {} → null"]);
}

fn words(prefix: &'static str) -> impl Strategy<Value = Vec<String>> {
    let word = (0..4_u8).prop_map(move |n| format!("{prefix}{n}"));
    proptest::collection::vec(word, 1..4)
}

prop_compose! {
    fn a_statement()(
        sid in proptest::option::of("[a-c]"),
        effect in prop_oneof![Just("Allow"), Just("Deny")],
        accounts in words("11111111111"),
        actions in words("sqs:Act"),
        values in words("v"),
        condition in any::<bool>(),
    ) -> Value {
        let mut statement = json!({"Effect": effect, "Principal": {"AWS": accounts}, "Action": actions});
        if let Some(sid) = sid {
            statement["Sid"] = sid.into();
        }
        if condition {
            statement["Condition"] = json!({"StringEquals": {"aws:K": values, "b": "1"}});
        }
        statement
    }
}

fn a_document() -> impl Strategy<Value = Value> {
    proptest::collection::vec(a_statement(), 1..5)
        .prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
}

/// Writes the same in other words: `turns` says where.
fn rewritten(value: &Value, turns: &mut impl Iterator<Item = bool>) -> Value {
    let mut turn = || turns.next().unwrap_or_default();
    match value {
        Value::String(text) if text.starts_with("sqs:") && turn() => text.to_uppercase().into(),
        Value::String(text) if text.starts_with("111") && turn() => {
            format!("arn:aws:iam::{text}:root").into()
        }
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(|item| rewritten(item, turns)).collect();
            if turns.next().unwrap_or_default() {
                items.reverse();
                let half = items.len() / 2;
                items.rotate_left(half);
            }
            match items.as_slice() {
                [one] if turns.next().unwrap_or_default() => one.clone(),
                _ => items.into(),
            }
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(key, value)| {
                    let key = match key.as_str() {
                        "aws:K" if turns.next().unwrap_or_default() => "AWS:k".to_owned(),
                        key => key.to_owned(),
                    };
                    (key, rewritten(value, turns))
                })
                .collect();
            if turns.next().unwrap_or_default() {
                members.reverse();
            }
            Value::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn a_document_in_other_words_is_the_same(
        document in a_document(),
        turns in proptest::collection::vec(any::<bool>(), 64),
    ) {
        let other = rewritten(&document, &mut turns.into_iter().cycle());
        prop_assert!(is_same(&document, &other), "{document}\n{other}");
        prop_assert_eq!(lines(&document, &other), Vec::<String>::new());
    }

    #[test]
    fn a_document_with_one_change_is_another(document in a_document(), at in any::<prop::sample::Index>()) {
        let mut other = document.clone();
        let statements = other["Statement"].as_array_mut().unwrap();
        let at = at.index(statements.len());
        let actions = statements[at]["Action"].as_array_mut().unwrap();
        actions.push("sqs:Other".into());
        prop_assert!(!is_same(&document, &other));
        prop_assert!(!lines(&document, &other).is_empty());
    }
}
