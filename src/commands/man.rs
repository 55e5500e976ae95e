//! `man`: the manual page.

use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::ui::Ui;

/// # Errors
/// stdout cannot be written.
pub fn run(ui: &Ui) -> Result<Exit, Error> {
    let mut page = Vec::new();
    Man::new(Cli::command()).render(&mut page)?;
    ui.out(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}
