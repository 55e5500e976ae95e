//! The two redrive policies: where a queue's messages go, and which queues' messages may come here.

use serde_json::{Value, json};

use crate::model::change::{FieldChange, Unmanaged, spelled};
use crate::model::presence::Presence;
use crate::model::scope::Scope;

use super::api::Attributes;
use super::config::{QueueDesired, QueueLive, RedriveAllowPolicy, RedrivePolicy};

/// AWS's name of the attribute that refers to another queue.
pub const ATTRIBUTE: &str = "RedrivePolicy";
const ALLOW_ATTRIBUTE: &str = "RedriveAllowPolicy";

/// What differs in both.
pub fn changes(
    desired: &QueueDesired,
    live: Option<&QueueLive>,
    scope: &Scope,
) -> Vec<FieldChange> {
    let mut changes = match &desired.redrive_policy {
        Some(wanted) => {
            let there = live.and_then(|live| live.redrive_policy.as_ref());
            redrive_changes(wanted, there, scope)
        }
        None => Vec::new(),
    };
    changes.extend(allow_change(desired, live, scope));
    changes
}

/// Adds the attributes that make the changes.
pub fn attributes(desired: &QueueDesired, live: Option<&QueueLive>, attributes: &mut Attributes) {
    let there = live.and_then(|live| live.redrive_policy.as_ref());
    if let Some(wanted) = &desired.redrive_policy
        && wanted.present() != there
    {
        // "" clears it (API SetQueueAttributes).
        let document = wanted.present().map_or_else(String::new, |policy| {
            json!({
                "deadLetterTargetArn": policy.dead_letter_target_arn,
                "maxReceiveCount": policy.max_receive_count,
            })
            .to_string()
        });
        attributes.insert(ATTRIBUTE.to_owned(), document);
    }
    if let Some(wanted) = &desired.redrive_allow_policy
        && Some(wanted) != live.map(|live| &live.redrive_allow_policy)
    {
        let document = match wanted {
            RedriveAllowPolicy::AllowAll => json!({"redrivePermission": "allowAll"}),
            RedriveAllowPolicy::DenyAll => json!({"redrivePermission": "denyAll"}),
            RedriveAllowPolicy::SourceQueues(arns) => {
                json!({"redrivePermission": "byQueue", "sourceQueueArns": arns})
            }
        };
        attributes.insert(ALLOW_ATTRIBUTE.to_owned(), document.to_string());
    }
}

/// What is there and not declared, where it is not AWS's default.
pub fn unmanaged(desired: &QueueDesired, live: &QueueLive, scope: &Scope) -> Vec<Unmanaged> {
    let note = |path: &str, live: Value| Unmanaged {
        path: path.to_owned(),
        live,
    };
    let mut unmanaged = Vec::new();
    if desired.redrive_policy.is_none()
        && let Some(policy) = &live.redrive_policy
    {
        let (arn, count) = (&policy.dead_letter_target_arn, policy.max_receive_count);
        unmanaged.push(note(
            "redrive_policy",
            format!("{arn} after {count}").into(),
        ));
    }
    let allow = &live.redrive_allow_policy;
    if desired.redrive_allow_policy.is_none() && *allow != RedriveAllowPolicy::AllowAll {
        unmanaged.push(note("redrive_allow_policy", allow_shown(allow, scope)));
    }
    unmanaged
}

fn allow_change(
    desired: &QueueDesired,
    live: Option<&QueueLive>,
    scope: &Scope,
) -> Option<FieldChange> {
    let wanted = desired.redrive_allow_policy.as_ref()?;
    let there = live.map(|live| &live.redrive_allow_policy);
    (Some(wanted) != there).then(|| {
        let there = there.map(|there| allow_shown(there, scope));
        FieldChange::new("redrive_allow_policy", there, allow_shown(wanted, scope))
    })
}

fn allow_shown(allow: &RedriveAllowPolicy, scope: &Scope) -> Value {
    match allow {
        RedriveAllowPolicy::SourceQueues(arns) => {
            let names: Vec<_> = arns.iter().map(|arn| short(arn, scope)).collect();
            json!({"source_queues": names})
        }
        word => spelled(word),
    }
}

fn redrive_changes(
    desired: &Presence<RedrivePolicy>,
    live: Option<&RedrivePolicy>,
    scope: &Scope,
) -> Vec<FieldChange> {
    let target = |policy: &RedrivePolicy| Value::from(short(&policy.dead_letter_target_arn, scope));
    let count = |policy: &RedrivePolicy| Value::from(policy.max_receive_count);
    let whole = |policy: &RedrivePolicy| {
        json!({
            "dead_letter_queue": target(policy),
            "max_receive_count": count(policy),
        })
    };
    let (live, desired) = match (live, desired.present()) {
        (Some(live), Some(desired)) => (live, desired),
        (None, None) => return Vec::new(),
        (live, desired) => {
            let side = |policy: Option<&RedrivePolicy>| policy.map_or(Value::Null, whole);
            let change = FieldChange::new("redrive_policy", side(live), side(desired));
            return vec![match desired {
                Some(_) => change,
                None => change.with_effect(
                    "what is received without success stays in this queue until it expires",
                ),
            }];
        }
    };
    [
        ("dead_letter_queue", target(live), target(desired)),
        ("max_receive_count", count(live), count(desired)),
    ]
    .into_iter()
    .filter(|(_, live, desired)| live != desired)
    .map(|(part, live, desired)| FieldChange::new(format!("redrive_policy.{part}"), live, desired))
    .collect()
}

/// The queue's name where the ARN is of this account and region, else the ARN.
fn short<'a>(arn: &'a str, scope: &Scope) -> &'a str {
    arn.strip_prefix(&scope.queue_arn("")).unwrap_or(arn)
}
