//! What is sent is never refused, and leads to what was declared: against SQS's rules, written down once more.

use proptest::option::of;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::presence::Presence;
use crate::model::units::{Bytes, Seconds};
use crate::resources::queue::api::QueueApi;
use crate::resources::queue::config::{RedriveAllowPolicy, RedrivePolicy};
use crate::resources::queue::fake::FakeQueues;
use crate::resources::queue::read;
use futures_util::FutureExt;

/// The attributes of a queue as they are kept, and what SetQueueAttributes does to them (API SetQueueAttributes).
#[derive(Clone, Debug, Default)]
struct Law(Attributes);

const KEY: &str = "KmsMasterKeyId";
const PERIOD: &str = "KmsDataKeyReusePeriodSeconds";
const MANAGED: &str = "SqsManagedSseEnabled";

impl Law {
    fn new() -> Self {
        Law([(MANAGED.to_owned(), "true".to_owned())].into())
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn set(&self, sent: &Attributes, fifo: bool) -> Result<Law, String> {
        let mut next = self.clone();
        for (name, value) in sent {
            if !fifo
                && [
                    "ContentBasedDeduplication",
                    "DeduplicationScope",
                    "FifoThroughputLimit",
                ]
                .contains(&name.as_str())
            {
                return Err(format!("{name} is of FIFO queues only"));
            }
            let clears = [KEY, "Policy", "RedrivePolicy"].contains(&name.as_str());
            if value.is_empty() && !clears {
                return Err(format!("{name} cannot be empty"));
            }
            next.0.insert(name.clone(), value.clone());
        }
        if !next.get(KEY).is_empty() && next.get(MANAGED) == "true" {
            return Err("one type of encryption at a time".to_owned());
        }
        let per_group = |law: &Attributes| {
            law.get("FifoThroughputLimit")
                .is_some_and(|l| l == "perMessageGroupId")
        };
        if per_group(&next.0) && next.get("DeduplicationScope") != "messageGroup" {
            return Err("perMessageGroupId needs messageGroup".to_owned());
        }
        if per_group(sent) && !sent.contains_key("DeduplicationScope") {
            return Err("perMessageGroupId needs messageGroup in the same call".to_owned());
        }
        Ok(next)
    }

    fn read(&self, name: &str) -> QueueLive {
        let mut shown = self.0.clone();
        shown.insert("QueueArn".to_owned(), Scope::sample().queue_arn(name));
        if self.get(KEY).is_empty() {
            shown.remove(PERIOD);
        }
        let pairs: Vec<_> = shown
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let api = FakeQueues::default().with(name, &pairs, &[]);
        let url = api
            .get_queue_url(name)
            .now_or_never()
            .unwrap()
            .unwrap()
            .unwrap();
        read::read(&api, &url)
            .now_or_never()
            .unwrap()
            .unwrap()
            .unwrap()
    }
}

fn presence<T: std::fmt::Debug + Clone>(
    part: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<Presence<T>>> {
    of(prop_oneof![
        1 => Just(Presence::Absent),
        2 => part.prop_map(Presence::Present),
    ])
}

fn a_key() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "alias/a",
        "arn:aws:kms:us-east-1:123456789012:alias/a",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:us-east-1:210987654321:alias/a",
    ])
    .prop_map(str::to_owned)
}

fn a_policy() -> impl Strategy<Value = Value> {
    (0..3_u8, any::<bool>()).prop_map(|(action, listed)| {
        let action = json!(format!("sqs:{action}"));
        let action = if listed { json!([action]) } else { action };
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": action}]})
    })
}

fn an_allowance() -> impl Strategy<Value = RedriveAllowPolicy> {
    prop_oneof![
        Just(RedriveAllowPolicy::AllowAll),
        Just(RedriveAllowPolicy::DenyAll),
        prop::collection::btree_set("arn:[a-c]", 1..3).prop_map(RedriveAllowPolicy::SourceQueues),
    ]
}

/// Any declaration, also one that no manifest can make: `ignore` may leave any part of one.
fn any_desired(fifo: bool) -> impl Strategy<Value = QueueDesired> {
    let scope = prop::sample::select(vec![
        DeduplicationScope::Queue,
        DeduplicationScope::MessageGroup,
    ]);
    let limit = prop::sample::select(vec![
        FifoThroughputLimit::PerQueue,
        FifoThroughputLimit::PerMessageGroupId,
    ]);
    let redrive = (0..2_u8, 1..3_u32).prop_map(|(to, max_receive_count)| RedrivePolicy {
        dead_letter_target_arn: format!("arn:{to}"),
        max_receive_count,
    });
    let period = || of((60..63_u64).prop_map(Seconds));
    (
        (period(), period(), of((1_024..1_026_u64).prop_map(Bytes))),
        (of(any::<bool>()), of(scope), of(limit)),
        (presence(redrive), of(an_allowance()), presence(a_policy())),
        (
            of(any::<bool>()),
            presence(a_key()),
            period(),
            any::<bool>(),
        ),
    )
        .prop_map(
            move |(plain, of_fifo, documents, encryption)| QueueDesired {
                visibility_timeout: plain.0,
                message_retention_period: plain.1,
                maximum_message_size: plain.2,
                content_based_deduplication: of_fifo.0.filter(|_| fifo),
                deduplication_scope: of_fifo.1.filter(|_| fifo),
                fifo_throughput_limit: of_fifo.2.filter(|_| fifo),
                redrive_policy: documents.0,
                redrive_allow_policy: documents.1,
                policy: documents.2,
                sqs_managed_sse: encryption.0,
                kms_master_key_id: encryption.1,
                kms_data_key_reuse_period: encryption.2,
                ignore: match encryption.3 {
                    true => ["kms_master_key_id".to_owned()].into(),
                    false => [].into(),
                },
                ..QueueDesired::default()
            },
        )
}

fn any_three() -> impl Strategy<Value = (bool, [QueueDesired; 3])> {
    any::<bool>().prop_flat_map(|fifo| {
        (
            Just(fifo),
            [any_desired(fifo), any_desired(fifo), any_desired(fifo)],
        )
    })
}

proptest! {
    #[test]
    fn what_is_declared_becomes_true_in_one_call_that_is_not_refused((fifo, path) in any_three()) {
        let name = if fifo { "q.fifo" } else { "q" };
        let mut law = Law::new();
        for desired in path {
            let live = law.read(name);
            let delta = diff(&desired, &live, &Scope::sample());
            if delta.impossible.is_some() {
                continue;
            }
            let sent = attributes(&desired, Some(&live));
            prop_assert_eq!(sent.is_empty(), delta.is_empty(), "{:?}\n{:?}", sent, delta);
            law = law.set(&sent, fifo).map_err(TestCaseError::fail)?;
            let after = law.read(name);
            let left = diff(&desired, &after, &Scope::sample());
            prop_assert!(left.is_empty(), "{desired:#?}\n{sent:?}\n{left:#?}");
            let was_weak = delta.hazards.iter().any(|hazard| hazard.kind == HazardKind::Weaken);
            let strength = |live: &QueueLive| match live.kms_master_key_id {
                Some(_) => 2,
                None => u8::from(live.sqs_managed_sse == Some(true)),
            };
            prop_assert_eq!(was_weak, strength(&after) < strength(&live));
        }
    }

    #[test]
    fn what_a_new_queue_is_made_with_is_what_it_should_be((fifo, [desired, ..]) in any_three()) {
        let name = if fifo { "q.fifo" } else { "q" };
        let scope = desired.deduplication_scope.unwrap_or(DeduplicationScope::Queue);
        let per_group = desired.fifo_throughput_limit == Some(FifoThroughputLimit::PerMessageGroupId);
        let both = desired.sqs_managed_sse == Some(true)
            && matches!(desired.kms_master_key_id, Some(Presence::Present(_)));
        // Errors of the manifest.
        let refused = both || per_group && scope == DeduplicationScope::Queue;
        prop_assume!(!refused);
        let sent = attributes(&desired, None);
        prop_assert!(!sent.values().any(String::is_empty), "{sent:?}");
        let law = Law::new().set(&sent, fifo).map_err(TestCaseError::fail)?;
        let left = diff(&desired, &law.read(name), &Scope::sample());
        prop_assert!(left.is_empty(), "{desired:#?}\n{sent:?}\n{left:#?}");
    }
}
