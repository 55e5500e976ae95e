//! A plan → events. Everything that nothing holds back runs at once; Ctrl-C stops between actions.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::aws::clients::Clients;
use crate::aws::poll::{Look, Rhythm};
use crate::model::change::FieldChange;
use crate::model::event::Event;
use crate::model::failure::{Failure, FailureKind};
use crate::model::hazard::{Hazard, HazardKind};
use crate::model::id::ResourceId;
use crate::model::plan::{Action, Plan, Verb};
use crate::model::scope::Scope;
use crate::resources::kinds::{self, Desired, Live};
use crate::resources::run::Run;

use super::consent;
use super::interrupt::Interrupt;

/// How long AWS may take until a reading shows what was written (SQS: up to 60 s, API SetQueueAttributes).
const READ_BACK: Duration = Duration::from_secs(150);
/// The same for a queue's retention (API SetQueueAttributes: up to 15 minutes).
const READ_BACK_RETENTION: Duration = Duration::from_secs(16 * 60);

/// How long a call that is under way at the deadline may take to answer.
const GRACE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// When the command's time is up.
    pub deadline: Instant,
    /// Wait until what was written is settled and read back.
    pub wait: bool,
}

/// What a finished future says of its action.
enum Ended {
    /// The calls went through: what depends on it may begin. Reading back goes on beside, by the URL that a
    /// queue has.
    Applied(usize, Option<String>),
    ReadBack(usize),
    Failed(usize, Failure),
}

/// Carries out a plan. Says everything through `say`; nothing is returned that was not said.
pub async fn execute(
    plan: &Plan,
    clients: &Clients,
    options: Options,
    interrupt: Interrupt,
    say: &dyn Fn(Event),
) {
    let start = Instant::now();
    say(Event::Planned {
        actions: plan.actions.len(),
    });
    let looking = interrupt.clone();
    let worker = Worker {
        plan,
        clients,
        options,
        say,
        interrupted: &|| looking.is_set(),
    };
    let mut board = Board::new(plan);
    let interrupted = worker.work(&mut board, interrupt).await;
    let why = match interrupted {
        true => "interrupted before it began",
        false => "waits for what was not done",
    };
    worker.skip_the_rest(&board, why);
    say(Event::Finished {
        elapsed: start.elapsed(),
    });
}

/// Who waits for whom.
struct Board {
    ids: BTreeMap<ResourceId, usize>,
    waits_for: Vec<Vec<usize>>,
    started: Vec<Option<Instant>>,
    applied: Vec<bool>,
    /// Failed, or skipped because of a failure: said already.
    lost: Vec<bool>,
}

impl Board {
    fn new(plan: &Plan) -> Self {
        let ids: BTreeMap<_, _> = plan
            .actions
            .iter()
            .enumerate()
            .map(|(index, action)| (action.id.clone(), index))
            .collect();
        let waits_for = plan
            .actions
            .iter()
            .map(|action| {
                action
                    .depends_on
                    .iter()
                    .filter_map(|id| ids.get(id).copied())
                    .collect()
            })
            .collect();
        let count = plan.actions.len();
        Board {
            ids,
            waits_for,
            started: vec![None; count],
            applied: vec![false; count],
            lost: vec![false; count],
        }
    }

    fn ready(&self) -> Vec<usize> {
        (0..self.started.len())
            .filter(|index| self.started[*index].is_none() && !self.lost[*index])
            .filter(|index| {
                self.waits_for[*index]
                    .iter()
                    .all(|needed| self.applied[*needed])
            })
            .collect()
    }

    fn applied(&mut self, index: usize) {
        self.applied[index] = true;
    }

    /// Marks an action as lost, and returns those that waited for it, however indirectly.
    fn lose(&mut self, index: usize) -> Vec<usize> {
        self.lost[index] = true;
        let mut dropped = Vec::new();
        loop {
            let next = (0..self.started.len()).find(|candidate| {
                self.started[*candidate].is_none()
                    && !self.lost[*candidate]
                    && self.waits_for[*candidate]
                        .iter()
                        .any(|needed| self.lost[*needed])
            });
            let Some(next) = next else {
                return dropped;
            };
            self.lost[next] = true;
            dropped.push(next);
        }
    }

    fn elapsed(&self, index: usize) -> Duration {
        self.started[index].map_or(Duration::ZERO, |start| start.elapsed())
    }
}

struct Worker<'a> {
    plan: &'a Plan,
    clients: &'a Clients,
    options: Options,
    say: &'a dyn Fn(Event),
    interrupted: &'a dyn Fn() -> bool,
}

impl<'a> Worker<'a> {
    fn action(&self, index: usize) -> &'a Action {
        &self.plan.actions[index]
    }

    fn run(&self, action: &'a Action) -> Run<'a> {
        Run {
            id: &action.id,
            deadline: self.options.deadline,
            say: self.say,
            interrupted: self.interrupted,
        }
    }

    /// Carries out whatever is ready, until nothing is; says whether Ctrl-C was why.
    async fn work(&self, board: &mut Board, mut interrupt: Interrupt) -> bool {
        let mut running: FuturesUnordered<LocalBoxFuture<'_, Ended>> = FuturesUnordered::new();
        let mut interrupted = false;
        loop {
            let ready = board.ready();
            if running.is_empty() && ready.is_empty() {
                break;
            }
            // Asked first: an answer that came together with Ctrl-C starts nothing either.
            if !interrupted && interrupt.is_set() {
                interrupted = true;
                (self.say)(Event::Interrupted {
                    running: running.len(),
                });
            }
            if !interrupted {
                for index in ready {
                    board.started[index] = Some(Instant::now());
                    running.push(Box::pin(self.apply(index)));
                }
            } else if running.is_empty() {
                break;
            }
            let ended = tokio::select! {
                Some(ended) = running.next() => ended,
                () = interrupt.wait(), if !interrupted => continue,
            };
            running.extend(self.ended(ended, board));
        }
        interrupted
    }

    async fn apply(&self, index: usize) -> Ended {
        let action = self.action(index);
        (self.say)(Event::Started {
            id: action.id.clone(),
            verb: action.verb,
        });
        let run = self.run(action);
        let (clients, scope) = (self.clients, &self.plan.scope);
        let applied = async {
            run.unthrottled(async || unmoved(clients, action, scope).await)
                .await?;
            // By itself: another attempt at making the new table must not take that for the old one.
            if matches!(action.verb, Verb::Delete | Verb::Replace) {
                let removed = async |live| remove(clients, &run, action, live).await;
                self.attempts(&run, action, removed).await?;
            }
            let applied = async |live| apply(clients, &run, action, live).await;
            self.attempts(&run, action, applied).await
        };
        match self.in_time(applied).await {
            Ok(url) => {
                (self.say)(Event::Applied {
                    id: action.id.clone(),
                    verb: action.verb,
                });
                Ended::Applied(index, url)
            }
            Err(failure) => Ended::Failed(index, failure),
        }
    }

    /// A second attempt begins with what the first has left, not with what was planned.
    async fn attempts<T>(
        &self,
        run: &Run<'_>,
        action: &Action,
        attempt: impl AsyncFn(Option<Live>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut again = false;
        run.unthrottled(async || {
            let is_second = std::mem::replace(&mut again, true);
            let live = match is_second {
                true => now(self.clients, action, &self.plan.scope).await?,
                false => planned(action)?,
            };
            if is_second {
                consent::named(action, live.as_ref(), &self.plan.scope)?;
            }
            attempt(live).await
        })
        .await
    }

    /// Takes note of what ended; returns what has to be done about it next.
    fn ended(&self, ended: Ended, board: &mut Board) -> Option<LocalBoxFuture<'_, Ended>> {
        match ended {
            Ended::Applied(index, url) => {
                board.applied(index);
                if self.options.wait {
                    return Some(Box::pin(self.read_back(index, url)));
                }
                self.done(index, board);
            }
            Ended::ReadBack(index) => self.done(index, board),
            Ended::Failed(index, failure) => self.failed(index, failure, board),
        }
        None
    }

    async fn read_back(&self, index: usize, url: Option<String>) -> Ended {
        let action = self.action(index);
        let run = self.run(action);
        let seen = run.unthrottled(async || {
            read_back(self.clients, &run, action, url.as_deref(), &self.plan.scope).await
        });
        match self.in_time(seen).await {
            Ok(()) => Ended::ReadBack(index),
            Err(failure) => Ended::Failed(index, failure),
        }
    }

    /// Waits end at the deadline by themselves, and say why; a call that hangs is ended here.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let late = |_| {
            Failure::new(FailureKind::Timeout, "no answer before the deadline")
                .with_hint("run the same command again to continue")
        };
        tokio::time::timeout_at(self.options.deadline + GRACE, work)
            .await
            .map_err(late)?
    }

    fn done(&self, index: usize, board: &Board) {
        let action = self.action(index);
        (self.say)(Event::Done {
            id: action.id.clone(),
            verb: action.verb,
            elapsed: board.elapsed(index),
        });
    }

    fn failed(&self, index: usize, failure: Failure, board: &mut Board) {
        let action = self.action(index);
        (self.say)(Event::Failed {
            id: action.id.clone(),
            verb: action.verb,
            failure,
            elapsed: board.elapsed(index),
        });
        // What was applied and only failed to be read back has let its followers go already.
        if board.applied[index] {
            return;
        }
        for dropped in board.lose(index) {
            self.skip(dropped, &format!("needs {}, which failed", action.id));
        }
    }

    fn skip_the_rest(&self, board: &Board, why: &str) {
        for index in board.ids.values() {
            if board.started[*index].is_none() && !board.lost[*index] {
                self.skip(*index, why);
            }
        }
    }

    fn skip(&self, index: usize, why: &str) {
        let action = self.action(index);
        (self.say)(Event::Skipped {
            id: action.id.clone(),
            verb: action.verb,
            why: why.to_owned(),
        });
    }
}

async fn apply(
    clients: &Clients,
    run: &Run<'_>,
    action: &Action,
    live: Option<Live>,
) -> Result<Option<String>, Failure> {
    match (action.verb, live) {
        (Verb::Create | Verb::Replace, _) => {
            kinds::create(clients, run, &action.name, &decode(&action.desired)?).await
        }
        (Verb::Update | Verb::Adopt | Verb::Tag, Some(live)) => {
            let desired: Desired = decode(&action.desired)?;
            kinds::update(clients, run, &action.name, &desired, &live).await?;
            Ok(live.url().map(str::to_owned))
        }
        (Verb::Update | Verb::Adopt | Verb::Tag, None) => Err(Failure::new(
            FailureKind::NotFound,
            "it disappeared while it was being changed",
        )
        .with_hint("run the command again: it will be made anew")),
        // Nothing to write: what AWS is busy with is waited for when it is read back.
        (Verb::Settle | Verb::Delete, _) => Ok(None),
    }
}

/// Only an allowed hazard lets go of what a resource holds; otherwise it must be empty at that moment.
async fn remove(
    clients: &Clients,
    run: &Run<'_>,
    action: &Action,
    live: Option<Live>,
) -> Result<(), Failure> {
    // Gone already: another attempt, or somebody else, got so far.
    let Some(live) = live else {
        return Ok(());
    };
    let lossy = |hazard: &Hazard| hazard.kind == HazardKind::LoseItems;
    let lossy = action.hazards.iter().any(lossy);
    kinds::remove(clients, run, &action.name, &live, lossy).await
}

fn planned(action: &Action) -> Result<Option<Live>, Failure> {
    match action.live.is_null() {
        true => Ok(None),
        false => decode(&action.live).map(Some),
    }
}

async fn now(clients: &Clients, action: &Action, scope: &Scope) -> Result<Option<Live>, Failure> {
    let planned = planned(action)?;
    let url = planned.as_ref().and_then(Live::url);
    kinds::read(clients, action.id.kind, &action.name, url, scope).await
}

/// Before something may be lost, or taken over, live state is read once more: the consent was to what the
/// plan showed.
async fn unmoved(clients: &Clients, action: &Action, scope: &Scope) -> Result<(), Failure> {
    let harmless = !matches!(action.verb, Verb::Adopt | Verb::Delete | Verb::Replace);
    if action.hazards.is_empty() && harmless {
        return Ok(());
    }
    let (then, now) = (planned(action)?, now(clients, action, scope).await?);
    consent::unmoved(then.as_ref(), now.as_ref())
}

/// What was written must be what is read; until then AWS may still be spreading it.
async fn read_back(
    clients: &Clients,
    run: &Run<'_>,
    action: &Action,
    url: Option<&str>,
    scope: &Scope,
) -> Result<(), Failure> {
    // That it is gone was waited for when it was deleted.
    if action.verb == Verb::Delete {
        return Ok(());
    }
    let desired: Desired = decode(&action.desired)?;
    let (kind, name) = (action.id.kind, action.name.as_str());
    let read = async || kinds::read(clients, kind, name, url, scope).await;
    // What AWS is busy with may take as long as the command; what it has done must be seen soon.
    let mut first = read().await?.filter(|live| live.pending().is_none());
    if first.is_none() {
        kinds::settle(clients, run, kind, name).await?;
    }
    let patient = Run {
        deadline: run.deadline.min(Instant::now() + patience(action)),
        ..*run
    };
    let matched = patient.until(Rhythm::QUICK, async || {
        let live = match first.take() {
            Some(live) => Some(live),
            None => read().await?,
        };
        Ok(match live {
            None => Look::pending("it is not visible yet"),
            Some(live) => match differences(&desired, &live, scope) {
                None => Look::Ready(()),
                Some(fields) => Look::pending(format!("{fields} not read back yet")),
            },
        })
    });
    matched.await.map_err(|failure| match failure.kind {
        FailureKind::Timeout => Failure::new(FailureKind::NotConverged, failure.message)
            .with_hint("run the same command again: it continues with what is left"),
        _ => failure,
    })
}

fn patience(action: &Action) -> Duration {
    let retention = |change: &FieldChange| change.path == "message_retention_period";
    match action.changes.iter().any(retention) {
        true => READ_BACK_RETENTION,
        false => READ_BACK,
    }
}

fn differences(desired: &Desired, live: &Live, scope: &Scope) -> Option<String> {
    let delta = kinds::diff(desired, live, scope);
    if delta.is_empty() {
        return None;
    }
    let paths: Vec<_> = delta
        .changes
        .into_iter()
        .map(|change| change.path)
        .collect();
    Some(paths.join(", "))
}

fn decode<T: DeserializeOwned>(value: &serde_json::Value) -> Result<T, Failure> {
    T::deserialize(value).map_err(|error| {
        Failure::new(
            FailureKind::BadRequest,
            format!("the plan holds a configuration that this version cannot read: {error}"),
        )
    })
}

#[cfg(test)]
#[path = "execute_tests.rs"]
mod tests;
