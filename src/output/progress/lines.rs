//! Progress as plain lines, for logs: one when something ends, one for each new reason to wait.

use std::collections::HashSet;
use std::io::{self, Write};

use super::sentence;
use crate::model::event::Event;
use crate::model::id::ResourceId;
use crate::output::text::{countdown, escape};

pub struct Lines {
    /// Beginnings and steps too.
    verbose: bool,
    /// Reasons to wait that were told.
    told: HashSet<(ResourceId, String)>,
}

impl Lines {
    pub(super) fn new(verbose: bool) -> Self {
        Lines {
            verbose,
            told: HashSet::new(),
        }
    }

    pub(super) fn on(&mut self, event: &Event) {
        if let Some(line) = self.line(event) {
            // A log that can no longer be written to must not end the run.
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    fn line(&mut self, event: &Event) -> Option<String> {
        let line = match event {
            Event::Waiting { id, why, left } => {
                self.told
                    .insert((id.clone(), why.clone()))
                    .then(|| match left {
                        Some(left) => format!("waiting {id}: {why} ({} left)", countdown(*left)),
                        None => format!("waiting {id}: {why}"),
                    })
            }
            Event::Started { id, verb } if self.verbose => Some(format!("{} {id}", verb.name())),
            Event::Testing { id } if self.verbose => Some(format!("test {id}")),
            Event::Step { id, what } if self.verbose => Some(format!("{id}: {what}")),
            event => sentence(event),
        };
        line.map(|line| escape(&line).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::output::samples;

    fn told(verbose: bool, events: &[Event]) -> String {
        let mut lines = Lines::new(verbose);
        let told: Vec<_> = events.iter().filter_map(|e| lines.line(e)).collect();
        told.join("\n")
    }

    #[test]
    fn a_log_names_every_end_and_each_reason_to_wait_once() {
        insta::assert_snapshot!(told(false, &samples::events()), @"
        created queue/order-dlq (310 ms)
        waiting table/Cart: the table is CREATING
        waiting table/Reviews: a TTL change settles within the hour (58 min left)
        failed to create table/Orders: CreateTable: not authorised to perform dynamodb:CreateTable (AccessDeniedException, request 7A62C49F347E4FC4) (120 ms)
        skipped queue/order-queue: table/Orders failed
        created table/Cart (1.2 s)
        failed to update table/Reviews: time_to_live reads back as off (1 min 12 s)
        ");
    }

    #[test]
    fn a_verbose_log_names_beginnings_and_steps() {
        insta::assert_snapshot!(told(true, &samples::events()), @"
        create queue/order-dlq
        create table/Cart
        create table/Orders
        created queue/order-dlq (310 ms)
        waiting table/Cart: the table is CREATING
        waiting table/Reviews: a TTL change settles within the hour (58 min left)
        table/Cart: time to live
        failed to create table/Orders: CreateTable: not authorised to perform dynamodb:CreateTable (AccessDeniedException, request 7A62C49F347E4FC4) (120 ms)
        skipped queue/order-queue: table/Orders failed
        created table/Cart (1.2 s)
        failed to update table/Reviews: time_to_live reads back as off (1 min 12 s)
        ");
    }

    #[test]
    fn an_answer_of_aws_cannot_steer_the_terminal() {
        let event = Event::Waiting {
            id: ResourceId::queue("q"),
            why: "\u{1b}[2Jgone\nforged line".into(),
            left: Some(Duration::from_secs(42)),
        };
        assert_eq!(
            told(false, &[event]),
            "waiting queue/q: \\u{1b}[2Jgone\\nforged line (42 s left)"
        );
    }
}
