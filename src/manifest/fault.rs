//! What is wrong with a manifest, and where; collected, so that one run tells all.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use super::tree::Span;

/// A manifest as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As the user named it.
    pub path: String,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
}

/// One thing wrong, or doubtful, in the text of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub severity: Severity,
    /// Bytes of the text, on character boundaries.
    pub span: Range<usize>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// `queues.a.visibility_timeout`; empty for the whole document.
    pub path: String,
    /// Lowercase fragment.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Fault {
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Why there is no system. The kind decides the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    pub kind: LoadErrorKind,
    /// Lowercase fragment that names the file.
    pub message: String,
    pub help: Option<String>,
    /// The text that `faults` point into.
    pub source: Option<Box<Source>>,
    /// In the order of the text. Empty unless the kind is `Faulty`.
    pub faults: Vec<Fault>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadErrorKind {
    /// Missing, a directory, not UTF-8, too large.
    Unreadable,
    /// The text has errors.
    Faulty,
    /// An environment must be chosen, or the chosen one is not declared. What may be chosen is listed.
    EnvironmentNeeded { environments: Vec<String> },
}

impl LoadError {
    pub fn unreadable(message: impl Into<String>, help: impl Into<String>) -> Self {
        LoadError {
            kind: LoadErrorKind::Unreadable,
            message: message.into(),
            help: Some(help.into()),
            source: None,
            faults: vec![],
        }
    }

    pub fn faulty(source: Source, faults: Vec<Fault>) -> Self {
        let errors = faults.iter().filter(|fault| fault.is_error()).count();
        let noun = match errors {
            1 => "error",
            FAULTS_MAX => "errors or more",
            _ => "errors",
        };
        LoadError {
            kind: LoadErrorKind::Faulty,
            message: format!("{} has {errors} {noun}", source.path),
            help: None,
            source: Some(Box::new(source)),
            faults,
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LoadError {}

/// Past this many errors a manifest is not decoded further: nobody mends more in one go.
const FAULTS_MAX: usize = 500;

/// Collects faults and turns byte offsets into lines and columns.
pub(super) struct Report<'a> {
    text: &'a str,
    line_starts: Vec<usize>,
    faults: Vec<Fault>,
    errors: usize,
    warnings: usize,
}

impl<'a> Report<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Report {
            text,
            line_starts: std::iter::once(0)
                .chain(breaks.map(|(at, _)| at + 1))
                .collect(),
            faults: vec![],
            errors: 0,
            warnings: 0,
        }
    }

    pub(super) fn error(
        &mut self,
        span: Span,
        path: impl Into<String>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.push(Severity::Error, span, path.into(), message.into(), help);
    }

    pub(super) fn push(
        &mut self,
        severity: Severity,
        span: Span,
        path: String,
        message: String,
        help: Option<String>,
    ) {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.floor_char_boundary(span.end).max(start);
        let line = self.line_starts.partition_point(|&at| at <= start);
        let column = self.text[self.line_starts[line - 1]..start].chars().count() + 1;
        let fault = Fault {
            severity,
            span: start..end,
            line,
            column,
            path,
            message,
            help,
        };
        let count = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        if *count < FAULTS_MAX && !self.faults.contains(&fault) {
            *count += 1;
            self.faults.push(fault);
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.errors >= FAULTS_MAX
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// In the order of the text.
    pub(super) fn finish(mut self) -> Vec<Fault> {
        self.faults
            .sort_by_key(|fault| (fault.span.start, fault.severity));
        self.faults
    }
}
