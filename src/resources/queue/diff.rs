//! Queue: desired × live → changes. Pure.

use serde_json::Value;

use crate::model::change::{Delta, FieldChange, Unmanaged};
use crate::model::hazard::{Hazard, HazardKind};
use crate::model::scope::Scope;
use crate::resources::policy;
use crate::resources::tags::{TagChanges, Tags};

use super::api::Attributes;
use super::config::{DeduplicationScope, FifoThroughputLimit, QueueDesired, QueueLive};
use super::{encryption, redrive, settings};

const POLICY: &str = "policy";

/// What comparing says; see [`attributes`] for what is then sent.
pub fn diff(desired: &QueueDesired, live: &QueueLive, scope: &Scope) -> Delta {
    let mut changes = settings_and_documents(desired, Some(live), scope);
    let tags = TagChanges::between(&desired.tags, &desired.untag, &live.tags);
    changes.extend(tags.fields(&live.tags));
    let lost = lowered_retention(desired, live, &mut changes);
    let hazards = lost.into_iter().chain(encryption::weakened(desired, live));
    Delta {
        hazards: hazards.collect(),
        changes,
        unmanaged: unmanaged(desired, live, scope),
        replace: false,
        impossible: encryption::impossible(desired, live).or_else(|| throughput(desired, live)),
    }
}

/// The settings of a queue that is not there yet.
pub fn on_create(desired: &QueueDesired, scope: &Scope) -> Vec<FieldChange> {
    let mut changes = settings_and_documents(desired, None, scope);
    let none = Tags::new();
    changes.extend(TagChanges::between(&desired.tags, &desired.untag, &none).fields(&none));
    changes
}

fn settings_and_documents(
    desired: &QueueDesired,
    live: Option<&QueueLive>,
    scope: &Scope,
) -> Vec<FieldChange> {
    let settings = settings::declared(desired, live).into_iter();
    let mut changes: Vec<_> = settings
        .map(|setting| (there(live, setting.path), setting))
        .filter(|(there, setting)| *there != setting.value)
        .map(|(there, setting)| FieldChange::new(setting.path, there, setting.value))
        .collect();
    changes.extend(encryption::key_change(desired, live));
    changes.extend(redrive::changes(desired, live, scope));
    if let Some(wanted) = &desired.policy {
        let there = live.and_then(|live| live.policy.as_ref());
        changes.extend(policy::changes(POLICY, there, wanted.present()));
    }
    changes
}

fn there(live: Option<&QueueLive>, path: &str) -> Value {
    live.map_or(Value::Null, |live| settings::current(live, path).0)
}

/// The attributes to send so that `live` (or nothing) becomes what is declared.
pub fn attributes(desired: &QueueDesired, live: Option<&QueueLive>) -> Attributes {
    let settings = settings::declared(desired, live).into_iter();
    let mut attributes: Attributes = settings
        .filter(|setting| there(live, setting.path) != setting.value)
        .map(|setting| (setting.attribute.to_owned(), setting.wire))
        .collect();
    // API SetQueueAttributes: allowed only together with this scope.
    if attributes
        .get("FifoThroughputLimit")
        .is_some_and(|limit| limit == "perMessageGroupId")
    {
        attributes.insert("DeduplicationScope".to_owned(), "messageGroup".to_owned());
    }
    encryption::attributes(desired, live, &mut attributes);
    redrive::attributes(desired, live, &mut attributes);
    let there = live.and_then(|live| live.policy.as_ref());
    if let Some(wanted) = &desired.policy
        && !policy::changes(POLICY, there, wanted.present()).is_empty()
    {
        // "" clears it (API SetQueueAttributes).
        let document = wanted.present().map_or_else(String::new, Value::to_string);
        attributes.insert("Policy".to_owned(), document);
    }
    attributes
}

/// What AWS would refuse (API SetQueueAttributes), where one of the two is declared and the other is not.
fn throughput(desired: &QueueDesired, live: &QueueLive) -> Option<(String, String)> {
    let limit = desired.fifo_throughput_limit.or(live.fifo_throughput_limit);
    let scope = desired.deduplication_scope.or(live.deduplication_scope);
    let refused = limit == Some(FifoThroughputLimit::PerMessageGroupId)
        && scope != Some(DeduplicationScope::MessageGroup);
    refused.then(|| {
        (
            "the throughput limit perMessageGroupId needs deduplication per message group"
                .to_owned(),
            "declare `fifo_throughput_limit: perQueue` too, or `deduplication_scope: messageGroup`"
                .to_owned(),
        )
    })
}

/// API SetQueueAttributes: a lower retention deletes the messages that are then too old.
fn lowered_retention(
    desired: &QueueDesired,
    live: &QueueLive,
    changes: &mut [FieldChange],
) -> Option<Hazard> {
    let wanted = desired.message_retention_period?;
    if wanted >= live.message_retention_period {
        return None;
    }
    if let Some(change) = changes
        .iter_mut()
        .find(|c| c.path == "message_retention_period")
    {
        change.effect = Some(format!(
            "messages older than {wanted} are deleted, within about 15 minutes"
        ));
    }
    Some(Hazard::new(
        HazardKind::LoseMessages,
        format!(
            "messages older than {wanted} are deleted; it holds {}",
            live.messages
        ),
    ))
}

fn unmanaged(desired: &QueueDesired, live: &QueueLive, scope: &Scope) -> Vec<Unmanaged> {
    let note = |path: &str, live: Value| Unmanaged {
        path: path.to_owned(),
        live,
    };
    let settings = settings::undeclared(desired, live).into_iter();
    let mut unmanaged: Vec<_> = settings.map(|(path, value)| note(path, value)).collect();
    let key = encryption::undeclared_key(desired, live);
    unmanaged.extend(key.map(|key| note("kms_master_key_id", key.into())));
    unmanaged.extend(redrive::unmanaged(desired, live, scope));
    if desired.policy.is_none()
        && let Some(document) = &live.policy
    {
        unmanaged.push(note(POLICY, policy::names(document).into()));
    }
    let other = live.other.iter();
    unmanaged.extend(other.map(|(name, value)| note(&snake(name), value.clone().into())));
    unmanaged
}

/// `KmsMasterKeyId` → `kms_master_key_id`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "law_tests.rs"]
mod law;
