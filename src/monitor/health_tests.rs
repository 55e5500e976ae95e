//! The rules as tables.

use super::*;
use crate::model::id::ResourceId;
use crate::model::tick::IndexRow;

fn seen() -> Sample {
    Sample {
        count: 1,
        ..Sample::default()
    }
}

fn queue() -> QueueRow {
    QueueRow {
        id: ResourceId::queue("orders"),
        name: "orders".into(),
        health: Health::default(),
        reasons: Vec::new(),
        visible: Some(0),
        in_flight: Some(0),
        delayed: Some(0),
        oldest_age: None,
        sent_per_second: None,
        deleted_per_second: None,
        trend: Vec::new(),
        dead_letters: None,
        is_dead_letter_queue: false,
        loss: None,
        sample: seen(),
    }
}

fn table() -> TableRow {
    TableRow {
        id: ResourceId::table("Orders"),
        name: "Orders".into(),
        health: Health::default(),
        reasons: Vec::new(),
        status: Some("ACTIVE".into()),
        items: Some(0),
        size_bytes: Some(0),
        items_age_at_most: Seconds(21_600),
        read_units_per_second: None,
        write_units_per_second: None,
        throttled_per_second: None,
        indexes: Vec::new(),
        sample: seen(),
    }
}

const THRICE: Attempts = Attempts {
    count: 3,
    visibility_timeout: Seconds(300),
};

#[track_caller]
fn says(verdict: Verdict, health: Health, reason: &str) {
    assert_eq!(
        (verdict.health, verdict.reasons.join(" / ").as_str()),
        (health, reason)
    );
}

#[test]
fn an_old_message_is_a_warning_past_all_attempts_or_past_what_is_set() {
    let set = |seconds| Thresholds {
        oldest_age: Some(Seconds(seconds)),
        ..Thresholds::default()
    };
    let unset = Thresholds::default();
    let waits = "the oldest message waits 15m, longer than";
    for (age, attempts, thresholds, reason) in [
        (Some(900), Some(THRICE), &unset, None),
        (Some(901), Some(THRICE), &unset, Some("3 attempts of 5m")),
        (Some(901), None, &unset, None),
        (Some(901), None, &set(600), Some("10m")),
        (Some(901), Some(THRICE), &set(600), Some("10m")),
        (Some(901), Some(THRICE), &set(3_600), None),
        (None, Some(THRICE), &set(0), None),
        (
            Some(901),
            Some(Attempts {
                visibility_timeout: Seconds(0),
                count: 3,
            }),
            &unset,
            None,
        ),
    ] {
        let row = QueueRow {
            oldest_age: age.map(Seconds),
            ..queue()
        };
        let verdict = of_queue(&row, attempts, false, thresholds);
        match reason {
            Some(reason) => says(verdict, Health::Warning, &format!("{waits} {reason}")),
            None => says(verdict, Health::Healthy, ""),
        }
    }
}

#[test]
fn dead_letters_are_critical_wherever_they_are_in_the_queue() {
    const DAY: u64 = 86_400;
    let loss = |least, most| {
        Some(Loss {
            at_least: Seconds(least),
            at_most: Seconds(most),
        })
    };
    for (visible, in_flight, allowed, loss, reason) in [
        (0, 0, 0, None, ""),
        (1, 0, 0, None, "1 dead letter"),
        (0, 1, 0, None, "1 dead letter"),
        (2, 1, 2, None, "3 dead letters"),
        (2, 0, 2, None, ""),
        (
            3,
            0,
            0,
            loss(9 * DAY, 13 * DAY),
            "3 dead letters; the oldest expires in 9d to 13d",
        ),
        (
            1,
            0,
            0,
            loss(0, DAY + 3_600),
            "1 dead letter; it expires within 1d 1h",
        ),
        (1, 0, 0, loss(40, 40), "1 dead letter; it expires in 40s"),
        (1, 0, 0, loss(0, 0), "1 dead letter; it expires now"),
    ] {
        let row = QueueRow {
            visible: Some(visible),
            in_flight: Some(in_flight),
            is_dead_letter_queue: true,
            oldest_age: Some(Seconds(DAY)),
            loss,
            ..queue()
        };
        let thresholds = Thresholds {
            dead_letters: allowed,
            ..Thresholds::default()
        };
        let health = match reason {
            "" => Health::Healthy,
            _ => Health::Critical,
        };
        says(of_queue(&row, None, false, &thresholds), health, reason);
    }
}

#[test]
fn what_is_not_seen_is_unknown_then_stale_then_critical() {
    for (count, age, stale, health, reason) in [
        (0, 0, None, Health::Unknown, ""),
        (0, 10, Some("no"), Health::Unknown, "not seen yet: no"),
        (5, 65, Some("no"), Health::Healthy, "stale for 1m 5s: no"),
        (5, 299, Some("no"), Health::Healthy, "stale for 4m 59s: no"),
        (5, 300, Some("no"), Health::Critical, "not seen for 5m: no"),
        (0, 300, Some("no"), Health::Critical, "not seen for 5m: no"),
        // Nobody looked: paused, or AWS asked for fewer calls.
        (5, 900, None, Health::Healthy, ""),
    ] {
        let sample = Sample {
            count,
            age: Seconds(age),
            stale: stale.map(str::to_owned),
        };
        let row = TableRow {
            sample: sample.clone(),
            ..table()
        };
        says(
            of_table(&row, false, &Thresholds::default()),
            health,
            reason,
        );
        let row = QueueRow { sample, ..queue() };
        says(
            of_queue(&row, None, false, &Thresholds::default()),
            health,
            reason,
        );
    }
}

#[test]
fn a_table_has_to_be_active_whole_and_unthrottled() {
    let building = IndexRow {
        name: "by-user".into(),
        status: "CREATING".into(),
        percent: Some(41.7),
    };
    let updating = TableRow {
        status: Some("UPDATING".into()),
        indexes: vec![building.clone()],
        ..table()
    };
    let filling = "index by-user is CREATING, 42 % filled";
    let thresholds = Thresholds {
        throttles: 6,
        ..Thresholds::default()
    };
    let throttled = |rate| TableRow {
        throttled_per_second: Some(rate),
        ..table()
    };
    for (row, health, reason) in [
        (table(), Health::Healthy, String::new()),
        (
            updating,
            Health::Warning,
            format!("the table is UPDATING / {filling}"),
        ),
        (
            TableRow {
                status: Some("CREATING".into()),
                ..table()
            },
            Health::Critical,
            "the table is CREATING".to_owned(),
        ),
        (
            TableRow {
                indexes: vec![building],
                ..table()
            },
            Health::Warning,
            filling.to_owned(),
        ),
        (throttled(0.1), Health::Healthy, String::new()),
        (
            throttled(0.15),
            Health::Warning,
            "9 requests throttled in a minute".to_owned(),
        ),
    ] {
        says(of_table(&row, false, &thresholds), health, &reason);
    }
}

#[test]
fn what_is_not_there_is_critical_and_nothing_else() {
    let row = QueueRow {
        is_dead_letter_queue: true,
        visible: Some(4),
        ..queue()
    };
    let unset = Thresholds::default();
    says(
        of_queue(&row, None, true, &unset),
        Health::Critical,
        "there is no such queue",
    );
    says(
        of_table(&table(), true, &unset),
        Health::Critical,
        "there is no such table",
    );
}
