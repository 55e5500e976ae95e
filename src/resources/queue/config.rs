//! A queue in canonical form: what is declared, what is there, and the limits of AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::presence::Presence;
use crate::model::units::{Bytes, Seconds};
use crate::resources::tags;

/// AWS's ranges and defaults (SQS API Reference, CreateQueue).
pub mod limits {
    pub const NAME_LENGTH: usize = 80;
    pub const FIFO_SUFFIX: &str = ".fifo";
    pub const VISIBILITY_TIMEOUT_MAX: u64 = 43_200;
    pub const RETENTION_MIN: u64 = 60;
    pub const RETENTION_MAX: u64 = 1_209_600;
    pub const DELAY_MAX: u64 = 900;
    pub const RECEIVE_WAIT_MAX: u64 = 20;
    pub const DATA_KEY_REUSE_MIN: u64 = 60;
    pub const DATA_KEY_REUSE_MAX: u64 = 86_400;
    pub const SOURCE_QUEUES: usize = 10;
    pub const MESSAGE_SIZE_MIN: u64 = 1_024;
    /// 256 KiB until August 2025.
    pub const MESSAGE_SIZE_MAX: u64 = 1_048_576;
    /// The console's ceiling; the API gives none.
    pub const MAX_RECEIVE_COUNT: u32 = 1_000;
    /// DG quotas-queues: recommended, not enforced below this.
    pub const TAGS: usize = 50;
}

/// What AWS gives a new queue (SQS API Reference, CreateQueue).
pub mod defaults {
    use crate::model::units::{Bytes, Seconds};

    pub const VISIBILITY_TIMEOUT: Seconds = Seconds(30);
    pub const MESSAGE_RETENTION_PERIOD: Seconds = Seconds(345_600);
    pub const DELAY: Seconds = Seconds(0);
    /// Queues made before August 2025 commonly have 256 KiB.
    pub const MAXIMUM_MESSAGE_SIZE: Bytes = Bytes(1_048_576);
    pub const RECEIVE_MESSAGE_WAIT_TIME: Seconds = Seconds(0);
    pub const KMS_DATA_KEY_REUSE_PERIOD: Seconds = Seconds(300);
}

pub fn is_fifo(name: &str) -> bool {
    name.ends_with(limits::FIFO_SUFFIX)
}

/// What the manifest declares. `None`: not declared, left alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueueDesired {
    pub visibility_timeout: Option<Seconds>,
    pub message_retention_period: Option<Seconds>,
    pub delay: Option<Seconds>,
    pub maximum_message_size: Option<Bytes>,
    pub receive_message_wait_time: Option<Seconds>,
    pub content_based_deduplication: Option<bool>,
    pub deduplication_scope: Option<DeduplicationScope>,
    pub fifo_throughput_limit: Option<FifoThroughputLimit>,
    pub redrive_policy: Option<Presence<RedrivePolicy>>,
    pub redrive_allow_policy: Option<RedriveAllowPolicy>,
    pub sqs_managed_sse: Option<bool>,
    pub kms_master_key_id: Option<Presence<String>>,
    pub kms_data_key_reuse_period: Option<Seconds>,
    pub policy: Option<Presence<Value>>,
    /// Declared tags together with those of ownership.
    pub tags: BTreeMap<String, String>,
    /// Tags that must not be there.
    pub untag: BTreeSet<String>,
    /// Settings that are set when the queue is made, and left alone from then on.
    pub ignore: BTreeSet<String>,
}

impl QueueDesired {
    /// What is declared of a queue that is there already.
    pub fn heeded(&self) -> QueueDesired {
        let mut heeded = self.clone();
        for setting in &self.ignore {
            heeded.forget(setting);
        }
        heeded
    }

    fn forget(&mut self, setting: &str) {
        match setting {
            "visibility_timeout" => self.visibility_timeout = None,
            "message_retention_period" => self.message_retention_period = None,
            "delay" => self.delay = None,
            "maximum_message_size" => self.maximum_message_size = None,
            "receive_message_wait_time" => self.receive_message_wait_time = None,
            "content_based_deduplication" => self.content_based_deduplication = None,
            "deduplication_scope" => self.deduplication_scope = None,
            "fifo_throughput_limit" => self.fifo_throughput_limit = None,
            "redrive_policy" => self.redrive_policy = None,
            "redrive_allow_policy" => self.redrive_allow_policy = None,
            "sqs_managed_sse" => self.sqs_managed_sse = None,
            "kms_master_key_id" => self.kms_master_key_id = None,
            "kms_data_key_reuse_period" => self.kms_data_key_reuse_period = None,
            "policy" => self.policy = None,
            other => tags::forget(other, &mut self.tags, &mut self.untag),
        }
    }
}

/// FIFO only. Manifest and AWS spell it alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DeduplicationScope {
    MessageGroup,
    Queue,
}

/// FIFO only. `perMessageGroupId` needs the deduplication scope `messageGroup`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FifoThroughputLimit {
    PerQueue,
    PerMessageGroupId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedrivePolicy {
    pub dead_letter_target_arn: String,
    pub max_receive_count: u32,
}

/// Which queues may name this one as their dead-letter queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedriveAllowPolicy {
    #[default]
    AllowAll,
    DenyAll,
    /// Their ARNs.
    SourceQueues(BTreeSet<String>),
}

/// A queue as it was read, with AWS's absent-means-default filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueLive {
    pub url: String,
    pub arn: String,
    pub visibility_timeout: Seconds,
    pub message_retention_period: Seconds,
    pub delay: Seconds,
    pub maximum_message_size: Bytes,
    pub receive_message_wait_time: Seconds,
    /// `None` on a standard queue, as are the next two.
    pub content_based_deduplication: Option<bool>,
    pub deduplication_scope: Option<DeduplicationScope>,
    pub fifo_throughput_limit: Option<FifoThroughputLimit>,
    pub redrive_policy: Option<RedrivePolicy>,
    pub redrive_allow_policy: RedriveAllowPolicy,
    /// `None`: AWS does not say.
    pub sqs_managed_sse: Option<bool>,
    pub kms_master_key_id: Option<String>,
    /// `None` without a key: AWS accepts it then, and does not return it.
    pub kms_data_key_reuse_period: Option<Seconds>,
    pub policy: Option<Value>,
    /// Other attributes that this version does not manage and that are set: AWS's name → value.
    pub other: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub messages: MessageCounts,
}

/// Approximate, as AWS says; never part of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageCounts {
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
}

impl MessageCounts {
    pub fn are_zero(self) -> bool {
        self == MessageCounts::default()
    }
}

impl fmt::Display for MessageCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MessageCounts {
            visible,
            in_flight,
            delayed,
        } = self;
        write!(
            f,
            "approximately {visible} visible, {in_flight} in flight, {delayed} delayed"
        )
    }
}

#[cfg(test)]
impl QueueLive {
    /// As CreateQueue makes it when nothing is said.
    pub fn sample(name: &str) -> Self {
        QueueLive {
            url: format!("https://sqs.us-east-1.amazonaws.com/123456789012/{name}"),
            arn: crate::model::scope::Scope::sample().queue_arn(name),
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
            messages: MessageCounts::default(),
        }
    }
}
