//! Copies that earlier tests left: those noted on this machine at once, those of other machines by their tags and age.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::aws::clients::Clients;
use crate::aws::poll::{Look, Rhythm};
use crate::model::check::Left;
use crate::model::failure::{Failure, FailureKind};
use crate::model::id::{Kind, ResourceId};
use crate::model::scope::Scope;
use crate::resources::owned;
use crate::resources::ownership;
use crate::resources::queue::api::QueueApi;
use crate::resources::run::Run;
use crate::resources::table::api::TableApi;
use crate::resources::tags::Tags;

use super::journal::{Journal, Notes};
use super::remove::{is_copy, remove};

/// A test that is older has ended, one way or another.
pub const OLD: Duration = Duration::from_secs(60 * 60);
/// For all of them together.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// So long a new table may not show its tags.
const UNSEEN: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub struct Cleared {
    pub removed: Vec<ResourceId>,
    pub left: Vec<Left>,
    /// Why nobody could look for what tests on other machines left.
    pub unseen: Option<Failure>,
}

pub struct Search<'a> {
    pub clients: &'a Clients,
    pub scope: &'a Scope,
    pub endpoint: String,
    pub project: String,
    /// Of copies that are not noted here.
    pub older_than: Duration,
    /// The test that is looking: its copies are its own business.
    pub own: Option<&'a str>,
}

impl Search<'_> {
    pub async fn clear(&self, notes: Notes) -> Cleared {
        let mut cleared = Cleared::default();
        let here = |journal: &Journal| {
            journal.entry.scope == *self.scope && journal.entry.endpoint == self.endpoint
        };
        let (noted, elsewhere): (Vec<_>, Vec<_>) = notes.abandoned.into_iter().partition(here);
        drop(elsewhere);
        let own = self.own.map(str::to_owned);
        let running: Vec<_> = notes.running.into_iter().chain(own).collect();
        let mut copies: BTreeSet<_> = noted
            .iter()
            .flat_map(|journal| journal.entry.copies.iter().cloned())
            .collect();
        match self.tagged(&running).await {
            Ok(tagged) => copies.extend(tagged),
            Err(failure) => cleared.unseen = Some(failure),
        }
        let removals = copies
            .iter()
            .map(async |copy| (copy, self.remove(copy).await));
        for (copy, removed) in join_all(removals).await {
            match removed {
                Ok(true) => cleared.removed.push(copy.clone()),
                Ok(false) => {}
                Err(failure) => cleared.left.push(Left {
                    id: copy.clone(),
                    why: failure.to_string(),
                }),
            }
        }
        let is_left = |copy: &ResourceId| cleared.left.iter().any(|left| left.id == *copy);
        for journal in noted {
            if !journal.entry.copies.iter().any(is_left) {
                journal.finish();
            }
        }
        cleared
    }

    /// Those of this project that are old enough, whichever machine made them.
    async fn tagged(&self, running: &[String]) -> Result<Vec<ResourceId>, Failure> {
        let client = self.clients.tagging();
        let index = owned::read(client, ownership::PROBE_OF, &self.project).await?;
        let now = SystemTime::now();
        let old = index.iter().filter(|((_, name), found)| {
            let runs = |id: &String| name.starts_with(&format!("{}{id}-", super::probe::PREFIX));
            let age = age(&found.tags, now);
            is_copy(name)
                && !running.iter().any(runs)
                && age.is_some_and(|age| age >= self.older_than)
        });
        Ok(old
            .map(|((kind, name), _)| ResourceId::new(*kind, name.as_str()))
            .collect())
    }

    /// Only what bears the name and the tag of a copy; `false`: it does not, or is gone.
    async fn remove(&self, copy: &ResourceId) -> Result<bool, Failure> {
        if !is_copy(&copy.key) {
            return Ok(false);
        }
        let run = Run {
            id: copy,
            deadline: Instant::now() + PATIENCE,
            say: &|_| (),
            interrupted: &|| false,
        };
        let tags = run.unthrottled(async || self.tags(&run, copy).await);
        let Some(tags) = tags.await? else {
            return Ok(false);
        };
        if !tags.contains_key(ownership::PROBE) {
            return Err(Failure::new(
                FailureKind::Other,
                format!("it does not bear the tag {}", ownership::PROBE),
            ));
        }
        remove(self.clients, &run, copy).await?;
        Ok(true)
    }

    /// First-hand; `None`: it is not there.
    async fn tags(&self, run: &Run<'_>, copy: &ResourceId) -> Result<Option<Tags>, Failure> {
        if copy.kind == Kind::Queue {
            let sqs = self.clients.sqs();
            return match QueueApi::get_queue_url(sqs, &copy.key).await? {
                Some(url) => QueueApi::list_queue_tags(sqs, &url).await,
                None => Ok(None),
            };
        }
        let start = Instant::now();
        let arn = self.scope.table_arn(&copy.key);
        run.until(Rhythm::QUICK, async || {
            let tags = TableApi::list_tags_of_resource(self.clients.dynamodb(), &arn).await?;
            Ok(match tags {
                // Tags are asynchronous: a table that was made a moment ago may not show them yet.
                Some(tags) if tags.is_empty() && start.elapsed() < UNSEEN => {
                    Look::pending("it has no tags yet")
                }
                tags => Look::Ready(tags),
            })
        })
        .await
    }
}

/// `None`: its tag is no time, so nobody knows.
fn age(tags: &Tags, now: SystemTime) -> Option<Duration> {
    let made = DateTime::from_str(tags.get(ownership::PROBE)?, Format::DateTime).ok()?;
    let made = SystemTime::try_from(made).ok()?;
    Some(now.duration_since(made).unwrap_or_default())
}

/// Now, as [`ownership::PROBE`] says it.
pub fn now() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seconds = now.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or_default()
    });
    DateTime::from_secs(seconds)
        .fmt(Format::DateTime)
        .unwrap_or_default()
}

#[cfg(test)]
#[path = "leftovers_tests.rs"]
mod tests;
