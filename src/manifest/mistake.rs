//! A decoding error as data: what serde said, and the entry of the tree that it is about.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use super::suggest::{did_you_mean, nearest, quote};
use super::tree::{Node, Span, Value};

#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) what: What,
    /// Set by the innermost entry that the error passes on its way out.
    pub(super) place: Option<Box<Place>>,
}

#[derive(Debug)]
pub(super) enum What {
    /// A value of the wrong type or form; what was wanted, in words.
    Unexpected(String),
    UnknownField {
        field: String,
        allowed: &'static [&'static str],
    },
    UnknownVariant {
        variant: String,
        allowed: &'static [&'static str],
    },
    Missing(&'static str),
    /// A missing field whose entry has been peeled off with a fault of its own.
    Excused,
    Other(String),
}

#[derive(Debug)]
pub(super) struct Place {
    pub(super) span: Span,
    pub(super) path: String,
    /// The node to leave out when decoding again.
    pub(super) node: *const Node,
    /// The value as it was written.
    found: String,
    /// The key of the entry; empty in a list.
    key: String,
}

impl Place {
    pub(super) fn new(span: Span, path: String, node: &Node, key: &str) -> Self {
        let found = match &node.value {
            _ if node.is_null() => "an empty value".to_owned(),
            Value::Scalar { text, plain: true } => quote(text),
            Value::Scalar { text, .. } => quote(&format!("\"{text}\"")),
            Value::Seq(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        };
        Place {
            span,
            path,
            node,
            found,
            key: key.to_owned(),
        }
    }
}

impl Mistake {
    fn new(what: What) -> Self {
        Mistake { what, place: None }
    }

    pub(super) fn at(mut self, place: impl FnOnce() -> Place) -> Self {
        self.place.get_or_insert_with(|| Box::new(place()));
        self
    }

    /// The name that the entry stands for: its own, or that of the field which its typing error hides.
    pub(super) fn stands_for(&self) -> String {
        match (&self.what, &self.place) {
            (What::UnknownField { field, allowed }, _) => nearest(field, allowed.iter().copied())
                .unwrap_or(field)
                .to_owned(),
            (_, Some(place)) => place.key.clone(),
            (_, None) => String::new(),
        }
    }

    /// Message and help. `None`: there is nothing to say.
    pub(super) fn words(&self) -> Option<(String, Option<String>)> {
        let place = self.place.as_ref();
        let (found, key) = place.map_or(("", ""), |place| (&place.found, &place.key));
        Some(match &self.what {
            What::Unexpected(expected) => (
                match key {
                    "" => format!("{found} does not fit into this list"),
                    key => format!("{} cannot be {found}", quote(key)),
                },
                Some(format!("write {}", wanted(expected, found))),
            ),
            What::UnknownField { field, allowed } => (
                format!("unknown field {}", quote(field)),
                did_you_mean(field, allowed.iter().copied()),
            ),
            What::UnknownVariant { variant, allowed } => (
                format!("unknown value {}", quote(variant)),
                did_you_mean(variant, allowed.iter().copied()),
            ),
            What::Missing(field) => (
                format!("missing field {}", quote(field)),
                Some(example(field)),
            ),
            What::Excused => return None,
            What::Other(message) => (message.clone(), None),
        })
    }
}

fn example(field: &str) -> String {
    match field {
        "partition_key" => "add it, such as `partition_key: id`".to_owned(),
        "dead_letter_queue" => "add the key of a queue of this manifest, or an ARN".to_owned(),
        _ => format!("add `{field}:`"),
    }
}

/// serde names Rust's types; a manifest's author knows YAML's.
fn wanted(expected: &str, found: &str) -> String {
    match expected {
        "a boolean" => match found.trim_matches(['`', '"']) {
            "yes" | "Yes" | "on" | "On" | "y" => "`true`".to_owned(),
            "no" | "No" | "off" | "Off" | "n" => "`false`".to_owned(),
            _ => "`true` or `false`".to_owned(),
        },
        "a string" if found == "a map" => "text; quote it if it begins with `{`".to_owned(),
        "a string" => "text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "u32" | "u64" => "a whole number".to_owned(),
        other if other.starts_with("struct ") => "a map".to_owned(),
        other => other.to_owned(),
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().unwrap_or_default().0)
    }
}

impl std::error::Error for Mistake {}

impl Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Mistake::new(What::Other(message.to_string()))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Mistake::new(What::Unexpected(expected.to_string()))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Mistake::new(What::Unexpected(expected.to_string()))
    }

    fn unknown_variant(variant: &str, allowed: &'static [&'static str]) -> Self {
        Mistake::new(What::UnknownVariant {
            variant: variant.to_owned(),
            allowed,
        })
    }

    fn unknown_field(field: &str, allowed: &'static [&'static str]) -> Self {
        Mistake::new(What::UnknownField {
            field: field.to_owned(),
            allowed,
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Mistake::new(What::Missing(field))
    }
}
