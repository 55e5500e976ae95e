//! Every table becomes every other: 200 shapes at random, paired with 200 others, against the [`law`](super::law).
//!
//! A pair converges with lawful requests alone, or is refused by a named hazard or with a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fastrand::Rng;
use futures_util::FutureExt;
use serde_json::Value;
use tokio::time::Instant;

use crate::model::change::Delta;
use crate::model::event::Event;
use crate::model::hazard::HazardKind;
use crate::model::id::ResourceId;
use crate::resources::declaration::Declaration;
use crate::resources::run::Run;
use crate::resources::tags;

use super::config::{TableDesired, TableLive};
use super::law::{Law, State};
use super::spec::TableSpec;
use super::steps::{Steps, steps};
use super::throughput::{ReadWrite, Scaling};
use super::{apply, diff, read, remove};

mod declared;
#[path = "../../../tests/it/shapes.rs"]
mod shapes;

const SEED: u64 = 20_261_120;
const SHAPES: usize = 200;

struct Shape {
    declared: Value,
    desired: TableDesired,
    /// Its table as soon as it is made.
    made: State,
    /// A scalable target manages the read capacity, where that is provisioned.
    autoscaled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Agrees,
    Changes,
    Hazardous,
    Impossible,
    Replaced,
}

#[test]
fn every_table_becomes_every_other_or_says_why_not() {
    let runtime = clock();
    let _entered = runtime.enter();
    let law = Law::over(State::default());
    let mut random = Rng::with_seed(SEED);
    let befores = draw(&law, &mut random, SHAPES);
    let afters = draw(&law, &mut random, SHAPES);
    let mut outcomes = BTreeMap::new();
    let mut wrong = Vec::new();
    for before in &befores {
        for after in &afters {
            match pair(&law, before, after) {
                Ok(outcome) => *outcomes.entry(outcome).or_insert(0) += 1,
                Err(why) => wrong.push(told(&law, before, after, &why)),
            }
        }
    }
    none(wrong);
    let all = SHAPES * SHAPES;
    for (outcome, least) in [
        (Outcome::Agrees, all / 200),
        (Outcome::Changes, all / 10),
        (Outcome::Hazardous, all / 10),
        (Outcome::Impossible, all / 50),
        (Outcome::Replaced, all / 10),
    ] {
        let count = outcomes.get(&outcome).copied().unwrap_or_default();
        assert!(count > least, "{outcome:?} is rare: {outcomes:?}");
    }
}

#[test]
fn a_run_that_was_cut_off_anywhere_is_taken_up_by_the_next() {
    let runtime = clock();
    let _entered = runtime.enter();
    let law = Law::over(State::default());
    let mut random = Rng::with_seed(SEED + 1);
    let shapes = draw(&law, &mut random, 40);
    let (mut wrong, mut cuts) = (Vec::new(), 0);
    for before in &shapes {
        for after in &shapes {
            match resumed(&law, before, after) {
                Ok(count) => cuts += count,
                Err(why) => wrong.push(told(&law, before, after, &why)),
            }
        }
    }
    none(wrong);
    assert!(cuts > 1_000, "{cuts} cuts");
}

/// Whoever would wait needs a clock to begin with.
fn clock() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().build().unwrap()
}

fn draw(law: &Law, random: &mut Rng, count: usize) -> Vec<Shape> {
    (0..count).map(|_| shape(law, random)).collect()
}

fn none(mut wrong: Vec<String>) {
    let count = wrong.len();
    wrong.truncate(3);
    let first = wrong.join("\n");
    assert!(count == 0, "{count} pairs, seed {SEED}, of which:\n{first}");
}

fn told(law: &Law, before: &Shape, after: &Shape, why: &str) -> String {
    let sent = law.sent().join("\n  ");
    let (before, after) = (&before.declared, &after.declared);
    format!("{why}\n before {before}\n after  {after}\n  {sent}\n")
}

fn shape(law: &Law, random: &mut Rng) -> Shape {
    let declared = shapes::table(random);
    let desired = desired(&declared);
    law.reset(&State::default());
    acted(async |run| apply::create(law, run, "T", &desired).await)
        .unwrap_or_else(|why| panic!("{why}, seed {SEED}: {declared}"));
    assert_eq!(
        law.broken(),
        Vec::<String>::new(),
        "seed {SEED}: {declared}"
    );
    let live = look(law, false);
    assert_eq!(
        settled(&desired.heeded(), &live),
        Ok(()),
        "seed {SEED}: {declared}"
    );
    Shape {
        declared,
        desired,
        made: law.state.borrow().clone(),
        autoscaled: random.u8(..4) == 0,
    }
}

/// What the manifest reads from this.
fn desired(declared: &Value) -> TableDesired {
    let mut declared = declared.clone();
    let fields = declared.as_object_mut().unwrap();
    let mut defaults = BTreeSet::new();
    for setting in TableSpec::SETTINGS {
        if fields.get(*setting).is_some_and(|value| value == "default") {
            fields.remove(*setting);
            defaults.insert((*setting).to_owned());
        }
    }
    let mut spec: TableSpec = serde_json::from_value(declared).unwrap();
    spec.reset(defaults);
    let (tags, untag) = tags::split(spec.tags.clone());
    spec.desired(tags, untag)
}

/// Runs an action that has nothing to wait for.
fn acted(
    action: impl AsyncFnOnce(&Run<'_>) -> Result<(), crate::model::failure::Failure>,
) -> Result<(), String> {
    let waited = std::cell::RefCell::new(None);
    let run = Run {
        id: &ResourceId::table("T"),
        deadline: Instant::now() + Duration::from_secs(60),
        interrupted: &|| false,
        say: &|event| {
            if let Event::Waiting { why, .. } = event {
                waited.replace(Some(why));
            }
        },
    };
    match action(&run).now_or_never() {
        Some(done) => done.map_err(|failure| failure.to_string()),
        None => Err(format!("waits: {:?}", waited.take())),
    }
}

fn look(law: &Law, autoscaled: bool) -> TableLive {
    let read = read::read(law, "T", None).now_or_never();
    let mut live = read.unwrap().unwrap().unwrap();
    if autoscaled {
        live.throughput.scaling = ReadWrite {
            read: Scaling::Autoscaled { min: 2, max: 9 },
            write: Scaling::Fixed,
        };
    }
    live
}

/// Nothing to plan, nothing to do, and what is declared is there.
fn settled(desired: &TableDesired, live: &TableLive) -> Result<(), String> {
    let delta = diff::diff(desired, live);
    let left = steps(desired, live);
    let missing = declared::missing(desired, live);
    match delta.is_empty()
        && delta.impossible.is_none()
        && left == Steps::default()
        && missing.is_empty()
    {
        true => Ok(()),
        false => Err(format!("not settled: {missing:?} {delta:?} {left:?}")),
    }
}

fn pair(law: &Law, before: &Shape, after: &Shape) -> Result<Outcome, String> {
    law.reset(&before.made);
    let live = look(law, before.autoscaled);
    let desired = after.desired.heeded();
    let delta = diff::diff(&desired, &live);
    if delta.replace {
        hazards(&delta, &[HazardKind::Replace])?;
        return replaced(law, after, &live).map(|()| Outcome::Replaced);
    }
    if let Some((why, hint)) = &delta.impossible {
        return match why.is_empty() || hint.is_empty() {
            true => Err("impossible without a reason".to_owned()),
            false => Ok(Outcome::Impossible),
        };
    }
    let named = hazards(&delta, &[])?;
    acted(async |run| apply::update(law, run, "T", &desired, &live).await)?;
    if let Some(rule) = law.broken().first() {
        return Err(rule.clone());
    }
    if delta.is_empty() != law.sent().is_empty() {
        return Err(format!("the plan and the requests disagree: {delta:?}"));
    }
    let now = look(law, before.autoscaled);
    settled(&desired, &now)?;
    unplanned(&delta, &live, &now)?;
    Ok(match (delta.is_empty(), named) {
        (true, _) => Outcome::Agrees,
        (false, 0) => Outcome::Changes,
        (false, _) => Outcome::Hazardous,
    })
}

/// Cuts the way off after each of its writes, and goes on from there; returns how often.
fn resumed(law: &Law, before: &Shape, after: &Shape) -> Result<usize, String> {
    let desired = after.desired.heeded();
    let way =
        async |live: TableLive, run: &Run<'_>| apply::update(law, run, "T", &desired, &live).await;
    let mut cut = 0;
    loop {
        law.reset(&before.made);
        law.take(cut);
        let live = look(law, before.autoscaled);
        let delta = diff::diff(&desired, &live);
        if delta.replace || delta.impossible.is_some() {
            return Ok(0);
        }
        if acted(async |run| way(live, run).await).is_ok() {
            return Ok(cut);
        }
        law.take(usize::MAX);
        let half = look(law, before.autoscaled);
        let delta = diff::diff(&desired, &half);
        if delta.replace || delta.impossible.is_some() {
            return Err(format!("no way on after {cut} writes: {delta:?}"));
        }
        acted(async |run| way(half, run).await)?;
        if let Some(rule) = law.broken().first() {
            return Err(format!("after {cut} writes: {rule}"));
        }
        settled(&desired, &look(law, before.autoscaled))?;
        cut += 1;
    }
}

/// Deleted and made anew.
fn replaced(law: &Law, after: &Shape, live: &TableLive) -> Result<(), String> {
    let desired = &after.desired;
    acted(async |run| remove::remove(law, run, "T", live, false).await)?;
    acted(async |run| apply::create(law, run, "T", desired).await)?;
    match law.broken().first() {
        Some(rule) => Err(rule.clone()),
        None => settled(&desired.heeded(), &look(law, false)),
    }
}

/// All that are named are allowed here, those that must be are, and each has a reason.
fn hazards(delta: &Delta, required: &[HazardKind]) -> Result<usize, String> {
    let kinds: Vec<_> = delta.hazards.iter().map(|hazard| hazard.kind).collect();
    let allowed = |kind: &HazardKind| {
        required.contains(kind) || [HazardKind::DeleteIndex, HazardKind::Weaken].contains(kind)
    };
    let reasons = delta.hazards.iter().all(|hazard| !hazard.reason.is_empty());
    match kinds.iter().all(allowed) && required.iter().all(|it| kinds.contains(it)) && reasons {
        true => Ok(kinds.len()),
        false => Err(format!("hazards {:?}", delta.hazards)),
    }
}

/// Whatever changed stands in the plan.
fn unplanned(delta: &Delta, before: &TableLive, now: &TableLive) -> Result<(), String> {
    let fields = |live: &TableLive| serde_json::to_value(live).unwrap();
    let (before, now) = (fields(before), fields(now));
    for (field, was) in before.as_object().unwrap() {
        let fields = match field.as_str() {
            "throughput" => vec!["billing_mode", "read_", "write_", "max_"],
            // With the billing mode go the capacities of indexes.
            "global_secondary_indexes" => vec![field, "billing_mode"],
            _ => vec![field.as_str()],
        };
        let said = |path: &str| fields.iter().any(|field| path.starts_with(field));
        if *was != now[field] && !delta.changes.iter().any(|change| said(&change.path)) {
            return Err(format!("{field} changes, and the plan does not say so"));
        }
    }
    Ok(())
}
