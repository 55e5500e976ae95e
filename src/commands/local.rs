//! `local`: the embedded AWS as a thing of its own.

mod clock;
mod reset;
mod serve;
mod status;

use std::path::Path;

use crate::cli::{DEFAULT_MANIFEST, Global, LocalCommand};
use crate::error::Error;
use crate::exit::Exit;
use crate::local::options::Options;
use crate::local::store::Store;
use crate::manifest;
use crate::model::failure::{Failure, FailureKind};
use crate::output::ui::Ui;

/// # Errors
/// The state or the port cannot be used, or nobody said yes.
pub fn run(global: &Global, command: &LocalCommand, ui: &Ui) -> Result<Exit, Error> {
    match command {
        LocalCommand::Serve(args) => serve::run(global, args, ui),
        LocalCommand::Status => status::run(ui),
        LocalCommand::Clock(args) => clock::run(args, ui),
        LocalCommand::Reset(args) => reset::run(args, ui),
    }
}

fn options(account: Option<String>) -> Result<Options, Error> {
    // The reason names the variable.
    Options::from_env(account).map_err(|why| Error::Failure(failure(why)))
}

fn open(dir: &Path) -> Result<Store, Error> {
    Store::open(dir).map_err(failed)
}

fn failed(why: impl std::fmt::Display) -> Error {
    Error::Failure(
        failure(why)
            .with_hint("SHOPCTL_LOCAL_DIR names the folder of its state (default .shopctl/local)"),
    )
}

fn failure(why: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Other, format!("local mode: {why}"))
}

/// What the manifest says of account and region, where there is one: the same as `--local` goes by.
fn declared(global: &Global) -> Result<(Option<String>, Option<String>), Error> {
    if global.manifest == Path::new(DEFAULT_MANIFEST) && !global.manifest.exists() {
        return Ok((None, None));
    }
    let (system, _) = manifest::load(&global.manifest, global.env.as_deref())?;
    Ok((system.account, system.region))
}
