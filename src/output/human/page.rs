//! A text in the making, line by line, within a width.

use anstyle::Style;
use serde_json::Value;

use super::value;
use crate::output::style::{Styles, paint};
use crate::output::text::{escape, width, wrap, wrap_after};

const NARROWEST: usize = 40;
/// Longer lines are hard to read, however wide the terminal.
const WIDEST: usize = 120;
/// Continuation lines stand this much further in.
const HANG: usize = 2;

pub struct Page<'a> {
    pub width: usize,
    pub styles: &'a Styles,
    text: String,
}

impl<'a> Page<'a> {
    pub fn new(width: usize, styles: &'a Styles) -> Self {
        Page {
            width: width.clamp(NARROWEST, WIDEST),
            styles,
            text: String::new(),
        }
    }

    pub fn into_text(self) -> String {
        self.text
    }

    /// A line that is already painted.
    pub fn line(&mut self, indent: usize, painted: &str) {
        let line = format!("{:indent$}{painted}", "");
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// An empty line, unless there is one or nothing to part.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Words in one style, as many lines as it takes.
    pub fn prose(&mut self, indent: usize, style: Style, text: &str) {
        self.led((indent, ""), style, style, text);
    }

    /// A lead such as `hint:` in its own style, then words.
    pub fn led(
        &mut self,
        (indent, lead): (usize, &str),
        lead_style: Style,
        style: Style,
        text: &str,
    ) {
        let rest = self.width.saturating_sub(indent + HANG);
        if width(lead) > rest {
            for line in wrap(lead, rest) {
                self.line(indent, &paint(lead_style, &line));
            }
            return self.prose(indent + HANG, style, text);
        }
        let gap = usize::from(!lead.is_empty());
        let first = (rest + HANG).saturating_sub(width(lead) + gap);
        for (number, line) in wrap_after(text, first, rest).iter().enumerate() {
            if number > 0 {
                self.line(indent + HANG, &paint(style, line));
            } else {
                let lead = paint(lead_style, lead);
                self.line(indent, &format!("{lead}{:gap$}{}", "", paint(style, line)));
            }
        }
    }

    /// Pieces in one flow, parted by ` · `, broken only between them unless one is longer than a line.
    pub fn flow(&mut self, indent: usize, pieces: &[Piece]) {
        const PART: &str = " · ";
        let room = self.width.saturating_sub(indent);
        let (mut line, mut used) = (String::new(), 0);
        for piece in pieces {
            let wanted = piece.width();
            if used > 0 && used + width(PART) + wanted > room {
                self.line(indent, &line);
                (line, used) = (String::new(), 0);
            }
            if wanted > room {
                self.led(
                    (indent, &piece.name),
                    self.styles.dim,
                    Style::new(),
                    &piece.value,
                );
                continue;
            }
            if used > 0 {
                line.push_str(&paint(self.styles.dim, PART));
                used += width(PART);
            }
            line.push_str(&piece.painted(self.styles));
            used += wanted;
        }
        if used > 0 {
            self.line(indent, &line);
        }
    }
}

/// A setting in a flow: `visibility_timeout 5m`.
pub struct Piece {
    name: String,
    value: String,
}

impl Piece {
    pub fn new(name: &str, value: &Value) -> Self {
        Piece {
            name: escape(name).into_owned(),
            value: value::show(value),
        }
    }

    fn width(&self) -> usize {
        width(&self.name) + 1 + width(&self.value)
    }

    fn painted(&self, styles: &Styles) -> String {
        format!("{} {}", paint(styles.dim, &self.name), self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(write: impl FnOnce(&mut Page)) -> String {
        let styles = Styles::default();
        let mut page = Page::new(40, &styles);
        write(&mut page);
        page.into_text()
    }

    #[test]
    fn prose_hangs_below_its_lead() {
        let text = page(|page| {
            let plain = Style::new();
            page.led(
                (2, "hint:"),
                plain,
                plain,
                "give the queue another name in the manifest, or take it over",
            );
        });
        assert_eq!(
            text,
            "  hint: give the queue another name in\n    the manifest, or take it over\n"
        );
    }

    #[test]
    fn a_flow_breaks_between_pieces() {
        let piece = |name: &str, value: &str| Piece::new(name, &value.into());
        let text = page(|page| {
            page.flow(
                4,
                &[
                    piece("delay", "5s"),
                    piece("visibility_timeout", "5m"),
                    piece("policy", "a document that is longer than one line"),
                    piece("tags", "x"),
                ],
            );
        });
        assert_eq!(
            text,
            "    delay 5s · visibility_timeout 5m\n    policy a document that is longer\n      than one line\n    tags x\n"
        );
    }
}
