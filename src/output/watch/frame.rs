//! The whole picture: where and when, the rows, the totals, what it costs, the keys.

use std::time::Duration;

use super::grid::{Line, grid};
use super::view::{Sort, View};
use super::{queues, short, tables};
use crate::model::tick::{GateState, Health, Tick};
use crate::output::glyphs::Glyphs;
use crate::output::style::{Styles, paint};
use crate::output::text::{count, cut, escape, width, wrap};

/// What a picture has to fit into.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub width: usize,
    pub height: usize,
    pub styles: &'a Styles,
    pub glyphs: &'a Glyphs,
}

impl Look<'_> {
    /// At most the width.
    fn cut(&self, text: &str) -> String {
        cut(text, self.width).replace('…', self.glyphs.cut)
    }
}

/// Lines above the rows.
const HEAD: usize = 3;
/// What could not be had takes no more lines.
const GAP_LINES: usize = 3;

const HELP: [(&str, &str); 10] = [
    ("q, Ctrl-C", "leave"),
    ("p", "pause, and go on"),
    (
        "s",
        "sort: worst first, by name, fullest first, oldest first",
    ),
    (
        "/ or f",
        "only names with these letters; Enter keeps, Esc clears",
    ),
    ("up, down, Page", "scroll"),
    ("", ""),
    ("DLQ", "messages in the queue's dead-letter queue"),
    ("OLDEST, .../S", "from CloudWatch, a minute or two old"),
    ("LOSS", "until a dead-letter queue's oldest message expires"),
    ("ITEMS, SIZE", "AWS counts them about every six hours"),
];

/// Lines for one screen. `next`: until the next tick; `None`: it is under way.
pub fn frame(tick: &Tick, view: &mut View, look: &Look<'_>, next: Option<Duration>) -> Vec<String> {
    let mut head = vec![
        title(tick, look, &when(tick, view, next)),
        summary(tick, view, look),
        String::new(),
    ];
    let body = match view.help {
        true => help(look),
        false => body(tick, view.sort, &view.filter, look),
    };
    let mut foot = foot(tick, look);
    foot.insert(0, String::new());
    foot.push(String::new());
    let room = look.height.saturating_sub(head.len() + foot.len()).max(1);
    // The first line of a page may give way to the heads of its columns.
    view.page = room.saturating_sub(1);
    view.top = view.top.min(body.len().saturating_sub(room));
    let last = body.len().min(view.top + room);
    let hidden = body.len() > room;
    let position = hidden.then(|| format!("{}-{last} of {}", view.top + 1, body.len()));
    if let Some(keys) = foot.last_mut() {
        *keys = self::keys(view, look, position.as_deref());
    }
    head.extend_from_slice(&body[view.top..last]);
    if let Some(columns) = columns_above(&body, view.top).filter(|_| !view.help) {
        head[HEAD].clone_from(columns);
    }
    let missing = room.saturating_sub(last - view.top);
    head.extend(std::iter::repeat_n(String::new(), missing));
    head.extend(foot);
    head.truncate(look.height);
    head
}

/// The heads of the columns of the line at `top`, where they are scrolled out.
fn columns_above(body: &[String], top: usize) -> Option<&String> {
    let begins = |at: usize| at == 0 || body[at - 1].is_empty();
    let within = body.get(top).is_some_and(|line| !line.is_empty()) && !begins(top);
    let heads = within.then(|| (0..top).rev().find(|at| begins(*at)));
    body.get(heads??)
}

/// The same for a pipe: nothing is hidden, nothing moves.
pub fn block(tick: &Tick, look: &Look<'_>) -> String {
    let mut lines = vec![
        title(tick, look, &tick.time),
        summary(tick, &View::default(), look),
        String::new(),
    ];
    lines.extend(body(tick, Sort::Worst, "", look));
    lines.push(String::new());
    lines.extend(foot(tick, look));
    lines.push(String::new());
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn when(tick: &Tick, view: &View, next: Option<Duration>) -> String {
    // 2026-11-20T10:15:00Z
    let time = tick.time.get(11..19).unwrap_or(&tick.time);
    let next = match (view.paused, next) {
        (true, _) => "paused".to_owned(),
        (false, None) => "looking".to_owned(),
        (false, Some(next)) => format!("next in {} s", next.as_millis().div_ceil(1_000)),
    };
    format!("{time} UTC, {next}")
}

fn title(tick: &Tick, look: &Look<'_>, when: &str) -> String {
    let account = tick.account.as_deref().unwrap_or("account not known yet");
    let place = [
        tick.env.as_deref().unwrap_or_default(),
        &tick.region,
        account,
    ];
    let place = place.iter().filter(|part| !part.is_empty());
    let part = format!(" {} ", look.glyphs.part);
    let place: String = place.map(|part_of| format!("{part}{part_of}")).collect();
    let room = look.width.saturating_sub(width(when) + 2);
    let left = width(&tick.project) + width(&place);
    if left > room {
        let text = format!("{}{place}", tick.project);
        let text = cut(&text, room).replace('…', look.glyphs.cut);
        return look.cut(&format!("{text}  {when}"));
    }
    let gap = room - left + 2;
    format!(
        "{}{place}{:gap$}{when}",
        paint(look.styles.name, &tick.project),
        ""
    )
}

/// How many rows are how well.
fn summary(tick: &Tick, view: &View, look: &Look<'_>) -> String {
    let totals = &tick.totals;
    let counts = [
        (Health::Critical, totals.critical, "critical"),
        (Health::Warning, totals.warning, "warning"),
        (Health::Unknown, totals.unknown, "unknown"),
        (Health::Healthy, totals.healthy, "healthy"),
    ];
    let counts = counts.iter().filter(|(_, number, _)| *number > 0);
    let mut parts: Vec<_> = counts
        .map(|(health, number, word)| {
            let text = format!("{} {number} {word}", look.glyphs.of(*health));
            (text, look.styles.of_health(*health))
        })
        .collect();
    if !tick.stale.is_empty() {
        parts.push((format!("{} stale", tick.stale.len()), look.styles.dim));
    }
    if !view.filter.is_empty() && !view.typing {
        let filter = format!("only with \"{}\"", escape(&view.filter));
        parts.push((filter, look.styles.changed));
    }
    let mut line = String::new();
    let mut room = look.width;
    for (text, style) in parts {
        let gap = if line.is_empty() { 0 } else { 3 };
        let Some(left) = room.checked_sub(gap + width(&text)) else {
            break;
        };
        line.push_str(&" ".repeat(gap));
        line.push_str(&paint(style, &text));
        room = left;
    }
    line
}

/// What is worse stands first.
fn body(tick: &Tick, sort: Sort, filter: &str, look: &Look<'_>) -> Vec<String> {
    let (styles, glyphs) = (look.styles, look.glyphs);
    let queues = queues::lines(&tick.queues, sort, filter, styles, glyphs);
    let tables = tables::lines(&tick.tables, sort, filter, styles, glyphs);
    let drawn = |columns: &[_], lines: Vec<Line>| match lines.is_empty() {
        true => Vec::new(),
        false => grid(columns, lines, look.width, styles, glyphs),
    };
    let queues = drawn(&queues::COLUMNS, queues);
    let tables = drawn(&tables::COLUMNS, tables);
    let worst_queue = tick.queues.iter().map(|row| row.health).max();
    let worst_table = tick.tables.iter().map(|row| row.health).max();
    let (first, second) = match worst_table > worst_queue && !queues.is_empty() {
        true => (tables, queues),
        false => (queues, tables),
    };
    let gap = !first.is_empty() && !second.is_empty();
    let mut lines = first;
    lines.extend(gap.then(String::new));
    lines.extend(second);
    if lines.is_empty() {
        lines.push(paint(styles.dim, "nothing to show"));
    }
    lines
}

fn foot(tick: &Tick, look: &Look<'_>) -> Vec<String> {
    let totals = &tick.totals;
    let number = |number: u64, noun: &str| format!("{} {noun}", short::number(number));
    let held = [
        (totals.visible, "visible"),
        (totals.in_flight, "in flight"),
        (totals.delayed, "delayed"),
        (totals.dead_letters, "dead"),
    ];
    let held = held.map(|(held, noun)| number(held, noun)).join(", ");
    let sums = format!(
        "{}: {held}; {}: {}",
        count(tick.queues.len(), "queue"),
        count(tick.tables.len(), "table"),
        number(totals.items, "items"),
    );
    let cost = format!(
        "{} AWS calls a minute, about ${:.2} a month",
        tick.rhythm.calls_per_minute, tick.rhythm.dollars_per_month
    );
    let mut lines = vec![look.cut(&sums)];
    for gap in &tick.gaps {
        let wrapped = wrap(gap, look.width);
        lines.extend(
            wrapped
                .iter()
                .take(GAP_LINES)
                .map(|line| paint(look.styles.changed, line)),
        );
    }
    if let Some(gate) = &tick.gate {
        lines.push(look.cut(&gate_line(gate)));
    }
    lines.push(paint(look.styles.dim, &look.cut(&cost)));
    lines
}

fn gate_line(gate: &GateState) -> String {
    let until = gate.until.map(|until| format!("--until {until}"));
    let fail_on = gate.fail_on.map(|fail_on| format!("--fail-on {fail_on}"));
    let wanted: Vec<_> = until.into_iter().chain(fail_on).collect();
    let wanted = wanted.join(" ");
    let first = gate.because.first();
    let first = first.map(|it| format!("{}: {}", it.id, escape(&it.why)));
    match (gate.passed, first) {
        (Some(true), _) => format!("{wanted}: it is so"),
        (Some(false), first) => format!("{wanted}: failed, {}", first.unwrap_or_default()),
        (None, None) => format!("{wanted}: nothing has failed"),
        (None, Some(first)) => {
            let others = gate.because.len() - 1;
            let others = if others > 0 {
                format!(" and {others} more")
            } else {
                String::new()
            };
            let so_far = match gate.until {
                Some(_) => "not yet,",
                None => "nothing has failed, but",
            };
            format!("{wanted}: {so_far} {first}{others}")
        }
    }
}

fn keys(view: &View, look: &Look<'_>, position: Option<&str>) -> String {
    if view.typing {
        let prompt = format!("filter: {}_", escape(&view.filter));
        let hint = "  Enter keeps it, Esc clears it";
        return format!("{prompt}{}", paint(look.styles.dim, hint));
    }
    let pause = if view.paused { "p go on" } else { "p pause" };
    let sort = format!("s sort: {}", view.sort.word());
    let keys = ["q quit", pause, &sort, "/ filter", "? help"].join("   ");
    let Some(position) = position else {
        return paint(look.styles.dim, &look.cut(&keys));
    };
    let room = look.width.saturating_sub(width(position) + 2);
    let keys = cut(&keys, room).replace('…', look.glyphs.cut);
    // The sign for what is cut off needs room as well.
    let gap = (room + 2).saturating_sub(width(&keys));
    paint(
        look.styles.dim,
        &look.cut(&format!("{keys}{:gap$}{position}", "")),
    )
}

fn help(look: &Look<'_>) -> Vec<String> {
    let widest = HELP.iter().map(|(key, _)| width(key)).max().unwrap_or(0);
    let lines = HELP.iter().map(|(key, what)| {
        let gap = widest - width(key) + 2;
        let line = format!("{key}{:gap$}{what}", "");
        look.cut(&line)
    });
    lines.collect()
}
