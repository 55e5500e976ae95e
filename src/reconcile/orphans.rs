//! Resources of ours that the manifest no longer names: a note each, no change.

use futures_util::future::join_all;

use crate::aws::clients::Clients;
use crate::model::id::{ComponentName, ResourceId, Target};
use crate::model::plan::Note;
use crate::resources::kinds;
use crate::resources::owned::{self, Owned};
use crate::resources::ownership::{self, Owner};

use super::plan::Selection;

/// Looks for them; where that is not possible, one note says why.
pub async fn read(
    clients: &Clients,
    project: &str,
    env: Option<&str>,
    targets: &[Target],
    selection: &Selection,
) -> Vec<Note> {
    let owned = match owned::read(clients.tagging(), project).await {
        Ok(owned) => owned,
        Err(failure) => {
            return vec![Note {
                id: None,
                text: format!("not looked for what the manifest no longer names: {failure}"),
            }];
        }
    };
    let candidates = owned.iter().filter(|owned| {
        let named = |target: &Target| target.id.kind == owned.kind && target.name == owned.name;
        ownership::owner(&owned.tags, project, env) == Owner::Us
            && !targets.iter().any(named)
            && selection.takes(&as_target(owned))
    });
    let confirmed = candidates.map(async |owned| {
        // The index of tags lags behind: only what is really there, and still ours, is an orphan.
        let id = ResourceId::new(owned.kind, owned.name.clone());
        let text = match kinds::read(clients, owned.kind, &owned.name, None, &owned.scope).await {
            Ok(Some(live)) if ownership::owner(live.tags(), project, env) == Owner::Us => {
                "is ours, and the manifest no longer names it: an orphan, left alone".to_owned()
            }
            Ok(_) => return None,
            Err(failure) => format!("may be an orphan, and could not be read: {failure}"),
        };
        Some(Note { id: Some(id), text })
    });
    join_all(confirmed).await.into_iter().flatten().collect()
}

fn as_target(owned: &Owned) -> Target {
    let component = owned.tags.get(ownership::COMPONENT);
    Target {
        id: ResourceId::new(owned.kind, owned.name.clone()),
        name: owned.name.clone(),
        component: ComponentName::new(component.map_or(owned.kind.service(), String::as_str)),
        depends_on: Vec::new(),
    }
}
