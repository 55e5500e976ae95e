//! Text → tree: YAML events, duplicate keys, aliases and merge keys, within fixed limits.

use std::collections::{HashMap, HashSet};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Tag};

use super::fault::Report;
use super::suggest::quote;
use super::tree::{Entry, Node, Span, Value};

pub(super) const DEPTH_MAX: usize = 64;
/// Counted after aliases, which a few lines can multiply without end.
pub(super) const NODES_MAX: usize = 200_000;

pub(super) const SMALLEST: &str =
    "the smallest manifest is `version: 1`, `project: NAME` and a `queues:` or `tables:` section";

/// `None`: there is no tree, and the report says why.
pub(super) fn parse(text: &str, report: &mut Report<'_>) -> Option<Node> {
    let options = granit_parser::options! {
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    let mut builder = Builder::new(report);
    for event in Parser::new_from_str_with_options(text, options) {
        let next = match event {
            Ok((event, at)) => {
                if let Some(tag) = at.tag_span() {
                    builder.refuse_tag(&event, place(tag));
                }
                builder.take(event, place(at))
            }
            Err(error) => Err(syntax(text, &error)),
        };
        if let Err(stop) = next {
            builder
                .report
                .error(stop.span, builder.path(), stop.message, Some(stop.help));
            return None;
        }
    }
    match builder.root {
        Some(root) if !root.is_null() => Some(root),
        _ => {
            let message = "the manifest is empty";
            report.error(Span::default(), "", message, Some(SMALLEST.into()));
            None
        }
    }
}

/// What makes reading on pointless.
struct Stop {
    span: Span,
    message: String,
    help: String,
}

impl Stop {
    fn new(span: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Stop {
            span,
            message: message.into(),
            help: help.into(),
        }
    }
}

fn too_deep(span: Span) -> Stop {
    let message = format!("nested deeper than {DEPTH_MAX} levels");
    Stop::new(span, message, "no manifest needs that")
}

fn syntax(text: &str, error: &ScanError) -> Stop {
    let at = text.floor_char_boundary(error.marker().byte_offset().unwrap_or(text.len()));
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
    if let Some(tab) = line[..indentation].find('\t') {
        let tab = line_start + tab;
        let message = "a tab in the indentation";
        return Stop::new((tab..tab + 1).into(), message, "indent with spaces");
    }
    let mut characters = line.char_indices();
    if let Some((control, c)) = characters.find(|(_, c)| c.is_control() && *c != '\t') {
        let start = line_start + control;
        let message = format!("the control character U+{:04X}", u32::from(c));
        let help = "remove it, or write it as an escape in double quotes";
        return Stop::new((start..start + c.len_utf8()).into(), message, help);
    }
    let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return too_deep((at..end).into());
    }
    let message = format!("not YAML: {}", error.info());
    let help = "where this line looks right, a quote, `[` or `{` above it is still open";
    Stop::new((at..end).into(), message, help)
}

/// A collection that is still open.
struct Frame {
    anchor: usize,
    start: usize,
    /// Of the node itself and all below it, aliases included.
    nodes: usize,
    depth: usize,
    content: Content,
}

enum Content {
    Seq(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        seen: HashSet<String>,
        key: Option<(String, Span)>,
        merges: Vec<(Span, Node)>,
    },
}

struct Anchored {
    node: Node,
    nodes: usize,
    depth: usize,
}

struct Builder<'r, 't> {
    report: &'r mut Report<'t>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
}

impl<'r, 't> Builder<'r, 't> {
    fn new(report: &'r mut Report<'t>) -> Self {
        Builder {
            report,
            stack: vec![],
            anchors: HashMap::new(),
            root: None,
            documents: 0,
            nodes: 0,
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(..) => self.start_document(span),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && !is_string_tag(tag.as_deref());
                let text = text.into_owned();
                let value = Value::Scalar { text, plain };
                self.close(Node { span, value }, anchor, 1, 1)
            }
            Event::SequenceStart(_, anchor, _) => self.open(anchor, span, Content::Seq(vec![])),
            Event::MappingStart(_, anchor, _) => {
                let map = Content::Map {
                    entries: vec![],
                    seen: HashSet::new(),
                    key: None,
                    merges: vec![],
                };
                self.open(anchor, span, map)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    fn start_document(&mut self, span: Span) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let help = "one file holds one manifest: remove what follows this `---`";
        Err(Stop::new(span, "a second YAML document", help))
    }

    fn open(&mut self, anchor: usize, span: Span, content: Content) -> Result<(), Stop> {
        self.limit_depth(1, span)?;
        self.stack.push(Frame {
            anchor,
            start: span.start,
            nodes: 1,
            depth: 1,
            content,
        });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Stop> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let value = match frame.content {
            Content::Seq(items) => Value::Seq(items),
            Content::Map {
                mut entries,
                seen,
                merges,
                ..
            } => {
                self.merge(&mut entries, seen, merges);
                Value::Map(entries)
            }
        };
        let span = Span {
            start: frame.start,
            end: span.end.max(frame.start),
        };
        self.close(
            Node { span, value },
            frame.anchor,
            frame.nodes,
            frame.depth + 1,
        )
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            let help = "an alias may only repeat what has ended before it";
            return Err(Stop::new(span, "an alias inside its own anchor", help));
        };
        let (nodes, depth) = (anchored.nodes, anchored.depth);
        self.limit_depth(depth, span)?;
        self.limit_nodes(nodes, span)?;
        let node = self.anchors[&anchor].node.clone();
        self.close(node, 0, nodes, depth)
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node, anchor: usize, nodes: usize, depth: usize) -> Result<(), Stop> {
        let span = node.span;
        if anchor > 0 {
            let node = node.clone();
            self.anchors.insert(anchor, Anchored { node, nodes, depth });
            self.limit_nodes(nodes, span)?;
        }
        self.limit_nodes(1, span)?;
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.nodes += nodes;
        frame.depth = frame.depth.max(depth);
        match &mut frame.content {
            Content::Seq(items) => items.push(node),
            Content::Map {
                entries,
                seen,
                key,
                merges,
            } => match key.take() {
                None => *key = Some(key_of(node)?),
                Some((name, at)) if name == "<<" => merges.push((at, node)),
                Some((name, at)) => {
                    if seen.insert(name.clone()) {
                        entries.push(Entry {
                            key: name,
                            key_span: at,
                            node,
                        });
                    } else {
                        self.duplicate(&name, at);
                    }
                }
            },
        }
        Ok(())
    }

    fn duplicate(&mut self, name: &str, at: Span) {
        let path = join(&self.path(), name);
        let help = "keep one of the two: a map holds each key once";
        self.report.error(
            at,
            path,
            format!("duplicate key {}", quote(name)),
            Some(help.into()),
        );
    }

    /// `<<: *base`: keys of the map itself win over merged ones, earlier merges over later ones.
    fn merge(
        &mut self,
        entries: &mut Vec<Entry>,
        mut seen: HashSet<String>,
        merges: Vec<(Span, Node)>,
    ) {
        for (at, node) in merges {
            let sources = match node.value {
                Value::Seq(items) => items,
                _ => vec![node],
            };
            for source in sources {
                let Value::Map(merged) = source.value else {
                    let message = "`<<` takes a map, or a list of maps";
                    let help = "write an alias to a map, such as `<<: *defaults`";
                    self.report
                        .error(at, self.path(), message, Some(help.into()));
                    continue;
                };
                let new = merged.into_iter();
                entries.extend(new.filter(|entry| seen.insert(entry.key.clone())));
            }
        }
    }

    fn refuse_tag(&mut self, event: &Event<'_>, span: Span) {
        if let Some(tag) = event.tag().filter(|tag| tag.is_custom()) {
            let message = format!("the YAML tag {} means nothing here", quote(&tag.original()));
            let help = Some("remove it".to_owned());
            self.report.error(span, self.path(), message, help);
        }
    }

    fn limit_depth(&self, more: usize, span: Span) -> Result<(), Stop> {
        if self.stack.len() + more <= DEPTH_MAX {
            return Ok(());
        }
        Err(too_deep(span))
    }

    fn limit_nodes(&mut self, more: usize, span: Span) -> Result<(), Stop> {
        self.nodes += more;
        if self.nodes <= NODES_MAX {
            return Ok(());
        }
        let message = format!("more than {NODES_MAX} values, aliases counted in full");
        Err(Stop::new(span, message, "write fewer aliases of aliases"))
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for frame in &self.stack {
            match &frame.content {
                Content::Map {
                    key: Some((key, _)),
                    ..
                } => path = join(&path, key),
                Content::Map { key: None, .. } => {}
                Content::Seq(items) => path = format!("{path}[{}]", items.len()),
            }
        }
        path
    }
}

fn place(span: granit_parser::Span) -> Span {
    span.byte_range().map(Span::from).unwrap_or_default()
}

fn is_string_tag(tag: Option<&Tag>) -> bool {
    tag.is_some_and(|tag| tag.core_suffix() == Some("str"))
}

fn key_of(node: Node) -> Result<(String, Span), Stop> {
    let span = node.span;
    match node.value {
        Value::Scalar { text, .. } if !text.is_empty() => Ok((text, span)),
        Value::Scalar { .. } => Err(Stop::new(span, "an empty key", "write a name before `:`")),
        _ => {
            let help = "write a name before `:`; text that begins with `{` or `[` needs quotes";
            Err(Stop::new(span, "a key that is not text", help))
        }
    }
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
