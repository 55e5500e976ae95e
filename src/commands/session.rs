//! From the command line to a plan: load, connect, read, compare.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use tokio::time::Instant;

use crate::aws::clients::{Clients, Connection};
use crate::aws::poll::{self, Look, Rhythm, SystemClock};
use crate::aws::transport::{Exchange, Trace};
use crate::cli::Global;
use crate::error::{Declarer, Error};
use crate::manifest::{self, System};
use crate::model::failure::{Failure, FailureKind};
use crate::model::id::{ComponentName, ResourceId, Target};
use crate::model::plan::Plan;
use crate::model::units::Seconds;
use crate::output::ui::Ui;
use crate::reconcile::orphans;
use crate::reconcile::plan::{Context, Selection, plan};
use crate::reconcile::read::{Reading, complete, confirm, read};
use crate::reconcile::removal;
use crate::resources::kinds::Live;
use crate::resources::owned::Bulk;

use super::stop::told_to_stop;
use super::tell;

/// As far ahead as a clock can surely count: a century and more.
const FOREVER: u64 = u32::MAX as u64;
/// Of a command without `--timeout`.
const TIMEOUT: Seconds = Seconds(30 * 60);

/// A connected run.
pub struct Session {
    pub clients: Clients,
    pub deadline: Instant,
}

/// The manifest, its warnings told.
///
/// # Errors
/// It cannot be read, is wrong, or needs `--env`; or the connection that is asked for makes no sense.
pub fn load(global: &Global, ui: &Ui) -> Result<System, Error> {
    check(global)?;
    let (system, warnings) = manifest::load(&global.manifest, global.env.as_deref())?;
    tell::warnings(ui, &warnings, &system.source);
    Ok(system)
}

/// # Errors
/// The connection that is asked for makes no sense.
pub fn check(global: &Global) -> Result<(), Error> {
    // Not clap's to find: it counts SHOPCTL_LOCAL as given even where that says no.
    if global.local && global.endpoint_url.is_some() {
        return Err(Error::Usage(
            "--endpoint-url does not go with --local (or SHOPCTL_LOCAL)".to_owned(),
            "leave one of them out".to_owned(),
        ));
    }
    if let Some(url) = &global.endpoint_url
        && !is_address(url)
    {
        return Err(Error::Usage(
            format!("--endpoint-url: `{url}` is not an address"),
            "write one such as http://localhost:4566".to_owned(),
        ));
    }
    match &global.region {
        Some(region) if !manifest::is_region(region) => Err(Error::Usage(
            format!("--region: `{region}` is not a region"),
            "write one such as us-east-1".to_owned(),
        )),
        _ => Ok(()),
    }
}

fn is_address(url: &str) -> bool {
    let host = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    host.is_some_and(|host| !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// Runs the part of a command that talks to AWS. Nothing before it needs a runtime.
///
/// # Errors
/// What the future fails with.
pub fn block_on<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    // One thread: the work is waiting, and threads would only cost start-up time.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(future);
    // A prompt may still hold a blocking thread that waits for a line nobody will type.
    runtime.shutdown_background();
    result
}

/// Before anything is written Ctrl-C ends a command at once.
///
/// # Errors
/// What the future fails with, or [`Error::Interrupted`].
pub async fn interruptible<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::select! {
        result = future => result,
        _ = told_to_stop() => Err(Error::Interrupted),
    }
}

/// How to reach AWS: region and account are those of a manifest or a saved plan; `--region` comes first.
pub fn connection(
    global: &Global,
    ui: &Ui,
    region: Option<&str>,
    account: Option<&str>,
) -> Connection {
    let region = global.region.as_deref().or(region);
    Connection {
        profile: global.profile.clone(),
        region: region.map(str::to_owned),
        endpoint_url: global.endpoint_url.clone(),
        local: global.local,
        account: account.map(str::to_owned),
        parallelism: global.parallelism.into(),
        attempts: None,
        trace: (ui.verbosity() > 1).then(|| trace(ui)),
    }
}

/// How long a command may take.
pub fn timeout(global: &Global) -> Seconds {
    global.timeout.unwrap_or(TIMEOUT)
}

/// When a command that began now has to be done.
pub fn deadline(global: &Global) -> Instant {
    in_time(timeout(global))
}

/// So long from now.
pub fn in_time(time: Seconds) -> Instant {
    Instant::now() + Duration::from_secs(time.0.min(FOREVER))
}

impl Session {
    /// Region and account are those of a manifest or a saved plan; `--region` comes first.
    ///
    /// # Errors
    /// No region, or the local state cannot be used.
    pub async fn connect(
        global: &Global,
        ui: &Ui,
        region: Option<&str>,
        account: Option<&str>,
    ) -> Result<Session, Error> {
        let connection = connection(global, ui, region, account);
        Ok(Session {
            deadline: deadline(global),
            clients: Clients::connect(&connection).await?,
        })
    }

    /// `prune`: what the manifest no longer names is to go.
    ///
    /// # Errors
    /// A read that failed, the wrong account, a dependency outside the selection that is missing, or the
    /// deadline.
    pub async fn plan(
        &self,
        system: &System,
        selection: &Selection,
        prune: bool,
    ) -> Result<Plan, Error> {
        self.in_time(self.planned(system, selection, prune)).await?
    }

    async fn planned(
        &self,
        system: &System,
        selection: &Selection,
        prune: bool,
    ) -> Result<Plan, Error> {
        let clients = &self.clients;
        let targets = needed(system.targets(), selection);
        let env = system.env.as_deref();
        let bulk = Bulk::of(clients.tagging(), &system.project);
        let orphans = orphans::read(
            clients,
            &system.project,
            env,
            system.targets(),
            selection,
            &bulk,
        );
        let (reading, orphans) = join(self.read_again(&targets, &bulk), orphans).await;
        let Reading { scope, live } = reading?;
        right_account(system, &scope.account)?;
        let mut live = live?;
        let resources = system.resources(&scope);
        let context = Context {
            project: system.project.clone(),
            env: system.env.clone(),
            scope,
        };
        let compare = |live: &BTreeMap<ResourceId, Live>| {
            plan(&context, &resources, live, selection).map_err(Error::MissingDependencies)
        };
        let mut plan = compare(&live)?;
        let touched = plan.touched();
        if self.confirm(&targets, &touched, &mut live, &bulk).await? {
            plan = compare(&live)?;
        }
        let completed = self.unthrottled(async || complete(clients, &plan, &mut live).await);
        if completed.await? {
            plan = compare(&live)?;
        }
        if let (true, Some(failure)) = (prune, &orphans.unseen) {
            let hint =
                "pruning needs tag:GetResources: allow it and try again, or leave out --prune";
            return Err(failure.clone().with_hint(hint).into());
        }
        orphans::enter(orphans, prune, &mut plan);
        let held = removal::read(clients, &plan).await;
        removal::weigh(&mut plan, &held);
        Ok(plan)
    }

    /// Reads what is there. Tags of resources that are `touched` are asked for, those of others are had in bulk.
    ///
    /// # Errors
    /// Nobody knows who we are, or the deadline.
    pub async fn read(
        &self,
        project: &str,
        targets: &[Target],
        touched: &BTreeSet<ResourceId>,
    ) -> Result<Reading, Error> {
        let bulk = Bulk::of(self.clients.tagging(), project);
        let reading = async {
            let mut reading = self.read_again(targets, &bulk).await?;
            if let Ok(live) = &mut reading.live {
                self.confirm(targets, touched, live, &bulk).await?;
            }
            Ok::<_, Failure>(reading)
        };
        Ok(self.in_time(reading).await??)
    }

    async fn in_time<T>(&self, reading: impl Future<Output = T>) -> Result<T, Failure> {
        let late = |_| {
            Failure::new(
                FailureKind::Timeout,
                "reading AWS took longer than --timeout",
            )
            .with_hint("give it longer, or check the network and --endpoint-url")
        };
        tokio::time::timeout_at(self.deadline, reading)
            .await
            .map_err(late)
    }

    async fn read_again(&self, targets: &[Target], bulk: &Bulk<'_>) -> Result<Reading, Failure> {
        self.unthrottled(async || match read(&self.clients, targets, bulk).await {
            Ok(Reading {
                live: Err(failure), ..
            }) if failure.kind == FailureKind::Throttled => Err(failure),
            reading => reading,
        })
        .await
    }

    async fn confirm(
        &self,
        targets: &[Target],
        touched: &BTreeSet<ResourceId>,
        live: &mut BTreeMap<ResourceId, Live>,
        bulk: &Bulk<'_>,
    ) -> Result<bool, Failure> {
        let clients = &self.clients;
        self.unthrottled(async || confirm(clients, targets, touched, live, bulk).await)
            .await
    }

    /// Reads again for as long as AWS asks for fewer calls.
    async fn unthrottled<T>(
        &self,
        mut read: impl AsyncFnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let quiet = |_: &str, _: Option<Duration>| ();
        poll::until(
            &SystemClock,
            Rhythm::SLOW,
            self.deadline,
            quiet,
            async || match read().await {
                Err(failure) if failure.kind == FailureKind::Throttled => {
                    Ok(Look::pending(failure.to_string()))
                }
                read => read.map(Look::Ready),
            },
        )
        .await
    }

    /// The time that a person took to answer is not the command's.
    pub fn resume_after(&mut self, pause: Duration) {
        self.deadline += pause;
    }
}

/// # Errors
/// The manifest declares another account.
pub fn right_account(system: &System, actual: &str) -> Result<(), Error> {
    match &system.account {
        Some(declared) if declared != actual => Err(Error::WrongAccount {
            by: Declarer::Manifest,
            declared: declared.clone(),
            actual: actual.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// What a run has to look at: the selection, and what it refers to.
fn needed(targets: &[Target], selection: &Selection) -> Vec<Target> {
    let selected = targets.iter().filter(|target| selection.takes(target));
    let referred: BTreeSet<_> = selected.flat_map(|target| &target.depends_on).collect();
    targets
        .iter()
        .filter(|target| selection.takes(target) || referred.contains(&target.id))
        .cloned()
        .collect()
}

/// The components that were asked for; none: everything.
///
/// # Errors
/// A name that no resource of the manifest bears.
pub fn selection(names: &[String], system: &System) -> Result<Selection, Error> {
    if names.is_empty() {
        return Ok(Selection::All);
    }
    let known = system.components();
    let mut chosen = Vec::new();
    for name in names {
        let component = ComponentName::new(name);
        if !known.contains(&component) {
            let all: Vec<_> = known.iter().map(ComponentName::as_str).collect();
            let hint = manifest::did_you_mean(component.as_str(), all);
            let message = format!("no component is called `{name}`");
            return Err(Error::Usage(message, hint.unwrap_or_default()));
        }
        chosen.push(component);
    }
    Ok(Selection::Components(chosen))
}

fn trace(ui: &Ui) -> Trace {
    let ui = ui.clone();
    Arc::new(move |exchange: &Exchange| {
        let status = exchange
            .status
            .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        ui.err(&format!(
            "{} {status} {} ms\n",
            exchange.target,
            exchange.elapsed.as_millis()
        ));
    })
}
