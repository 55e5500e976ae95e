//! `test`: proves that what was created works.

mod clean;
mod probes;
mod read;
mod rounds;
mod watch;

use std::time::Instant;

use wildmatch::WildMatch;

use crate::cli::{Global, TestArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::manifest::System;
use crate::model::check::{SCHEMA_VERSION, TestReport, Tested, millis};
use crate::model::id::Target;
use crate::model::scope::Scope;
use crate::output::junit;
use crate::output::ui::Ui;
use crate::reconcile::plan::Selection;

use super::out::Out;
use super::session::{self, Session};
use super::tell;
use read::Reading;
use watch::Watch;

/// # Errors
/// Whatever keeps the checks from being made.
pub fn run(global: &Global, args: &TestArgs, ui: &Ui) -> Result<Exit, Error> {
    if args.clean {
        return clean::run(global, args, ui);
    }
    let system = session::load(global, ui)?;
    let selection = session::selection(&args.component, &system)?;
    let chosen = chosen(&system, &selection, args.only.as_deref())?;
    let junit = args.junit.as_deref();
    let junit = junit.map(|path| Out::begin("--junit", path)).transpose()?;
    let report = session::block_on(test(global, args, ui, &system, &chosen))?;
    if let Some(junit) = junit {
        junit.finish(&junit::document(&report)?)?;
    }
    ui.out(&tell::tested(ui, &report))?;
    Ok(exit(&report))
}

async fn test(
    global: &Global,
    args: &TestArgs,
    ui: &Ui,
    system: &System,
    chosen: &[Target],
) -> Result<TestReport, Error> {
    let start = Instant::now();
    let (session, reading) = session::interruptible(async {
        let (region, account) = (system.region.as_deref(), system.account.as_deref());
        let session = Session::connect(global, ui, region, account).await?;
        let reading = read::read(&session, system, chosen).await?;
        Ok((session, reading))
    })
    .await?;
    let mut report = report(system, chosen, &reading);
    if args.live {
        rounds::run(global, ui, &session, &reading, chosen, &mut report).await?;
    } else if !args.config {
        probes::run(global, ui, &session, &reading, chosen, &mut report).await?;
    }
    report.elapsed_ms = millis(start.elapsed());
    Ok(report)
}

/// # Errors
/// Nothing of the selection matches.
fn chosen(
    system: &System,
    selection: &Selection,
    only: Option<&str>,
) -> Result<Vec<Target>, Error> {
    let selected = system.targets().iter().filter(|it| selection.takes(it));
    let Some(glob) = only else {
        return Ok(selected.cloned().collect());
    };
    let pattern = WildMatch::new(glob);
    let matches = |target: &&Target| {
        let id = target.id.to_string();
        [id.as_str(), &target.id.key, &target.name]
            .iter()
            .any(|text| pattern.matches(text))
    };
    let chosen: Vec<_> = selected.filter(matches).cloned().collect();
    match chosen.is_empty() {
        false => Ok(chosen),
        true => Err(Error::Usage(
            format!("--only {glob}: no resource that is selected matches"),
            "match queue/KEY, KEY or the name on AWS, with * and ?".to_owned(),
        )),
    }
}

fn report(system: &System, chosen: &[Target], reading: &Reading) -> TestReport {
    let resources = chosen.iter().map(|target| Tested {
        id: target.id.clone(),
        name: target.name.clone(),
        checks: reading.checks.get(&target.id).cloned().unwrap_or_default(),
        elapsed_ms: millis(reading.elapsed),
    });
    TestReport {
        resources: resources.collect(),
        ..empty(system, reading.scope.clone())
    }
}

fn empty(system: &System, scope: Scope) -> TestReport {
    TestReport {
        schema_version: SCHEMA_VERSION,
        project: system.project.clone(),
        env: system.env.clone(),
        scope,
        resources: Vec::new(),
        removed: Vec::new(),
        left: Vec::new(),
        notes: Vec::new(),
        interrupted: false,
        elapsed_ms: 0,
    }
}

/// Adds what was told while the test ran.
fn enter(watch: &Watch, report: &mut TestReport) {
    let mut checks = watch.checks.borrow_mut();
    let elapsed = watch.elapsed.borrow();
    for tested in &mut report.resources {
        tested
            .checks
            .extend(checks.remove(&tested.id).unwrap_or_default());
        tested.elapsed_ms += elapsed.get(&tested.id).copied().map_or(0, millis);
    }
    report.interrupted = watch.is_stopped();
}

fn exit(report: &TestReport) -> Exit {
    if report.interrupted {
        Exit::Interrupted
    } else if report.is_denied() {
        Exit::Credentials
    } else if report.counts().failed > 0 {
        Exit::Unhealthy
    } else if !report.left.is_empty() {
        Exit::Failed
    } else {
        Exit::Done
    }
}
