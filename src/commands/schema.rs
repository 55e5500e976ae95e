//! `schema`: the JSON Schema of the manifest.

use crate::error::Error;
use crate::exit::Exit;
use crate::manifest;
use crate::output::ui::Ui;

/// # Errors
/// stdout cannot be written.
pub fn run(ui: &Ui) -> Result<Exit, Error> {
    ui.out(&format!("{:#}\n", manifest::schema()))?;
    Ok(Exit::Done)
}
