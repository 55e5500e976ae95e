//! `test --clean`: removes the copies that earlier tests left, and nothing else.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::checks::journal::{self, FOLDER};
use crate::checks::leftovers::Search;
use crate::cli::{Global, TestArgs};
use crate::commands::session::{self, Session};
use crate::commands::tell;
use crate::error::{self, Error};
use crate::exit::Exit;
use crate::model::check::millis;
use crate::output::ui::Ui;

use super::probes::endpoint;

/// # Errors
/// Nobody knows who we are, or Ctrl-C.
pub fn run(global: &Global, args: &TestArgs, ui: &Ui) -> Result<Exit, Error> {
    let system = session::load(global, ui)?;
    let start = Instant::now();
    let (scope, cleared) = session::block_on(session::interruptible(async {
        let (region, account) = (system.region.as_deref(), system.account.as_deref());
        let session = Session::connect(global, ui, region, account).await?;
        let scope = session.clients.scope().await?;
        session::right_account(&system, &scope.account)?;
        let search = Search {
            clients: &session.clients,
            scope: &scope,
            endpoint: endpoint(global),
            project: system.project.clone(),
            older_than: Duration::from_secs(args.older_than.0),
            own: None,
        };
        let cleared = search.clear(journal::read(Path::new(FOLDER))).await;
        Ok((scope, cleared))
    }))?;
    let mut report = super::empty(&system, scope);
    report.removed = cleared.removed;
    report.left = cleared.left;
    let unseen = cleared.unseen;
    report.notes.extend(
        unseen
            .as_ref()
            .map(|failure| format!("only what is noted on this machine was looked for: {failure}")),
    );
    report.elapsed_ms = millis(start.elapsed());
    ui.out(&tell::cleaned(ui, &report))?;
    Ok(match unseen {
        Some(failure) => error::of_failure(failure.kind),
        None => super::exit(&report),
    })
}
