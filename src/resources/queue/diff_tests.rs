//! What differs in a queue, and what is then sent.

use std::collections::BTreeMap;

use super::*;
use crate::model::presence::Presence;
use crate::model::units::{Bytes, Seconds};
use crate::resources::queue::config::{MessageCounts, RedriveAllowPolicy, RedrivePolicy};
use serde_json::json;

fn live() -> QueueLive {
    QueueLive {
        messages: MessageCounts {
            visible: 7,
            in_flight: 1,
            delayed: 0,
        },
        ..QueueLive::sample("q")
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

/// `live()` with this key, or with SSE-SQS on or off.
fn encrypted(key: Option<&str>, managed: bool) -> QueueLive {
    QueueLive {
        sqs_managed_sse: Some(managed),
        kms_master_key_id: key.map(str::to_owned),
        kms_data_key_reuse_period: key.map(|_| Seconds(300)),
        ..live()
    }
}

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn every_way_between_the_encryptions_is_one_call() {
    let key = |key: &str| Some(Presence::Present(key.to_owned()));
    let arn = |what: &str| format!("arn:aws:kms:us-east-1:123456789012:{what}");
    let (on, off, none) = (Some(true), Some(false), Some(Presence::Absent));
    let (a, there) = (Some("alias/a"), "the key");
    let (sqs, nothing, same) = ("SQS", "nothing", "");
    let cases = [
        // Live key, live SSE-SQS, declared key, declared SSE-SQS: what encrypts it then, whether that is weaker.
        (None, true, key("alias/a"), off, there, false),
        (None, false, key("alias/a"), off, there, false),
        (None, true, key("alias/a"), None, there, false),
        (None, true, None, off, nothing, true),
        (None, false, None, on, sqs, false),
        (None, true, none.clone(), on, same, false),
        (a, false, none.clone(), on, sqs, true),
        (a, false, none.clone(), off, nothing, true),
        (a, false, none.clone(), None, sqs, true),
        (a, false, None, on, sqs, true),
        (None, false, none, None, same, false),
        (a, false, key("alias/b"), off, there, false),
        (a, false, key("alias/a"), off, same, false),
        (a, false, key(&arn("alias/a")), off, same, false),
        (
            Some(ID),
            false,
            key(&arn(&format!("key/{ID}"))),
            off,
            same,
            false,
        ),
        (a, false, None, off, same, false),
    ];
    for (live_key, live_managed, kms_master_key_id, sqs_managed_sse, then, weaker) in cases {
        let live = encrypted(live_key, live_managed);
        let desired = QueueDesired {
            kms_master_key_id: kms_master_key_id.clone(),
            sqs_managed_sse,
            ..Default::default()
        };
        let case = format!("{live_key:?} {live_managed} → {desired:?}");
        let sent = attributes(&desired, Some(&live));
        let said = |name: &str| sent.get(name).map(String::as_str);
        let managed = said("SqsManagedSseEnabled");
        let wanted = kms_master_key_id.as_ref().and_then(Presence::present);
        match then {
            "the key" => {
                let expected = (wanted.map(String::as_str), Some("false"));
                assert_eq!((said("KmsMasterKeyId"), managed), expected, "{case}");
            }
            "" => assert_eq!(sent, Attributes::new(), "{case}"),
            word => {
                let expected = if word == "SQS" { "true" } else { "false" };
                assert_eq!(managed, Some(expected), "{case}");
                assert_eq!(said("KmsMasterKeyId"), live_key.map(|_| ""), "{case}");
            }
        }
        let delta = diff(&desired, &live, &Scope::sample());
        assert_eq!(delta.is_empty(), sent.is_empty(), "{case}");
        let hazards: Vec<_> = delta.hazards.iter().map(|hazard| hazard.kind).collect();
        assert_eq!(
            hazards,
            vec![HazardKind::Weaken; usize::from(weaker)],
            "{case}"
        );
    }
}

#[test]
fn the_period_of_a_data_key_counts_only_with_a_key() {
    let desired = |key: Option<Presence<String>>| QueueDesired {
        kms_master_key_id: key,
        kms_data_key_reuse_period: Some(Seconds(600)),
        ..Default::default()
    };
    let key = Presence::Present("alias/a".to_owned());
    let period = "kms_data_key_reuse_period";
    for (live, desired, line) in [
        (encrypted(None, true), desired(None), None),
        (
            encrypted(Some("alias/a"), false),
            desired(Some(Presence::Absent)),
            None,
        ),
        (
            encrypted(None, true),
            desired(Some(key)),
            Some(r#"null → "10m""#),
        ),
        (
            encrypted(Some("alias/b"), false),
            desired(None),
            Some(r#""5m" → "10m""#),
        ),
    ] {
        let delta = diff(&desired, &live, &Scope::sample());
        let lines = lines(&delta).into_iter();
        let found: Vec<_> = lines.filter(|line| line.starts_with(period)).collect();
        let expected: Vec<_> = line
            .iter()
            .map(|line| format!("{period}: {line}"))
            .collect();
        assert_eq!(found, expected, "{desired:?}");
        let sent = attributes(&desired, Some(&live));
        assert_eq!(
            sent.contains_key("KmsDataKeyReusePeriodSeconds"),
            line.is_some()
        );
        assert!(delta.unmanaged.iter().all(|u| u.path != period));
    }
    let created = |desired: &QueueDesired| {
        let shown = on_create(desired, &Scope::sample());
        shown.iter().any(|change| change.path == period)
    };
    assert!(!created(&desired(None)));
    assert!(created(&desired(Some(Presence::Present(
        "alias/a".to_owned()
    )))));
}

#[test]
fn what_aws_would_refuse_is_told_and_not_sent() {
    let mut fast = live();
    fast.content_based_deduplication = Some(false);
    fast.deduplication_scope = Some(DeduplicationScope::MessageGroup);
    fast.fifo_throughput_limit = Some(FifoThroughputLimit::PerMessageGroupId);
    let scope = |scope| QueueDesired {
        deduplication_scope: Some(scope),
        ..Default::default()
    };
    let managed = QueueDesired {
        sqs_managed_sse: Some(true),
        ..Default::default()
    };
    let ignoring = QueueDesired {
        ignore: ["kms_master_key_id".to_owned()].into(),
        ..managed.clone()
    };
    let keyed = encrypted(Some("alias/a"), false);
    for (desired, live, why) in [
        (
            scope(DeduplicationScope::Queue),
            &fast,
            Some("perMessageGroupId"),
        ),
        (scope(DeduplicationScope::MessageGroup), &fast, None),
        (managed.clone(), &keyed, None),
        (ignoring, &keyed, Some("exclude each other")),
        (managed, &live(), None),
    ] {
        let impossible = diff(&desired, live, &Scope::sample()).impossible;
        assert_eq!(impossible.is_some(), why.is_some(), "{desired:?}");
        if let (Some((said, _)), Some(why)) = (impossible, why) {
            assert!(said.contains(why), "{said}");
        }
    }
}

#[test]
fn a_redrive_policy_that_goes_says_what_that_means() {
    let mut with = live();
    with.redrive_policy = Some(redrive_to("dlq", 5));
    let desired = QueueDesired {
        redrive_policy: Some(Presence::Absent),
        ..Default::default()
    };
    let delta = diff(&desired, &with, &Scope::sample());
    assert_eq!(
        lines(&delta),
        [r#"redrive_policy: {"dead_letter_queue":"dlq","max_receive_count":5} → null"#]
    );
    assert!(delta.changes[0].effect.is_some());
    assert_eq!(attributes(&desired, Some(&with))["RedrivePolicy"], "");
    assert!(attributes(&desired, None).is_empty());
    assert!(diff(&desired, &live(), &Scope::sample()).is_empty());
}

#[test]
fn allowed_sources_are_a_set() {
    let sources = |names: &[&str]| {
        let arns = names.iter().map(|name| Scope::sample().queue_arn(name));
        RedriveAllowPolicy::SourceQueues(arns.collect())
    };
    let desired = |allow| QueueDesired {
        redrive_allow_policy: Some(allow),
        ..Default::default()
    };
    let mut there = live();
    there.redrive_allow_policy = sources(&["b", "a"]);
    let line = |allow| lines(&diff(&desired(allow), &there, &Scope::sample()));
    assert_eq!(line(sources(&["a", "b"])), Vec::<String>::new());
    assert_eq!(
        line(sources(&["a"])),
        [r#"redrive_allow_policy: {"source_queues":["a","b"]} → {"source_queues":["a"]}"#]
    );
    assert_eq!(
        line(RedriveAllowPolicy::AllowAll),
        [r#"redrive_allow_policy: {"source_queues":["a","b"]} → "allow_all""#]
    );
    assert!(
        diff(
            &desired(RedriveAllowPolicy::AllowAll),
            &live(),
            &Scope::sample()
        )
        .is_empty()
    );
    assert_eq!(
        attributes(&desired(sources(&["a"])), None)["RedriveAllowPolicy"],
        r#"{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:123456789012:a"]}"#
    );
}

/// Whoever ignores one half of the encryption has the other half left as it is declared, and no more.
#[test]
fn an_ignored_encryption_is_left_alone() {
    let ignoring = |what: &str, key, sqs_managed_sse| QueueDesired {
        kms_master_key_id: key,
        sqs_managed_sse,
        ignore: [what.to_owned()].into(),
        ..Default::default()
    };
    let key = Some(Presence::Present("alias/a".to_owned()));
    for (desired, live) in [
        (
            ignoring("kms_master_key_id", key, None),
            encrypted(None, true),
        ),
        (
            ignoring("kms_master_key_id", Some(Presence::Absent), None),
            encrypted(Some("alias/b"), false),
        ),
        (
            ignoring("sqs_managed_sse", None, Some(true)),
            encrypted(Some("alias/b"), false),
        ),
    ] {
        let delta = diff(&desired.heeded(), &live, &Scope::sample());
        assert_eq!(lines(&delta), Vec::<String>::new(), "{desired:?}");
        assert!(delta.impossible.is_none() && delta.hazards.is_empty());
    }
}
