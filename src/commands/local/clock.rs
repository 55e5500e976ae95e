//! `local clock`: lets time pass.

use std::time::Duration;

use aws_smithy_types::date_time::{DateTime, Format as DateFormat};
use serde_json::{Value, json};

use super::{failed, open, options};
use crate::cli::ClockArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::local::clock::{Change, Clock};
use crate::output::text::duration;
use crate::output::ui::{Format, Ui};

pub fn run(args: &ClockArgs, ui: &Ui) -> Result<Exit, Error> {
    let change: Option<Change> = match args.change.as_slice() {
        [] => None,
        words => Some(words.join(" ").parse().map_err(|why| {
            Error::Usage(
                format!("local clock: {why}"),
                "shopctl local clock +4d".to_owned(),
            )
        })?),
    };
    let store = open(&options(None)?.dir)?;
    let clock = match change {
        Some(change) => Clock::set(&store, change),
        None => Clock::of(&store),
    };
    let clock = clock.map_err(failed)?;
    ui.out(&match ui.format() {
        Format::Json => {
            let mut shown = document(clock);
            shown["schema_version"] = 1.into();
            format!("{shown:#}\n")
        }
        _ => format!("{}\n", told(clock)),
    })?;
    Ok(Exit::Done)
}

/// A sentence.
pub fn told(clock: Clock) -> String {
    let lead = Duration::from_millis(clock.lead().unsigned_abs());
    let speed = clock.speed();
    match (lead.as_secs() > 0, speed == 1.0) {
        (false, true) => "Its clock is the machine's.".to_owned(),
        (true, true) => format!(
            "Its clock shows {}, {} ahead.",
            shown(clock),
            duration(lead)
        ),
        (_, false) => format!(
            "Its clock shows {}, {} ahead, and runs {speed} times as fast.",
            shown(clock),
            duration(lead)
        ),
    }
}

pub fn document(clock: Clock) -> Value {
    json!({
        "time": shown(clock),
        "ahead_ms": clock.lead(),
        "speed": clock.speed(),
    })
}

fn shown(clock: Clock) -> String {
    let seconds = clock.now() / 1_000;
    let text = DateTime::from_secs(seconds).fmt(DateFormat::DateTime);
    text.unwrap_or_else(|_| seconds.to_string())
}
