//! `monitor`: a live table, a stream of ticks, or a gate for a deployment.

mod stream;
mod window;

use std::io;
use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use crate::aws::clients::Clients;
use crate::cli::{Global, MonitorArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::manifest::System;
use crate::model::failure::{Failure, FailureKind};
use crate::model::tick::Tick;
use crate::model::units::Seconds;
use crate::monitor::gate::Gate;
use crate::monitor::sample::{Moment, Sampler, Subject};
use crate::output::ui::{Format, Ui};
use crate::reconcile::plan::Selection;

use super::session::{self, connection};
use super::stop::told_to_stop;
use super::tell;

/// A look that fails is tried again by the next tick: no need for much patience with one.
const ATTEMPTS: u32 = 2;

/// # Errors
/// Whatever keeps the watching from beginning; what a gate wants and is not so; refused credentials at a gate.
pub fn run(global: &Global, args: &MonitorArgs, ui: &Ui) -> Result<Exit, Error> {
    match watch(global, args, ui) {
        // One document a line, the last one too.
        Err(error) if ui.format() == Format::Json => {
            tell::error_in_stream(ui, &error);
            Ok(error.exit())
        }
        ended => ended,
    }
}

fn watch(global: &Global, args: &MonitorArgs, ui: &Ui) -> Result<Exit, Error> {
    check(global, args)?;
    let system = session::load(global, ui)?;
    let selection = session::selection(&args.component, &system)?;
    session::block_on(async {
        let limits = Limits::of(global, args);
        let screen = ui.has_screen() && ui.format() == Format::Table && !args.once;
        let mut connection = connection(
            global,
            ui,
            system.region.as_deref(),
            system.account.as_deref(),
        );
        connection.attempts = Some(ATTEMPTS);
        if screen {
            // stderr is the same terminal.
            connection.trace = None;
        }
        let clients = Clients::connect(&connection).await?;
        let mut run = Run::new(&clients, &system, &selection, args, limits);
        tokio::select! {
            biased;
            stopped = told_to_stop() => {
                stopped?;
                return run.verdict(&Ended::Left);
            }
            known = run.identify() => known?,
        }
        let ended = match screen {
            true => window::show(&mut run, ui).await?,
            false => stream::tell(&mut run, ui).await?,
        };
        run.verdict(&ended)
    })
}

/// # Errors
/// Options that mean nothing together.
fn check(global: &Global, args: &MonitorArgs) -> Result<(), Error> {
    if global.timeout.is_some() && args.until.is_none() && !args.once {
        return Err(Error::Usage(
            "--timeout: nothing is waited for".to_owned(),
            "give --until as well, or --for to watch for so long".to_owned(),
        ));
    }
    Ok(())
}

/// When the watching is to end, and what that means.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Of `--until` and `--once`: too late.
    deadline: Option<(Instant, Seconds)>,
    /// Of `--for`: it went well.
    end: Option<Instant>,
}

impl Limits {
    fn of(global: &Global, args: &MonitorArgs) -> Limits {
        let is_bounded = args.once || args.until.is_some();
        let deadline = (session::deadline(global), session::timeout(global));
        Limits {
            deadline: is_bounded.then_some(deadline),
            end: args.duration.map(session::in_time),
        }
    }

    /// Returns when it is time.
    async fn passed(self) -> Ended {
        // The command line admits one of them.
        match (self.deadline, self.end) {
            (Some((deadline, timeout)), _) => {
                sleep_until(deadline).await;
                Ended::Late(timeout)
            }
            (None, Some(end)) => {
                sleep_until(end).await;
                Ended::Over
            }
            (None, None) => std::future::pending().await,
        }
    }
}

/// How the watching ended.
#[derive(Debug)]
enum Ended {
    /// The gate has decided.
    Decided,
    /// `--once`: that was all.
    Once,
    /// `--for` is over.
    Over,
    /// `--until`, or the look of `--once`, took too long.
    Late(Seconds),
    /// Somebody left, or nobody reads on.
    Left,
}

/// The watching itself, whoever shows it.
struct Run<'a> {
    clients: &'a Clients,
    system: &'a System,
    sampler: Sampler,
    gate: Gate,
    limits: Limits,
    interval: Duration,
    once: bool,
}

impl<'a> Run<'a> {
    fn new(
        clients: &'a Clients,
        system: &'a System,
        selection: &Selection,
        args: &MonitorArgs,
        limits: Limits,
    ) -> Run<'a> {
        let thresholds = system.monitor.clone();
        let gate = Gate::new(args.until, args.fail_on, thresholds.clone());
        let gate = if args.once { gate.at_once() } else { gate };
        let subject = Subject {
            project: system.project.clone(),
            env: system.env.clone(),
            region: clients.region().to_owned(),
            thresholds,
            interval: args.interval,
            eager: gate.is_set(),
        };
        let watched = |target: &_| selection.takes(target);
        Run {
            clients,
            system,
            sampler: Sampler::new(subject, system.targets(), watched, Instant::now()),
            gate,
            limits,
            interval: args.interval,
            once: args.once,
        }
    }

    /// Nobody watches for long with credentials that were never good; all else may pass by itself.
    async fn identify(&mut self) -> Result<(), Error> {
        match self.sampler.identify(self.clients).await {
            Err(failure) if self.once || failure.kind == FailureKind::Credentials => {
                Err(failure.into())
            }
            _ => self.check_account(),
        }
    }

    fn check_account(&self) -> Result<(), Error> {
        match self.sampler.account() {
            Some(actual) => session::right_account(self.system, actual),
            None => Ok(()),
        }
    }

    /// Whether somebody waits for how it ends.
    fn is_awaited(&self) -> bool {
        self.gate.is_set() || self.limits.end.is_some()
    }

    /// Ticks until it is decided. `show` gets each with the time of the next; false: nobody looks on.
    async fn ticks(
        &mut self,
        mut paused: Receiver<bool>,
        mut show: impl FnMut(&Tick, Instant) -> io::Result<bool>,
    ) -> Result<Ended, Error> {
        loop {
            let now = Moment::now();
            let mut tick = self.sampler.sample(self.clients, now).await;
            self.check_account()?;
            if let (true, Some(refused)) = (self.is_awaited(), self.sampler.refused()) {
                return Err(refused.clone().into());
            }
            if self.gate.is_set() {
                tick.gate = Some(self.gate.see(&tick).clone());
            }
            let next = now.instant + self.interval;
            if !show(&tick, next)? && !self.is_awaited() {
                return Ok(Ended::Left);
            }
            if self.gate.state().passed.is_some() {
                return Ok(Ended::Decided);
            }
            if self.once {
                return Ok(Ended::Once);
            }
            sleep_until(next).await;
            // Its sender lives as long as this runs.
            let _ = paused.wait_for(|paused| !paused).await;
        }
    }

    /// What the way it ended means.
    fn verdict(&self, ended: &Ended) -> Result<Exit, Error> {
        let state = self.gate.state();
        let until = state.until.unwrap_or_default();
        let message = match (ended, state.passed) {
            (Ended::Decided, Some(false)) => {
                format!("--fail-on {}: it is so", state.fail_on.unwrap_or_default())
            }
            (Ended::Once, None) if state.until.is_some() => {
                format!("--until {until}: it is not so")
            }
            (Ended::Once | Ended::Over, None) if !state.because.is_empty() => format!(
                "--fail-on {}: not everything was seen",
                state.fail_on.unwrap_or_default()
            ),
            (Ended::Late(timeout), _) if state.until.is_none() => {
                let message = format!("looking took longer than {timeout}");
                return Err(Failure::new(FailureKind::Timeout, message).into());
            }
            (Ended::Late(timeout), _) => format!("--until {until}: not so within {timeout}"),
            (Ended::Left, _) if self.is_awaited() => return Err(Error::Interrupted),
            _ => return Ok(Exit::Done),
        };
        Err(Error::Unhealthy {
            message,
            because: state.because.clone(),
        })
    }
}
