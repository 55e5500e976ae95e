//! Live queues: found by name, read whole.

use std::collections::BTreeMap;
use std::str::FromStr;

use futures_util::future::try_join;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::model::failure::{Failure, FailureKind};
use crate::model::id::Kind;
use crate::model::units::{Bytes, Seconds};
use crate::resources::owned::Bulk;
use crate::resources::read::by_name;
use crate::resources::tags::Tags;

use super::api::{Attributes, QueueApi};
use super::config::{
    DeduplicationScope, FifoThroughputLimit, MessageCounts, QueueLive, RedriveAllowPolicy,
    RedrivePolicy, defaults, is_fifo,
};

/// Up to so many, asking for each by name is one round trip, where a listing may be many pages of strangers and
/// whatever it lacks has to be asked for all the same.
const FEW: usize = 16;

/// Beyond so many pages of a thousand, asking for each queue is cheaper than listing the account.
const PAGES: usize = 10;

/// Reads the queues of these physical names; what is missing is absent from the answer.
///
/// # Errors
/// The first call that failed.
pub async fn read_all(
    api: &impl QueueApi,
    names: &[&str],
    bulk: &Bulk<'_>,
) -> Result<BTreeMap<String, QueueLive>, Failure> {
    let listed = match names.len() {
        0..=FEW => BTreeMap::new(),
        _ => match list(api, names).await {
            // It only saves calls: each can be asked for by its name as well.
            Err(failure) if failure.kind == FailureKind::AccessDenied => BTreeMap::new(),
            listed => listed?,
        },
    };
    read_listed(api, names, &listed, bulk).await
}

/// Reads by the URLs that a listing showed, and by name what it lacks.
async fn read_listed(
    api: &impl QueueApi,
    names: &[&str],
    listed: &BTreeMap<String, String>,
    bulk: &Bulk<'_>,
) -> Result<BTreeMap<String, QueueLive>, Failure> {
    by_name(Kind::Queue, names, async |name| {
        let url = match listed.get(name) {
            Some(url) => Some(url.clone()),
            // A list may be behind; CreateQueue on a queue that exists would silently return it.
            None => api.get_queue_url(name).await?,
        };
        let Some(url) = url else {
            return Ok(None);
        };
        let tags = async {
            match bulk.tags(Kind::Queue, name).await {
                Some(tags) => Ok(Some(tags)),
                None => api.list_queue_tags(&url).await,
            }
        };
        read_with(api, &url, tags).await
    })
    .await
}

/// Reads one queue by its name.
///
/// # Errors
/// As [`read`].
pub async fn read_by_name(api: &impl QueueApi, name: &str) -> Result<Option<QueueLive>, Failure> {
    match api.get_queue_url(name).await? {
        Some(url) => read(api, &url).await,
        None => Ok(None),
    }
}

/// Reads one queue by its URL.
///
/// # Errors
/// The call that failed, or an attribute that AWS spelled in a way we do not know.
pub async fn read(api: &impl QueueApi, url: &str) -> Result<Option<QueueLive>, Failure> {
    read_with(api, url, api.list_queue_tags(url)).await
}

async fn read_with(
    api: &impl QueueApi,
    url: &str,
    tags: impl Future<Output = Result<Option<Tags>, Failure>>,
) -> Result<Option<QueueLive>, Failure> {
    let (attributes, tags) = try_join(api.get_queue_attributes(url), tags).await?;
    match (attributes, tags) {
        (Some(attributes), Some(tags)) => parse(url, attributes, tags).map(Some),
        _ => Ok(None),
    }
}

/// Name → URL of the queues that a listing shows, as far as it is worth listing.
async fn list(api: &impl QueueApi, names: &[&str]) -> Result<BTreeMap<String, String>, Failure> {
    let prefix = common_prefix(names);
    let mut found = BTreeMap::new();
    let mut token = None;
    for _ in 0..PAGES {
        let (urls, next) = api.list_queues(prefix, token).await?;
        for url in urls {
            if let Some(name) = url.rsplit('/').next() {
                found.insert(name.to_owned(), url);
            }
        }
        token = next;
        if token.is_none() {
            break;
        }
    }
    Ok(found)
}

fn common_prefix<'a>(names: &[&'a str]) -> &'a str {
    let Some((first, rest)) = names.split_first() else {
        return "";
    };
    let length = rest.iter().fold(first.len(), |length, name| {
        let same = first.bytes().zip(name.bytes()).take_while(|(a, b)| a == b);
        length.min(same.count())
    });
    // Names are ASCII (API CreateQueue): there a byte is a character.
    first.get(..length).unwrap_or_default()
}

/// Attributes that are read into a field, or say nothing about configuration.
const KNOWN: [&str; 17] = [
    "ContentBasedDeduplication",
    "CreatedTimestamp",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];
const COUNTER: &str = "ApproximateNumberOf";

/// A queue of all its attributes.
///
/// # Errors
/// An attribute that AWS spelled in a way we do not know.
pub fn parse(url: &str, mut attributes: Attributes, tags: Tags) -> Result<QueueLive, Failure> {
    let arn = attributes.remove("QueueArn").unwrap_or_default();
    let fifo = is_fifo(url);
    let a = &attributes;
    let key = set(a, "KmsMasterKeyId").map(str::to_owned);
    let live = QueueLive {
        url: url.to_owned(),
        arn,
        visibility_timeout: number(a, "VisibilityTimeout", defaults::VISIBILITY_TIMEOUT.0)
            .map(Seconds)?,
        message_retention_period: number(
            a,
            "MessageRetentionPeriod",
            defaults::MESSAGE_RETENTION_PERIOD.0,
        )
        .map(Seconds)?,
        delay: number(a, "DelaySeconds", defaults::DELAY.0).map(Seconds)?,
        maximum_message_size: number(a, "MaximumMessageSize", defaults::MAXIMUM_MESSAGE_SIZE.0)
            .map(Bytes)?,
        receive_message_wait_time: number(
            a,
            "ReceiveMessageWaitTimeSeconds",
            defaults::RECEIVE_MESSAGE_WAIT_TIME.0,
        )
        .map(Seconds)?,
        content_based_deduplication: fifo.then(|| {
            a.get("ContentBasedDeduplication")
                .is_some_and(|v| v == "true")
        }),
        deduplication_scope: word(a, "DeduplicationScope")?
            .or(fifo.then_some(DeduplicationScope::Queue)),
        fifo_throughput_limit: word(a, "FifoThroughputLimit")?
            .or(fifo.then_some(FifoThroughputLimit::PerQueue)),
        redrive_policy: redrive(a)?,
        redrive_allow_policy: redrive_allow(a)?,
        sqs_managed_sse: set(a, "SqsManagedSseEnabled").map(|on| on == "true"),
        kms_data_key_reuse_period: match &key {
            Some(_) => number(
                a,
                "KmsDataKeyReusePeriodSeconds",
                defaults::KMS_DATA_KEY_REUSE_PERIOD.0,
            )
            .map(Seconds)
            .map(Some)?,
            None => None,
        },
        kms_master_key_id: key,
        policy: document(a, "Policy")?,
        other: BTreeMap::new(),
        tags,
        messages: counts(a)?,
    };
    attributes.retain(|name, value| {
        !value.is_empty() && !KNOWN.contains(&name.as_str()) && !name.starts_with(COUNTER)
    });
    Ok(QueueLive {
        other: attributes,
        ..live
    })
}

/// What a queue holds, of all its attributes.
///
/// # Errors
/// A number that AWS spelled in a way we do not know.
pub fn counts(attributes: &Attributes) -> Result<MessageCounts, Failure> {
    Ok(MessageCounts {
        visible: number(attributes, "ApproximateNumberOfMessages", 0)?,
        in_flight: number(attributes, "ApproximateNumberOfMessagesNotVisible", 0)?,
        delayed: number(attributes, "ApproximateNumberOfMessagesDelayed", 0)?,
    })
}

/// An attribute missing on read is the same as an empty one.
fn set<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    let value = attributes.get(name).map(String::as_str);
    value.filter(|value| !value.is_empty())
}

/// An attribute missing on read means its default.
fn number(attributes: &Attributes, name: &str, default: u64) -> Result<u64, Failure> {
    match set(attributes, name) {
        Some(value) => u64::from_str(value).map_err(|_| unreadable(name, value)),
        None => Ok(default),
    }
}

fn word<T: DeserializeOwned>(attributes: &Attributes, name: &str) -> Result<Option<T>, Failure> {
    match set(attributes, name) {
        Some(value) => serde_json::from_value(Value::from(value))
            .map(Some)
            .map_err(|_| unreadable(name, value)),
        None => Ok(None),
    }
}

/// `maxReceiveCount` reads back as a number or as a string.
fn redrive(attributes: &Attributes) -> Result<Option<RedrivePolicy>, Failure> {
    const NAME: &str = "RedrivePolicy";
    let Some(policy) = document(attributes, NAME)? else {
        return Ok(None);
    };
    let target = policy["deadLetterTargetArn"].as_str();
    let count = match &policy["maxReceiveCount"] {
        Value::String(count) => count.parse().ok(),
        count => count.as_u64().and_then(|count| u32::try_from(count).ok()),
    };
    match (target, count) {
        (Some(target), Some(max_receive_count)) => Ok(Some(RedrivePolicy {
            dead_letter_target_arn: target.to_owned(),
            max_receive_count,
        })),
        _ => Err(unreadable(NAME, &policy.to_string())),
    }
}

/// The service drops `"sourceQueueArns": null`, and may show it until then.
fn redrive_allow(attributes: &Attributes) -> Result<RedriveAllowPolicy, Failure> {
    const NAME: &str = "RedriveAllowPolicy";
    let Some(policy) = document(attributes, NAME)? else {
        return Ok(RedriveAllowPolicy::AllowAll);
    };
    let sources = policy["sourceQueueArns"].as_array().into_iter().flatten();
    let sources = sources.filter_map(Value::as_str).map(str::to_owned);
    match policy["redrivePermission"].as_str() {
        Some("allowAll") => Ok(RedriveAllowPolicy::AllowAll),
        Some("denyAll") => Ok(RedriveAllowPolicy::DenyAll),
        Some("byQueue") => Ok(RedriveAllowPolicy::SourceQueues(sources.collect())),
        _ => Err(unreadable(NAME, &policy.to_string())),
    }
}

fn document(attributes: &Attributes, name: &str) -> Result<Option<Value>, Failure> {
    let Some(text) = set(attributes, name) else {
        return Ok(None);
    };
    serde_json::from_str(text)
        .map(Some)
        .map_err(|_| unreadable(name, text))
}

fn unreadable(name: &str, value: &str) -> Failure {
    Failure::new(
        FailureKind::Other,
        format!("the attribute {name} reads `{value}`, which this version does not understand"),
    )
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
