//! What a saved plan took for granted, and what of it is no longer so. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::model::change::{Delta, FieldChange, spelled};
use crate::model::hazard::{Hazard, HazardKind};
use crate::model::id::{ComponentName, ResourceId, Target};
use crate::model::plan::{Action, Plan, Settled, Verb};
use crate::resources::kinds::{self, Desired, Live};
use crate::resources::ownership::{self, Owner};
use crate::resources::tags::Tags;

/// What a plan took for granted of one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Premise {
    pub id: ResourceId,
    name: String,
    component: ComponentName,
    then: Then,
}

#[derive(Clone, Debug, PartialEq)]
enum Then {
    /// It was not there, and is to be made.
    Absent { desired: Desired },
    /// It was there, and is to become something else; `named` are the hazards that the plan shows.
    Other {
        desired: Desired,
        live: Box<Live>,
        named: Vec<HazardKind>,
    },
    /// It was as declared.
    Same { desired: Desired },
    /// It was declared so, and AWS was busy with it.
    Busy { desired: Desired },
    /// It was there, and is to go.
    Whole { live: Box<Live> },
}

/// A resource that is not what the plan took it for.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    pub id: ResourceId,
    pub what: Vec<Movement>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Movement {
    /// It was not there, and is; whose it is.
    Appeared(Owner),
    Disappeared,
    /// `then` is `None` where the plan knows only that it was otherwise.
    Field {
        path: String,
        then: Option<Value>,
        now: Value,
    },
    /// A hazard that the plan does not name: by its name, and why.
    Hazard(String),
    /// A hazard that the plan names and that is none any more.
    NoHazard(String),
    /// It can no longer become what is declared: why.
    Impossible(String),
}

impl Premise {
    /// Where to look. Two resources of a plan may share a key, never a physical name.
    pub fn target(&self) -> Target {
        Target {
            id: self.place(),
            name: self.name.clone(),
            component: self.component.clone(),
            depends_on: Vec::new(),
            asks_scarce: self.then.asks_scarce(),
        }
    }

    fn place(&self) -> ResourceId {
        ResourceId::new(self.id.kind, self.name.clone())
    }
}

impl Then {
    fn asks_scarce(&self) -> bool {
        match self {
            Then::Absent { desired }
            | Then::Other { desired, .. }
            | Then::Same { desired }
            | Then::Busy { desired } => desired.asks_scarce(),
            // It must be seen whole before it goes.
            Then::Whole { .. } => true,
        }
    }
}

/// Everything that a plan takes for granted.
///
/// # Errors
/// A configuration that this version cannot read, or an action that shows other changes than it would make: where,
/// and why.
pub fn premises(plan: &Plan) -> Result<Vec<Premise>, String> {
    let actions = plan.actions.iter().map(|action| of_action(plan, action));
    let unchanged = plan.unchanged.iter().map(of_settled);
    actions.chain(unchanged).collect()
}

fn of_action(plan: &Plan, action: &Action) -> Result<Premise, String> {
    let desired = || configuration(&action.id, &action.desired);
    let live = || configuration::<Live>(&action.id, &action.live);
    let then = match action.verb {
        Verb::Create => {
            let desired: Desired = desired()?;
            shows(action, &desired.on_create(&plan.scope))?;
            Then::Absent { desired }
        }
        Verb::Update | Verb::Adopt | Verb::Tag | Verb::Replace => {
            let (desired, live) = (desired()?, live()?);
            shows(action, &kinds::diff(&desired, &live, &plan.scope).changes)?;
            if action.verb == Verb::Replace {
                names_protection(action, &live)?;
            }
            Then::Other {
                desired,
                live: Box::new(live),
                named: action.hazards.iter().map(|hazard| hazard.kind).collect(),
            }
        }
        Verb::Settle => Then::Busy {
            desired: desired()?,
        },
        Verb::Delete => {
            let live = live()?;
            names_protection(action, &live)?;
            Then::Whole {
                live: Box::new(live),
            }
        }
    };
    Ok(Premise {
        id: action.id.clone(),
        name: action.name.clone(),
        component: action.component.clone(),
        then,
    })
}

/// Whoever said yes to a plan said it to what the plan shows.
fn shows(action: &Action, changes: &[FieldChange]) -> Result<(), String> {
    // Told in words of its own where the table goes: see `removal`.
    const TOLD_APART: &str = "deletion_protection";
    let apart = action.verb == Verb::Replace;
    let seen = |changes: &[FieldChange]| -> Vec<(String, Value, Value)> {
        let told = changes.iter().filter(|c| !apart || c.path != TOLD_APART);
        told.map(|c| (c.path.clone(), c.live.clone(), c.desired.clone()))
            .collect()
    };
    match seen(&action.changes) == seen(changes) {
        true => Ok(()),
        false => Err(format!(
            "{}: the changes that it shows are not those that it would make",
            action.id
        )),
    }
}

fn names_protection(action: &Action, live: &Live) -> Result<(), String> {
    let weakens = |hazard: &Hazard| hazard.kind == HazardKind::Weaken;
    match live.is_protected() && !action.hazards.iter().any(weakens) {
        true => Err(format!(
            "{}: it would switch deletion protection off, and does not name that",
            action.id
        )),
        false => Ok(()),
    }
}

fn of_settled(settled: &Settled) -> Result<Premise, String> {
    Ok(Premise {
        id: settled.id.clone(),
        name: settled.name.clone(),
        component: settled.component.clone(),
        then: Then::Same {
            desired: configuration(&settled.id, &settled.desired)?,
        },
    })
}

fn configuration<T: DeserializeOwned>(id: &ResourceId, value: &Value) -> Result<T, String> {
    if value.get(id.kind.noun()).is_none() {
        return Err(format!(
            "{id}: holds no configuration of a {}",
            id.kind.noun()
        ));
    }
    T::deserialize(value).map_err(|error| format!("{id}: {error}"))
}

/// By [`Premise::target`], what the plan would write to.
pub fn touched(plan: &Plan, premises: &[Premise]) -> BTreeSet<ResourceId> {
    let actions = plan.actions.iter().zip(premises);
    actions.map(|(_, premise)| premise.place()).collect()
}

/// What is no longer as the plan took it; `now` is by [`Premise::target`].
pub fn moved(plan: &Plan, premises: &[Premise], now: &BTreeMap<ResourceId, Live>) -> Vec<Moved> {
    let moved = premises.iter().map(|premise| Moved {
        id: premise.id.clone(),
        what: movements(plan, &premise.then, now.get(&premise.place())),
    });
    moved.filter(|moved| !moved.what.is_empty()).collect()
}

/// Whether everything is already what the plan was to make of it.
pub fn is_carried_out(plan: &Plan, premises: &[Premise], now: &BTreeMap<ResourceId, Live>) -> bool {
    premises.iter().all(|premise| {
        let now = now.get(&premise.place());
        match &premise.then {
            Then::Whole { .. } => now.is_none(),
            Then::Absent { desired }
            | Then::Other { desired, .. }
            | Then::Same { desired }
            | Then::Busy { desired } => {
                now.is_some_and(|now| as_declared(plan, desired, now).is_empty())
            }
        }
    })
}

/// Puts what was found in the place of what the plan found: nothing that it takes for granted differs.
pub fn refresh(plan: &mut Plan, premises: &[Premise], now: &BTreeMap<ResourceId, Live>) {
    for (action, premise) in plan.actions.iter_mut().zip(premises) {
        action.live = now.get(&premise.place()).map_or(Value::Null, spelled);
    }
}

fn movements(plan: &Plan, then: &Then, now: Option<&Live>) -> Vec<Movement> {
    match (then, now) {
        (Then::Absent { .. }, None) => Vec::new(),
        (Then::Absent { .. }, Some(now)) => vec![Movement::Appeared(owner(plan, now))],
        (_, None) => vec![Movement::Disappeared],
        (
            Then::Other {
                desired,
                live,
                named,
            },
            Some(now),
        ) => changed(plan, desired, live, named, now),
        (Then::Same { desired }, Some(now)) => as_declared(plan, desired, now),
        (Then::Busy { .. }, Some(now)) => disowned(plan, now),
        (Then::Whole { live }, Some(now)) => altered(live, now),
    }
}

fn owner(plan: &Plan, live: &Live) -> Owner {
    ownership::owner(live.tags(), &plan.project, plan.env.as_deref())
}

/// The same changes must lead from what is there now as led from what was there then.
fn changed(
    plan: &Plan,
    desired: &Desired,
    then: &Live,
    named: &[HazardKind],
    now: &Live,
) -> Vec<Movement> {
    let before = kinds::diff(desired, then, &plan.scope);
    let after = kinds::diff(desired, now, &plan.scope);
    let mut what = fields(&before.changes, &after.changes);
    what.extend(tags(then.tags(), now.tags(), &what));
    what.extend(hazards(named, &before, &after));
    if before.impossible.is_none() {
        what.extend(after.impossible.map(|(why, _)| Movement::Impossible(why)));
    }
    what
}

fn fields(before: &[FieldChange], after: &[FieldChange]) -> Vec<Movement> {
    let missing_in = |changes: &[FieldChange], wanted: &FieldChange| {
        changes.iter().all(|change| change.path != wanted.path)
    };
    let met: Vec<_> = before.iter().filter(|c| missing_in(after, c)).collect();
    let new: Vec<_> = after.iter().filter(|c| missing_in(before, c)).collect();
    let mut what = Vec::new();
    for then in before {
        let now = after.iter().find(|change| change.path == then.path);
        match now {
            Some(now) if now.live != then.live => {
                what.push(field(&then.path, Some(&then.live), &now.live));
            }
            Some(_) => {}
            // A part of what is told whole below, or the whole of its parts.
            None if new.iter().any(|now| overlap(&now.path, &then.path)) => {}
            None => what.push(field(&then.path, Some(&then.live), &then.desired)),
        }
    }
    what.extend(new.iter().map(|now| {
        let told_otherwise = met.iter().any(|then| overlap(&now.path, &then.path));
        let then = (!told_otherwise).then_some(&now.desired);
        field(&now.path, then, &now.live)
    }));
    what
}

fn field(path: &str, then: Option<&Value>, now: &Value) -> Movement {
    Movement::Field {
        path: path.to_owned(),
        then: then.cloned(),
        now: now.clone(),
    }
}

/// Whether one path leads through the other.
fn overlap(a: &str, b: &str) -> bool {
    let through = |whole: &str, part: &str| {
        part.strip_prefix(whole)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    through(a, b) || through(b, a)
}

/// The tags that say whose it is, beyond those that are told already.
fn tags(then: &Tags, now: &Tags, told: &[Movement]) -> Vec<Movement> {
    let keys = [
        ownership::PROJECT,
        ownership::ENV,
        ownership::COMPONENT,
        ownership::ORIGIN,
    ];
    let is_told = |path: &str| {
        told.iter().any(
            |movement| matches!(movement, Movement::Field { path: other, .. } if other == path),
        )
    };
    keys.into_iter()
        .filter(|key| then.get(*key) != now.get(*key))
        .map(|key| (key, format!("tags.{key}")))
        .filter(|(_, path)| !is_told(path))
        .map(|(key, path)| field(&path, Some(&spelled(then.get(key))), &spelled(now.get(key))))
        .collect()
}

/// What may be lost must be what the plan names: nobody can have allowed anything else.
fn hazards(named: &[HazardKind], before: &Delta, after: &Delta) -> Vec<Movement> {
    let lacks = |delta: &Delta, kind| delta.hazards.iter().all(|hazard| hazard.kind != kind);
    let new = after
        .hazards
        .iter()
        .filter(|h| lacks(before, h.kind) || !named.contains(&h.kind));
    let gone = before.hazards.iter().filter(|h| lacks(after, h.kind));
    new.map(|hazard| Movement::Hazard(format!("{}: {}", hazard.kind, hazard.reason)))
        .chain(gone.map(|hazard| Movement::NoHazard(hazard.kind.name().to_owned())))
        .collect()
}

/// What keeps `now` from being ours and as declared.
fn as_declared(plan: &Plan, desired: &Desired, now: &Live) -> Vec<Movement> {
    let delta = kinds::diff(desired, now, &plan.scope);
    let changes = delta.changes.iter();
    let mut what: Vec<_> = changes
        .map(|change| field(&change.path, Some(&change.desired), &change.live))
        .collect();
    let disowned = disowned(plan, now);
    what.retain(|movement| !disowned.contains(movement));
    what.extend(disowned);
    what
}

/// The tags of project and environment, where they are not the plan's.
fn disowned(plan: &Plan, now: &Live) -> Vec<Movement> {
    [
        (ownership::PROJECT, Some(&plan.project)),
        (ownership::ENV, plan.env.as_ref()),
    ]
    .into_iter()
    .filter(|(key, then)| now.tags().get(*key) != *then)
    .map(|(key, then)| {
        let now = spelled(now.tags().get(key));
        field(&format!("tags.{key}"), Some(&spelled(then)), &now)
    })
    .collect()
}

/// What is to be deleted is deleted as it was seen, whatever of it is managed.
fn altered(then: &Live, now: &Live) -> Vec<Movement> {
    let settings = |live: &Live| match spelled(live.without_counters()) {
        Value::Object(kind) => kind.into_iter().next().map(|(_, settings)| settings),
        _ => None,
    };
    let (then, now) = (settings(then), settings(now));
    let (Some(Value::Object(then)), Some(Value::Object(now))) = (then, now) else {
        return Vec::new();
    };
    then.iter()
        .filter(|(path, value)| now.get(*path) != Some(value))
        .map(|(path, value)| {
            let now = now.get(path).cloned().unwrap_or_default();
            field(path, Some(value), &now)
        })
        .collect()
}

#[cfg(test)]
#[path = "moved_tests.rs"]
mod tests;
