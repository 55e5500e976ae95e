//! The rules of encryption, policies and redrive-allow policies.

use serde_json::json;

use super::*;
use crate::model::presence::Presence;

const KEEP: &str = "message_retention_period: 14d";

fn of_queues(body: &str) -> Vec<String> {
    faults(&format!("{HEAD}queues: {{{body}}}\n"))
}

#[test]
fn one_encryption_at_a_time_and_a_key_that_is_one() {
    for (fields, wanted) in [
        (
            "kms_master_key_id: alias/a, sqs_managed_sse: true",
            Some(
                "kms_master_key_id: a KMS key and SSE-SQS exclude each other (remove one of `kms_master_key_id` and `sqs_managed_sse`)",
            ),
        ),
        (
            "kms_master_key_id: alias/a, sqs_managed_sse: default",
            Some(
                "kms_master_key_id: a KMS key and SSE-SQS exclude each other (remove one of `kms_master_key_id` and `sqs_managed_sse`)",
            ),
        ),
        (
            "kms_master_key_id: shop",
            Some(
                "kms_master_key_id: `shop` is not a KMS key (write `alias/NAME`, the key's id, or the ARN of either)",
            ),
        ),
        (
            "kms_master_key_id: 'arn:aws:kms:us-east-1:123456789012:shop'",
            Some(
                "kms_master_key_id: `arn:aws:kms:us-east-1:123456789012:shop` is not a KMS key (write `alias/NAME`, the key's id, or the ARN of either)",
            ),
        ),
        (
            "kms_data_key_reuse_period: 59",
            Some("kms_data_key_reuse_period: 59s is below AWS's minimum (write 1m or more)"),
        ),
        (
            "kms_data_key_reuse_period: 5m, kms_master_key_id: default",
            Some(
                "kms_data_key_reuse_period: warning: it means nothing without a KMS key (remove it, or declare `kms_master_key_id`)",
            ),
        ),
        ("kms_data_key_reuse_period: 5m", None),
        ("kms_master_key_id: alias/a, sqs_managed_sse: false", None),
        ("kms_master_key_id: default, sqs_managed_sse: true", None),
        (
            "kms_master_key_id: 1234abcd-12ab-34cd-56ef-1234567890ab",
            None,
        ),
        (
            "kms_master_key_id: mrk-1234abcd12ab34cd56ef1234567890ab",
            None,
        ),
        (
            "kms_master_key_id: 'arn:aws:kms:us-east-1:123456789012:alias/a'",
            None,
        ),
        (
            "kms_master_key_id: 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'",
            None,
        ),
    ] {
        let found = of_queues(&format!("a: {{{fields}}}"));
        let found: Vec<_> = found
            .iter()
            .map(|fault| fault.split_once(" queues.a.").unwrap().1)
            .collect();
        assert_eq!(found, wanted.into_iter().collect::<Vec<_>>(), "{fields}");
    }
}

#[test]
fn what_only_fifo_queues_have_cannot_be_reset_on_another() {
    for field in [
        "content_based_deduplication",
        "deduplication_scope",
        "fifo_throughput_limit",
    ] {
        let found = of_queues(&format!("a: {{{field}: default}}"));
        let wanted = format!(
            "3:14 queues.a.{field}: `{field}` is for FIFO queues only (remove it, or end the queue's key in `.fifo`)"
        );
        assert_eq!(found, [wanted]);
    }
    let both = "a.fifo: {deduplication_scope: default, fifo_throughput_limit: perMessageGroupId}";
    assert_eq!(
        of_queues(both),
        [
            "3:72 queues.a.fifo.fifo_throughput_limit: `perMessageGroupId` needs deduplication per message group (write `deduplication_scope: messageGroup`)"
        ]
    );
}

#[test]
fn a_dead_letter_queue_must_allow_its_sources() {
    let pair = |allow: &str| {
        format!(
            "a: {{redrive_policy: {{dead_letter_queue: d}}}}, b: , f.fifo: , d: {{{KEEP}, redrive_allow_policy: {allow}}}"
        )
    };
    let refused = "3:50 queues.a.redrive_policy.dead_letter_queue: `d` does not allow `a` as a source (let its `redrive_allow_policy` name this queue, or be `allow_all`)";
    for (allow, wanted) in [
        ("allow_all", &[][..]),
        ("default", &[]),
        ("{source_queues: [b, a]}", &[]),
        (
            "{source_queues: ['arn:aws:sqs:us-east-1:123456789012:a']}",
            &[],
        ),
        (
            "{source_queues: [a, 'arn:aws:sqs:us-east-1:123456789012:other']}",
            &[],
        ),
        ("deny_all", &[refused]),
        ("{source_queues: [b]}", &[refused]),
        (
            "{source_queues: []}",
            &[
                refused,
                "3:128 queues.d.redrive_allow_policy.source_queues: no source queue is named (name the queues, or write `redrive_allow_policy: deny_all`)",
            ],
        ),
        (
            "{source_queues: [a, bb]}",
            &[
                "3:147 queues.d.redrive_allow_policy.source_queues[1]: there is no queue `bb` (declare it under `queues:`, or write an ARN)",
            ],
        ),
        (
            "{source_queues: [a, 'arn:aws:sns:us-east-1:123456789012:a']}",
            &[
                "3:147 queues.d.redrive_allow_policy.source_queues[1]: `arn:aws:sns:us-east-1:123456789012:a` is not the ARN of a queue (write `arn:aws:sqs:REGION:ACCOUNT:NAME`, or a queue's key)",
            ],
        ),
        (
            "{source_queues: [a, f.fifo]}",
            &[
                "3:147 queues.d.redrive_allow_policy.source_queues[1]: a FIFO queue cannot be a source of a standard queue (name standard queues only: both must be of one type)",
            ],
        ),
        (
            "{source_queue: [a]}",
            &[
                "3:128 queues.d.redrive_allow_policy.source_queue: unknown field `source_queue` (did you mean `source_queues`?)",
            ],
        ),
    ] {
        assert_eq!(of_queues(&pair(allow)), wanted, "{allow}");
    }
    let many: Vec<_> = (0..11)
        .map(|n| format!("arn:aws:sqs:us-east-1:123456789012:q{n}"))
        .collect();
    let found = of_queues(&format!(
        "d: {{redrive_allow_policy: {{source_queues: {many:?}}}}}"
    ));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("11 source queues are too many (AWS takes 10;"),
        "{found:?}"
    );
}

#[test]
fn an_arn_means_the_queue_of_that_name() {
    let arn = |name: &str| format!("arn:aws:sqs:us-east-1:123456789012:{name}");
    let found = of_queues(&format!(
        "a: {{redrive_policy: {{dead_letter_queue: '{}'}}}}, d: {{{KEEP}, redrive_allow_policy: deny_all}}",
        arn("d")
    ));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`d` does not allow `a`"), "{found:?}");
    let found = of_queues(&format!(
        "a: {{redrive_policy: {{dead_letter_queue: '{}'}}}}",
        arn("a")
    ));
    assert!(
        found[0].contains("cannot be its own dead-letter queue"),
        "{found:?}"
    );
}

#[test]
fn a_statement_says_who_may_do_what() {
    let statement = |text: &str| {
        of_queues(&format!(
            "a: {{policy: {{Statement: [{{Effect: Allow, {text}}}]}}}}"
        ))
    };
    for (text, wanted) in [
        ("Principal: '*', Action: 'sqs:*'", None),
        (
            "NotPrincipal: {AWS: 012345678901}, NotAction: ['sqs:*']",
            None,
        ),
        (
            "Action: 'sqs:*'",
            Some(
                "a statement without `Principal` (say who, such as `Principal: {Service: sns.amazonaws.com}`)",
            ),
        ),
        (
            "Principal: ['*']",
            Some("a statement without `Action` (say what, such as `Action: sqs:SendMessage`)"),
        ),
        (
            "Principal: '*', NotPrincipal: '*', Action: x",
            Some("`Principal` and `NotPrincipal` exclude each other (remove one of them)"),
        ),
        (
            "Principal: {AWS: 12345678901}, Action: x",
            Some(
                "the account `12345678901` has not twelve digits (write it as AWS shows it, leading zeros too)",
            ),
        ),
    ] {
        let wanted: Vec<_> = wanted
            .iter()
            .map(|wanted| format!("3:35 queues.a.policy.Statement[0]: {wanted}"))
            .collect();
        assert_eq!(statement(text), wanted, "{text}");
    }
    assert_eq!(
        of_queues("a: {policy: {Statement: []}}"),
        [
            "3:23 queues.a.policy.Statement: a policy without a statement (add one, or write `policy: default` for none)"
        ]
    );
    let one = "{Effect: Deny, Principal: '*', Action: 'sqs:*'}";
    let many = vec![one; 21].join(", ");
    let found = of_queues(&format!("a: {{policy: {{Statement: [{many}]}}}}"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("warning: a policy of 21 statements is above"));
    let long = "x".repeat(8_200);
    let found = of_queues(&format!("a: {{policy: {{Id: {long}, Statement: {one}}}}}"));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("warning: a policy of 82"), "{found:?}");
}

#[test]
fn text_in_a_policy_stays_what_was_written() {
    let text = format!(
        "{HEAD}queues:\n  a:\n    policy:\n      Version: 2012-10-17\n      Statement:\n        \
         Effect: Allow\n        Principal: {{AWS: [012345678901, '*']}}\n        Action: sqs:*\n        \
         Condition: {{Bool: {{aws:SecureTransport: true}}, NumericLessThan: {{k: [5, 1.50]}}}}\n"
    );
    let resources = system(&text, None).resources(&Scope::sample());
    let Desired::Queue(queue) = &resources[0].desired else {
        panic!("{resources:?}");
    };
    let policy = queue.policy.as_ref().and_then(Presence::present);
    assert_eq!(
        policy,
        Some(&json!({
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": ["012345678901", "*"]},
                "Action": "sqs:*",
                "Condition": {
                    "Bool": {"aws:SecureTransport": "true"},
                    "NumericLessThan": {"k": ["5", "1.50"]},
                },
            },
        }))
    );
}
