//! Desired + live → plan. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::change::{Delta, FieldChange, spelled};
use crate::model::id::{ComponentName, ResourceId, Target};
use crate::model::plan::{Action, Conflict, Note, Plan, SCHEMA_VERSION, Settled, Verb};
use crate::model::scope::Scope;
use crate::resources::kinds::{self, Desired, Live, Resource};
use crate::resources::ownership::{self, Origin, Owner};

use super::graph;

/// Whose plan it is, and where.
#[derive(Clone, Debug)]
pub struct Context {
    pub project: String,
    pub env: Option<String>,
    pub scope: Scope,
}

/// The part of the manifest that a run is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    All,
    Components(Vec<ComponentName>),
}

impl Selection {
    pub fn takes(&self, target: &Target) -> bool {
        match self {
            Selection::All => true,
            Selection::Components(names) => names.iter().any(|name| target.is_in(name)),
        }
    }
}

/// A resource that the selection needs, that it leaves out and that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingDependency {
    pub id: ResourceId,
    pub needs: ResourceId,
    /// Where it would be made.
    pub component: ComponentName,
}

/// What turns `live` into what is selected of `resources`.
///
/// # Errors
/// Every dependency outside the selection that is not there.
pub fn plan(
    context: &Context,
    resources: &[Resource],
    live: &BTreeMap<ResourceId, Live>,
    selection: &Selection,
) -> Result<Plan, Vec<MissingDependency>> {
    let missing = missing_dependencies(resources, live, selection);
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut plan = Plan {
        schema_version: SCHEMA_VERSION,
        project: context.project.clone(),
        env: context.env.clone(),
        scope: context.scope.clone(),
        actions: Vec::new(),
        unchanged: Vec::new(),
        conflicts: Vec::new(),
        notes: Vec::new(),
    };
    for resource in resources.iter().filter(|r| selection.takes(&r.target)) {
        match live.get(&resource.target.id) {
            Some(live) => compare(context, resource, live, &mut plan),
            None => plan.actions.push(create(context, resource)),
        }
    }
    connect(&mut plan, resources);
    Ok(plan)
}

fn missing_dependencies(
    resources: &[Resource],
    live: &BTreeMap<ResourceId, Live>,
    selection: &Selection,
) -> Vec<MissingDependency> {
    let by_id: BTreeMap<_, _> = resources
        .iter()
        .map(|r| (&r.target.id, &r.target))
        .collect();
    let mut missing = Vec::new();
    for target in by_id.values().filter(|target| selection.takes(target)) {
        for needs in &target.depends_on {
            let Some(needed) = by_id.get(needs) else {
                continue;
            };
            if !selection.takes(needed) && !live.contains_key(needs) {
                missing.push(MissingDependency {
                    id: target.id.clone(),
                    needs: needs.clone(),
                    component: needed.component.clone(),
                });
            }
        }
    }
    missing
}

fn create(context: &Context, resource: &Resource) -> Action {
    let desired = with_origin(&resource.desired, Origin::Created);
    Action {
        changes: desired.on_create(&context.scope),
        desired: spelled(&desired),
        ..action(resource, Verb::Create)
    }
}

fn compare(context: &Context, resource: &Resource, live: &Live, plan: &mut Plan) {
    let target = &resource.target;
    if let Some(why) = live.pending() {
        plan.notes.push(Note {
            id: Some(target.id.clone()),
            text: format!("AWS is still busy with it: {why}"),
        });
    }
    let owner = ownership::owner(live.tags(), &context.project, context.env.as_deref());
    if let Owner::Other(whose) = &owner {
        plan.conflicts.push(conflict(
            target,
            format!("belongs to {whose}"),
            "give it another name in this manifest, or take it out of the other project first",
        ));
        return;
    }
    let desired = marked(&resource.desired, &owner, live);
    let delta = kinds::diff(&desired, live, &context.scope);
    if owner == Owner::Nobody && delta.replace {
        plan.conflicts.push(conflict(
            target,
            "exists, is not ours, and differs in what cannot be changed".to_owned(),
            "declare its keys as they are to adopt it, or give it another name in this manifest",
        ));
        return;
    }
    if let Some((why, hint)) = delta.impossible {
        plan.conflicts.push(conflict(target, why, &hint));
        return;
    }
    match verb(&owner, &delta, live) {
        // What is made anew is made here, whoever made the one before.
        Some(Verb::Replace) => {
            let desired = with_origin(&desired, Origin::Created);
            act(resource, Verb::Replace, &desired, live, delta, plan);
        }
        Some(verb) => act(resource, verb, &desired, live, delta, plan),
        None => plan.unchanged.push(Settled {
            id: target.id.clone(),
            name: target.name.clone(),
            component: target.component.clone(),
            unmanaged: delta.unmanaged,
            desired: spelled(&desired),
        }),
    }
}

fn act(
    resource: &Resource,
    verb: Verb,
    desired: &Desired,
    live: &Live,
    delta: Delta,
    plan: &mut Plan,
) {
    plan.actions.push(Action {
        changes: delta.changes,
        hazards: delta.hazards,
        unmanaged: delta.unmanaged,
        live: spelled(live),
        desired: spelled(desired),
        ..action(resource, verb)
    });
}

fn verb(owner: &Owner, delta: &Delta, live: &Live) -> Option<Verb> {
    if *owner == Owner::Nobody {
        Some(Verb::Adopt)
    } else if delta.is_empty() {
        live.pending().map(|_| Verb::Settle)
    } else if delta.replace {
        Some(Verb::Replace)
    } else if delta
        .changes
        .iter()
        .all(|change| change.path.starts_with("tags."))
    {
        Some(Verb::Tag)
    } else {
        Some(Verb::Update)
    }
}

/// The declaration with the tag of its origin, unless the resource bears one already.
fn marked(desired: &Desired, owner: &Owner, live: &Live) -> Desired {
    match owner {
        Owner::Nobody => with_origin(desired, Origin::Adopted),
        _ if live.tags().contains_key(ownership::ORIGIN) => desired.clone(),
        // Somebody removed it: what may not have been made here is not to be removed from here.
        _ => with_origin(desired, Origin::Adopted),
    }
}

fn with_origin(desired: &Desired, origin: Origin) -> Desired {
    let mut desired = desired.clone();
    desired
        .tags_mut()
        .insert(ownership::ORIGIN.to_owned(), origin.name().to_owned());
    desired
}

fn action(resource: &Resource, verb: Verb) -> Action {
    let target = &resource.target;
    Action {
        id: target.id.clone(),
        name: target.name.clone(),
        component: target.component.clone(),
        verb,
        changes: Vec::new(),
        hazards: Vec::new(),
        unmanaged: Vec::new(),
        depends_on: Vec::new(),
        live: Value::Null,
        desired: Value::Null,
    }
}

fn conflict(target: &Target, reason: String, hint: &str) -> Conflict {
    Conflict {
        id: target.id.clone(),
        name: target.name.clone(),
        reason,
        hint: hint.to_owned(),
    }
}

/// What is made in this run has to come first, and what changes who may refer to it; else what exists is there to be
/// referred to.
fn connect(plan: &mut Plan, resources: &[Resource]) {
    let first = plan.actions.iter().filter(|action| comes_first(action));
    let first: BTreeSet<ResourceId> = first.map(|action| action.id.clone()).collect();
    let needs: BTreeMap<&ResourceId, &Vec<ResourceId>> = resources
        .iter()
        .map(|resource| (&resource.target.id, &resource.target.depends_on))
        .collect();
    for action in &mut plan.actions {
        let needs = needs
            .get(&action.id)
            .into_iter()
            .flat_map(|needs| needs.iter());
        let needed = needs.filter(|need| first.contains(need)).cloned();
        action.depends_on.extend(needed);
    }
    sort(plan);
}

/// Orders the actions so that each comes after those it depends on.
pub(super) fn sort(plan: &mut Plan) {
    let places = plan.actions.iter().enumerate();
    let places: BTreeMap<&ResourceId, usize> =
        places.map(|(index, action)| (&action.id, index)).collect();
    let edges: Vec<_> = plan
        .actions
        .iter()
        .enumerate()
        .flat_map(|(index, action)| {
            let first = action.depends_on.iter().filter_map(|id| places.get(id));
            first.map(move |before| (*before, index))
        })
        .collect();
    // Cycles are refused by validation; without an order the plan stays as it is and execution says so.
    if let Some(order) = graph::order(plan.actions.len(), &edges) {
        let mut actions: Vec<_> = std::mem::take(&mut plan.actions)
            .into_iter()
            .map(Some)
            .collect();
        plan.actions = order
            .into_iter()
            .filter_map(|index| actions[index].take())
            .collect();
    }
}

fn comes_first(action: &Action) -> bool {
    let admits = |change: &FieldChange| change.path == "redrive_allow_policy";
    matches!(action.verb, Verb::Create | Verb::Replace) || action.changes.iter().any(admits)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
