//! YAML as a tree in which every node and key knows where it stands in the text.

use std::ops::Range;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    pub(super) fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Span {
            start: range.start,
            end: range.end,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// `plain`: neither quoted nor a block, so that its type may be inferred.
    Scalar {
        text: String,
        plain: bool,
    },
    Seq(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) node: Node,
}

impl Node {
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The entries of a map; none for anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The deepest entry on `path` that exists, and whether that is all of the path.
    pub(super) fn deepest(&self, path: &[&str]) -> (Option<&Entry>, bool) {
        let (mut node, mut found) = (self, None);
        for key in path {
            let Some(entry) = node.entry(key) else {
                return (found, false);
            };
            (node, found) = (&entry.node, Some(entry));
        }
        (found, true)
    }
}

impl Entry {
    /// Where to point for the value: itself where it is a scalar that one can see, else the key.
    pub(super) fn value_span(&self) -> Span {
        match self.node.value {
            Value::Scalar { .. } if !self.node.span.is_empty() => self.node.span,
            _ => self.key_span,
        }
    }

    /// Where to point for an item of the list that the value is; what is no list stands for its only item.
    pub(super) fn item_span(&self, at: usize) -> Span {
        match &self.node.value {
            Value::Seq(items) => items.get(at).map_or(self.key_span, |item| item.span),
            _ => self.value_span(),
        }
    }
}
