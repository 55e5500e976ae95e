//! What encrypts a queue at rest: a KMS key, keys that SQS owns (SSE-SQS), or nothing. The first two exclude each
//! other, and each way between the three is one SetQueueAttributes call.

use crate::model::change::FieldChange;
use crate::model::hazard::{Hazard, HazardKind};
use crate::model::presence::Presence;
use crate::model::scope::Scope;

use super::api::Attributes;
use super::config::{QueueDesired, QueueLive};

const KEY_PATH: &str = "kms_master_key_id";
const KEY: &str = "KmsMasterKeyId";
const MANAGED: &str = "SqsManagedSseEnabled";

/// What a queue is encrypted with.
#[derive(Clone, Copy)]
struct Encryption<'a> {
    key: Option<&'a str>,
    managed: bool,
}

impl<'a> Encryption<'a> {
    fn now(live: &'a QueueLive) -> Self {
        Encryption {
            key: live.kms_master_key_id.as_deref(),
            managed: live.sqs_managed_sse == Some(true),
        }
    }

    /// Once what is declared has been carried out.
    fn then(desired: &'a QueueDesired, live: Option<&'a QueueLive>) -> Self {
        let now = match live {
            Some(live) => Encryption::now(live),
            None => Encryption {
                key: None,
                managed: true,
            },
        };
        let (key, managed) = match wanted_key(desired) {
            None => (now.key, now.managed),
            Some(Presence::Present(key)) => (Some(key.as_str()), false),
            Some(Presence::Absent) => (None, now.managed || now.key.is_some()),
        };
        Encryption {
            key,
            managed: desired.sqs_managed_sse.unwrap_or(managed),
        }
    }
}

/// What is declared of the key: SSE-SQS alone is no key.
fn wanted_key(desired: &QueueDesired) -> Option<&Presence<String>> {
    let free = !desired.ignore.contains(KEY_PATH);
    match (&desired.kms_master_key_id, desired.sqs_managed_sse) {
        (None, Some(true)) if free => Some(&Presence::Absent),
        (declared, _) => declared.as_ref(),
    }
}

/// The key of a queue where nothing is declared of it.
pub fn undeclared_key<'a>(desired: &QueueDesired, live: &'a QueueLive) -> Option<&'a str> {
    let key = live.kms_master_key_id.as_deref();
    key.filter(|_| wanted_key(desired).is_none())
}

/// Whether the queue has a KMS key in the end.
pub fn has_key(desired: &QueueDesired, live: Option<&QueueLive>) -> bool {
    Encryption::then(desired, live).key.is_some()
}

/// The change of the key, where it is another one.
pub fn key_change(desired: &QueueDesired, live: Option<&QueueLive>) -> Option<FieldChange> {
    let wanted = wanted_key(desired)?.present();
    let there = live.and_then(|live| live.kms_master_key_id.as_ref());
    let same = match (wanted, there) {
        (Some(wanted), Some(there)) => is_same_key(wanted, there, live),
        (wanted, there) => wanted == there,
    };
    (!same).then(|| FieldChange::new(KEY_PATH, there.cloned(), wanted.cloned()))
}

/// A new key goes with SSE-SQS switched off, a key that is taken away with SSE-SQS switched on, in one call (API
/// SetQueueAttributes; "" clears the key).
pub fn attributes(desired: &QueueDesired, live: Option<&QueueLive>, attributes: &mut Attributes) {
    if key_change(desired, live).is_none() {
        return;
    }
    let then = Encryption::then(desired, live);
    let key = then.key.unwrap_or_default().to_owned();
    attributes.insert(KEY.to_owned(), key);
    attributes.insert(MANAGED.to_owned(), then.managed.to_string());
}

/// `ID` and `alias/NAME` are those of the queue's own account and region.
fn is_same_key(one: &str, other: &str, live: Option<&QueueLive>) -> bool {
    let home = live.and_then(|live| Scope::of_arn(&live.arn));
    let whole = |key: &str| match &home {
        Some((home, ..)) if key.starts_with("alias/") => home.arn("kms", key),
        Some((home, ..)) if !key.starts_with("arn:") => home.arn("kms", &format!("key/{key}")),
        _ => key.to_owned(),
    };
    whole(one) == whole(other)
}

/// Encryption that is switched off, or whose key passes out of the owner's hands.
pub fn weakened(desired: &QueueDesired, live: &QueueLive) -> Option<Hazard> {
    let (now, then) = (Encryption::now(live), Encryption::then(desired, Some(live)));
    let reason = match (now.key, then.key) {
        (Some(key), None) if then.managed => format!(
            "key {key} is left for keys that SQS owns: no key policy guards new messages any more"
        ),
        (Some(_), None) => OFF.to_owned(),
        (None, None) if now.managed && !then.managed => OFF.to_owned(),
        _ => return None,
    };
    Some(Hazard::new(HazardKind::Weaken, reason))
}

const OFF: &str = "encryption at rest is switched off: new messages are stored as they are";

/// What AWS would refuse: both at once. It takes an `ignore` to get here.
pub fn impossible(desired: &QueueDesired, live: &QueueLive) -> Option<(String, String)> {
    let then = Encryption::then(desired, Some(live));
    let both = then.key.is_some() && then.managed;
    both.then(|| {
        (
            "a KMS key and SSE-SQS exclude each other".to_owned(),
            "let `ignore` name both of kms_master_key_id and sqs_managed_sse, or neither"
                .to_owned(),
        )
    })
}
