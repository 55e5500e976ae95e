//! `local reset`: everything in the state goes.

use super::status::summary;
use super::{failed, open, options};
use crate::cli::ResetArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::local::census::{census, reset};
use crate::output::text::escape;
use crate::output::ui::{Format, Ui};

pub fn run(args: &ResetArgs, ui: &Ui) -> Result<Exit, Error> {
    let dir = options(None)?.dir;
    let shown = escape(&dir.display().to_string()).into_owned();
    if !dir.exists() {
        return told(ui, &format!("There is no local AWS in {shown}."));
    }
    let store = open(&dir)?;
    let holds = summary(&census(&store).map_err(failed)?);
    if !args.yes {
        let question = format!("Delete everything in {shown}: {holds}?");
        match ui.confirm(&question) {
            Some(true) => {}
            answer => {
                return Err(Error::NotConfirmed {
                    asked: answer.is_some(),
                });
            }
        }
    }
    reset(&store).map_err(failed)?;
    told(ui, &format!("Deleted from {shown}: {holds}."))
}

fn told(ui: &Ui, text: &str) -> Result<Exit, Error> {
    ui.out(&match ui.format() {
        Format::Json => format!(
            "{:#}\n",
            serde_json::json!({"schema_version": 1, "message": text})
        ),
        _ => format!("{text}\n"),
    })?;
    Ok(Exit::Done)
}
