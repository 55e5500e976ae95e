//! The round trips on the real queues and tables, all at once; what one put in is taken out again in any case.

use std::collections::BTreeMap;

use futures_util::future::FutureExt;
use futures_util::stream::{self, StreamExt};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::aws::clients::Clients;
use crate::model::check::{Check, Level};
use crate::model::event::Event;
use crate::model::id::ResourceId;
use crate::resources::kinds::{Desired, Live, Resource};
use crate::resources::queue::config::QueueLive;
use crate::resources::table::config::TableDesired;

use super::examine::Examiner;
use super::items::Items;
use super::run::set_and_grace;
use super::{item, live, table};

pub struct Rounds<'a> {
    pub clients: &'a Clients,
    /// What is tested; of it, what is there.
    pub resources: &'a [&'a Resource],
    pub live: &'a BTreeMap<ResourceId, Live>,
    /// What tells this test's messages and items from any other's.
    pub mark: &'a str,
    pub deadline: Instant,
    /// At a time.
    pub at_work: usize,
    pub stop: watch::Receiver<bool>,
    pub say: &'a dyn Fn(Event),
    pub tell: &'a dyn Fn(&ResourceId, Check),
}

impl Rounds<'_> {
    pub async fn run(&self) {
        (self.say)(Event::Planned {
            actions: self.resources.len(),
        });
        let rounds = self.resources.iter().map(|it| self.round(it).boxed_local());
        let rounds = stream::iter(rounds).buffer_unordered(self.at_work);
        rounds.collect::<()>().await;
    }

    async fn round(&self, resource: &Resource) {
        if *self.stop.borrow() {
            return;
        }
        let target = &resource.target;
        let (id, deadline) = (&target.id, self.deadline);
        (self.say)(Event::Testing { id: id.clone() });
        let start = Instant::now();
        let examiner = Examiner::new(id, Level::Live, deadline, self.say, self.tell);
        match (&resource.desired, self.live.get(id)) {
            (Desired::Queue(_), Some(Live::Queue(live))) => self.queue(&examiner, live).await,
            (Desired::Table(desired), Some(Live::Table(_))) => {
                self.table(&examiner, &target.name, desired).await;
            }
            _ => examiner.skip("round trip", "it does not exist"),
        }
        (self.say)(Event::Tested {
            id: id.clone(),
            counts: examiner.counts(),
            elapsed: start.elapsed(),
        });
    }

    async fn queue(&self, examiner: &Examiner<'_>, live: &QueueLive) {
        let sqs = self.clients.sqs();
        // A round trip cut off at its receive would leave its message, hidden: what has begun may end.
        let done = tokio::select! {
            () = live::queue(sqs, examiner, live, self.mark) => true,
            () = set_and_grace(self.stop.clone()) => false,
        };
        // Not where the queue was left alone: receiving is never free.
        let tried = examiner.counts().skipped == 0;
        if tried && (!done || examiner.counts().failed > 0) {
            live::take_back(sqs, live, self.mark).await;
        }
    }

    async fn table(&self, examiner: &Examiner<'_>, name: &str, desired: &TableDesired) {
        let dynamodb = self.clients.dynamodb();
        let copy = table::Copy {
            name,
            desired,
            mark: self.mark,
        };
        let done = tokio::select! {
            () = live::table(dynamodb, examiner, &copy) => true,
            () = set_and_grace(self.stop.clone()) => false,
        };
        if !done || examiner.counts().failed > 0 {
            // Under a key that nobody else has; where not even that goes through, it bears our mark.
            let key = copy.key(&copy.item(1));
            let _ = dynamodb
                .delete_own(name, &key, item::PAYLOAD, self.mark)
                .await;
        }
    }
}
