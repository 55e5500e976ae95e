//! The rows of tables.

use std::cmp::Reverse;

use super::grid::{ALWAYS, Cell, Column, Form, Line};
use super::queues::{column, count, known, note, plain};
use super::short;
use super::view::Sort;
use crate::model::tick::{Health, TableRow};
use crate::output::glyphs::Glyphs;
use crate::output::style::Styles;

/// Where it is narrow they go in this order: SIZE, WRITE/S, READ/S, ITEMS. AWS counts items and bytes every six hours.
pub const COLUMNS: [Column; 8] = [
    column("", Form::Mark, ALWAYS),
    column("TABLE", Form::Name, ALWAYS),
    column("STATUS", Form::Word, ALWAYS),
    column("ITEMS (6h)", Form::Number, 4),
    column("SIZE", Form::Number, 1),
    column("READ/S", Form::Number, 3),
    column("WRITE/S", Form::Number, 2),
    column("THROTTLED/S", Form::Number, 5),
];

/// The rows in order, those of the filter only.
pub fn lines(
    rows: &[TableRow],
    sort: Sort,
    filter: &str,
    styles: &Styles,
    glyphs: &Glyphs,
) -> Vec<Line> {
    let rows = rows
        .iter()
        .filter(|row| super::view::matches(&row.id.key, filter));
    let mut rows: Vec<_> = rows.collect();
    match sort {
        Sort::Worst => rows.sort_by_key(|row| Reverse(row.health)),
        Sort::Depth => rows.sort_by_key(|row| Reverse(row.items)),
        Sort::Name | Sort::Age => {}
    }
    let lines = rows.into_iter().map(|row| line(row, styles, glyphs));
    lines.collect()
}

fn line(row: &TableRow, styles: &Styles, glyphs: &Glyphs) -> Line {
    let plain = plain(
        row.sample.stale.is_some() || row.health == Health::Unknown,
        styles,
    );
    let rate = |rate: Option<f64>| match rate {
        Some(0.0) => Cell::new("0", styles.dim),
        rate => known(rate.map(short::rate), plain, styles, glyphs),
    };
    let throttled = match row.throttled_per_second {
        Some(some) if some > 0.0 => rate(Some(some)).with(styles.changed),
        other => rate(other),
    };
    let status = known(row.status.clone(), plain, styles, glyphs);
    let cells = vec![
        Cell::new(glyphs.of(row.health), styles.of_health(row.health)),
        Cell::new(row.id.key.clone(), plain),
        match row.status.as_deref() {
            Some("ACTIVE") | None => status,
            Some(_) => status.with(styles.hazard),
        },
        count(row.items, plain, styles, glyphs),
        known(row.size_bytes.map(short::size), plain, styles, glyphs),
        rate(row.read_units_per_second),
        rate(row.write_units_per_second),
        throttled,
    ];
    Line {
        cells,
        note: note(row.health, &row.reasons, styles),
    }
}
