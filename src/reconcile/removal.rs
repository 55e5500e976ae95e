//! What is lost where a plan deletes or replaces: read from AWS, then weighed. Only `read` is not pure.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde::Deserialize;

use crate::aws::clients::Clients;
use crate::model::change::FieldChange;
use crate::model::failure::Failure;
use crate::model::hazard::{Hazard, HazardKind};
use crate::model::id::ResourceId;
use crate::model::plan::{Action, Conflict, Note, Plan, Verb};
use crate::resources::kinds::{self, Contents, Desired, Live};
use crate::resources::queue::config::QueueLive;
use crate::resources::table::config::TableLive;

use super::plan::sort;

/// Of every resource that is to go: what it holds, and who needs it.
pub type Held = BTreeMap<ResourceId, Result<Contents, Failure>>;

/// Looks into what the plan deletes or replaces.
pub async fn read(clients: &Clients, plan: &Plan) -> Held {
    let going = plan.actions.iter().filter(|action| is_going(action));
    let reads = going.map(async |action| {
        let contents = match live(action) {
            Some(live) => kinds::read_contents(clients, &action.name, &live).await,
            None => return None,
        };
        Some((action.id.clone(), contents))
    });
    join_all(reads).await.into_iter().flatten().collect()
}

fn is_going(action: &Action) -> bool {
    matches!(action.verb, Verb::Delete | Verb::Replace)
}

fn live(action: &Action) -> Option<Live> {
    Live::deserialize(&action.live).ok()
}

/// Names the hazards of what goes, and orders a queue's removal after those that refer to it.
pub fn weigh(plan: &mut Plan, held: &Held) {
    if !plan.actions.iter().any(is_going) {
        return sort(plan);
    }
    let mut conflicts = Vec::new();
    let mut notes = Vec::new();
    let leaving = leaving(plan);
    for action in plan.actions.iter_mut().filter(|action| is_going(action)) {
        let held = held.get(&action.id);
        match live(action) {
            Some(Live::Queue(queue)) => {
                weigh_queue(action, &queue, held, &leaving, &mut conflicts, &mut notes);
            }
            Some(Live::Table(table)) => {
                // A replica elsewhere, or what the backup would not hold, goes or breaks with it.
                conflicts.extend(table.unsupported.as_ref().map(|what| Conflict {
                    id: action.id.clone(),
                    name: action.name.clone(),
                    reason: what.clone(),
                    hint: "this version cannot remove that: remove it by hand, or leave out --prune".to_owned(),
                }));
                weigh_table(action, &table, held, &mut notes);
            }
            None => {}
        }
    }
    plan.conflicts.extend(conflicts);
    plan.notes.extend(notes);
    sort(plan);
}

/// By the name of a queue that the plan acts on: its action, and the dead-letter queue that it has afterwards.
type Leaving = BTreeMap<String, (ResourceId, Option<String>)>;

fn leaving(plan: &Plan) -> Leaving {
    let queues = plan.actions.iter().filter_map(|action| {
        let Some(Live::Queue(live)) = live(action) else {
            return None;
        };
        let there = live
            .redrive_policy
            .map(|policy| policy.dead_letter_target_arn);
        let after = match Desired::deserialize(&action.desired) {
            Ok(Desired::Queue(desired)) => match desired.heeded().redrive_policy {
                None => there,
                Some(wanted) => wanted
                    .present()
                    .map(|policy| policy.dead_letter_target_arn.clone()),
            },
            _ => None,
        };
        Some((action.name.clone(), (action.id.clone(), after)))
    });
    queues.collect()
}

fn weigh_queue(
    action: &mut Action,
    queue: &QueueLive,
    held: Option<&Result<Contents, Failure>>,
    leaving: &Leaving,
    conflicts: &mut Vec<Conflict>,
    notes: &mut Vec<Note>,
) {
    let mut refuse = |reason: String, hint: &str| {
        conflicts.push(Conflict {
            id: action.id.clone(),
            name: action.name.clone(),
            reason,
            hint: hint.to_owned(),
        });
    };
    // Nothing takes a copy of messages yet, so no grant deletes them.
    if !queue.messages.are_zero() {
        let reason = format!(
            "{}: it holds {} messages",
            HazardKind::LoseMessages,
            queue.messages
        );
        refuse(
            reason,
            "receive and delete its messages first: only a queue that is proven empty is deleted",
        );
    }
    let sources = match held {
        Some(Ok(Contents::Queue { sources })) => sources.as_slice(),
        Some(Err(failure)) => {
            let reason = format!("whose dead-letter queue it is could not be read: {failure}");
            return refuse(
                reason,
                "allow sqs:ListDeadLetterSourceQueues, or leave out --prune",
            );
        }
        _ => &[],
    };
    for source in sources {
        match leaving.get(source) {
            Some((id, after)) if after.as_deref() != Some(queue.arn.as_str()) => {
                action.depends_on.push(id.clone());
            }
            _ => refuse(
                format!("is the dead-letter queue of {source}, which stays"),
                "point that queue elsewhere first, or declare this one again",
            ),
        }
    }
    notes.push(Note {
        id: Some(action.id.clone()),
        text: "deleted only once it is proven empty, which takes a minute: its counts stay zero, and a long poll returns nothing".to_owned(),
    });
}

fn weigh_table(
    action: &mut Action,
    table: &TableLive,
    held: Option<&Result<Contents, Failure>>,
    notes: &mut Vec<Note>,
) {
    let counted = format!(
        "{} as AWS counted within the last six hours",
        table.item_count
    );
    let lost = match held {
        Some(Ok(Contents::Table { holds_items: false })) => None,
        Some(Err(failure)) => Some(format!(
            "whether it holds items could not be read: {failure}"
        )),
        _ => Some(format!("it holds items, which go with it ({counted})")),
    };
    if let Some(reason) = lost {
        action
            .hazards
            .push(Hazard::new(HazardKind::LoseItems, reason));
    }
    if table.deletion_protection {
        unprotect(action);
    }
    notes.push(Note {
        id: Some(action.id.clone()),
        // API CreateBackup: it surely contains what was committed a minute before.
        text: "an on-demand backup is taken before it is deleted, and waited for; what was written in the minute before may be missing from it".to_owned(),
    });
}

/// Told once: where the table is made anew, its protection may have been weighed already.
fn unprotect(action: &mut Action) {
    const PATH: &str = "deletion_protection";
    let weighed = action.changes.iter().any(|change| change.path == PATH);
    action.changes.retain(|change| change.path != PATH);
    action.changes.insert(
        0,
        FieldChange::new(PATH, true, false)
            .with_effect("switched off by a call of its own, after the backup"),
    );
    if !weighed {
        action.hazards.push(Hazard::new(
            HazardKind::Weaken,
            "deletion protection is switched off first",
        ));
    }
}

#[cfg(test)]
#[path = "removal_tests.rs"]
mod tests;
