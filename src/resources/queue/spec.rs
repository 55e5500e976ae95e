//! A queue as the manifest writes it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::presence::Presence;
use crate::model::units::{Bytes, Seconds};
use crate::resources::declaration::Declaration;
use crate::resources::tags::Tags;

use super::config::{self, DeduplicationScope, FifoThroughputLimit, QueueDesired, RedrivePolicy};

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

impl RedriveSpec {
    pub fn is_arn(&self) -> bool {
        self.dead_letter_queue.starts_with("arn:")
    }
}

impl QueueSpec {
    /// The canonical form. `dead_letter_target_arn` resolves the redrive policy's reference.
    pub fn desired(
        &self,
        tags: Tags,
        untag: BTreeSet<String>,
        dead_letter_target_arn: impl FnOnce(&RedriveSpec) -> String,
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
                    dead_letter_target_arn: dead_letter_target_arn(redrive),
                    max_receive_count: redrive.max_receive_count,
                })
            }),
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
        _ => {}
    }
}
