//! Text on its way to a terminal: made harmless, measured, wrapped, aligned.

use std::borrow::Cow;
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

/// Room for any one character.
const NARROWEST: usize = 4;

/// What steers a terminal or reorders what it shows becomes visible instead.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if steers(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Control characters, line separators, and the marks that turn the direction of writing (Unicode TR 36, 3.1).
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

pub fn width(text: &str) -> usize {
    text.width()
}

/// Filled up with spaces; longer text stays as it is.
pub fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{:missing$}", "")
}

/// At most so many columns; what was cut off shows as `…`.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let (head, _) = split(text, columns.saturating_sub(1));
    Cow::Owned(format!("{head}…"))
}

/// The part that fits into so many columns, and the rest. Measured whole, for a character may widen the one
/// before it (emoji presentation).
fn split(text: &str, columns: usize) -> (&str, &str) {
    let fitting = text
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take_while(|end| width(&text[..*end]) <= columns)
        .last();
    text.split_at(fitting.unwrap_or(0))
}

/// Lines of at most `columns`, broken between words; a longer word is broken where the line ends.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    wrap_after(text, columns, columns)
}

/// As `wrap`, with another measure for the first line.
pub fn wrap_after(text: &str, first: usize, columns: usize) -> Vec<String> {
    let columns = columns.max(NARROWEST);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let word = escape(word);
        let mut rest: &str = &word;
        while !rest.is_empty() {
            let room = if lines.len() == 1 { first } else { columns };
            let last = lines.len() - 1;
            let line = &mut lines[last];
            let gap = usize::from(!line.is_empty());
            if width(line) + gap + width(rest) <= room {
                line.extend([" "].repeat(gap));
                line.push_str(rest);
                break;
            }
            if line.is_empty() && room >= columns {
                let (head, tail) = split(rest, room);
                line.push_str(head);
                rest = tail;
            }
            lines.push(String::new());
        }
    }
    lines
}

/// `1 table`, `2 tables`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn tenths(duration: Duration) -> String {
    format!("{:.1} s", (duration.as_millis() / 100) as f64 / 10.0)
}

/// Time that is passing: whole tenths, since milliseconds would only flicker.
pub fn stopwatch(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        0 => tenths(elapsed),
        _ => duration(elapsed),
    }
}

/// `349 ms`, `1.2 s`, `42 s`, `2 min 5 s`, `1 h 3 min`, `4 d 0 h`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..10 => tenths(duration),
        10..60 => format!("{seconds} s"),
        60..3_600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..172_800 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// Time that is left, without tenths: `9 s`.
pub fn countdown(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..10 => format!("{seconds} s"),
        _ => duration(left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_survives() {
        assert_eq!(escape("orders"), "orders");
        assert_eq!(escape("a\u{1b}[31mb\r\n"), "a\\u{1b}[31mb\\r\\n");
        assert_eq!(
            escape("\u{9b}x\u{202e}y\u{7f}"),
            "\\u{9b}x\\u{202e}y\\u{7f}"
        );
        assert_eq!(escape("Größe 注文"), "Größe 注文");
    }

    #[test]
    fn lines_keep_their_measure() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap_after("one two three", 3, 9), ["one", "two three"]);
        assert_eq!(wrap_after("abcdefgh", 3, 8), ["", "abcdefgh"]);
        assert_eq!(wrap("注文注文", 4), ["注文", "注文"]);
        assert_eq!(wrap("  ", 4), [""]);
    }

    #[test]
    fn cutting_and_padding_count_columns() {
        assert_eq!(cut("orders", 6), "orders");
        assert_eq!(cut("orders", 5), "orde…");
        assert_eq!(cut("注文注文", 6), "注文…");
        assert_eq!(pad("注", 4), "注  ");
    }

    #[test]
    fn durations_are_short() {
        for (millis, shown) in [
            (0, "0 ms"),
            (349, "349 ms"),
            (1_290, "1.2 s"),
            (9_999, "9.9 s"),
            (59_900, "59 s"),
            (120_400, "2 min"),
            (125_000, "2 min 5 s"),
            (3_780_000, "1 h 3 min"),
            (345_600_000, "4 d 0 h"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), shown);
        }
    }
}
