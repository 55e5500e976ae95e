//! Text of others on its way into a comment: shown as it is, never obeyed.

use crate::output::text::escape;

/// Longer texts are cut: a comment has an end.
const LONGEST: usize = 300;

/// A code span, in which nothing is markup, a link or a mention.
pub fn code(text: &str) -> String {
    let text = shortened(text, LONGEST);
    if text.is_empty() {
        return "`\"\"`".to_owned();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // A space at both ends is taken off again (CommonMark 6.1).
    let part = match text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        true => " ",
        false => "",
    };
    format!("{fence}{part}{text}{part}{fence}")
}

/// A name: as it is where it is a mere word, else a code span.
pub fn name(text: &str) -> String {
    match is_word(text) {
        true => shortened(text, LONGEST),
        false => code(text),
    }
}

/// A sentence in which every word that might be more than a word is a code span.
pub fn prose(text: &str) -> String {
    let text = cut(text, LONGEST);
    let words: Vec<_> = text.split_whitespace().map(in_prose).collect();
    words.join(" ")
}

fn in_prose(word: &str) -> String {
    let start = word.len() - word.trim_start_matches('(').len();
    let (before, rest) = word.split_at(start);
    let end = rest.trim_end_matches([',', ';', ':', '.', ')']).len();
    let (core, after) = rest.split_at(end);
    match core.is_empty() || is_word(core) {
        true => word.to_owned(),
        false => format!("{before}{}{after}", code(core)),
    }
}

/// Letters, digits, and hyphens between them: no markup, no address, no mention.
fn is_word(text: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '\'' | '%' | '→' | '—');
    !text.is_empty() && !text.starts_with('-') && text.chars().all(inside)
}

/// Text between HTML tags, where markdown means nothing.
pub fn html(text: &str) -> String {
    let text = shortened(text, LONGEST);
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A row of a table; only an escaped pipe does not end a cell, not even within a code span (GFM 4.10).
pub fn row(cells: &[&str]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', r"\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// A fenced block; no line of it can end it.
pub fn fenced(language: &str, lines: &str) -> String {
    let fence = "`".repeat(longest_run(lines).max(2) + 1);
    format!("{fence}{language}\n{lines}{fence}\n")
}

/// On one line, without what steers a reader's eye, and no longer than this.
pub fn shortened(text: &str, most: usize) -> String {
    escape(&cut(text, most)).into_owned()
}

fn cut(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_hold_anything() {
        for (text, shown) in [
            ("orders", "`orders`"),
            ("", "`\"\"`"),
            ("a`b", "``a`b``"),
            ("`a``", "``` `a`` ```"),
            (" a", "`  a `"),
            ("<b>@team|*x*", "`<b>@team|*x*`"),
            ("a\nb\u{202e}", "`a\\nb\\u{202e}`"),
        ] {
            assert_eq!(code(text), shown);
        }
        assert_eq!(code(&"é".repeat(400)), format!("`{}…`", "é".repeat(300)));
    }

    #[test]
    fn prose_keeps_words_and_quotes_the_rest() {
        for (text, shown) in [
            (
                "index by-user is removed: queries fail.",
                "index by-user is removed: queries fail.",
            ),
            ("(approximately 12)", "(approximately 12)"),
            ("belongs to @team, see #1", "belongs to `@team`, see `#1`"),
            ("order_status of *a* <b>", "`order_status` of `*a*` `<b>`"),
            ("www.example.com", "`www.example.com`"),
            ("give it --prune\n# now", "give it `--prune` `#` now"),
            ("[a](b)", "`[a](b`)"),
        ] {
            assert_eq!(prose(text), shown);
        }
    }

    #[test]
    fn html_and_rows_and_fences_cannot_be_left() {
        assert_eq!(html("</summary>&\"'"), "&lt;/summary&gt;&amp;&quot;&#39;");
        assert_eq!(row(&["`a|b`", r"`c\|`"]), "| `a\\|b` | `c\\\\|` |\n");
        assert_eq!(fenced("diff", "+ ```\n"), "````diff\n+ ```\n````\n");
    }
}
