//! Plans of every shape, for what must hold for all of them.

use proptest::prelude::*;
use serde_json::Value;

use crate::model::change::{FieldChange, Unmanaged};
use crate::model::hazard::{Hazard, HazardKind};
use crate::model::id::{ComponentName, Kind, ResourceId};
use crate::model::plan::{Action, Conflict, Note, Plan, SCHEMA_VERSION, Settled, Verb};
use crate::model::scope::Scope;

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any_text(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Words, long names, and what an attacker would put into a tag.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_.-]{0,24}",
        "[A-Za-z0-9]{60,200}",
        "([a-z]{1,12} ){0,40}",
        "[\\x00-\\x7f\u{80}-\u{9f}\u{200b}-\u{202e}注é]{0,40}",
        any::<String>(),
    ]
}

fn any_id() -> impl Strategy<Value = ResourceId> {
    (prop::sample::select(&Kind::ALL[..]), any_text())
        .prop_map(|(kind, key)| ResourceId::new(kind, key))
}

fn any_ids() -> impl Strategy<Value = Vec<ResourceId>> {
    prop::collection::vec(any_id(), 0..3)
}

fn any_change() -> impl Strategy<Value = FieldChange> {
    (
        any_text(),
        any_value(),
        any_value(),
        prop::option::of(any_text()),
    )
        .prop_map(|(path, live, desired, effect)| FieldChange {
            path,
            live,
            desired,
            effect,
        })
}

fn any_unmanaged() -> impl Strategy<Value = Vec<Unmanaged>> {
    let one = (any_text(), any_value()).prop_map(|(path, live)| Unmanaged { path, live });
    prop::collection::vec(one, 0..3)
}

fn any_hazard() -> impl Strategy<Value = Hazard> {
    (prop::sample::select(&HazardKind::ALL[..]), any_text())
        .prop_map(|(kind, reason)| Hazard { kind, reason })
}

prop_compose! {
    fn any_action()(
        id in any_id(),
        name in any_text(),
        component in any_text(),
        verb in prop::sample::select(&Verb::ALL[..]),
        changes in prop::collection::vec(any_change(), 0..4),
        hazards in prop::collection::vec(any_hazard(), 0..3),
        unmanaged in any_unmanaged(),
        depends_on in any_ids(),
        live in any_value(),
        desired in any_value(),
    ) -> Action {
        let component = ComponentName::new(component);
        Action { id, name, component, verb, changes, hazards, unmanaged, depends_on, live, desired }
    }
}

prop_compose! {
    fn any_settled()(id in any_id(), name in any_text(), component in any_text(), unmanaged in any_unmanaged(), desired in any_value()) -> Settled {
        Settled { id, name, component: ComponentName::new(component), unmanaged, desired }
    }
}

prop_compose! {
    fn any_conflict()(id in any_id(), name in any_text(), reason in any_text(), hint in any_text()) -> Conflict {
        Conflict { id, name, reason, hint }
    }
}

prop_compose! {
    pub fn any_plan()(
        project in any_text(),
        env in prop::option::of(any_text()),
        (partition, account, region) in (any_text(), any_text(), any_text()),
        actions in prop::collection::vec(any_action(), 0..4),
        unchanged in prop::collection::vec(any_settled(), 0..3),
        conflicts in prop::collection::vec(any_conflict(), 0..2),
        notes in prop::collection::vec((prop::option::of(any_id()), any_text()), 0..3),
    ) -> Plan {
        let notes = notes.into_iter().map(|(id, text)| Note { id, text }).collect();
        let scope = Scope { partition, account, region };
        Plan { schema_version: SCHEMA_VERSION, project, env, scope, actions, unchanged, conflicts, notes }
    }
}
