//! One action under way: whose it is, how long it may wait, whom it tells.

use std::time::Duration;

use tokio::time::Instant;

use crate::aws::poll::{self, Look, Rhythm, SystemClock};
use crate::model::event::Event;
use crate::model::failure::{Failure, FailureKind};
use crate::model::id::ResourceId;

pub struct Run<'a> {
    pub id: &'a ResourceId,
    pub deadline: Instant,
    pub say: &'a dyn Fn(Event),
    /// Whether somebody wants it to stop.
    pub interrupted: &'a dyn Fn() -> bool,
}

impl Run<'_> {
    pub fn step(&self, what: impl Into<String>) {
        (self.say)(Event::Step {
            id: self.id.clone(),
            what: what.into(),
        });
    }

    pub fn copied(&self, copy: impl Into<String>) {
        (self.say)(Event::Copied {
            id: self.id.clone(),
            copy: copy.into(),
        });
    }

    pub fn waiting(&self, why: &str, left: Option<Duration>) {
        (self.say)(Event::Waiting {
            id: self.id.clone(),
            why: why.to_owned(),
            left,
        });
    }

    /// Asked before what cannot be undone: whoever stops a run does not mean that to follow.
    ///
    /// # Errors
    /// Somebody wants it to stop.
    pub fn still_wanted(&self) -> Result<(), Failure> {
        match (self.interrupted)() {
            true => Err(Failure::new(
                FailureKind::Interrupted,
                "interrupted before it was deleted",
            )),
            false => Ok(()),
        }
    }

    /// Polls until it is ready or the command's deadline has passed.
    ///
    /// # Errors
    /// As [`poll::until`].
    pub async fn until<T>(
        &self,
        rhythm: Rhythm,
        look: impl AsyncFnMut() -> Result<Look<T>, Failure>,
    ) -> Result<T, Failure> {
        poll::until(
            &SystemClock,
            rhythm,
            self.deadline,
            |why, left| self.waiting(why, left),
            look,
        )
        .await
    }

    /// Makes a call again until AWS accepts it. What is pending here was refused, so nothing is under way: whoever stops
    /// the run need not wait for it.
    ///
    /// # Errors
    /// As [`poll::until`], or somebody wants it to stop.
    pub async fn until_accepted<T>(
        &self,
        rhythm: Rhythm,
        mut call: impl AsyncFnMut() -> Result<Look<T>, Failure>,
    ) -> Result<T, Failure> {
        self.until(rhythm, async || match call().await? {
            Look::Pending { why, .. } if (self.interrupted)() => Err(Failure::new(
                FailureKind::Interrupted,
                format!("interrupted while AWS refused it: {why}"),
            )),
            look => Ok(look),
        })
        .await
    }

    /// Makes an attempt again for as long as AWS asks for fewer calls: the SDK's own attempts end after seconds,
    /// the command's time after minutes.
    ///
    /// # Errors
    /// Any other failure of the attempt, or the deadline.
    pub async fn unthrottled<T>(
        &self,
        attempt: impl AsyncFnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let why = |_| "AWS asks for fewer calls".to_owned();
        self.again_while(FailureKind::Throttled, Rhythm::SLOW, why, attempt)
            .await
    }

    /// Makes a call again for as long as AWS answers that the resource is busy.
    ///
    /// # Errors
    /// Any other failure of the call, or the deadline.
    pub async fn while_busy<T>(
        &self,
        call: impl AsyncFnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let why = |failure: Failure| failure.message;
        self.again_while(FailureKind::Busy, Rhythm::QUICK, why, call)
            .await
    }

    async fn again_while<T>(
        &self,
        kind: FailureKind,
        rhythm: Rhythm,
        why: impl Fn(Failure) -> String,
        mut call: impl AsyncFnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.until_accepted(rhythm, async || match call().await {
            Ok(value) => Ok(Look::Ready(value)),
            Err(failure) if failure.kind == kind => Ok(Look::pending(why(failure))),
            Err(failure) => Err(failure),
        })
        .await
    }
}
