//! Findings are addressed by path; the tree says where in the text that is.

use crate::manifest::fault::{Report, Severity};
use crate::manifest::tree::{Node, Span};

/// What of an entry a finding is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) enum On {
    Key,
    Value,
}

pub(in crate::manifest) struct Findings<'r, 't> {
    pub(in crate::manifest) root: &'r Node,
    pub(in crate::manifest) report: &'r mut Report<'t>,
}

impl Findings<'_, '_> {
    pub(in crate::manifest) fn error(
        &mut self,
        path: &[&str],
        on: On,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Severity::Error, path, on, message.into(), help.into());
    }

    pub(in crate::manifest) fn warning(
        &mut self,
        path: &[&str],
        on: On,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Severity::Warning, path, on, message.into(), help.into());
    }

    fn push(&mut self, severity: Severity, path: &[&str], on: On, message: String, help: String) {
        let span = match self.root.deepest(path) {
            (Some(entry), true) if on == On::Value => entry.value_span(),
            (Some(entry), _) => entry.key_span,
            (None, _) => self.top(),
        };
        self.report
            .push(severity, span, path.join("."), message, Some(help));
    }

    /// The first line that says anything.
    fn top(&self) -> Span {
        let first = self.root.entries().first();
        first.map_or(self.root.span, |entry| entry.key_span)
    }

    /// Whether the text has something there, even if it did not decode.
    pub(in crate::manifest) fn is_written(&self, path: &[&str]) -> bool {
        matches!(self.root.deepest(path), (Some(entry), true) if !entry.node.is_null())
    }
}
