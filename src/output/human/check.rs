//! What came of a test, for people: what failed with its next step, then a line a resource, then the verdict.

use std::time::Duration;

use anstyle::Style;

use super::page::Page;
use super::value;
use crate::model::check::{Check, Counts, Finding, Outcome, TestReport, Tested};
use crate::output::style::{Styles, paint};
use crate::output::text::{count, cut, duration, escape, pad, width};

/// The columns that mark, counts and time take beside a name.
const BESIDE_NAME: usize = 28;
/// Beyond so many resources without a finding, counts take their place.
const LINES: usize = 40;

/// `every`: each check gets its line.
pub fn render(report: &TestReport, every: bool, width: usize, styles: &Styles) -> String {
    let mut page = Page::new(width, styles);
    for (tested, check, finding) in report.failures() {
        failed(&mut page, tested, check, finding);
    }
    page.gap();
    resources(&mut page, report, every);
    page.gap();
    left(&mut page, report);
    summary(&mut page, report);
    page.into_text()
}

fn failed(page: &mut Page<'_>, tested: &Tested, check: &Check, finding: &Finding) {
    let id = escape(&tested.id.to_string()).into_owned();
    let lead = format!("✗ {id}:");
    let what = format!("{} ({})", check.name, check.level.name());
    page.led((0, &lead), page.styles.removed, Style::new(), &what);
    let dim = page.styles.dim;
    for (lead, value) in [
        ("expected:", &finding.expected),
        ("actual:  ", &finding.actual),
    ] {
        page.led((4, lead), dim, Style::new(), &value::show(value));
    }
    if let Some(next) = &finding.next_step {
        page.led((4, "next:    "), page.styles.name, Style::new(), next);
    }
}

fn resources(page: &mut Page<'_>, report: &TestReport, every: bool) {
    let names = report
        .resources
        .iter()
        .map(|tested| width(&tested.id.to_string()));
    let room = page.width.saturating_sub(BESIDE_NAME);
    let columns = names.max().unwrap_or(0).min(room);
    let quiet = |tested: &&Tested| {
        let counts = tested.counts();
        counts.passed == counts.all()
    };
    let whole = report.resources.iter().filter(quiet).count();
    let counted = whole > LINES && !every;
    for tested in &report.resources {
        if !(counted && quiet(&tested)) {
            resource(page, tested, columns, every);
        }
    }
    if counted {
        let mark = paint(page.styles.added, "✓");
        page.line(0, &format!("{mark} {whole} resources passed every check"));
    }
}

fn resource(page: &mut Page<'_>, tested: &Tested, columns: usize, every: bool) {
    let counts = tested.counts();
    let id = tested.id.to_string();
    let name = pad(&cut(&escape(&id), columns), columns);
    let what = match (counts.failed, counts.skipped) {
        (0, 0) => count(counts.passed, "check"),
        (0, skipped) => format!("{}, {skipped} skipped", count(counts.all(), "check")),
        (failed, _) => format!("{failed} of {} failed", count(counts.all(), "check")),
    };
    let elapsed = duration(Duration::from_millis(tested.elapsed_ms));
    let (mark, style) = match counts.failed {
        0 => ("✓", page.styles.added),
        _ => ("✗", page.styles.removed),
    };
    let elapsed = paint(page.styles.dim, &elapsed);
    page.line(
        0,
        &format!(
            "{} {name}  {}  {elapsed}",
            paint(style, mark),
            pad(&what, 12)
        ),
    );
    for check in &tested.checks {
        line(page, check, every);
    }
}

fn line(page: &mut Page<'_>, check: &Check, every: bool) {
    let name = format!("{} ({})", check.name, check.level.name());
    let elapsed = duration(Duration::from_millis(check.elapsed_ms));
    let dim = page.styles.dim;
    match &check.outcome {
        Outcome::Skip { why } => {
            let lead = format!("– {}:", escape(&name));
            page.led((4, &lead), dim, Style::new(), why);
        }
        Outcome::Pass if every => {
            page.led(
                (4, "✓"),
                page.styles.added,
                Style::new(),
                &format!("{name} {elapsed}"),
            );
        }
        Outcome::Fail(_) if every => {
            page.led(
                (4, "✗"),
                page.styles.removed,
                Style::new(),
                &format!("{name} {elapsed}"),
            );
        }
        Outcome::Pass | Outcome::Fail(_) => {}
    }
}

/// What the next test, or a person, has to know about.
fn left(page: &mut Page<'_>, report: &TestReport) {
    if !report.removed.is_empty() {
        let what = match report.removed.len() {
            1 => "1 copy".to_owned(),
            copies => format!("{copies} copies"),
        };
        page.prose(
            0,
            page.styles.dim,
            &format!("removed {what} that an earlier test had left"),
        );
    }
    for left in &report.left {
        let lead = format!("! {} is still there:", escape(&left.id.to_string()));
        page.led((0, &lead), page.styles.hazard, Style::new(), &left.why);
    }
    if !report.left.is_empty() {
        let hint = "shopctl test --clean --older-than 0s removes them";
        page.led((4, "next:"), page.styles.name, Style::new(), hint);
    }
    for note in &report.notes {
        page.led((0, "note:"), page.styles.dim, Style::new(), note);
    }
}

fn summary(page: &mut Page<'_>, report: &TestReport) {
    let counts = report.counts();
    let Counts {
        passed,
        failed,
        skipped,
    } = counts;
    let (word, style) = match (report.interrupted, failed) {
        (true, _) => ("Interrupted:", page.styles.changed),
        (false, 0) => ("Passed:", page.styles.added),
        (false, _) => ("Failed:", page.styles.hazard),
    };
    let rate = counts
        .success_rate()
        .map_or_else(String::new, |rate| format!(" ({rate} %)"));
    let elapsed = duration(Duration::from_millis(report.elapsed_ms));
    let text = format!(
        "{}, {}: {passed} passed, {failed} failed, {skipped} skipped{rate}, {elapsed}",
        count(report.resources.len(), "resource"),
        count(counts.all(), "check"),
    );
    page.led((0, word), style, Style::new(), &text);
}

/// What came of looking for copies that earlier tests left.
pub fn cleaned(report: &TestReport, width: usize, styles: &Styles) -> String {
    let mut page = Page::new(width, styles);
    for id in &report.removed {
        let mark = paint(styles.added, "✓");
        page.line(0, &format!("{mark} removed  {}", escape(&id.to_string())));
    }
    page.gap();
    let removed = report.removed.len();
    for left in &report.left {
        let lead = format!("! {} is still there:", escape(&left.id.to_string()));
        page.led((0, &lead), styles.hazard, Style::new(), &left.why);
    }
    for note in &report.notes {
        page.led((0, "note:"), styles.dim, Style::new(), note);
    }
    let text = match (removed, report.left.len()) {
        (0, 0) => "Nothing to remove: no test left a copy behind.".to_owned(),
        (removed, 0) => format!("Done: {removed} removed."),
        (removed, left) => format!("Failed: {removed} removed, {left} still there."),
    };
    page.prose(0, Style::new(), &text);
    page.into_text()
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
