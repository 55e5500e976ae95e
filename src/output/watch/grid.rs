//! A table that fits: columns are dropped in a stated order, names cut in the middle, nothing wraps.

use anstyle::Style;
use comfy_table::{CellAlignment, Table, presets};

use super::short::cut_middle;
use crate::output::glyphs::Glyphs;
use crate::output::style::{Styles, paint};
use crate::output::text::{escape, width, wrap};

/// A name is not cut to less before columns are dropped.
const NAME_MIN: usize = 24;
/// Of a trend, before columns are dropped.
const TREND_MIN: usize = 6;
/// A reason takes no more lines.
const NOTE_LINES: usize = 2;
const NOTE_INDENT: usize = 4;
/// Between columns; after the mark one.
const GAP: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Mark,
    /// May be cut.
    Name,
    Word,
    Number,
    /// May be shortened to its newest values.
    Trend,
}

/// `keep`: the column with the smallest goes first; those with the largest stay.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub head: &'static str,
    pub form: Form,
    pub keep: u8,
}

/// Columns that stay whatever the width.
pub const ALWAYS: u8 = u8::MAX;

#[derive(Clone, Debug, Default)]
pub struct Cell {
    pub text: String,
    pub style: Style,
}

impl Cell {
    pub fn new(text: impl Into<String>, style: Style) -> Cell {
        let text = escape(&text.into()).into_owned();
        Cell { text, style }
    }

    pub fn with(self, style: Style) -> Cell {
        Cell { style, ..self }
    }
}

/// A cell for each column, and what is to be said below.
#[derive(Clone, Debug)]
pub struct Line {
    pub cells: Vec<Cell>,
    pub note: Option<Cell>,
}

pub fn grid(
    columns: &[Column],
    mut rows: Vec<Line>,
    room: usize,
    styles: &Styles,
    glyphs: &Glyphs,
) -> Vec<String> {
    let fitted = fit(columns, &rows, room);
    for row in &mut rows {
        for place in &fitted {
            let cell = &mut row.cells[place.column];
            match columns[place.column].form {
                Form::Name => cell.text = cut_middle(&cell.text, place.width, glyphs),
                Form::Trend => cell.text = newest(&cell.text, place.width),
                _ => {}
            }
        }
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let heads = fitted.iter().map(|place| columns[place.column].head);
    table.set_header(heads.collect::<Vec<_>>());
    for row in &rows {
        let cells = fitted.iter().map(|place| &row.cells[place.column].text);
        table.add_row(cells.collect::<Vec<_>>());
    }
    for (place, column) in fitted.iter().zip(table.column_iter_mut()) {
        let gap = u16::try_from(place.gap).unwrap_or_default();
        column.set_padding((0, gap));
        if columns[place.column].form == Form::Number {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut drawn = table.lines();
    let mut lines: Vec<_> = drawn
        .next()
        .map(|head| paint(styles.dim, head.trim_end()))
        .into_iter()
        .collect();
    for (line, row) in drawn.zip(&rows) {
        lines.push(painted(&line, &fitted, row));
        lines.extend(note(row, room));
    }
    lines
}

/// A column that is shown.
struct Place {
    column: usize,
    width: usize,
    gap: usize,
}

fn fit(columns: &[Column], rows: &[Line], room: usize) -> Vec<Place> {
    let mut places: Vec<_> = (0..columns.len())
        .map(|column| {
            let cells = rows.iter().map(|row| width(&row.cells[column].text));
            let head = width(columns[column].head);
            Place {
                column,
                width: cells.max().unwrap_or(0).max(head),
                gap: if columns[column].form == Form::Mark {
                    1
                } else {
                    GAP
                },
            }
        })
        .collect();
    loop {
        if let Some(last) = places.last_mut() {
            last.gap = 0;
        }
        let least = |form: Form, width: usize| match form {
            Form::Name => width.min(NAME_MIN),
            Form::Trend => width.min(TREND_MIN),
            _ => width,
        };
        let all = places.iter();
        let needed: usize = all
            .map(|it| least(columns[it.column].form, it.width) + it.gap)
            .sum();
        let weakest = places.iter().min_by_key(|it| columns[it.column].keep);
        match weakest.map(|it| it.column) {
            Some(weakest) if needed > room && columns[weakest].keep < ALWAYS => {
                places.retain(|it| it.column != weakest);
            }
            _ => break,
        }
    }
    // The trend gives way before the name.
    for form in [Form::Trend, Form::Name] {
        let total: usize = places.iter().map(|it| it.width + it.gap).sum();
        let over = total.saturating_sub(room);
        for place in places
            .iter_mut()
            .filter(|it| columns[it.column].form == form)
        {
            let floor = match form {
                Form::Trend => TREND_MIN.min(place.width),
                _ => 1,
            };
            place.width = place.width.saturating_sub(over).max(floor);
        }
    }
    places
}

fn newest(trend: &str, columns: usize) -> String {
    let length = trend.chars().count();
    trend.chars().skip(length.saturating_sub(columns)).collect()
}

/// The line in the styles of its cells.
fn painted(line: &str, places: &[Place], row: &Line) -> String {
    let mut signs = line.chars();
    let mut text = String::new();
    for place in places {
        let cell: String = signs.by_ref().take(place.width).collect();
        let inner = cell.trim();
        let before = cell.len() - cell.trim_start().len();
        let after = cell.len() - inner.len() - before;
        text.push_str(&" ".repeat(before));
        text.push_str(&paint(row.cells[place.column].style, inner));
        text.push_str(&" ".repeat(after));
        text.extend(signs.by_ref().take(place.gap));
    }
    text.trim_end().to_owned()
}

fn note(row: &Line, room: usize) -> Vec<String> {
    let Some(note) = &row.note else {
        return Vec::new();
    };
    let lines = wrap(&note.text, room.saturating_sub(NOTE_INDENT));
    let lines = lines.iter().take(NOTE_LINES);
    lines
        .map(|line| format!("{:NOTE_INDENT$}{}", "", paint(note.style, line)))
        .collect()
}
