//! Resources of ours that the manifest no longer names: found by their tags, confirmed by a live read.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::aws::clients::Clients;
use crate::model::change::spelled;
use crate::model::failure::Failure;
use crate::model::id::{ComponentName, Kind, ResourceId, Target};
use crate::model::plan::{Action, Note, Plan, Verb};
use crate::resources::kinds::{self, Live};
use crate::resources::owned::{Bulk, Owned};
use crate::resources::ownership::{self, Origin, Owner};

use super::plan::Selection;

/// What was found, and what could not be looked at.
#[derive(Debug, Default)]
pub struct Orphans {
    pub found: Vec<Orphan>,
    pub notes: Vec<Note>,
    /// Why nothing could be looked at.
    pub unseen: Option<Failure>,
}

#[derive(Clone, Debug)]
pub struct Orphan {
    pub target: Target,
    pub live: Live,
}

/// Looks for them.
pub async fn read(
    clients: &Clients,
    project: &str,
    env: Option<&str>,
    targets: &[Target],
    selection: &Selection,
    bulk: &Bulk<'_>,
) -> Orphans {
    let index = match bulk.index().await {
        Ok(index) => index,
        Err(failure) => {
            return Orphans {
                unseen: Some(failure),
                ..Orphans::default()
            };
        }
    };
    let named: BTreeSet<_> = targets.iter().map(|it| (it.id.kind, &it.name)).collect();
    let taken: BTreeSet<_> = targets.iter().map(|it| &it.id).collect();
    let candidates = index.iter().filter_map(|((kind, name), owned)| {
        let ours = ownership::owner(&owned.tags, project, env) == Owner::Us;
        if !ours || named.contains(&(*kind, name)) {
            return None;
        }
        let target = as_target(*kind, name, owned, &taken);
        selection.takes(&target).then_some((target, owned))
    });
    let confirmed = candidates.map(async |(target, owned)| {
        // The index of tags lags behind: only what is really there, and still ours, is an orphan.
        let read = kinds::read(clients, target.id.kind, &target.name, None, &owned.scope).await;
        match read {
            Ok(Some(live)) if ownership::owner(live.tags(), project, env) == Owner::Us => {
                Some(Ok(Orphan { target, live }))
            }
            Ok(_) => None,
            Err(failure) => Some(Err(Note {
                id: Some(target.id),
                text: format!("may be an orphan, and could not be read: {failure}"),
            })),
        }
    });
    let mut orphans = Orphans::default();
    for orphan in join_all(confirmed).await.into_iter().flatten() {
        match orphan {
            Ok(orphan) => orphans.found.push(orphan),
            Err(note) => orphans.notes.push(note),
        }
    }
    orphans
}

/// It is called by its physical name, which may be the key of something else.
fn as_target(kind: Kind, name: &str, owned: &Owned, taken: &BTreeSet<&ResourceId>) -> Target {
    let component = owned.tags.get(ownership::COMPONENT);
    let id = ResourceId::new(kind, name);
    Target {
        id: match taken.contains(&id) {
            true => ResourceId::new(kind, format!("{name} (orphan)")),
            false => id,
        },
        name: name.to_owned(),
        component: ComponentName::new(component.map_or(kind.service(), String::as_str)),
        depends_on: Vec::new(),
        asks_scarce: false,
    }
}

/// Notes them in the plan, or, where that is asked for, plans their removal.
pub fn enter(orphans: Orphans, prune: bool, plan: &mut Plan) {
    plan.notes.extend(orphans.unseen.map(|failure| Note {
        id: None,
        text: format!("not looked for what the manifest no longer names: {failure}"),
    }));
    plan.notes.extend(orphans.notes);
    for Orphan { target, live } in orphans.found {
        let origin = live.tags().get(ownership::ORIGIN).map(String::as_str);
        let text = match (prune, origin) {
            (true, Some(origin)) if origin == Origin::Created.name() => {
                plan.actions.push(removal(target, &live));
                continue;
            }
            (true, Some(_)) => {
                "adopted, and no longer in the manifest: left alone, since only what was created here is pruned"
            }
            (true, None) => {
                "without the tag that says who made it, and no longer in the manifest: left alone, since only what was created here is pruned"
            }
            (false, Some(origin)) if origin == Origin::Created.name() => {
                "ours, and no longer in the manifest: an orphan, left alone (--prune removes it)"
            }
            (false, Some(_)) => "adopted, and no longer in the manifest: an orphan, left alone",
            (false, None) => {
                "without the tag that says who made it, and no longer in the manifest: an orphan, left alone"
            }
        };
        plan.notes.push(Note {
            id: Some(target.id),
            text: text.to_owned(),
        });
    }
}

fn removal(target: Target, live: &Live) -> Action {
    Action {
        id: target.id,
        name: target.name,
        component: target.component,
        verb: Verb::Delete,
        changes: Vec::new(),
        hazards: Vec::new(),
        unmanaged: Vec::new(),
        depends_on: Vec::new(),
        live: spelled(live),
        desired: serde_json::Value::Null,
    }
}
