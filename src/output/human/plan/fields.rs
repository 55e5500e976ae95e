//! `path: live → desired`, a line each, in columns.

use anstyle::Style;

use super::super::page::Page;
use super::super::value;
use crate::model::change::FieldChange;
use crate::output::fields::{Difference, differences};
use crate::output::style::{Styles, paint};
use crate::output::text::{cut, escape, pad, width, wrap};

const ARROW: &str = " → ";
/// Longer live values push the arrow out of its column.
const LIVE_COLUMNS: usize = 16;
/// Of a value longer than this the rest is left to `-o json`.
const VALUE_LINES: usize = 5;
/// How much further in a value stands that has no room beside its path.
const HANG: usize = 4;
const OWNERSHIP_PATH: &str = "ownership tags:";

pub fn list(page: &mut Page<'_>, indent: usize, changes: &[&FieldChange], ownership: Option<&str>) {
    let groups: Vec<_> = changes
        .iter()
        .map(|change| {
            let rows = differences(change).into_iter();
            let rows: Vec<_> = rows.map(|d| Row::new(&d, page.styles)).collect();
            (rows, &change.effect)
        })
        .collect();
    let all = || groups.iter().flat_map(|(rows, _)| rows);
    let widest = |widths: &mut dyn Iterator<Item = usize>, most| {
        widths.filter(|width| *width <= most).max().unwrap_or(0)
    };
    let ownership_width = ownership.map(|_| width(OWNERSHIP_PATH));
    let columns = Columns {
        indent,
        path: widest(
            &mut all().map(|row| width(&row.path)).chain(ownership_width),
            page.width * 9 / 20,
        ),
        live: widest(&mut all().map(|row| width(&row.live)), LIVE_COLUMNS),
    };
    for (rows, effect) in &groups {
        for row in rows {
            row.write(page, columns);
        }
        if let Some(effect) = effect {
            page.prose(indent + 2, Style::new(), effect);
        }
    }
    if let Some(what) = ownership {
        let path = paint(page.styles.dim, &pad(OWNERSHIP_PATH, columns.path));
        page.line(indent, &format!("{path} {what}"));
    }
}

/// Where the paths begin, where the values, and where the arrows stand behind them.
#[derive(Clone, Copy)]
struct Columns {
    indent: usize,
    path: usize,
    live: usize,
}

struct Row {
    path: String,
    live: String,
    desired: String,
    style: Style,
}

impl Row {
    fn new(difference: &Difference, styles: &Styles) -> Self {
        let Difference {
            path,
            live,
            desired,
        } = difference;
        Row {
            path: format!("{}:", escape(path)),
            live: value::show(live),
            desired: value::show(desired),
            style: match (live.is_null(), desired.is_null()) {
                (_, true) => styles.removed,
                (true, false) => styles.added,
                (false, false) => styles.changed,
            },
        }
    }

    /// In columns where they have room, else on one line, else one below the other.
    fn write(&self, page: &mut Page<'_>, columns: Columns) {
        let room = page.width.saturating_sub(columns.indent);
        let bare = Columns {
            path: 0,
            live: 0,
            ..columns
        };
        // Behind a path that is out of its column nothing stands in columns.
        let live = match width(&self.path) <= columns.path {
            true => columns.live,
            false => 0,
        };
        let aligned = Columns { live, ..columns };
        for columns in [aligned, Columns { live: 0, ..columns }, bare] {
            if self.width(columns) <= room {
                return page.line(columns.indent, &self.painted(columns, page.styles));
            }
        }
        for line in wrap(&self.path, room) {
            page.line(columns.indent, &paint(page.styles.dim, &line));
        }
        for line in long(&self.live, room.saturating_sub(HANG)) {
            page.line(columns.indent + HANG, &line);
        }
        let arrow = ARROW.trim_start();
        for (number, line) in long(&self.desired, room.saturating_sub(HANG + width(arrow)))
            .iter()
            .enumerate()
        {
            let lead = if number == 0 { arrow } else { "  " };
            let line = format!(
                "{}{}",
                paint(page.styles.dim, lead),
                paint(self.style, line)
            );
            page.line(columns.indent + HANG, &line);
        }
    }

    fn width(&self, columns: Columns) -> usize {
        let (path, live) = (width(&self.path), width(&self.live));
        path.max(columns.path) + 1 + live.max(columns.live) + width(ARROW) + width(&self.desired)
    }

    fn painted(&self, columns: Columns, styles: &Styles) -> String {
        format!(
            "{} {}{}{}",
            paint(styles.dim, &pad(&self.path, columns.path)),
            pad(&self.live, columns.live),
            paint(styles.dim, ARROW),
            paint(self.style, &self.desired)
        )
    }
}

fn long(text: &str, columns: usize) -> Vec<String> {
    let mut lines = wrap(text, columns);
    if lines.len() > VALUE_LINES {
        lines.truncate(VALUE_LINES);
        let last = lines.pop().unwrap_or_default();
        lines.push(format!("{}…", cut(&last, columns.saturating_sub(1))));
    }
    lines
}
