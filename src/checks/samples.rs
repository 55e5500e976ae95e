//! Live queues that tests of the pure part begin with.

use std::collections::BTreeMap;

use crate::model::scope::Scope;
use crate::model::units::{Bytes, Seconds};
use crate::resources::ownership;
use crate::resources::queue::config::{MessageCounts, QueueLive, RedriveAllowPolicy};
use crate::resources::tags::Tags;

/// As CreateQueue makes it when nothing is said, and ours.
pub fn queue_live(name: &str) -> QueueLive {
    QueueLive {
        url: format!("https://sqs.us-east-1.amazonaws.com/123456789012/{name}"),
        arn: Scope::sample().queue_arn(name),
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
        tags: ours(),
        messages: MessageCounts::default(),
    }
}

/// Of the project `shop`.
pub fn ours() -> Tags {
    let pairs = [(ownership::PROJECT, "shop"), (ownership::ORIGIN, "created")];
    pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}
