//! Looking: what is asked each tick, how often, and what is kept of it. A look that fails ends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::{Duration, SystemTime};

use futures_util::future::{FutureExt, join, join_all};
use tokio::time::Instant;

use crate::model::failure::{Failure, FailureKind};
use crate::model::id::{Kind, ResourceId, Target};
use crate::model::thresholds::Thresholds;
use crate::model::tick::Tick;

use super::api::Watch;
use super::backoff::Backoff;
use super::metrics::{self, BATCH, Query, Window};
use super::series::Series;
use super::watched::{Queue, QueueMetrics, QueueSeen, Table, TableMetrics, TableSeen};

/// Tables change slowly: a look at every so many-th tick, unless one is not ACTIVE.
const TABLE_TICKS: u64 = 4;
/// CloudWatch's metrics of both services change once a minute.
const METRICS: Duration = Duration::from_secs(60);
/// After a failure CloudWatch is asked again this soon, and ever later.
const METRICS_AGAIN: Duration = Duration::from_secs(10);
/// What CloudWatch said longer ago is not the present.
const METRICS_LAST: Duration = Duration::from_secs(300);
/// A look that takes longer has failed; a later tick looks again.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is watched, and how.
#[derive(Clone, Debug)]
pub struct Subject {
    pub project: String,
    pub env: Option<String>,
    pub region: String,
    pub thresholds: Thresholds,
    pub interval: Duration,
    /// A gate wants a sample of everything at each tick.
    pub eager: bool,
}

/// A moment, by the clock that only runs and by the one on the wall.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub instant: Instant,
    pub time: SystemTime,
}

impl Moment {
    pub fn now() -> Moment {
        Moment {
            instant: Instant::now(),
            time: SystemTime::now(),
        }
    }

    pub(super) fn seconds_since_epoch(self) -> i64 {
        let since = self.time.duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs().try_into().unwrap_or(i64::MAX))
    }
}

pub struct Sampler {
    pub(super) subject: Subject,
    /// The manifest's queues by AWS's name of them.
    declared: BTreeMap<String, ResourceId>,
    pub(super) account: Option<String>,
    pub(super) queues: Vec<Queue>,
    pub(super) tables: Vec<Table>,
    ticks: u64,
    metrics_due: Instant,
    metrics_at: Instant,
    pub(super) metrics_failure: Option<String>,
    sqs: Backoff,
    dynamodb: Backoff,
    cloudwatch: Backoff,
    refused: Option<Failure>,
}

/// What a look at a queue brought: its URL, and what is there.
type QueueLook = Result<(Option<String>, Option<QueueSeen>), Failure>;

impl Sampler {
    /// `targets`: all of the manifest; `is_watched` chooses from them.
    pub fn new(
        subject: Subject,
        targets: &[Target],
        is_watched: impl Fn(&Target) -> bool,
        now: Instant,
    ) -> Sampler {
        let referred: BTreeSet<_> = targets.iter().flat_map(|it| &it.depends_on).collect();
        let of_kind = |kind: Kind| targets.iter().filter(move |it| it.id.kind == kind);
        let queues = of_kind(Kind::Queue).filter(|it| is_watched(it));
        let tables = of_kind(Kind::Table).filter(|it| is_watched(it));
        let declared = of_kind(Kind::Queue).map(|it| (it.name.clone(), it.id.clone()));
        Sampler {
            declared: declared.collect(),
            queues: queues
                .map(|it| Queue::new(it.id.clone(), &it.name, referred.contains(&it.id), now))
                .collect(),
            tables: tables
                .map(|it| Table::new(it.id.clone(), &it.name, now))
                .collect(),
            account: None,
            ticks: 0,
            metrics_due: now,
            metrics_at: now,
            metrics_failure: None,
            sqs: Backoff::new(subject.interval),
            dynamodb: Backoff::new(subject.interval),
            cloudwatch: Backoff::new(METRICS_AGAIN),
            refused: None,
            subject,
        }
    }

    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// What the last tick failed with, if AWS no longer takes the credentials.
    pub fn refused(&self) -> Option<&Failure> {
        self.refused.as_ref()
    }

    /// Asks who we are. Each tick asks again until that is known.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn identify(&mut self, api: &impl Watch) -> Result<(), Failure> {
        self.account = Some(patiently(api.account()).await?);
        Ok(())
    }

    /// Looks at everything that is due, and says what is known now.
    pub async fn sample(&mut self, api: &impl Watch, now: Moment) -> Tick {
        self.refused = None;
        if self.account.is_none()
            && let Err(failure) = self.identify(api).await
        {
            self.heed_refusal(&failure);
        }
        self.look(api, now, 0).await;
        while let Some(first) = self.meet_strangers(now) {
            self.look(api, now, first).await;
        }
        if now.instant >= self.metrics_due && self.cloudwatch.is_over(now.instant) {
            self.ask_metrics(api, now).await;
        }
        self.ticks += 1;
        self.tick(now)
    }

    pub(super) fn table_ticks(&self) -> u64 {
        match self.subject.eager {
            true => 1,
            false => TABLE_TICKS,
        }
    }

    /// Looks at the queues from `first` on, and, with the first of them, at the tables that are due.
    async fn look(&mut self, api: &impl Watch, now: Moment, first: usize) {
        let queues = match self.sqs.is_over(now.instant) {
            true => &self.queues[first..],
            false => &[],
        };
        let queues = join_all(queues.iter().map(|queue| patiently(look_at(api, queue))));
        let all = self.ticks.is_multiple_of(self.table_ticks());
        let look_at_tables = first == 0 && self.dynamodb.is_over(now.instant);
        let due = |table: &&Table| look_at_tables && (all || !table.is_settled());
        let tables = self.tables.iter().filter(due).map(async |table| {
            let found = patiently(api.table(&table.name)).await;
            (table.id.clone(), found)
        });
        let (queues, tables) = join(queues, join_all(tables)).boxed_local().await;
        self.enter_queues(first, queues, now);
        self.enter_tables(tables.into_iter().collect(), now);
    }

    fn enter_queues(&mut self, first: usize, looks: Vec<QueueLook>, now: Moment) {
        if looks.is_empty() {
            return;
        }
        let failures: Vec<_> = looks
            .iter()
            .filter_map(|look| look.as_ref().err())
            .collect();
        self.sqs.heed(looks.len(), &failures, now.instant);
        let refusal = refusal(&failures).cloned();
        let minute = metrics::minute(now.seconds_since_epoch());
        for (queue, look) in self.queues[first..].iter_mut().zip(looks) {
            match look {
                Ok((url, seen)) => {
                    queue.url = url;
                    queue.looks.succeeded(seen, now.instant);
                    queue.remember(minute);
                }
                Err(failure) => queue.looks.failure = Some(why(failure)),
            }
        }
        self.refused = self.refused.take().or(refusal);
    }

    fn enter_tables(
        &mut self,
        mut looks: BTreeMap<ResourceId, Result<Option<TableSeen>, Failure>>,
        now: Moment,
    ) {
        if looks.is_empty() {
            return;
        }
        let failures: Vec<_> = looks
            .values()
            .filter_map(|look| look.as_ref().err())
            .collect();
        self.dynamodb.heed(looks.len(), &failures, now.instant);
        let refusal = refusal(&failures).cloned();
        for table in &mut self.tables {
            match looks.remove(&table.id) {
                Some(Ok(seen)) => table.looks.succeeded(seen, now.instant),
                Some(Err(failure)) => table.looks.failure = Some(why(failure)),
                None => {}
            }
        }
        self.refused = self.refused.take().or(refusal);
    }

    /// Dead-letter queues that live queues name and nobody watches yet: of other components, or of no manifest.
    fn meet_strangers(&mut self, now: Moment) -> Option<usize> {
        let known: BTreeSet<_> = self.queues.iter().map(|queue| &queue.name).collect();
        let named = self.queues.iter().filter_map(Queue::dead_letter_queue);
        let strangers: BTreeSet<_> = named
            .filter(|name| !known.contains(name))
            .cloned()
            .collect();
        let first = self.queues.len();
        for name in &strangers {
            let declared = self.declared.get(name).cloned();
            let id = declared.unwrap_or_else(|| ResourceId::queue(name));
            self.queues.push(Queue::new(id, name, true, now.instant));
        }
        (!strangers.is_empty()).then_some(first)
    }

    async fn ask_metrics(&mut self, api: &impl Watch, now: Moment) {
        let queries = metrics::queries(&self.queues, &self.tables);
        let seconds = now.seconds_since_epoch();
        match ask(api, &queries, Window::until(seconds))
            .boxed_local()
            .await
        {
            Ok(series) => {
                metrics::distribute(
                    &queries,
                    &series,
                    seconds,
                    &mut self.queues,
                    &mut self.tables,
                );
                self.metrics_due = now.instant + METRICS;
                self.metrics_at = now.instant;
                self.metrics_failure = None;
                self.cloudwatch.heed(1, &[], now.instant);
            }
            Err(failure) => {
                self.heed_refusal(&failure);
                self.metrics_failure = Some(why(failure));
                self.cloudwatch.fail(now.instant);
                if now.instant.saturating_duration_since(self.metrics_at) >= METRICS_LAST {
                    self.forget_metrics();
                }
            }
        }
    }

    fn forget_metrics(&mut self) {
        for queue in &mut self.queues {
            queue.metrics = QueueMetrics::default();
        }
        for table in &mut self.tables {
            table.metrics = TableMetrics::default();
        }
    }

    fn heed_refusal(&mut self, failure: &Failure) {
        if let Some(refusal) = refusal(&[failure]) {
            self.refused = Some(refusal.clone());
        }
    }
}

async fn look_at(api: &impl Watch, queue: &Queue) -> QueueLook {
    let url = match &queue.url {
        Some(url) => Some(url.clone()),
        None => api.queue_url(&queue.name).await?,
    };
    let Some(url) = url else {
        return Ok((None, None));
    };
    let seen = api.queue(&url).await?;
    Ok((seen.is_some().then_some(url), seen))
}

/// In calls of at most [`BATCH`] queries, all at a time.
async fn ask(api: &impl Watch, queries: &[Query], window: Window) -> Result<Vec<Series>, Failure> {
    let calls = queries
        .chunks(BATCH)
        .map(|batch| patiently(api.metrics(batch, window)));
    let answers: Result<Vec<_>, _> = join_all(calls).await.into_iter().collect();
    Ok(answers?.concat())
}

async fn patiently<T>(look: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let late = || {
        let message = format!("no answer in {} s", PATIENCE.as_secs());
        Err(Failure::new(FailureKind::Network, message))
    };
    tokio::time::timeout(PATIENCE, look)
        .await
        .unwrap_or_else(|_| late())
}

/// Without the request, which is another one at each tick.
fn why(failure: Failure) -> String {
    let failure = Failure {
        request_id: None,
        ..failure
    };
    failure.to_string()
}

fn refusal<'a>(failures: &[&'a Failure]) -> Option<&'a Failure> {
    let refusal = failures
        .iter()
        .find(|failure| failure.kind == FailureKind::Credentials);
    refusal.copied()
}

#[cfg(test)]
#[path = "sample_tests.rs"]
mod tests;
