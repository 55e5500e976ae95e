//! Ticks in a row, and what a gate makes of them.

use super::*;
use crate::model::tick::{Rhythm, SCHEMA_VERSION, Totals};
use crate::model::units::Seconds;

fn queue(key: &str, held: Option<u64>, dead_letters: bool) -> QueueRow {
    QueueRow {
        id: ResourceId::queue(key),
        name: key.into(),
        health: match held {
            None => Health::Unknown,
            Some(1..) if dead_letters => Health::Critical,
            Some(_) => Health::Healthy,
        },
        reasons: Vec::new(),
        visible: held,
        in_flight: held.map(|_| 0),
        delayed: held.map(|_| 0),
        oldest_age: None,
        sent_per_second: None,
        deleted_per_second: None,
        trend: Vec::new(),
        dead_letters: None,
        is_dead_letter_queue: dead_letters,
        loss: None,
        sample: Sample::default(),
    }
}

/// `orders` and `orders-dlq` after so many samples of each, holding so much.
fn tick(samples: [u64; 2], held: [u64; 2]) -> Tick {
    let mut queues = vec![
        queue("orders", Some(held[0]), false),
        queue("orders-dlq", Some(held[1]), true),
    ];
    for (row, count) in queues.iter_mut().zip(samples) {
        row.sample.count = count;
    }
    Tick {
        schema_version: SCHEMA_VERSION,
        time: String::new(),
        project: "shop".into(),
        env: None,
        region: "us-east-1".into(),
        account: None,
        health: Health::Healthy,
        queues,
        tables: Vec::new(),
        stale: Vec::new(),
        totals: Totals::default(),
        gaps: Vec::new(),
        rhythm: Rhythm::default(),
        gate: None,
    }
}

fn gate(until: Option<Until>, fail_on: Option<FailOn>) -> Gate {
    Gate::new(until, fail_on, Thresholds::default())
}

/// What the gate says after each tick.
fn passed(mut gate: Gate, ticks: impl IntoIterator<Item = Tick>) -> Vec<Option<bool>> {
    let ticks = ticks.into_iter();
    ticks.map(|tick| gate.see(&tick).passed).collect()
}

#[test]
fn a_state_is_reached_with_three_fresh_samples_of_every_row() {
    let healthy = |samples| tick(samples, [7, 0]);
    for (samples, wanted) in [
        // The same sample twice is one.
        (
            [[1, 1], [2, 2], [2, 2], [3, 3]],
            [None, None, None, Some(true)],
        ),
        // One row lags behind.
        (
            [[1, 1], [2, 1], [3, 2], [4, 3]],
            [None, None, None, Some(true)],
        ),
        ([[1, 1], [2, 2], [3, 2], [4, 2]], [None; 4]),
    ] {
        let ticks = samples.map(healthy);
        assert_eq!(passed(gate(Some(Until::Healthy), None), ticks), wanted);
    }
}

#[test]
fn a_sample_that_is_not_so_begins_anew() {
    let held = [0, 0, 1, 0, 0, 0];
    let ticks = held.into_iter().zip(1..);
    let ticks = ticks.map(|(held, sample)| tick([sample; 2], [held, 5]));
    let passed = passed(gate(Some(Until::Drained), None), ticks);
    assert_eq!(passed, [None, None, None, None, None, Some(true)]);
}

#[test]
fn empty_means_dead_letters_too_and_drained_does_not() {
    for (held, healthy, empty, drained) in [
        ([0, 0], true, true, true),
        ([2, 0], true, false, false),
        ([0, 2], false, false, true),
    ] {
        for (until, so) in [
            (Until::Healthy, healthy),
            (Until::Empty, empty),
            (Until::Drained, drained),
        ] {
            let gate = gate(Some(until), None).at_once();
            assert_eq!(
                passed(gate, [tick([1, 1], held)]),
                [so.then_some(true)],
                "{until:?} {held:?}"
            );
        }
    }
}

#[test]
fn what_was_never_seen_is_neither_healthy_nor_empty() {
    for until in [Until::Healthy, Until::Empty, Until::Drained] {
        let mut unseen = tick([0, 1], [0, 0]);
        unseen.queues[0] = queue("orders", None, false);
        let mut gate = gate(Some(until), None).at_once();
        let state = gate.see(&unseen);
        assert_eq!(state.passed, None, "{until:?}");
        assert_eq!(state.because[0].why, "not seen yet");
    }
}

#[test]
fn a_dead_letter_fails_at_once_and_a_critical_row_after_three_samples() {
    let ticks = || (1..=3).map(|sample| tick([sample; 2], [0, 1]));
    let dlq = passed(gate(None, Some(FailOn::Dlq)), ticks());
    assert_eq!(dlq[0], Some(false));
    let unhealthy = passed(gate(None, Some(FailOn::Unhealthy)), ticks());
    assert_eq!(unhealthy, [None, None, Some(false)]);
    let thresholds = Thresholds {
        dead_letters: 1,
        ..Thresholds::default()
    };
    let tolerant = Gate::new(None, Some(FailOn::Dlq), thresholds);
    assert_eq!(passed(tolerant, ticks()), [None; 3]);
}

#[test]
fn what_cannot_be_looked_at_for_minutes_fails_without_a_sample() {
    let mut lost = tick([4, 4], [0, 0]);
    let row = &mut lost.queues[0];
    row.health = Health::Critical;
    row.sample.stale = Some("access denied".into());
    for (age, wanted) in [(299, None), (300, Some(false))] {
        lost.queues[0].sample.age = Seconds(age);
        let gate = gate(None, Some(FailOn::Unhealthy));
        assert_eq!(passed(gate, [lost.clone()]), [wanted]);
    }
}

#[test]
fn what_was_seen_long_ago_holds_the_others_back() {
    let old = |age| {
        let mut old = tick([4, 4], [0, 0]);
        old.queues[0].sample.age = Seconds(age);
        old.queues[0].sample.stale = Some("throttled".into());
        old
    };
    for (age, wanted) in [(89, Some(true)), (90, None)] {
        let ticks = [
            tick([1, 1], [0, 0]),
            tick([2, 2], [0, 0]),
            tick([3, 2], [0, 0]),
        ];
        let mut gate = gate(Some(Until::Healthy), None);
        for tick in ticks {
            assert_eq!(gate.see(&tick).passed, None);
        }
        assert_eq!(gate.see(&old(age)).passed, wanted, "{age}");
    }
}

#[test]
fn what_was_not_seen_has_not_failed_and_is_named() {
    let mut unseen = tick([0, 0], [0, 0]);
    unseen.queues[0] = queue("orders", None, false);
    unseen.queues[1] = queue("orders-dlq", None, true);
    let mut lost = tick([4, 4], [0, 0]);
    lost.queues[1].sample.stale = Some("access denied".into());
    lost.queues[1].sample.age = Seconds(300);
    for (fail_on, tick, named) in [
        (FailOn::Dlq, &unseen, &["queue/orders-dlq"][..]),
        (
            FailOn::Unhealthy,
            &unseen,
            &["queue/orders", "queue/orders-dlq"],
        ),
        (FailOn::Dlq, &lost, &["queue/orders-dlq"]),
        (FailOn::Dlq, &tick([1, 1], [0, 0]), &[]),
    ] {
        let mut gate = gate(None, Some(fail_on));
        let state = gate.see(tick);
        assert_eq!(state.passed, None);
        let because = state.because.iter().map(|it| it.id.to_string());
        assert_eq!(because.collect::<Vec<_>>(), named, "{fail_on:?}");
    }
}

#[test]
fn failing_goes_before_passing() {
    let gate = gate(Some(Until::Drained), Some(FailOn::Dlq)).at_once();
    assert_eq!(passed(gate, [tick([1, 1], [0, 1])]), [Some(false)]);
}
