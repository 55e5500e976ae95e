//! What the commands say, in the form that was asked for.

mod saved;

use std::ffi::OsString;
use std::path::Path;

use serde_json::json;

use crate::cli::Global;
use crate::error::Error;
use crate::manifest::{self, Fault, LoadError, LoadErrorKind, Source};
use crate::model::check::TestReport;
use crate::model::failure::{Failure, FailureKind};
use crate::model::plan::Plan;
use crate::model::report::Report;
use crate::output::problem::{Problem, Reason};
use crate::output::ui::{Format, Settings, Ui};
use crate::output::{human, json, markdown};

/// Faults of the manifest that do not stop the run.
pub fn warnings(ui: &Ui, faults: &[Fault], source: &Source) {
    if !faults.is_empty() {
        ui.err(&format!("{}\n", faults_text(ui, faults, source)));
    }
}

/// A plan as the result, for stdout.
pub fn plan(ui: &Ui, plan: &Plan) -> String {
    match ui.format() {
        Format::Table => human::plan::render(plan, ui.width(), ui.out_styles()),
        Format::Json => json::plan_document(plan),
        Format::Markdown => markdown::render(plan),
    }
}

/// What to do with the plan that was just saved; a machine knows.
pub fn saved(ui: &Ui, global: &Global, plan: &Plan, path: &Path) {
    if ui.format() == Format::Table {
        ui.err(&saved::next_step(global, plan, path));
    }
}

/// A plan as an announcement, for stderr.
pub fn plan_on_stderr(ui: &Ui, plan: &Plan) -> String {
    format!(
        "{}\n",
        human::plan::render(plan, ui.width(), ui.err_styles())
    )
}

pub fn report(ui: &Ui, report: &Report, plan: &Plan) -> String {
    match ui.format() {
        Format::Json => json::report_document(report, plan),
        // Nothing was done: the plan says why better than an empty report.
        Format::Table | Format::Markdown if report.entries.is_empty() => self::plan(ui, plan),
        Format::Table | Format::Markdown => {
            human::report::render(report, ui.width(), ui.out_styles())
        }
    }
}

pub fn tested(ui: &Ui, report: &TestReport) -> String {
    match ui.format() {
        Format::Json => json::test_document(report),
        Format::Table | Format::Markdown => {
            let every = ui.verbosity() > 0;
            human::check::render(report, every, ui.width(), ui.out_styles())
        }
    }
}

pub fn cleaned(ui: &Ui, report: &TestReport) -> String {
    match ui.format() {
        Format::Json => json::test_document(report),
        Format::Table | Format::Markdown => {
            human::check::cleaned(report, ui.width(), ui.out_styles())
        }
    }
}

/// What was copied before it was deleted, for a run that ends without a report.
pub fn copies(report: &Report) -> String {
    let copies = report.copies.iter();
    let copies = copies.map(|taken| format!("kept of {}: {}\n", taken.id, taken.copy));
    copies.collect()
}

/// The error on stderr for people, and on stdout as a document for machines.
pub fn error(ui: &Ui, error: &Error) {
    error_as(ui, error, json::error_document);
}

/// The same where stdout is a stream of documents, one a line.
pub fn error_in_stream(ui: &Ui, error: &Error) {
    error_as(ui, error, json::error_line);
}

fn error_as(ui: &Ui, error: &Error, document: fn(&Problem) -> String) {
    if let Error::Manifest(LoadError {
        source: Some(source),
        faults,
        ..
    }) = error
    {
        ui.error(&format!("{}\n", faults_text(ui, faults, source)));
    }
    let problem = problem(error);
    if ui.format() == Format::Json {
        // Where stdout is gone there is nobody left to tell.
        let _ = ui.out(&document(&problem));
    }
    ui.error(&human::failure::render(
        &problem,
        ui.width(),
        ui.err_styles(),
    ));
}

/// What clap refuses, before there is a [`Ui`]: nothing of the command line is known but its words.
pub fn usage(error: &clap::Error, args: impl Iterator<Item = OsString>) {
    // A reader that has left is no failure.
    let _ = error.print();
    if error.use_stderr() && asks_for_json(args) {
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        let message = first.strip_prefix("error: ").unwrap_or(first);
        let words: Vec<_> = message.split_whitespace().collect();
        let problem = Problem::new("usage", words.join(" ")).with_hint("see shopctl --help");
        let ui = Ui::new(Settings::default());
        let _ = ui.out(&json::error_document(&problem));
    }
}

fn asks_for_json(args: impl Iterator<Item = OsString>) -> bool {
    let args: Vec<_> = args.collect();
    let apart = |pair: &[OsString]| (pair[0] == "-o" || pair[0] == "--output") && pair[1] == "json";
    let joined = ["-ojson", "-o=json", "--output=json"];
    args.windows(2).any(apart) || args.iter().any(|arg| joined.iter().any(|form| arg == form))
}

fn faults_text(ui: &Ui, faults: &[Fault], source: &Source) -> String {
    manifest::render(faults, source, ui.err_is_coloured(), ui.width())
}

fn problem(error: &Error) -> Problem {
    match error {
        Error::Usage(message, hint) => Problem::new("usage", message).with_hint(hint),
        Error::Manifest(error) => of_manifest(error),
        Error::Refused(refusals) => {
            let reasons = refusals.iter().map(|r| Reason {
                id: r.id.clone(),
                why: r.why.clone(),
                hint: Some(r.hint.clone()),
            });
            Problem::new(
                "refused",
                "refused before the first write; nothing was changed",
            )
            .with_reasons(reasons.collect())
        }
        Error::MissingDependencies(missing) => {
            let reasons = missing.iter().map(|m| Reason {
                id: m.id.clone(),
                why: format!(
                    "needs {}, which does not exist and is not selected",
                    m.needs
                ),
                hint: Some(format!(
                    "select component {} too, or create it first",
                    m.component
                )),
            });
            Problem::new(
                "missing_dependency",
                "the selection is not complete; nothing was changed",
            )
            .with_reasons(reasons.collect())
        }
        Error::WrongAccount {
            by,
            declared,
            actual,
        } => saved::wrong_account(*by, declared, actual),
        Error::WrongRegion { planned, asked } => saved::wrong_region(planned, asked),
        Error::PlanFile { path, why } => saved::plan_file(path, why),
        Error::Stale(moved) => saved::stale(moved),
        Error::NotConfirmed { asked: true } => {
            Problem::new("not_confirmed", "not confirmed; nothing was changed")
        }
        Error::NotConfirmed { asked: false } => Problem::new(
            "not_confirmed",
            "a yes is needed and there is nobody to ask; nothing was changed",
        )
        .with_hint("look at what is to be done, then give --yes"),
        Error::Unhealthy { message, because } => {
            let reasons = because.iter().map(|it| Reason {
                id: it.id.clone(),
                why: it.why.clone(),
                hint: None,
            });
            Problem::new("unhealthy", message).with_reasons(reasons.collect())
        }
        Error::Failure(failure) => Problem::from(failure),
        Error::Interrupted => Problem::from(&Failure::new(
            FailureKind::Interrupted,
            "interrupted; nothing was changed",
        )),
        Error::Abandoned => Problem::from(
            &Failure::new(
                FailureKind::Interrupted,
                "left with actions under way; AWS may still be carrying them out",
            )
            .with_hint("run the same command again: it looks at what is there and continues"),
        ),
    }
}

fn of_manifest(error: &LoadError) -> Problem {
    let kind = match error.kind {
        LoadErrorKind::EnvironmentNeeded { .. } => "environment_needed",
        LoadErrorKind::Unreadable | LoadErrorKind::Faulty => "manifest",
    };
    let details = error.faults.iter().map(|fault| {
        json!({
            "severity": if fault.is_error() { "error" } else { "warning" },
            "line": fault.line,
            "column": fault.column,
            "path": fault.path,
            "message": fault.message,
            "help": fault.help,
        })
    });
    let problem = Problem::new(kind, &error.message).with_details(details.collect());
    match &error.help {
        Some(help) => problem.with_hint(help),
        None => problem,
    }
}
