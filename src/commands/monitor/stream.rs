//! Ticks one after another on stdout: blocks for people, a line each for machines.

use tokio::sync::watch;

use super::{Ended, Run};
use crate::commands::stop::told_to_stop;
use crate::error::Error;
use crate::output::json;
use crate::output::ui::{Format, Ui};
use crate::output::watch::{Look, block};

pub async fn tell(run: &mut Run<'_>, ui: &Ui) -> Result<Ended, Error> {
    let limits = run.limits;
    let (_never, paused) = watch::channel(false);
    let look = Look {
        width: ui.width(),
        height: usize::MAX,
        styles: ui.out_styles(),
        glyphs: ui.glyphs(),
    };
    let ticks = run.ticks(paused, |tick, _| {
        ui.stream(&match ui.format() {
            Format::Json => json::tick_line(tick),
            Format::Table | Format::Markdown => block(tick, &look),
        })
    });
    tokio::select! {
        biased;
        stopped = told_to_stop() => Ok(stopped.map(|()| Ended::Left)?),
        ended = ticks => ended,
        ended = limits.passed() => Ok(ended),
    }
}
