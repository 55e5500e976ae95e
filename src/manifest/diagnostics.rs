//! Faults for people: place, the line itself, underlined, and what to write instead.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::fault::{Fault, Severity, Source};
use super::suggest::escape;

/// Faults in the order of the text, a blank line between.
pub fn render(faults: &[Fault], source: &Source, color: bool, width: usize) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(width);
    let mut ordered: Vec<_> = faults.iter().collect();
    ordered.sort_by_key(|fault| (fault.span.start, fault.severity));
    let rendered: Vec<_> = ordered
        .into_iter()
        .map(|fault| one(fault, source, &renderer, width) + "\n")
        .collect();
    rendered.join("\n")
}

fn one(fault: &Fault, source: &Source, renderer: &Renderer, width: usize) -> String {
    let text = &source.text;
    let line_start = text[..fault.span.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let start = (fault.span.start - line_start).min(line.len());
    let end = (fault.span.end - line_start).clamp(start, line.len());
    let (level, word) = match fault.severity {
        Severity::Error => (Level::ERROR, "error: "),
        Severity::Warning => (Level::WARNING, "warning: "),
    };
    let message = wrap(&fault.message, width.saturating_sub(word.len()));
    let line = without_c1(line);
    let snippet = Snippet::source(line.as_str())
        .line_start(fault.line)
        .path(escape(source.path.chars()))
        .annotation(AnnotationKind::Primary.span(start..end));
    let group = level.primary_title(message).element(snippet);
    let gutter = fault.line.to_string().len() + " = help: ".len();
    let group = match &fault.help {
        Some(help) => group.element(Level::HELP.message(wrap(help, width.saturating_sub(gutter)))),
        None => group,
    };
    renderer.render(&[group])
}

/// The renderer draws C0 control characters as pictures and lets C1 through, which a terminal may obey. What
/// takes their place is as long, so that spans still fit.
fn without_c1(line: &str) -> String {
    line.replace(|c| ('\u{80}'..='\u{9f}').contains(&c), "·")
}

/// Below this, lines would be a word each.
const WRAP_MIN: usize = 20;

fn wrap(text: &str, width: usize) -> String {
    let width = width.max(WRAP_MIN);
    let mut wrapped = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            wrapped.push('\n');
            column = 0;
        } else if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_drawn_within_80_columns() {
        let text = "\
version: 1
project: shop
queues:
  orders: {visibilty_timeout: 5m, redrive_policy: {dead_letter_queue: dead}, colour: red, x: y}
  dead: {delay: 1 s}
";
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), text).unwrap();
        let validation = crate::manifest::validate_all(path.path()).unwrap();
        let source = Source {
            path: "shop.yaml".into(),
            text: text.into(),
        };
        let rendered = render(&validation.faults, &source, false, 80);
        assert!(rendered.lines().all(|line| line.chars().count() <= 80));
        insta::assert_snapshot!(rendered, @"
        error: unknown field `visibilty_timeout`
         --> shop.yaml:4:12
          |
        4 |   orders: {visibilty_timeout: 5m, redrive_policy: {dead_letter_queue: dea...
          |            ^^^^^^^^^^^^^^^^^
          |
          = help: did you mean `visibility_timeout`?

        error: unknown field `colour`
         --> shop.yaml:4:78
          |
        4 | ...icy: {dead_letter_queue: dead}, colour: red, x: y}
          |                                    ^^^^^^
          |
          = help: one of `name`, `component`, `visibility_timeout`,
                  `message_retention_period`, `delay`, `maximum_message_size`,
                  `receive_message_wait_time`, `content_based_deduplication`,
                  `deduplication_scope`, `fifo_throughput_limit`, `redrive_policy`,
                  `redrive_allow_policy`, `sqs_managed_sse`, `kms_master_key_id`,
                  `kms_data_key_reuse_period`, `policy`, `tags`, `ignore`

        error: unknown field `x`
         --> shop.yaml:4:91
          |
        4 | ...letter_queue: dead}, colour: red, x: y}
          |                                      ^
          |
          = help: one of `name`, `component`, `visibility_timeout`,
                  `message_retention_period`, `delay`, `maximum_message_size`,
                  `receive_message_wait_time`, `content_based_deduplication`,
                  `deduplication_scope`, `fifo_throughput_limit`, `redrive_policy`,
                  `redrive_allow_policy`, `sqs_managed_sse`, `kms_master_key_id`,
                  `kms_data_key_reuse_period`, `policy`, `tags`, `ignore`

        warning: retention of 4d is not above the 4d of its source `orders`
         --> shop.yaml:5:3
          |
        5 |   dead: {delay: 1 s}
          |   ^^^^
          |
          = help: write `message_retention_period: 14d`: a message keeps its time of
                  sending when it moves here, so it may expire before anyone looks

        error: `delay` cannot be `1 s`
         --> shop.yaml:5:17
          |
        5 |   dead: {delay: 1 s}
          |                 ^^^
          |
          = help: write seconds, or a duration such as 90s, 5m, 12h, 4d
        ");
    }

    #[test]
    fn color_is_asked_for() {
        let source = Source {
            path: "a".into(),
            text: "b".into(),
        };
        let fault = Fault {
            severity: Severity::Error,
            span: 0..1,
            line: 1,
            column: 1,
            path: String::new(),
            message: "wrong".into(),
            help: None,
        };
        let faults = [fault];
        assert!(render(&faults, &source, true, 80).contains('\u{1b}'));
        assert!(!render(&faults, &source, false, 80).contains('\u{1b}'));
    }
}
