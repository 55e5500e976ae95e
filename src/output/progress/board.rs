//! What is in flight and how far the run is, as lines. Pure: time and size are given.

use std::time::Instant;

use crate::model::event::Event;
use crate::model::id::ResourceId;
use crate::output::text::{countdown, cut, escape, pad, stopwatch, width};

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
    verb: &'static str,
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
            Event::Started { id, verb } => self.begin(id, verb.name(), now),
            Event::Testing { id } => self.begin(id, "test", now),
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
            Event::Tested { id, counts, .. } => {
                self.land(id);
                *match counts.failed {
                    0 => &mut self.done,
                    _ => &mut self.failed,
                } += 1;
            }
            Event::Skipped { id, .. } => {
                self.land(id);
                self.skipped += 1;
            }
            Event::Copied { .. }
            | Event::Clearing { .. }
            | Event::Interrupted { .. }
            | Event::Finished { .. } => {}
        }
    }

    fn begin(&mut self, id: &ResourceId, verb: &'static str, now: Instant) {
        self.flights.push(Flight {
            id: id.clone(),
            verb,
            begun: now,
            doing: String::new(),
            until: None,
        });
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
        escape(&format!("{} {}", self.verb, self.id)).into_owned()
    }

    /// Name, countdown and clock are kept; the words between them give way.
    fn line(&self, name: &str, name_columns: usize, columns: usize, now: Instant) -> String {
        let frame = now.duration_since(self.begun).as_millis() / SPINNER_STEP_MILLIS;
        let spinner = SPINNER[usize::try_from(frame).unwrap_or(0) % SPINNER.len()];
        let name = pad(&cut(name, name_columns), name_columns);
        let clock = clock(now, self.begun);
        let left = self.until.map_or_else(String::new, |until| {
            format!(", {} left", countdown(until.saturating_duration_since(now)))
        });
        let room = columns.saturating_sub(width(&name) + width(&clock) + 6);
        let doing = escape(&self.doing);
        let doing = format!("{}{left}", cut(&doing, room.saturating_sub(width(&left))));
        let line = format!("{spinner} {name}  {}  {clock}", pad(&doing, room));
        cut(&line, columns).into_owned()
    }
}

fn clock(now: Instant, since: Instant) -> String {
    stopwatch(now.saturating_duration_since(since))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::failure::{Failure, FailureKind};
    use crate::model::plan::Verb;

    fn started(id: ResourceId) -> Event {
        Event::Started {
            id,
            verb: Verb::Create,
        }
    }

    fn board(begun: Instant) -> Board {
        let mut board = Board::new(begun);
        let (orders, cart) = (ResourceId::table("Orders"), ResourceId::table("Cart"));
        let denied = Failure::new(FailureKind::AccessDenied, "not authorised");
        for (at, event) in [
            (0, Event::Planned { actions: 12 }),
            (0, started(ResourceId::queue("orders"))),
            (100, started(orders.clone())),
            (100, started(ResourceId::table("Reviews"))),
            (200, started(cart.clone())),
            (
                400,
                Event::Done {
                    id: ResourceId::queue("orders"),
                    verb: Verb::Create,
                    elapsed: Duration::from_millis(400),
                },
            ),
            (
                500,
                Event::Failed {
                    id: ResourceId::table("Reviews"),
                    verb: Verb::Create,
                    failure: denied,
                    elapsed: Duration::from_millis(400),
                },
            ),
            (
                600,
                Event::Step {
                    id: orders,
                    what: "index user_id-order_date-index: building".into(),
                },
            ),
            (
                1_000,
                Event::Waiting {
                    id: cart,
                    why: "a queue of this name was deleted a moment ago".into(),
                    left: Some(Duration::from_secs(58)),
                },
            ),
        ] {
            board.on(&event, begun + Duration::from_millis(at));
        }
        board
    }

    #[test]
    fn flights_show_what_they_do_and_how_long_it_takes() {
        let begun = Instant::now();
        let view = board(begun).view(begun + Duration::from_secs(11), 80, 21);
        insta::assert_snapshot!(view.join("\n"), @r"
    ⠏ create table/Orders  index user_id-order_date-index: building             10 s
    ⠇ create table/Cart    a queue of this name was deleted a mome…, 48 s left  10 s
    ━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 2/12 · 1 failed · 11 s
    ");
    }

    #[test]
    fn a_narrow_terminal_cuts_the_words_and_keeps_the_clock() {
        let begun = Instant::now();
        let view = board(begun).view(begun + Duration::from_secs(11), 48, 21);
        insta::assert_snapshot!(view.join("\n"), @r"
    ⠏ create table/Orders  index user_id-orde…  10 s
    ⠇ create table/Cart    a queue…, 48 s left  10 s
    ━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 2/12 · 1 failed · 11 s
    ");
    }

    #[test]
    fn no_size_overflows() {
        let begun = Instant::now();
        let mut board = board(begun);
        for n in 0..30 {
            board.on(&started(ResourceId::queue(format!("queue-{n}"))), begun);
        }
        for rows in 3..40 {
            for columns in 10..130 {
                let view = board.view(begun, columns, rows);
                assert!(view.len() <= rows, "{rows} rows: {}", view.len());
                assert!(
                    view.iter().all(|line| width(line) <= columns),
                    "{columns}: {view:#?}"
                );
            }
        }
        assert_eq!(board.view(begun, 80, 5)[3], "+ 29 more");
    }

    #[test]
    fn a_resource_that_is_unknown_or_over_does_no_harm() {
        let begun = Instant::now();
        let mut board = Board::new(begun);
        for event in [
            Event::Step {
                id: ResourceId::queue("q"),
                what: "x".into(),
            },
            Event::Skipped {
                id: ResourceId::queue("q"),
                verb: Verb::Create,
                why: "interrupted".into(),
            },
        ] {
            board.on(&event, begun);
        }
        assert_eq!(
            board.view(begun, 80, 5),
            ["╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 1/0 · 1 skipped · 0.0 s"]
        );
    }
}
