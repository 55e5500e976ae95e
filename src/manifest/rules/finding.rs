//! Findings are addressed by path; the tree says where in the text that is.

use std::collections::HashMap;

use crate::manifest::fault::{Report, Severity};
use crate::manifest::tree::{Entry, Node, Span, Value};

/// What of an entry a finding is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) enum On {
    Key,
    Value,
    /// Of a list, the item at this place.
    Item(usize),
}

pub(in crate::manifest) struct Findings<'r, 't> {
    root: &'r Node,
    /// The entries two levels down, which may be thousands, by section and key.
    resources: HashMap<(&'r str, &'r str), &'r Entry>,
    report: &'r mut Report<'t>,
}

impl<'r, 't> Findings<'r, 't> {
    pub(in crate::manifest) fn new(root: &'r Node, report: &'r mut Report<'t>) -> Self {
        let sections = root.entries().iter();
        let resources = sections.flat_map(|section| {
            let entries = section.node.entries().iter();
            entries.map(|entry| ((section.key.as_str(), entry.key.as_str()), entry))
        });
        Findings {
            root,
            resources: resources.collect(),
            report,
        }
    }

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
        if self.report.is_full() {
            return;
        }
        let span = match (self.deepest(path), on) {
            ((Some(entry), true), On::Value) => entry.value_span(),
            ((Some(entry), true), On::Item(at)) => entry.item_span(at),
            ((Some(entry), _), _) => entry.key_span,
            ((None, _), _) => self.top(),
        };
        let mut path = path.join(".");
        if let On::Item(at) = on {
            path = format!("{path}[{at}]");
        }
        self.report.push(severity, span, path, message, Some(help));
    }

    /// The deepest entry on `path` that exists, and whether that is all of the path.
    fn deepest(&self, path: &[&str]) -> (Option<&'r Entry>, bool) {
        if let [section, key, rest @ ..] = path
            && let Some(entry) = self.resources.get(&(*section, *key))
        {
            let (below, whole) = entry.node.deepest(rest);
            return (below.or(Some(*entry)), whole);
        }
        self.root.deepest(path)
    }

    /// The first line that says anything.
    fn top(&self) -> Span {
        let first = self.root.entries().first();
        first.map_or(self.root.span, |entry| entry.key_span)
    }

    /// The list that the text has there; what is no list is its only item.
    pub(in crate::manifest) fn items(&self, path: &[&str]) -> &'r [Node] {
        match self.deepest(path) {
            (Some(entry), true) => match &entry.node.value {
                Value::Seq(items) => items,
                _ => std::slice::from_ref(&entry.node),
            },
            _ => &[],
        }
    }

    /// Whether the text has something there, even if it did not decode.
    pub(in crate::manifest) fn is_written(&self, path: &[&str]) -> bool {
        matches!(self.deepest(path), (Some(entry), true) if !entry.node.is_null())
    }
}
