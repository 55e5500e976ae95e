//! The picture at several sizes, of a shop that is well and of one that is not. The README shows the same.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::model::id::ResourceId;
use crate::model::tick::{
    DeadLetters, GateState, Health, Loss, QueueRow, Rhythm, SCHEMA_VERSION, Sample, TableRow, Tick,
    Totals,
};
use crate::model::units::Seconds;
use crate::output::glyphs::{ASCII, Glyphs, UNICODE};
use crate::output::style::Styles;
use crate::output::text::width;

const README: &str = include_str!("../../../README.md");
const DAY: u64 = 86_400;

fn sample() -> Sample {
    Sample {
        count: 9,
        ..Sample::default()
    }
}

fn queue(key: &str, visible: u64, rate: f64, trend: [u64; 10]) -> QueueRow {
    let is_dead = key.ends_with("-dlq");
    QueueRow {
        id: ResourceId::queue(key),
        name: key.into(),
        health: Health::Healthy,
        reasons: Vec::new(),
        visible: Some(visible),
        in_flight: Some(if rate > 0.0 { 2 } else { 0 }),
        delayed: Some(0),
        oldest_age: Some(Seconds(if visible > 0 { 4 } else { 0 })),
        sent_per_second: Some(rate),
        deleted_per_second: Some(rate),
        trend: trend.map(Some).to_vec(),
        dead_letters: (!is_dead).then(|| DeadLetters {
            queue: key.replace("queue", "dlq"),
            messages: Some(0),
        }),
        is_dead_letter_queue: is_dead,
        loss: None,
        sample: sample(),
    }
}

fn table(key: &str, items: u64, rate: f64) -> TableRow {
    TableRow {
        id: ResourceId::table(key),
        name: key.into(),
        health: Health::Healthy,
        reasons: Vec::new(),
        status: Some("ACTIVE".into()),
        items: Some(items),
        size_bytes: Some(items * 412),
        items_age_at_most: Seconds(21_600),
        read_units_per_second: Some(rate * 3.0),
        write_units_per_second: Some(rate),
        throttled_per_second: Some(0.0),
        indexes: Vec::new(),
        sample: sample(),
    }
}

fn healthy() -> Tick {
    let queues = vec![
        queue("email-notification-dlq", 0, 0.0, [0; 10]),
        queue(
            "email-notification-queue",
            3,
            2.1,
            [1, 2, 2, 4, 6, 9, 7, 4, 3, 3],
        ),
        queue("inventory-update-dlq", 0, 0.0, [0; 10]),
        queue(
            "inventory-update-queue",
            0,
            0.4,
            [0, 0, 1, 0, 0, 2, 0, 0, 0, 0],
        ),
        queue("order-processing-dlq", 0, 0.0, [0; 10]),
        queue(
            "order-processing-queue",
            12,
            1.8,
            [8, 9, 9, 14, 22, 31, 27, 19, 14, 12],
        ),
        queue("payment-processing-dlq", 0, 0.0, [0; 10]),
        queue(
            "payment-processing-queue",
            1,
            1.7,
            [1, 0, 2, 3, 3, 5, 4, 2, 1, 1],
        ),
    ];
    let tables = vec![
        table("Cart", 1_204, 3.2),
        table("Orders", 48_113, 1.8),
        table("Products", 2_310, 0.02),
        table("Reviews", 9_874, 0.1),
    ];
    Tick {
        schema_version: SCHEMA_VERSION,
        time: "2026-11-20T10:15:07Z".into(),
        project: "shopping".into(),
        env: Some("prod".into()),
        region: "us-east-1".into(),
        account: Some("123456789012".into()),
        health: Health::Healthy,
        totals: Totals {
            healthy: 12,
            visible: 16,
            in_flight: 8,
            items: 61_501,
            ..Totals::default()
        },
        queues,
        tables,
        stale: Vec::new(),
        gaps: Vec::new(),
        rhythm: Rhythm {
            interval_ms: 5_000,
            calls_per_minute: 109,
            dollars_per_month: 22.31,
        },
        gate: None,
    }
}

/// Three orders failed, and nobody pays any more.
fn failing() -> Tick {
    let mut tick = healthy();
    tick.health = Health::Critical;
    let dead = &mut tick.queues[4];
    dead.health = Health::Critical;
    dead.visible = Some(3);
    dead.oldest_age = Some(Seconds(DAY + 11_000));
    dead.trend = [0, 0, 0, 1, 1, 1, 2, 2, 3, 3].map(Some).to_vec();
    dead.loss = Some(Loss {
        at_least: Seconds(9 * DAY - 11_000),
        at_most: Seconds(13 * DAY - 11_000),
    });
    dead.reasons = vec!["3 dead letters; the oldest expires in 8d 20h to 12d".into()];
    let source = &mut tick.queues[5];
    source.dead_letters = Some(DeadLetters {
        queue: "order-processing-dlq".into(),
        messages: Some(3),
    });
    let payments = &mut tick.queues[7];
    payments.health = Health::Warning;
    payments.visible = Some(1_874);
    payments.oldest_age = Some(Seconds(1_140));
    payments.deleted_per_second = Some(0.0);
    payments.trend = [1, 0, 96, 310, 540, 790, 1_050, 1_322, 1_600, 1_874]
        .map(Some)
        .to_vec();
    payments.reasons = vec!["the oldest message waits 19m, longer than 3 attempts of 5m".into()];
    tick.totals = Totals {
        critical: 1,
        warning: 1,
        healthy: 10,
        visible: 1_892,
        in_flight: 8,
        dead_letters: 3,
        items: 61_501,
        ..Totals::default()
    };
    tick
}

fn picture(tick: &Tick, columns: usize, height: usize) -> String {
    drawn(tick, &mut View::default(), columns, height, &UNICODE).join("\n")
}

fn drawn(
    tick: &Tick,
    view: &mut View,
    columns: usize,
    height: usize,
    glyphs: &Glyphs,
) -> Vec<String> {
    let look = Look {
        width: columns,
        height,
        styles: &Styles::default(),
        glyphs,
    };
    let lines = frame(
        tick,
        view,
        &look,
        Some(std::time::Duration::from_millis(3_400)),
    );
    for line in &lines {
        assert!(width(line) <= columns, "{columns}: {line}");
    }
    assert!(lines.len() <= height);
    lines
}

#[test]
fn a_healthy_shop() {
    insta::assert_snapshot!("healthy_80", picture(&healthy(), 80, 24));
    insta::assert_snapshot!("healthy_140", picture(&healthy(), 140, 24));
}

#[test]
fn a_shop_with_dead_letters() {
    insta::assert_snapshot!("failing_80", picture(&failing(), 80, 26));
    insta::assert_snapshot!("failing_140", picture(&failing(), 140, 26));
}

#[test]
fn the_readme_shows_what_is_shown() {
    for (tick, height) in [(healthy(), 24), (failing(), 26)] {
        for columns in [80, 140] {
            let picture = picture(&tick, columns, height);
            assert!(
                README.contains(&picture),
                "put this into the README:\n{picture}"
            );
        }
    }
}

#[test]
fn any_width_holds_and_what_matters_stays() {
    for columns in 30..160 {
        let lines = drawn(&failing(), &mut View::default(), columns, 50, &UNICODE);
        let row = lines
            .iter()
            .find(|line| line.starts_with('✗') && line.contains('└'));
        let row = row.unwrap_or_else(|| panic!("{columns}: {lines:#?}"));
        assert!(row.contains(" 3"), "{columns}: {row}");
    }
}

#[test]
fn a_tiny_screen_gets_what_fits() {
    for columns in 0..30 {
        for height in [0, 1, 3, 10] {
            let look = Look {
                width: columns,
                height,
                styles: &Styles::default(),
                glyphs: &UNICODE,
            };
            let lines = frame(&failing(), &mut View::default(), &look, None);
            assert_eq!(lines.len(), height, "{columns}");
        }
    }
}

#[test]
fn columns_go_in_their_order() {
    let heads = |columns| {
        let lines = drawn(&failing(), &mut View::default(), columns, 50, &UNICODE);
        let head = lines.into_iter().find(|line| line.contains("QUEUE"));
        head.unwrap()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (columns, shown) in [
        (
            100,
            "QUEUE VISIBLE FLIGHT DELAYED DLQ OLDEST IN/S OUT/S TREND LOSS",
        ),
        (
            90,
            "QUEUE VISIBLE FLIGHT DELAYED DLQ OLDEST IN/S OUT/S TREND",
        ),
        (80, "QUEUE VISIBLE FLIGHT DLQ OLDEST IN/S OUT/S TREND"),
        (70, "QUEUE VISIBLE FLIGHT DLQ OLDEST IN/S TREND"),
        (64, "QUEUE VISIBLE FLIGHT DLQ OLDEST TREND"),
        (56, "QUEUE VISIBLE FLIGHT DLQ TREND"),
        (48, "QUEUE VISIBLE FLIGHT DLQ"),
        (40, "QUEUE VISIBLE DLQ"),
    ] {
        assert_eq!(heads(columns), shown, "{columns}");
    }
}

#[test]
fn what_is_unknown_or_stale_says_so_and_why() {
    let mut tick = healthy();
    let row = &mut tick.queues[1];
    row.sample.stale = Some("GetQueueAttributes: Rate exceeded (RequestThrottled)".into());
    row.reasons =
        vec!["stale for 20s: GetQueueAttributes: Rate exceeded (RequestThrottled)".into()];
    tick.stale = vec![row.id.clone()];
    for row in &mut tick.queues {
        (row.oldest_age, row.sent_per_second, row.deleted_per_second) = (None, None, None);
    }
    tick.tables.clear();
    tick.account = None;
    tick.gaps = vec!["ages and rates are not known: CloudWatch GetMetricData: access denied: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: cloudwatch:GetMetricData (AccessDenied)".into()];
    insta::assert_snapshot!("stale_80", picture(&tick, 80, 24));
}

#[test]
fn a_locale_without_signs_gets_ascii() {
    let mut tick = failing();
    tick.gate = Some(GateState {
        until: Some("healthy"),
        ..GateState::default()
    });
    let lines = drawn(&tick, &mut View::default(), 80, 26, &ASCII);
    assert!(lines.iter().all(|line| line.is_ascii()), "{lines:#?}");
    insta::assert_snapshot!("ascii_80", lines.join("\n"));
}

#[test]
fn a_pipe_gets_all_of_it_and_nothing_that_moves() {
    let look = Look {
        width: 80,
        height: usize::MAX,
        styles: &Styles::default(),
        glyphs: &UNICODE,
    };
    let block = block(&failing(), &look);
    assert!(block.contains("2026-11-20T10:15:07Z") && block.contains("Reviews"));
    for word in ["next in", "quit", "\u{1b}"] {
        assert!(!block.contains(word), "{word}");
    }
}

fn press(view: &mut View, keys: &[KeyCode]) -> Wish {
    let mut wish = Wish::Stay;
    for key in keys {
        wish = view.press(KeyEvent::new(*key, KeyModifiers::NONE));
    }
    wish
}

#[test]
fn keys_leave_pause_sort_and_help() {
    let mut view = View::default();
    assert_eq!(press(&mut view, &[KeyCode::Char('q')]), Wish::Leave);
    let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(view.press(ctrl_c), Wish::Leave);
    press(&mut view, &[KeyCode::Char('p'), KeyCode::Char('s')]);
    let lines = drawn(&failing(), &mut view, 80, 24, &UNICODE);
    assert!(lines[0].ends_with("paused"), "{}", lines[0]);
    assert!(lines[4].contains("email-notification-dlq"), "{lines:#?}");
    press(&mut view, &[KeyCode::Char('s')]);
    let lines = drawn(&failing(), &mut view, 80, 24, &UNICODE);
    assert!(lines[4].contains("payment-processing-queue"), "{lines:#?}");
    press(&mut view, &[KeyCode::Char('?')]);
    let lines = drawn(&failing(), &mut view, 80, 24, &UNICODE);
    assert!(lines.iter().any(|line| line.contains("expires")));
    press(&mut view, &[KeyCode::Esc]);
    assert!(!view.help);
}

#[test]
fn a_filter_is_typed_kept_and_cleared() {
    let mut view = View::default();
    press(
        &mut view,
        &[KeyCode::Char('/'), KeyCode::Char('Q'), KeyCode::Char('p')],
    );
    press(&mut view, &[KeyCode::Backspace]);
    assert_eq!((view.filter.as_str(), view.typing), ("Q", true));
    press(
        &mut view,
        &[
            KeyCode::Backspace,
            KeyCode::Char('P'),
            KeyCode::Char('a'),
            KeyCode::Enter,
        ],
    );
    let lines = drawn(&failing(), &mut view, 80, 24, &UNICODE).join("\n");
    assert!(lines.contains("payment") && !lines.contains("Cart") && !lines.contains("email"));
    assert!(lines.contains("only with \"Pa\""));
    press(&mut view, &[KeyCode::Esc]);
    assert_eq!(view.filter, "");
}

#[test]
fn what_is_higher_than_the_screen_scrolls_to_its_end_and_no_further() {
    let mut view = View::default();
    let first = drawn(&failing(), &mut view, 80, 14, &UNICODE);
    assert!(first[13].ends_with("1-7 of 17"), "{first:#?}");
    press(
        &mut view,
        &[KeyCode::PageDown, KeyCode::PageDown, KeyCode::PageDown],
    );
    let last = drawn(&failing(), &mut view, 80, 14, &UNICODE);
    assert!(
        last[9].contains("Reviews") && last[13].ends_with("11-17 of 17"),
        "{last:#?}"
    );
    assert!(last[3].contains("VISIBLE"), "{last:#?}");
    press(&mut view, &[KeyCode::Up]);
    let up = drawn(&failing(), &mut view, 80, 14, &UNICODE);
    assert!(up[13].ends_with("10-16 of 17"));
    press(&mut view, &[KeyCode::Home]);
    assert_eq!(drawn(&failing(), &mut view, 80, 14, &UNICODE), first);
}
