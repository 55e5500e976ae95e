//! The rows of queues.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use anstyle::Style;

use super::grid::{ALWAYS, Cell, Column, Form, Line};
use super::short;
use super::view::Sort;
use crate::model::tick::{Health, QueueRow};
use crate::model::units::Seconds;
use crate::output::glyphs::Glyphs;
use crate::output::style::Styles;

/// Where it is narrow they go in this order: LOSS (the reason below says it), DELAYED, OUT/S, IN/S, OLDEST, TREND,
/// FLIGHT.
pub const COLUMNS: [Column; 11] = [
    column("", Form::Mark, ALWAYS),
    column("QUEUE", Form::Name, ALWAYS),
    column("VISIBLE", Form::Number, ALWAYS),
    column("FLIGHT", Form::Number, 7),
    column("DELAYED", Form::Number, 2),
    column("DLQ", Form::Number, ALWAYS),
    column("OLDEST", Form::Number, 5),
    column("IN/S", Form::Number, 4),
    column("OUT/S", Form::Number, 3),
    column("TREND", Form::Trend, 6),
    column("LOSS", Form::Number, 1),
];

pub const fn column(head: &'static str, form: Form, keep: u8) -> Column {
    Column { head, form, keep }
}

/// The rows in order, those of the filter only.
pub fn lines(
    rows: &[QueueRow],
    sort: Sort,
    filter: &str,
    styles: &Styles,
    glyphs: &Glyphs,
) -> Vec<Line> {
    let rows = rows
        .iter()
        .filter(|row| super::view::matches(&row.id.key, filter));
    let mut rows: Vec<_> = rows.collect();
    order(&mut rows, sort);
    let mut lines = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let below = sort == Sort::Worst
            && row.is_dead_letter_queue
            && at
                .checked_sub(1)
                .is_some_and(|above| family(rows[above]) == family(row));
        lines.push(line(row, below, styles, glyphs));
    }
    lines
}

/// A queue and its dead-letter queue stand together: what fails in one shows in the other.
fn family(row: &QueueRow) -> &str {
    let dead = row.dead_letters.as_ref();
    dead.map_or(row.name.as_str(), |dead| dead.queue.as_str())
}

fn order(rows: &mut [&QueueRow], sort: Sort) {
    match sort {
        Sort::Name => rows.sort_by(|a, b| a.id.cmp(&b.id)),
        Sort::Depth => rows.sort_by_key(|row| Reverse(row.held())),
        Sort::Age => rows.sort_by_key(|row| Reverse(row.oldest_age)),
        Sort::Worst => {
            let mut families = BTreeMap::new();
            for row in rows.iter() {
                let (health, first) = families
                    .entry(family(row).to_owned())
                    .or_insert((row.health, &row.id));
                *health = row.health.max(*health);
                *first = (&row.id).min(*first);
            }
            let families: BTreeMap<_, _> = families
                .into_iter()
                .map(|(family, (health, first))| (family, (Reverse(health), first.clone())))
                .collect();
            rows.sort_by_cached_key(|row| {
                let of_family = families.get(family(row)).cloned();
                (of_family, row.is_dead_letter_queue, row.id.clone())
            });
        }
    }
}

fn line(row: &QueueRow, below: bool, styles: &Styles, glyphs: &Glyphs) -> Line {
    let plain = plain(
        row.sample.stale.is_some() || row.health == Health::Unknown,
        styles,
    );
    let number = |value: Option<u64>| count(value, plain, styles, glyphs);
    let rate = |rate: Option<f64>| match rate {
        Some(0.0) => Cell::new("0", styles.dim),
        rate => known(rate.map(short::rate), plain, styles, glyphs),
    };
    let branch = if below { glyphs.branch } else { "" };
    let dead = match &row.dead_letters {
        None => Cell::default(),
        Some(dead) => match dead.messages {
            Some(1..) => number(dead.messages).with(styles.hazard),
            messages => number(messages),
        },
    };
    let loss = row.loss.map(|loss| short::loss(loss, glyphs));
    let age = match row.oldest_age {
        Some(Seconds(0)) => Cell::new("0s", styles.dim),
        age => known(age.map(Seconds::in_short), plain, styles, glyphs),
    };
    let cells = vec![
        Cell::new(glyphs.of(row.health), styles.of_health(row.health)),
        Cell::new(format!("{branch}{}", row.id.key), plain),
        number(row.visible),
        number(row.in_flight),
        number(row.delayed),
        dead,
        age,
        rate(row.sent_per_second),
        rate(row.deleted_per_second),
        Cell::new(glyphs.sparkline(&row.trend), plain),
        Cell::new(loss.unwrap_or_default(), plain),
    ];
    Line {
        cells,
        note: note(row.health, &row.reasons, styles),
    }
}

/// Of a row that is not as it was just now.
pub fn plain(faded: bool, styles: &Styles) -> Style {
    match faded {
        true => styles.dim,
        false => Style::new(),
    }
}

pub fn note(health: Health, reasons: &[String], styles: &Styles) -> Option<Cell> {
    let style = match health {
        Health::Healthy => styles.dim,
        health => styles.of_health(health),
    };
    (!reasons.is_empty()).then(|| Cell::new(reasons.join("; "), style))
}

/// Zeros recede.
pub fn count(value: Option<u64>, plain: Style, styles: &Styles, glyphs: &Glyphs) -> Cell {
    match value {
        Some(0) => Cell::new("0", styles.dim),
        value => known(value.map(short::number), plain, styles, glyphs),
    }
}

pub fn known(value: Option<String>, plain: Style, styles: &Styles, glyphs: &Glyphs) -> Cell {
    match value {
        Some(value) => Cell::new(value, plain),
        None => Cell::new(glyphs.nothing, styles.dim),
    }
}
