//! What came of a run, for people: what was done, what was not begun, and last what failed.

use std::collections::BTreeMap;
use std::time::Duration;

use anstyle::Style;
use comfy_table::{CellAlignment, Table, presets};

use super::failure::hints;
use super::page::Page;
use super::plan::nothing_to_do;
use crate::model::failure::{Failure, FailureKind};
use crate::model::id::Kind;
use crate::model::plan::Verb;
use crate::model::report::{Entry, Outcome, Report};
use crate::output::style::{Styles, paint};
use crate::output::text::{count, cut, duration, escape};

/// The columns that mark, verb and time take beside a name.
const BESIDE_NAME: usize = 28;
const ELAPSED: usize = 2;

/// Beyond so many lines of a kind, counts take their place.
const LINES: usize = 40;

pub fn render(report: &Report, width: usize, styles: &Styles) -> String {
    let mut page = Page::new(width, styles);
    if report.entries.is_empty() && !report.interrupted {
        nothing_to_do(&mut page, report.unchanged);
        return page.into_text();
    }
    done(&mut page, report);
    skipped(&mut page, report);
    for (entry, failure) in report.failures() {
        failed(&mut page, entry, failure);
    }
    copies(&mut page, report);
    page.gap();
    summary(&mut page, report);
    page.into_text()
}

fn done(page: &mut Page<'_>, report: &Report) {
    let mut entries: Vec<_> = report
        .entries
        .iter()
        .filter_map(|entry| match entry.outcome {
            Outcome::Done { elapsed_ms } => Some((entry, Duration::from_millis(elapsed_ms))),
            _ => None,
        })
        .collect();
    entries.sort_by_key(|(entry, _)| &entry.id);
    if entries.len() > LINES {
        return done_counts(page, &entries);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let room = page.width.saturating_sub(BESIDE_NAME);
    for (entry, elapsed) in entries {
        let name = cut(&escape(&entry.id.to_string()), room).into_owned();
        table.add_row([entry.verb.done().to_owned(), name, duration(elapsed)]);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index == ELAPSED {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for line in table.lines() {
        let mark = paint(page.styles.added, "✓");
        page.line(0, &format!("{mark} {}", line.trim_end()));
    }
}

/// One line for each verb and kind, with the slowest of them.
fn done_counts(page: &mut Page<'_>, entries: &[(&Entry, Duration)]) {
    let mut groups: BTreeMap<(Verb, Kind), (usize, Duration)> = BTreeMap::new();
    for (entry, elapsed) in entries {
        let (number, slowest) = groups.entry((entry.verb, entry.id.kind)).or_default();
        *number += 1;
        *slowest = (*slowest).max(*elapsed);
    }
    for ((verb, kind), (number, slowest)) in groups {
        let tick = paint(page.styles.added, "✓");
        let what = count(number, kind.noun());
        let slowest = paint(page.styles.dim, &format!("slowest {}", duration(slowest)));
        page.line(0, &format!("{tick} {} {what}  {slowest}", verb.done()));
    }
}

fn copies(page: &mut Page<'_>, report: &Report) {
    for taken in &report.copies {
        let lead = format!("  kept of {}:", escape(&taken.id.to_string()));
        page.led((0, &lead), page.styles.dim, Style::new(), &taken.copy);
    }
}

fn skipped(page: &mut Page<'_>, report: &Report) {
    let entries: Vec<_> = report
        .entries
        .iter()
        .filter_map(|entry| match &entry.outcome {
            Outcome::Skipped { why } => Some((entry, why.as_str())),
            _ => None,
        })
        .collect();
    let dim = page.styles.dim;
    if entries.len() <= LINES {
        for (entry, why) in entries {
            let lead = format!("– skipped {}:", escape(&entry.id.to_string()));
            page.led((0, &lead), dim, Style::new(), why);
        }
        return;
    }
    let mut groups: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
    for (entry, why) in entries {
        *groups.entry((entry.id.kind, why)).or_default() += 1;
    }
    for ((kind, why), number) in groups {
        let lead = format!("– skipped {}:", count(number, kind.noun()));
        page.led((0, &lead), dim, Style::new(), why);
    }
}

fn failed(page: &mut Page<'_>, entry: &Entry, failure: &Failure) {
    let id = entry.id.to_string();
    let what = if failure.kind == FailureKind::NotConverged {
        format!("{} {id}, but it did not settle:", entry.verb.done())
    } else {
        format!("failed to {} {id}:", entry.verb.name())
    };
    let lead = format!("✗ {}", escape(&what));
    page.led(
        (0, &lead),
        page.styles.removed,
        Style::new(),
        &failure.to_string(),
    );
    hints(page, 4, failure.hint.as_deref());
}

fn summary(page: &mut Page<'_>, report: &Report) {
    let (word, style, end) = verdict(page.styles, report);
    let mut counts: Vec<String> = Verb::ALL
        .into_iter()
        .map(|verb| (verb, done_as(report, verb)))
        .filter(|(_, number)| *number > 0)
        .map(|(verb, number)| format!("{number} {}", verb.done()))
        .collect();
    for (number, what) in [
        (report.failed(), "failed"),
        (report.skipped(), "skipped"),
        (report.unchanged, "unchanged"),
    ] {
        if number > 0 {
            counts.push(format!("{number} {what}"));
        }
    }
    let elapsed = duration(Duration::from_millis(report.elapsed_ms));
    let text = format!("{} in {elapsed}; {end}.", counts.join(", "));
    page.led((0, word), style, Style::new(), &text);
}

fn verdict(styles: &Styles, report: &Report) -> (&'static str, Style, &'static str) {
    const AGAIN: &str = "what is done stays done, run it again to go on";
    if report.interrupted && report.skipped() + report.failed() == 0 {
        (
            "Interrupted:",
            styles.changed,
            "everything was done before the run stopped",
        )
    } else if report.interrupted {
        ("Interrupted:", styles.changed, AGAIN)
    } else if report.failed() > 0 {
        ("Failed:", styles.hazard, AGAIN)
    } else if report.skipped() > 0 {
        ("Incomplete:", styles.hazard, AGAIN)
    } else if !report.read_back {
        ("Done:", styles.added, "not waited for, not read back")
    } else if report.converged {
        (
            "Done:",
            styles.added,
            "everything read back and as declared",
        )
    } else {
        (
            "Failed:",
            styles.hazard,
            "not everything read back was as declared",
        )
    }
}

fn done_as(report: &Report, verb: Verb) -> usize {
    report
        .entries
        .iter()
        .filter(|entry| entry.verb == verb && matches!(entry.outcome, Outcome::Done { .. }))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::samples;
    use crate::output::text::width;

    #[test]
    fn what_failed_comes_last() {
        let report = samples::mixed_report();
        insta::assert_snapshot!(render(&report, 80, &Styles::default()), @"
        ✓ created  queue/order-dlq  310 ms
        ✓ created  table/Cart        1.2 s
        – skipped queue/order-queue: table/Orders failed
        ✗ failed to create table/Orders: CreateTable: not authorised to perform
          dynamodb:CreateTable (AccessDeniedException, request 7A62C49F347E4FC4)
            hint: grant dynamodb:CreateTable to this identity, then run it again
        ✗ updated table/Reviews, but it did not settle: time_to_live reads back as off

        Failed: 2 created, 2 failed, 1 skipped, 1 unchanged in 1 min 15 s; what is done
          stays done, run it again to go on.
        ");
    }

    #[test]
    fn a_run_that_did_everything_says_so() {
        let report = samples::shopping_report();
        insta::assert_snapshot!(render(&report, 80, &Styles::default()), @"
        ✓ created  queue/email-processing-dlq        311 ms
        ✓ created  queue/email-processing-queue      459 ms
        ✓ created  queue/inventory-processing-dlq    274 ms
        ✓ created  queue/inventory-processing-queue  422 ms
        ✓ created  queue/order-processing-dlq        200 ms
        ✓ created  queue/order-processing-queue      348 ms
        ✓ created  queue/payment-processing-dlq      237 ms
        ✓ created  queue/payment-processing-queue    385 ms
        ✓ created  table/Cart                        570 ms
        ✓ created  table/Orders                      533 ms
        ✓ created  table/Products                    496 ms
        ✓ created  table/Reviews                     607 ms

        Done: 12 created in 1.2 s; everything read back and as declared.
        ");
    }

    #[test]
    fn an_interrupted_run_says_how_to_go_on() {
        let report = samples::interrupted_report();
        insta::assert_snapshot!(render(&report, 80, &Styles::default()), @"
        ✓ created  queue/orders  400 ms
        – skipped table/Orders: interrupted

        Interrupted: 1 created, 1 skipped, 2 unchanged in 900 ms; what is done stays
          done, run it again to go on.
        ");
    }

    #[test]
    fn hundreds_of_resources_are_counted() {
        let report = samples::large_report();
        insta::assert_snapshot!(render(&report, 80, &Styles::default()), @"
        ✓ created 300 queues  slowest 599 ms
        ✓ created 80 tables  slowest 2.0 s
        – skipped 50 tables: interrupted

        Incomplete: 380 created, 50 skipped in 14 s; what is done stays done, run it
          again to go on.
        ");
    }

    #[test]
    fn an_empty_run_had_nothing_to_do() {
        assert_eq!(
            render(&Report::new(12, true), 80, &Styles::default()),
            "Nothing to do: 12 resources are as declared.\n"
        );
    }

    #[test]
    fn what_aws_says_cannot_steer_the_terminal() {
        let mut report = samples::mixed_report();
        for entry in &mut report.entries {
            entry.id.key.push_str("\u{1b}[2J");
            match &mut entry.outcome {
                Outcome::Done { .. } => {}
                Outcome::Failed { failure, .. } => {
                    failure.message.push_str("\u{9b}2J\r");
                    failure.hint = Some("\u{7}\u{202e}".into());
                }
                Outcome::Skipped { why } => why.push('\u{8}'),
            }
        }
        let text = render(&report, 80, &Styles::default());
        assert!(text.contains("\\u{1b}[2J") && text.contains("\\u{202e}"));
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        assert!(text.lines().all(|line| width(line) <= 80));
    }
}
