//! What differs in a queue, and what is then sent.

use std::collections::BTreeMap;

use super::*;
use crate::model::presence::Presence;
use crate::model::units::{Bytes, Seconds};
use crate::resources::queue::config::{MessageCounts, RedriveAllowPolicy, RedrivePolicy};
use serde_json::json;

/// A queue as CreateQueue makes it when nothing is said.
fn live() -> QueueLive {
    QueueLive {
        url: "https://sqs.us-east-1.amazonaws.com/123456789012/q".into(),
        arn: Scope::sample().queue_arn("q"),
        visibility_timeout: Seconds(30),
        message_retention_period: Seconds(345_600),
        delay: Seconds(0),
        maximum_message_size: Bytes(1_048_576),
        receive_message_wait_time: Seconds(0),
        content_based_deduplication: None,
        deduplication_scope: None,
        fifo_throughput_limit: None,
        redrive_policy: None,
        redrive_allow_policy: RedriveAllowPolicy::AllowAll,
        sqs_managed_sse: Some(true),
        kms_master_key_id: None,
        kms_data_key_reuse_period: None,
        policy: None,
        other: BTreeMap::new(),
        tags: BTreeMap::new(),
        messages: MessageCounts {
            visible: 7,
            in_flight: 1,
            delayed: 0,
        },
    }
}

fn redrive_to(queue: &str, max_receive_count: u32) -> RedrivePolicy {
    RedrivePolicy {
        dead_letter_target_arn: Scope::sample().queue_arn(queue),
        max_receive_count,
    }
}

/// The changed paths with their values, as a line each.
fn lines(delta: &Delta) -> Vec<String> {
    let changes = delta.changes.iter();
    changes
        .map(|c| format!("{}: {} → {}", c.path, c.live, c.desired))
        .collect()
}

#[test]
fn every_declared_field_is_compared_and_sent_and_no_other() {
    let cases: [(QueueDesired, &str, &str, &str); 5] = [
        (
            QueueDesired {
                visibility_timeout: Some(Seconds(300)),
                ..Default::default()
            },
            r#"visibility_timeout: "30s" → "5m""#,
            "VisibilityTimeout",
            "300",
        ),
        (
            QueueDesired {
                message_retention_period: Some(Seconds(1_209_600)),
                ..Default::default()
            },
            r#"message_retention_period: "4d" → "14d""#,
            "MessageRetentionPeriod",
            "1209600",
        ),
        (
            QueueDesired {
                delay: Some(Seconds(5)),
                ..Default::default()
            },
            r#"delay: "0s" → "5s""#,
            "DelaySeconds",
            "5",
        ),
        (
            QueueDesired {
                receive_message_wait_time: Some(Seconds(20)),
                ..Default::default()
            },
            r#"receive_message_wait_time: "0s" → "20s""#,
            "ReceiveMessageWaitTimeSeconds",
            "20",
        ),
        (
            QueueDesired {
                maximum_message_size: Some(Bytes(262_144)),
                ..Default::default()
            },
            r#"maximum_message_size: "1MiB" → "256KiB""#,
            "MaximumMessageSize",
            "262144",
        ),
    ];
    for (desired, line, attribute, wire) in cases {
        let delta = diff(&desired, &live(), &Scope::sample());
        assert_eq!(lines(&delta), [line]);
        let sent = attributes(&desired, Some(&live()));
        assert_eq!(
            sent,
            BTreeMap::from([(attribute.to_owned(), wire.to_owned())])
        );
        assert_eq!(attributes(&desired, None), sent);
    }
}

#[test]
fn what_is_not_declared_is_left_alone_and_noted() {
    let mut changed = live();
    changed.maximum_message_size = Bytes(262_144);
    changed.redrive_policy = Some(redrive_to("dlq", 5));
    changed.redrive_allow_policy = RedriveAllowPolicy::DenyAll;
    changed.policy = Some(json!({"Statement": [{"Sid": "Send"}, {}]}));
    changed.sqs_managed_sse = Some(false);
    changed.other.insert("FutureKnob".into(), "7".into());
    changed.tags.insert("team".into(), "a".into());
    let desired = QueueDesired::default();
    let delta = diff(&desired, &changed, &Scope::sample());
    assert!(delta.is_empty() && delta.hazards.is_empty());
    assert!(attributes(&desired, Some(&changed)).is_empty());
    let noted = delta.unmanaged.iter();
    let noted: Vec<_> = noted.map(|u| format!("{} {}", u.path, u.live)).collect();
    assert_eq!(
        noted,
        [
            r#"maximum_message_size "256KiB""#,
            "sqs_managed_sse false",
            r#"redrive_policy "arn:aws:sqs:us-east-1:123456789012:dlq after 5""#,
            r#"redrive_allow_policy "deny_all""#,
            r#"policy ["Send","Statement[1]"]"#,
            r#"future_knob "7""#,
        ]
    );
    assert!(
        diff(&desired, &live(), &Scope::sample())
            .unmanaged
            .is_empty()
    );
}

#[test]
fn redrive_is_compared_by_its_parts() {
    let desired = |count| QueueDesired {
        redrive_policy: Some(Presence::Present(redrive_to("dlq", count))),
        ..Default::default()
    };
    let mut with = live();
    with.redrive_policy = Some(redrive_to("dlq", 5));
    assert_eq!(
        lines(&diff(&desired(3), &with, &Scope::sample())),
        ["redrive_policy.max_receive_count: 5 → 3"]
    );
    assert!(diff(&desired(5), &with, &Scope::sample()).is_empty());
    assert!(attributes(&desired(5), Some(&with)).is_empty());
    assert_eq!(
        lines(&diff(&desired(3), &live(), &Scope::sample())),
        [r#"redrive_policy: null → {"dead_letter_queue":"dlq","max_receive_count":3}"#]
    );
    let sent = attributes(&desired(3), Some(&with));
    let document: Value = serde_json::from_str(&sent["RedrivePolicy"]).unwrap();
    assert_eq!(
        document,
        json!({"deadLetterTargetArn": Scope::sample().queue_arn("dlq"), "maxReceiveCount": 3})
    );
}

#[test]
fn only_a_lower_retention_may_lose_messages() {
    let keep = |seconds| QueueDesired {
        message_retention_period: Some(Seconds(seconds)),
        ..Default::default()
    };
    let delta = diff(&keep(86_400), &live(), &Scope::sample());
    assert_eq!(delta.hazards.len(), 1);
    assert_eq!(delta.hazards[0].kind, HazardKind::LoseMessages);
    assert!(
        delta.hazards[0]
            .reason
            .contains("approximately 7 visible, 1 in flight")
    );
    assert!(delta.changes[0].effect.is_some());
    for seconds in [345_600, 400_000] {
        assert!(
            diff(&keep(seconds), &live(), &Scope::sample())
                .hazards
                .is_empty()
        );
    }
}

#[test]
fn fifo_settings_are_compared_by_word() {
    let mut fifo = live();
    fifo.content_based_deduplication = Some(false);
    fifo.deduplication_scope = Some(crate::resources::queue::config::DeduplicationScope::Queue);
    fifo.fifo_throughput_limit =
        Some(crate::resources::queue::config::FifoThroughputLimit::PerQueue);
    let desired = QueueDesired {
        content_based_deduplication: Some(true),
        deduplication_scope: Some(
            crate::resources::queue::config::DeduplicationScope::MessageGroup,
        ),
        fifo_throughput_limit: Some(
            crate::resources::queue::config::FifoThroughputLimit::PerMessageGroupId,
        ),
        ..Default::default()
    };
    assert_eq!(
        lines(&diff(&desired, &fifo, &Scope::sample())),
        [
            "content_based_deduplication: false → true",
            r#"deduplication_scope: "queue" → "messageGroup""#,
            r#"fifo_throughput_limit: "perQueue" → "perMessageGroupId""#,
        ]
    );
    let sent = attributes(&desired, Some(&fifo));
    assert_eq!(sent["ContentBasedDeduplication"], "true");
    assert_eq!(sent["DeduplicationScope"], "messageGroup");
    assert_eq!(sent["FifoThroughputLimit"], "perMessageGroupId");
    assert!(
        diff(&QueueDesired::default(), &fifo, &Scope::sample())
            .unmanaged
            .is_empty()
    );
}

#[test]
fn tags_are_added_and_changed_never_removed() {
    let mut tagged = live();
    tagged.tags = BTreeMap::from([("team".into(), "a".into()), ("theirs".into(), "x".into())]);
    let desired = QueueDesired {
        tags: BTreeMap::from([("team".into(), "b".into()), ("new".into(), "1".into())]),
        ..Default::default()
    };
    assert_eq!(
        lines(&diff(&desired, &tagged, &Scope::sample())),
        [r#"tags.new: null → "1""#, r#"tags.team: "a" → "b""#]
    );
}
