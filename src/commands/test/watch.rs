//! While a test runs: its progress is shown, and Ctrl-C is listened for, as are the signals with which CI ends a job.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use crate::commands::stop::attended;
use crate::model::check::Check;
use crate::model::event::Event;
use crate::model::id::ResourceId;
use crate::output::progress::Progress;
use crate::output::ui::Ui;

/// What a test has told so far.
pub struct Watch {
    progress: RefCell<Progress>,
    pub checks: RefCell<BTreeMap<ResourceId, Vec<Check>>>,
    pub elapsed: RefCell<BTreeMap<ResourceId, Duration>>,
    stop: watch::Sender<bool>,
}

impl Watch {
    pub fn new(ui: &Ui) -> Self {
        Watch {
            progress: RefCell::new(ui.progress()),
            checks: RefCell::default(),
            elapsed: RefCell::default(),
            stop: watch::Sender::new(false),
        }
    }

    /// Becomes true with the first Ctrl-C.
    pub fn stop(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Returns once it is.
    pub async fn stopped(&self) {
        // The other end is ours.
        let _ = self.stop().wait_for(|stop| *stop).await;
    }

    pub fn say(&self, event: Event) {
        if let Event::Tested { id, elapsed, .. } = &event {
            self.elapsed.borrow_mut().insert(id.clone(), *elapsed);
        }
        self.progress.borrow_mut().on(&event);
    }

    pub fn tell(&self, id: &ResourceId, check: Check) {
        let mut checks = self.checks.borrow_mut();
        checks.entry(id.clone()).or_default().push(check);
    }

    /// `None`: a second Ctrl-C ended it.
    pub async fn over<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        attended(work, &self.stop, &self.progress).await
    }
}
