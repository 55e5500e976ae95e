//! What is in flight and how far the run is, as lines. Pure: time and size are given.

use std::time::Instant;

use crate::model::event::Event;
use crate::model::id::ResourceId;
use crate::model::plan::Verb;
use crate::output::text::{countdown, cut, duration, escape, pad, width};

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const SPINNER_STEP_MILLIS: u128 = 100;
const BAR_COLUMNS: usize = 24;
/// Below this, long names give way to what is being waited for.
const NAME_COLUMNS: usize = 44;

pub struct Board {
    begun: Instant,
    total: usize,
    done: usize,
    failed: usize,
    skipped: usize,
    /// In the order of their beginning.
    flights: Vec<Flight>,
}

struct Flight {
    id: ResourceId,
    verb: Verb,
    begun: Instant,
    doing: String,
    until: Option<Instant>,
}

impl Board {
    pub fn new(now: Instant) -> Self {
        Board {
            begun: now,
            total: 0,
            done: 0,
            failed: 0,
            skipped: 0,
            flights: Vec::new(),
        }
    }

    pub fn on(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Planned { actions } => self.total = *actions,
            Event::Started { id, verb } => self.flights.push(Flight {
                id: id.clone(),
                verb: *verb,
                begun: now,
                doing: String::new(),
                until: None,
            }),
            Event::Step { id, what } => self.set(id, what, None),
            Event::Waiting { id, why, left } => {
                self.set(id, why, left.and_then(|left| now.checked_add(left)));
            }
            Event::Applied { id, .. } => self.set(id, "reading back", None),
            Event::Done { id, .. } => {
                self.land(id);
                self.done += 1;
            }
            Event::Failed { id, .. } => {
                self.land(id);
                self.failed += 1;
            }
            Event::Skipped { id, .. } => {
                self.land(id);
                self.skipped += 1;
            }
            Event::Interrupted { .. } | Event::Finished { .. } => {}
        }
    }

    fn set(&mut self, id: &ResourceId, doing: &str, until: Option<Instant>) {
        if let Some(flight) = self.flights.iter_mut().find(|flight| flight.id == *id) {
            doing.clone_into(&mut flight.doing);
            flight.until = until;
        }
    }

    fn land(&mut self, id: &ResourceId) {
        self.flights.retain(|flight| flight.id != *id);
    }

    /// At most `rows` lines of at most `columns`: the oldest flights, how many more there are, the total.
    pub fn view(&self, now: Instant, columns: usize, rows: usize) -> Vec<String> {
        let room = rows.saturating_sub(1).max(1);
        let shown = if self.flights.len() > room {
            room.saturating_sub(1).max(1)
        } else {
            self.flights.len()
        };
        let flights = &self.flights[..shown];
        let names: Vec<_> = flights.iter().map(Flight::name).collect();
        let name_columns = names.iter().map(|name| width(name)).max().unwrap_or(0);
        let name_columns = name_columns.min(NAME_COLUMNS.min(columns / 2));
        let mut lines: Vec<_> = flights
            .iter()
            .zip(&names)
            .map(|(flight, name)| flight.line(name, name_columns, columns, now))
            .collect();
        if self.flights.len() > shown {
            lines.push(format!("+ {} more", self.flights.len() - shown));
        }
        lines.push(cut(&self.total_line(now), columns).into_owned());
        lines
    }

    fn total_line(&self, now: Instant) -> String {
        let over = self.done + self.failed + self.skipped;
        let filled = (over * BAR_COLUMNS)
            .checked_div(self.total)
            .unwrap_or(0)
            .min(BAR_COLUMNS);
        let mut line = format!(
            "{}{} {over}/{}",
            "━".repeat(filled),
            "╌".repeat(BAR_COLUMNS - filled),
            self.total
        );
        for (number, what) in [(self.failed, "failed"), (self.skipped, "skipped")] {
            if number > 0 {
                line.push_str(&format!(" · {number} {what}"));
            }
        }
        line.push_str(&format!(" · {}", clock(now, self.begun)));
        line
    }
}

impl Flight {
    fn name(&self) -> String {
        escape(&format!("{} {}", self.verb.name(), self.id)).into_owned()
    }

    /// The name and the clock keep their columns; what is being done gets the rest.
    fn line(&self, name: &str, name_columns: usize, columns: usize, now: Instant) -> String {
        let frame = now.duration_since(self.begun).as_millis() / SPINNER_STEP_MILLIS;
        let spinner = SPINNER[usize::try_from(frame).unwrap_or(0) % SPINNER.len()];
        let clock = clock(now, self.begun);
        let mut doing = escape(&self.doing).into_owned();
        if let Some(left) = self.until.map(|until| until.saturating_duration_since(now)) {
            doing.push_str(&format!(", {} left", countdown(left)));
        }
        let name = pad(&cut(name, name_columns), name_columns);
        let room = columns.saturating_sub(width(&name) + width(&clock) + 6);
        let doing = pad(&cut(&doing, room), room);
        cut(&format!("{spinner} {name}  {doing}  {clock}"), columns).into_owned()
    }
}

fn clock(now: Instant, since: Instant) -> String {
    duration(now.saturating_duration_since(since))
}
