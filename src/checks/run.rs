//! All probes at once: copies are made, used, and removed, whatever happens in between.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::{FutureExt, join_all};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use crate::aws::clients::Clients;
use crate::model::check::{Check, Left, Level};
use crate::model::event::Event;
use crate::model::failure::{Failure, FailureKind};
use crate::model::id::{Kind, ResourceId};
use crate::resources::kinds::{self, Desired};
use crate::resources::queue::config::{QueueDesired, is_fifo};
use crate::resources::run::Run;

use super::examine::{Amiss, Examiner};
use super::probe::Probe;
use super::{queue, remove, table};

/// How long a call that is under way when the test ends early may take: what it makes has to be known to be removed.
pub(super) const GRACE: Duration = Duration::from_secs(5);
/// Removal has its own time, so that a test whose time is up still clears up.
const REMOVAL: Duration = Duration::from_secs(5 * 60);

/// What was begun to be made and is not known to be gone.
#[derive(Default)]
pub struct Copies(RefCell<BTreeMap<ResourceId, Making>>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Making {
    /// Nobody knows what came of it.
    Begun,
    Refused,
    Made,
}

impl Copies {
    pub fn all(&self) -> Vec<ResourceId> {
        self.0.borrow().keys().cloned().collect()
    }

    fn began(&self, copy: &ResourceId) {
        self.0.borrow_mut().insert(copy.clone(), Making::Begun);
    }

    fn ended<T>(&self, copy: &ResourceId, made: &Result<T, Failure>) {
        let making = match made {
            Ok(_) => Making::Made,
            Err(failure) => match failure.kind {
                FailureKind::Network | FailureKind::Timeout => return,
                _ => Making::Refused,
            },
        };
        self.0.borrow_mut().insert(copy.clone(), making);
    }

    /// Whether a copy may still turn up after it was removed, or was not found.
    fn may_turn_up(&self, copy: &ResourceId, found: bool) -> bool {
        match self.0.borrow().get(copy) {
            // A call that was cut off may still be carried out.
            Some(Making::Begun) => true,
            // What was made a moment ago may not be known everywhere yet (API CreateQueue, DescribeTable).
            Some(Making::Made) => !found,
            Some(Making::Refused) | None => false,
        }
    }

    fn gone(&self, copy: &ResourceId) {
        self.0.borrow_mut().remove(copy);
    }
}

pub struct Probing<'a> {
    pub clients: &'a Clients,
    pub probes: &'a [Probe],
    pub copies: &'a Copies,
    /// What tells this test's messages and items from any other's.
    pub mark: &'a str,
    pub deadline: Instant,
    /// Probes at work at a time: more of them than requests would keep one another waiting, and messages hidden.
    pub at_work: Semaphore,
    /// Set: no probe begins or goes on.
    pub stop: watch::Receiver<bool>,
    pub say: &'a dyn Fn(Event),
    pub tell: &'a dyn Fn(&ResourceId, Check),
}

/// Returns when what is under way has had its time to end, once it is set.
pub(super) async fn set_and_grace(stop: watch::Receiver<bool>) {
    set(stop).await;
    tokio::time::sleep(GRACE).await;
}

/// Returns once it is set; never where nobody is left to set it.
async fn set(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whether a copy was made, for whoever waits to use it too. `None`: not known yet.
type Made = watch::Sender<Option<bool>>;

impl Probing<'_> {
    /// Makes and uses every copy; what is told is all that it returns.
    pub async fn run(&self) {
        (self.say)(Event::Planned {
            actions: self.probes.len(),
        });
        let made: Vec<Made> = self
            .probes
            .iter()
            .map(|_| watch::Sender::new(None))
            .collect();
        let probes = (0..self.probes.len()).map(|index| self.probe(index, &made).boxed_local());
        join_all(probes).await;
    }

    /// Removes every copy; what cannot be removed is left, and why.
    pub async fn clear(&self) -> Vec<Left> {
        let copies = self.copies.all();
        if !copies.is_empty() {
            (self.say)(Event::Clearing {
                copies: copies.len(),
                interrupted: *self.stop.borrow(),
            });
        }
        let deadline = Instant::now() + REMOVAL;
        let removals = copies.iter().map(async |copy| {
            let removed = self.remove(copy, deadline).await;
            removed.err().map(|failure| Left {
                id: copy.clone(),
                why: failure.to_string(),
            })
        });
        join_all(removals).await.into_iter().flatten().collect()
    }

    async fn remove(&self, copy: &ResourceId, deadline: Instant) -> Result<(), Failure> {
        let run = Run {
            id: copy,
            deadline,
            say: &|_| (),
            interrupted: &|| false,
        };
        let found = remove::remove(self.clients, &run, copy).await?;
        if self.copies.may_turn_up(copy, found) {
            tokio::time::sleep(GRACE).await;
            remove::remove(self.clients, &run, copy).await?;
        }
        self.copies.gone(copy);
        Ok(())
    }

    async fn probe(&self, index: usize, made: &[Made]) {
        let probe = &self.probes[index];
        if *self.stop.borrow() {
            return;
        }
        (self.say)(Event::Testing {
            id: probe.id.clone(),
        });
        let start = Instant::now();
        let (id, deadline) = (&probe.id, self.deadline);
        let examiner = Examiner::new(id, Level::Probe, deadline, self.say, self.tell);
        let copy = self.make(probe, &examiner).await;
        made[index].send_replace(Some(copy.is_some()));
        if let Some(urls) = copy {
            let checks = async {
                match &probe.desired {
                    Desired::Queue(queue) => self.queue(probe, queue, &urls, &examiner).await,
                    Desired::Table(_) => self.table(index, made, &examiner).await,
                }
            };
            tokio::select! {
                () = checks.boxed_local() => {}
                () = set(self.stop.clone()) => {}
            }
        }
        (self.say)(Event::Tested {
            id: probe.id.clone(),
            counts: examiner.counts(),
            elapsed: start.elapsed(),
        });
    }

    /// The URLs of a queue and of its dead-letter queue; `None`: there is no copy.
    async fn make(&self, probe: &Probe, examiner: &Examiner<'_>) -> Option<Urls> {
        let stopped = Cell::new(false);
        let create = async {
            let mut urls = Urls::default();
            if let Some(dead) = &probe.dead_letters {
                let desired = Desired::Queue(dead.desired.clone());
                urls.dead_letters = self.create(probe, &dead.name, &desired).await?;
            }
            urls.queue = self.create(probe, &probe.name, &probe.desired).await?;
            Ok(urls)
        };
        let stop = async {
            set(self.stop.clone()).await;
            stopped.set(true);
            tokio::time::sleep(GRACE).await;
        };
        let create = async {
            tokio::select! {
                made = create => made.map_err(Amiss::Failed),
                () = stop => Err(Amiss::Unproven("interrupted while it was made".to_owned())),
            }
        };
        let urls = examiner.check("copy", "a copy with these settings can be made", create);
        urls.await.filter(|_| !stopped.get())
    }

    async fn create(
        &self,
        probe: &Probe,
        name: &str,
        desired: &Desired,
    ) -> Result<Option<String>, Failure> {
        let run = Run {
            id: &probe.id,
            deadline: self.deadline,
            say: self.say,
            interrupted: &|| *self.stop.borrow(),
        };
        let kind = match desired {
            Desired::Queue(_) => Kind::Queue,
            Desired::Table(_) => Kind::Table,
        };
        let copy = ResourceId::new(kind, name);
        self.copies.began(&copy);
        let made = run.unthrottled(async || {
            let url = kinds::create(self.clients, &run, name, desired).await?;
            // A table cannot be used before it is ACTIVE (API CreateTable).
            kinds::settle(self.clients, &run, kind, name).await?;
            Ok(url)
        });
        let made = made.await;
        self.copies.ended(&copy, &made);
        made
    }

    async fn queue(
        &self,
        probe: &Probe,
        desired: &QueueDesired,
        urls: &Urls,
        examiner: &Examiner<'_>,
    ) {
        let dead_letters = probe
            .dead_letters
            .as_ref()
            .zip(urls.dead_letters.as_deref());
        let _permit = self.at_work.acquire().await.ok();
        let copy = queue::Copy {
            url: urls.queue.as_deref().unwrap_or_default(),
            fifo: is_fifo(&probe.name),
            content_based_deduplication: desired.content_based_deduplication == Some(true),
            delay: desired.delay.map_or(0, |delay| delay.0),
            dead_letters: dead_letters.map(|(dead, url)| queue::DeadLetters {
                url,
                max_receive_count: dead.max_receive_count,
            }),
            mark: self.mark,
        };
        queue::check(self.clients.sqs(), examiner, &copy).await;
    }

    async fn table(&self, index: usize, made: &[Made], examiner: &Examiner<'_>) {
        let Some(copy) = self.table_copy(index) else {
            return;
        };
        let api = self.clients.dynamodb();
        let permit = self.at_work.acquire().await.ok();
        table::check(api, examiner, &copy).await;
        // Whoever makes the other table may need it.
        drop(permit);
        let other = self.other_table(index, made).await;
        let other = other.and_then(|other| Some((&self.probes[other].id, self.table_copy(other)?)));
        let other = other.as_ref().map(|(id, copy)| (id.key.as_str(), copy));
        table::transaction(api, examiner, &copy, other).await;
    }

    fn table_copy(&self, index: usize) -> Option<table::Copy<'_>> {
        let probe = &self.probes[index];
        match &probe.desired {
            Desired::Table(desired) => Some(table::Copy {
                name: &probe.name,
                desired,
                mark: self.mark,
            }),
            Desired::Queue(_) => None,
        }
    }

    /// The next table of which there is a copy, once that is known.
    async fn other_table(&self, index: usize, made: &[Made]) -> Option<usize> {
        let count = self.probes.len();
        let others = (1..count).map(|step| (index + step) % count);
        for other in others.filter(|other| self.table_copy(*other).is_some()) {
            let mut known = made[other].subscribe();
            let known = known.wait_for(Option::is_some).await;
            if known.is_ok_and(|made| *made == Some(true)) {
                return Some(other);
            }
        }
        None
    }
}

#[derive(Default)]
struct Urls {
    queue: Option<String>,
    dead_letters: Option<String>,
}
