//! `plan`: what `create` would do.

use crate::cli::{Global, PlanArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::ui::Ui;

use super::session::{self, Session};
use super::tell;

/// # Errors
/// Whatever keeps a plan from being made.
pub fn run(global: &Global, args: &PlanArgs, ui: &Ui) -> Result<Exit, Error> {
    let system = session::load(global, ui)?;
    let selection = session::selection(&args.component, &system)?;
    let plan = session::block_on(session::interruptible(async {
        Session::connect(global, ui, system)
            .await?
            .plan(&selection, args.prune)
            .await
    }))?;
    ui.out(&tell::plan(ui, &plan))?;
    Ok(match args.detailed_exitcode && plan.has_changes() {
        true => Exit::Changes,
        false => Exit::Done,
    })
}
