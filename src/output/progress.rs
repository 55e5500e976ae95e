//! What a run is doing, on stderr: drawn in place for a terminal, plain lines for a log, nothing for `-q`.

mod bars;
mod board;
mod lines;

use std::time::Duration;

use bars::Bars;
use lines::Lines;

use super::style::Styles;
use super::text::{count, duration};
use crate::model::event::Event;

/// How often `Progress::tick` wants to be called.
pub const TICK: Duration = Duration::from_millis(100);

pub enum Progress {
    Bars(Bars),
    Lines(Lines),
    Silent,
}

impl Progress {
    pub fn bars(styles: Styles) -> Self {
        Progress::Bars(Bars::new(styles))
    }

    pub fn lines(verbose: bool) -> Self {
        Progress::Lines(Lines::new(verbose))
    }

    pub fn on(&mut self, event: &Event) {
        match self {
            Progress::Bars(bars) => bars.on(event),
            Progress::Lines(lines) => lines.on(event),
            Progress::Silent => {}
        }
    }

    /// Moves spinners, clocks and countdowns on. Whoever drains the events calls it, so no thread of ours
    /// can outlive the run.
    pub fn tick(&mut self) {
        if let Progress::Bars(bars) = self {
            bars.draw();
        }
    }

    /// Clears what was drawn in place. Dropping does it too.
    pub fn finish(&mut self) {
        if let Progress::Bars(bars) = self {
            bars.clear();
        }
    }
}

/// What an event says that stays worth reading after the run.
fn sentence(event: &Event) -> Option<String> {
    match event {
        Event::Done { id, verb, elapsed } => {
            Some(format!("{} {id} ({})", verb.done(), duration(*elapsed)))
        }
        Event::Failed {
            id,
            verb,
            failure,
            elapsed,
        } => Some(format!(
            "failed to {} {id}: {failure} ({})",
            verb.name(),
            duration(*elapsed)
        )),
        Event::Skipped { id, why, .. } => Some(format!("skipped {id}: {why}")),
        Event::Interrupted { running: 0 } => Some("stopping: no action is running".to_owned()),
        Event::Interrupted { running } => {
            let actions = match running {
                1 => "1 running action finishes".to_owned(),
                n => format!("{n} running actions finish"),
            };
            Some(format!(
                "stopping: {actions}; press Ctrl-C again to quit at once"
            ))
        }
        Event::Tested {
            id,
            counts,
            elapsed,
        } => {
            let what = match counts.failed {
                0 => "tested".to_owned(),
                failed => format!("{} failed of", count(failed, "check")),
            };
            Some(format!("{what} {id} ({})", duration(*elapsed)))
        }
        Event::Clearing {
            copies,
            interrupted,
        } => {
            let what = match copies {
                1 => "removing 1 copy".to_owned(),
                copies => format!("removing {copies} copies"),
            };
            Some(match interrupted {
                true => format!("stopping: {what}; press Ctrl-C again to leave them there"),
                false => what,
            })
        }
        Event::Copied { id, copy } => Some(format!("kept of {id}: {copy}")),
        Event::Planned { .. }
        | Event::Started { .. }
        | Event::Testing { .. }
        | Event::Step { .. }
        | Event::Waiting { .. }
        | Event::Applied { .. }
        | Event::Finished { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interruption_says_what_still_runs() {
        for (running, said) in [
            (0, "stopping: no action is running"),
            (
                1,
                "stopping: 1 running action finishes; press Ctrl-C again to quit at once",
            ),
            (
                3,
                "stopping: 3 running actions finish; press Ctrl-C again to quit at once",
            ),
        ] {
            assert_eq!(
                sentence(&Event::Interrupted { running }).as_deref(),
                Some(said)
            );
        }
    }
}
