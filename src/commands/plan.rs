//! `plan`: what `create` would do.

use std::path::Path;

use crate::cli::{Global, PlanArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::json;
use crate::output::ui::Ui;

use super::out::Out;
use super::session::{self, Session};
use super::tell;

/// # Errors
/// Whatever keeps a plan from being made.
pub fn run(global: &Global, args: &PlanArgs, ui: &Ui) -> Result<Exit, Error> {
    let out = args.out.as_deref();
    if out == Some(Path::new("-")) {
        return Err(Error::Usage(
            "--out: `-` is no file".to_owned(),
            "give a file, or write the plan to stdout with -o json".to_owned(),
        ));
    }
    let system = session::load(global, ui)?;
    let selection = session::selection(&args.component, &system)?;
    let draft = out.map(|path| Out::begin("--out", path)).transpose()?;
    let plan = session::block_on(session::interruptible(async {
        Session::connect(
            global,
            ui,
            system.region.as_deref(),
            system.account.as_deref(),
        )
        .await?
        .plan(&system, &selection, args.prune)
        .await
    }))?;
    if let Some(draft) = draft {
        draft.finish(&json::plan_document(&plan))?;
    }
    ui.out(&tell::plan(ui, &plan))?;
    if let Some(path) = out {
        tell::saved(ui, global, &plan, path);
    }
    Ok(match args.detailed_exitcode && plan.has_changes() {
        true => Exit::Changes,
        false => Exit::Done,
    })
}
