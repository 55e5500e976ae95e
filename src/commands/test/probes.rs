//! `test` on copies: made, used and removed, together with what earlier tests left.

use std::collections::BTreeSet;
use std::path::Path;

use futures_util::future::join;
use tokio::sync::Semaphore;

use crate::checks::journal::{self, Entry, FOLDER, Journal};
use crate::checks::leftovers::{self, Cleared, OLD, Search};
use crate::checks::probe::{self, Mark, Probe};
use crate::checks::run::{Copies, Probing};
use crate::cli::Global;
use crate::commands::session::Session;
use crate::error::Error;
use crate::model::check::{Check, Left, Level, Outcome, TestReport};
use crate::model::id::{ResourceId, Target};
use crate::output::text::escape;
use crate::output::ui::Ui;

use super::read::Reading;
use super::watch::Watch;

/// # Errors
/// A second Ctrl-C, after which copies may be left.
pub async fn run(
    global: &Global,
    ui: &Ui,
    session: &Session,
    reading: &Reading,
    chosen: &[Target],
    report: &mut TestReport,
) -> Result<(), Error> {
    let mark = Mark::new(fastrand::u32(..), &report.project, &leftovers::now());
    let there = there(reading, chosen, report);
    let probes = probe::probes(&mark, &reading.resources, &there, &reading.scope);
    let notes = journal::read(Path::new(FOLDER));
    let journal = note(global, reading, &mark, &probes, report);
    let (copies, watch) = (Copies::default(), Watch::new(ui));
    let probing = Probing {
        clients: &session.clients,
        probes: &probes,
        copies: &copies,
        mark: &mark.text(),
        deadline: session.deadline,
        at_work: Semaphore::new(global.parallelism.into()),
        stop: watch.stop(),
        say: &|event| watch.say(event),
        tell: &|id, check| watch.tell(id, check),
    };
    let search = search(global, session, reading, report, &mark);
    let work = async {
        // What earlier tests left can wait for the next one.
        let clear = async {
            tokio::select! {
                cleared = search.clear(notes) => cleared,
                () = watch.stopped() => Cleared::default(),
            }
        };
        let ((), cleared) = join(probing.run(), clear).await;
        (cleared, probing.clear().await)
    };
    let Some((cleared, left)) = watch.over(work).await else {
        ui.error(&abandoned(&copies.all()));
        return Err(Error::Abandoned);
    };
    // What is left stays noted, for the next test.
    if let (Some(journal), true) = (journal, left.is_empty()) {
        journal.finish();
    }
    enter(&watch, cleared, left, report);
    Ok(())
}

fn search<'a>(
    global: &Global,
    session: &'a Session,
    reading: &'a Reading,
    report: &TestReport,
    mark: &'a Mark,
) -> Search<'a> {
    Search {
        clients: &session.clients,
        scope: &reading.scope,
        endpoint: endpoint(global),
        project: report.project.clone(),
        older_than: OLD,
        own: Some(&mark.id),
    }
}

/// What is not there needs no copy: that it is missing is said already.
fn there(reading: &Reading, chosen: &[Target], report: &mut TestReport) -> BTreeSet<ResourceId> {
    let ids = chosen.iter().map(|target| target.id.clone());
    let (there, missing): (BTreeSet<_>, BTreeSet<_>) =
        ids.partition(|id| reading.live.contains_key(id));
    for tested in &mut report.resources {
        if missing.contains(&tested.id) {
            let why = "it does not exist".to_owned();
            let skip = Check::new(Level::Probe, "copy", Outcome::Skip { why });
            tested.checks.push(skip);
        }
    }
    there
}

/// Without the note a killed test is cleared up an hour later, by its tags.
fn note(
    global: &Global,
    reading: &Reading,
    mark: &Mark,
    probes: &[Probe],
    report: &mut TestReport,
) -> Option<Journal> {
    if probes.is_empty() {
        return None;
    }
    let entry = Entry {
        id: mark.id.clone(),
        scope: reading.scope.clone(),
        endpoint: endpoint(global),
        copies: probes.iter().flat_map(Probe::copies).collect(),
    };
    let journal = Journal::begin(Path::new(FOLDER), entry);
    let failed = |error| {
        let note = format!(
            "{FOLDER} could not be written ({error}): had this test been killed, its copies would have stayed for an hour"
        );
        report.notes.push(note);
    };
    journal.map_err(failed).ok()
}

/// Where calls go, as a note of a test says it.
pub fn endpoint(global: &Global) -> String {
    match &global.endpoint_url {
        _ if global.local => "local".to_owned(),
        Some(url) => url.clone(),
        None => "aws".to_owned(),
    }
}

/// What a second Ctrl-C leaves.
fn abandoned(copies: &[ResourceId]) -> String {
    let lines = copies
        .iter()
        .map(|copy| format!("left: {}\n", escape(&copy.to_string())));
    lines.collect()
}

fn enter(watch: &Watch, cleared: Cleared, left: Vec<Left>, report: &mut TestReport) {
    super::enter(watch, report);
    report.removed = cleared.removed;
    report.left = cleared.left;
    report.left.extend(left);
    report.notes.extend(
        cleared
            .unseen
            .map(|failure| format!("not looked for what tests on other machines left: {failure}")),
    );
}
