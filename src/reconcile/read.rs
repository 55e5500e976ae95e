//! Ids → live, everything at once.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join, try_join_all};

use crate::aws::clients::Clients;
use crate::model::failure::Failure;
use crate::model::id::{ResourceId, Target};
use crate::model::plan::{Plan, Verb};
use crate::model::scope::Scope;
use crate::resources::kinds::{self, Live};
use crate::resources::owned::Bulk;

pub struct Reading {
    pub scope: Scope,
    /// Told apart: in the wrong account much may be forbidden, and the account is then the better answer.
    pub live: Result<BTreeMap<ResourceId, Live>, Failure>,
}

/// Reads who we are and what is there. Identity is asked for beside everything else, not before.
///
/// # Errors
/// Nobody knows who we are.
pub async fn read(
    clients: &Clients,
    targets: &[Target],
    bulk: &Bulk<'_>,
) -> Result<Reading, Failure> {
    let (scope, live) = join(clients.scope(), kinds::read_all(clients, targets, bulk)).await;
    Ok(Reading {
        scope: scope?,
        live,
    })
}

/// Reads what the plan makes anew once more, and whole: all of it is lost, what is not declared too. Returns whether
/// there was anything to read.
///
/// # Errors
/// The first call that failed, with the resource that it was about.
pub async fn complete(
    clients: &Clients,
    plan: &Plan,
    live: &mut BTreeMap<ResourceId, Live>,
) -> Result<bool, Failure> {
    let replaced = plan.actions.iter().filter(|action| {
        action.verb == Verb::Replace && live.get(&action.id).is_some_and(Live::is_partial)
    });
    let reads = replaced.map(async |action| {
        let (kind, name) = (action.id.kind, action.name.as_str());
        let whole = kinds::read(clients, kind, name, None, &plan.scope).await;
        let whole = whole.map_err(|failure| failure.about(action.id.to_string()))?;
        Ok::<_, Failure>((action.id.clone(), whole))
    });
    let read = try_join_all(reads).await?;
    let any = !read.is_empty();
    for (id, whole) in read {
        match whole {
            Some(whole) => drop(live.insert(id, whole)),
            None => drop(live.remove(&id)),
        }
    }
    Ok(any)
}

/// Asks the resources themselves for their tags, where a plan would do something because of those had in bulk:
/// GetResources may be behind. Returns whether there was anything to ask.
///
/// # Errors
/// The first call that failed, with the resource that it was about.
pub async fn confirm(
    clients: &Clients,
    targets: &[Target],
    touched: &BTreeSet<ResourceId>,
    live: &mut BTreeMap<ResourceId, Live>,
    bulk: &Bulk<'_>,
) -> Result<bool, Failure> {
    let Ok(index) = bulk.index().await else {
        return Ok(false);
    };
    let second_hand = |target: &&Target| {
        touched.contains(&target.id) && index.contains_key(&(target.id.kind, target.name.clone()))
    };
    let doubtful = targets.iter().filter(second_hand);
    let there = doubtful.filter_map(|target| Some((&target.id, live.get(&target.id)?)));
    let reads = there.map(async |(id, live)| {
        let tags = kinds::read_tags(clients, live).await;
        let tags = tags.map_err(|failure| failure.about(id.to_string()))?;
        Ok::<_, Failure>((id.clone(), tags))
    });
    let confirmed = try_join_all(reads).await?;
    let any = !confirmed.is_empty();
    for (id, tags) in confirmed {
        match (tags, live.get_mut(&id)) {
            (Some(tags), Some(live)) => *live.tags_mut() = tags,
            _ => drop(live.remove(&id)),
        }
    }
    Ok(any)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
