//! A queue as the manifest writes it.

use std::collections::{BTreeMap, BTreeSet};

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Unexpected, Visitor};

use crate::model::presence::Presence;
use crate::model::units::{Bytes, Seconds};
use crate::resources::declaration::Declaration;
use crate::resources::policy::spec::PolicySpec;
use crate::resources::tags::Tags;

use super::config::{
    self, DeduplicationScope, FifoThroughputLimit, QueueDesired, RedriveAllowPolicy, RedrivePolicy,
};

/// A queue. A field that is not declared is left as it is on AWS.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Queue")]
pub struct QueueSpec {
    /// The physical name, instead of what `naming` makes of the key.
    pub name: Option<String>,
    /// A name of your own for `--component`.
    pub component: Option<String>,
    /// How long a received message stays hidden: 0 to 12h. AWS's default is 30s.
    pub visibility_timeout: Option<Seconds>,
    /// How long a message is kept: 60s to 14d. AWS's default is 4d.
    pub message_retention_period: Option<Seconds>,
    /// How long every new message stays hidden: 0 to 15m. AWS's default is 0.
    pub delay: Option<Seconds>,
    /// The largest message: 1KiB to 1MiB, which is AWS's default.
    pub maximum_message_size: Option<Bytes>,
    /// How long a receive waits for a message: 0 to 20s. AWS's default is 0, short polling.
    pub receive_message_wait_time: Option<Seconds>,
    /// FIFO only: the deduplication id is a hash of the body.
    pub content_based_deduplication: Option<bool>,
    /// FIFO only.
    pub deduplication_scope: Option<DeduplicationScope>,
    /// FIFO only; `perMessageGroupId` needs `deduplication_scope: messageGroup`.
    pub fifo_throughput_limit: Option<FifoThroughputLimit>,
    /// Where messages go that were received too often without success.
    pub redrive_policy: Option<RedriveSpec>,
    /// Which queues may name this one as their dead-letter queue; AWS's default is `allow_all`.
    pub redrive_allow_policy: Option<RedriveAllowSpec>,
    /// Encryption with keys that SQS owns (SSE-SQS), which a new queue has. `true` takes a KMS key away.
    pub sqs_managed_sse: Option<bool>,
    /// Encryption with a KMS key: `alias/NAME`, a key's id, or the ARN of either. `default`: no KMS key, SSE-SQS.
    pub kms_master_key_id: Option<String>,
    /// How long a data key of the KMS key is used again: 60s to 24h. AWS's default is 5m.
    pub kms_data_key_reuse_period: Option<Seconds>,
    /// Who may do what with this queue. Whole when given; `default` removes it.
    pub policy: Option<PolicySpec>,
    /// Tags of this queue, besides those of the manifest. An empty value removes one.
    #[serde(default)]
    pub tags: BTreeMap<String, Option<String>>,
    /// Settings, or `tags.KEY`, that are set when the queue is made and left alone from then on.
    #[serde(default)]
    pub ignore: BTreeSet<String>,
    /// Settings that are written `default`.
    #[serde(skip)]
    pub defaults: BTreeSet<String>,
}

impl Declaration for QueueSpec {
    const SETTINGS: &'static [&'static str] = &[
        "visibility_timeout",
        "message_retention_period",
        "delay",
        "maximum_message_size",
        "receive_message_wait_time",
        "content_based_deduplication",
        "deduplication_scope",
        "fifo_throughput_limit",
        "redrive_policy",
        "redrive_allow_policy",
        "sqs_managed_sse",
        "kms_master_key_id",
        "kms_data_key_reuse_period",
        "policy",
    ];

    fn reset(&mut self, settings: BTreeSet<String>) {
        self.defaults = settings;
    }

    fn ignored(&self) -> &BTreeSet<String> {
        &self.ignore
    }

    fn tags(&self) -> &BTreeMap<String, Option<String>> {
        &self.tags
    }
}

/// A dead-letter queue and when a message goes there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RedrivePolicy")]
pub struct RedriveSpec {
    /// The key of a queue of this manifest, or an ARN.
    pub dead_letter_queue: String,
    /// How often a message is received before it goes there.
    #[serde(default = "ten_receives")]
    #[schemars(range(min = 1))]
    pub max_receive_count: u32,
}

/// AWS's own default (SQS API Reference, CreateQueue).
fn ten_receives() -> u32 {
    10
}

/// Whether a reference to a queue is an ARN; else it is a key of the manifest.
pub fn is_arn(reference: &str) -> bool {
    reference.starts_with("arn:")
}

/// `allow_all`, `deny_all`, or `{source_queues: [orders]}`, whose entries are keys of the manifest or ARNs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedriveAllowSpec {
    AllowAll,
    DenyAll,
    SourceQueues(Vec<String>),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SourceQueues")]
struct SourceQueuesForm {
    /// Keys of queues of this manifest, or ARNs.
    #[schemars(length(min = 1, max = 10))]
    source_queues: Vec<String>,
}

impl<'de> Deserialize<'de> for RedriveAllowSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = RedriveAllowSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("allow_all, deny_all or {source_queues: [KEY, …]}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RedriveAllowSpec, E> {
                match text {
                    "allow_all" => Ok(RedriveAllowSpec::AllowAll),
                    "deny_all" => Ok(RedriveAllowSpec::DenyAll),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RedriveAllowSpec, A::Error> {
                let form = SourceQueuesForm::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RedriveAllowSpec::SourceQueues(form.source_queues))
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl JsonSchema for RedriveAllowSpec {
    fn schema_name() -> Cow<'static, str> {
        "RedriveAllowPolicy".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let sources = generator.subschema_for::<SourceQueuesForm>();
        json_schema!({"anyOf": [{"enum": ["allow_all", "deny_all"]}, sources]})
    }
}

impl QueueSpec {
    /// The canonical form. `queue_arn` resolves a reference to a queue.
    pub fn desired(
        &self,
        tags: Tags,
        untag: BTreeSet<String>,
        queue_arn: impl Fn(&str) -> String,
    ) -> QueueDesired {
        let mut desired = QueueDesired {
            visibility_timeout: self.visibility_timeout,
            message_retention_period: self.message_retention_period,
            delay: self.delay,
            maximum_message_size: self.maximum_message_size,
            receive_message_wait_time: self.receive_message_wait_time,
            content_based_deduplication: self.content_based_deduplication,
            deduplication_scope: self.deduplication_scope,
            fifo_throughput_limit: self.fifo_throughput_limit,
            redrive_policy: self.redrive_policy.as_ref().map(|redrive| {
                Presence::Present(RedrivePolicy {
                    dead_letter_target_arn: queue_arn(&redrive.dead_letter_queue),
                    max_receive_count: redrive.max_receive_count,
                })
            }),
            redrive_allow_policy: self.redrive_allow_policy.as_ref().map(|allow| match allow {
                RedriveAllowSpec::AllowAll => RedriveAllowPolicy::AllowAll,
                RedriveAllowSpec::DenyAll => RedriveAllowPolicy::DenyAll,
                RedriveAllowSpec::SourceQueues(sources) => RedriveAllowPolicy::SourceQueues(
                    sources.iter().map(|source| queue_arn(source)).collect(),
                ),
            }),
            sqs_managed_sse: self.sqs_managed_sse,
            kms_master_key_id: self.kms_master_key_id.clone().map(Presence::Present),
            kms_data_key_reuse_period: self.kms_data_key_reuse_period,
            policy: self
                .policy
                .as_ref()
                .map(|policy| Presence::Present(policy.document())),
            tags,
            untag,
            ignore: self.ignore.clone(),
        };
        for setting in &self.defaults {
            reset(&mut desired, setting);
        }
        desired
    }
}

/// Gives a setting AWS's own default (SQS API Reference, CreateQueue).
fn reset(desired: &mut QueueDesired, setting: &str) {
    use config::defaults;
    match setting {
        "visibility_timeout" => desired.visibility_timeout = Some(defaults::VISIBILITY_TIMEOUT),
        "message_retention_period" => {
            desired.message_retention_period = Some(defaults::MESSAGE_RETENTION_PERIOD);
        }
        "delay" => desired.delay = Some(defaults::DELAY),
        "maximum_message_size" => {
            desired.maximum_message_size = Some(defaults::MAXIMUM_MESSAGE_SIZE);
        }
        "receive_message_wait_time" => {
            desired.receive_message_wait_time = Some(defaults::RECEIVE_MESSAGE_WAIT_TIME);
        }
        "content_based_deduplication" => desired.content_based_deduplication = Some(false),
        "deduplication_scope" => desired.deduplication_scope = Some(DeduplicationScope::Queue),
        "fifo_throughput_limit" => {
            desired.fifo_throughput_limit = Some(FifoThroughputLimit::PerQueue);
        }
        "redrive_policy" => desired.redrive_policy = Some(Presence::Absent),
        "redrive_allow_policy" => {
            desired.redrive_allow_policy = Some(RedriveAllowPolicy::AllowAll);
        }
        "sqs_managed_sse" => desired.sqs_managed_sse = Some(true),
        "kms_master_key_id" => desired.kms_master_key_id = Some(Presence::Absent),
        "kms_data_key_reuse_period" => {
            desired.kms_data_key_reuse_period = Some(defaults::KMS_DATA_KEY_REUSE_PERIOD);
        }
        "policy" => desired.policy = Some(Presence::Absent),
        _ => {}
    }
}
