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
    page.gap();
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
    let is_quiet = |tested: &&Tested| {
        let counts = tested.counts();
        counts.passed == counts.all()
    };
    let quiet = report.resources.iter().filter(is_quiet).count();
    let counted = quiet > LINES && !every;
    let shown = report.resources.iter();
    let shown: Vec<_> = shown.filter(|it| !(counted && is_quiet(it))).collect();
    let widest = |of: fn(&Tested) -> String| {
        let widths = shown.iter().map(|tested| width(&of(tested)));
        widths.max().unwrap_or(0)
    };
    let room = page.width.saturating_sub(BESIDE_NAME);
    let columns = (widest(name).min(room), widest(what));
    for tested in &shown {
        resource(page, tested, columns);
        for check in &tested.checks {
            line(page, check, every);
        }
    }
    if counted {
        let mark = paint(page.styles.added, "✓");
        page.line(0, &format!("{mark} {quiet} resources passed every check"));
    }
}

fn name(tested: &Tested) -> String {
    escape(&tested.id.to_string()).into_owned()
}

fn what(tested: &Tested) -> String {
    let counts = tested.counts();
    match (counts.failed, counts.skipped) {
        (0, 0) => count(counts.passed, "check"),
        (0, skipped) => format!("{}, {skipped} skipped", count(counts.all(), "check")),
        (failed, _) => format!("{failed} of {} failed", count(counts.all(), "check")),
    }
}

fn resource(page: &mut Page<'_>, tested: &Tested, (names, whats): (usize, usize)) {
    let (mark, style) = match tested.counts().failed {
        0 => ("✓", page.styles.added),
        _ => ("✗", page.styles.removed),
    };
    let name = pad(&cut(&name(tested), names), names);
    let what = pad(&what(tested), whats);
    let elapsed = duration(Duration::from_millis(tested.elapsed_ms));
    let elapsed = paint(page.styles.dim, &elapsed);
    page.line(
        0,
        &format!("{} {name}  {what}  {elapsed}", paint(style, mark)),
    );
}

fn line(page: &mut Page<'_>, check: &Check, every: bool) {
    let name = format!("{} ({})", check.name, check.level.name());
    let (mark, style) = match &check.outcome {
        Outcome::Skip { why } => {
            let lead = format!("– {}:", escape(&name));
            return page.led((4, &lead), page.styles.dim, Style::new(), why);
        }
        Outcome::Pass => ("✓", page.styles.added),
        Outcome::Fail(_) => ("✗", page.styles.removed),
    };
    if every {
        // Whatever is only compared takes no time of its own.
        let elapsed = match check.elapsed_ms {
            0 => String::new(),
            millis => duration(Duration::from_millis(millis)),
        };
        page.led((4, mark), style, Style::new(), &format!("{name} {elapsed}"));
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
        let hint = "shopctl test --clean removes them";
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
        (false, 0) => ("", page.styles.added),
        (false, _) => ("", page.styles.hazard),
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
    page.led((0, word), style, style, &text);
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
