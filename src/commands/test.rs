//! `test`: proves that what was created works.

mod read;

use std::time::Instant;

use wildmatch::WildMatch;

use crate::cli::{Global, TestArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::manifest::System;
use crate::model::check::{SCHEMA_VERSION, TestReport, Tested, millis};
use crate::model::id::Target;
use crate::output::ui::Ui;
use crate::reconcile::plan::Selection;

use super::session::{self, Session};
use super::tell;
use read::Reading;

/// # Errors
/// Whatever keeps the checks from being made.
pub fn run(global: &Global, args: &TestArgs, ui: &Ui) -> Result<Exit, Error> {
    let system = session::load(global, ui)?;
    let selection = session::selection(&args.component, &system)?;
    let chosen = chosen(&system, &selection, args.only.as_deref())?;
    let report = session::block_on(async {
        let start = Instant::now();
        let (region, account) = (system.region.as_deref(), system.account.as_deref());
        let session = Session::connect(global, ui, region, account).await?;
        let reading = session::interruptible(read::read(&session, &system, &chosen)).await?;
        let mut report = report(&system, &chosen, reading);
        report.elapsed_ms = millis(start.elapsed());
        Ok(report)
    })?;
    ui.out(&tell::tested(ui, &report))?;
    Ok(exit(&report))
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

fn report(system: &System, chosen: &[Target], reading: Reading) -> TestReport {
    let mut checks = reading.checks;
    let resources = chosen.iter().map(|target| Tested {
        id: target.id.clone(),
        name: target.name.clone(),
        checks: checks.remove(&target.id).unwrap_or_default(),
        elapsed_ms: millis(reading.elapsed),
    });
    TestReport {
        schema_version: SCHEMA_VERSION,
        project: system.project.clone(),
        env: system.env.clone(),
        scope: reading.scope,
        resources: resources.collect(),
        removed: Vec::new(),
        left: Vec::new(),
        notes: Vec::new(),
        interrupted: false,
        elapsed_ms: 0,
    }
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
