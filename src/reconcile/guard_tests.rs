//! What is refused, and what it takes to be let through.

use serde_json::Value;

use super::*;
use crate::model::hazard::Hazard;
use crate::model::id::ComponentName;
use crate::model::plan::{Action, Conflict, SCHEMA_VERSION};
use crate::model::scope::Scope;

fn plan(actions: Vec<Action>) -> Plan {
    Plan {
        schema_version: SCHEMA_VERSION,
        project: "shop".into(),
        env: None,
        scope: Scope::sample(),
        actions,
        unchanged: vec![],
        conflicts: vec![],
        notes: vec![],
    }
}

fn action(verb: Verb, hazards: &[HazardKind]) -> Action {
    let hazards = hazards.iter().map(|kind| Hazard::new(*kind, "reason"));
    Action {
        id: ResourceId::table("Orders"),
        name: "Orders".into(),
        component: ComponentName::new("dynamodb"),
        verb,
        changes: vec![],
        hazards: hazards.collect(),
        unmanaged: vec![],
        depends_on: vec![],
        live: Value::Null,
        desired: Value::Null,
    }
}

fn conflict() -> Conflict {
    Conflict {
        id: ResourceId::queue("orders"),
        name: "orders".into(),
        reason: "belongs to project billing".into(),
        hint: "rename it".into(),
    }
}

const DROP: HazardKind = HazardKind::DeleteIndex;
const LOSE: HazardKind = HazardKind::LoseMessages;

#[test]
fn what_is_granted_goes_and_everything_else_is_refused_by_its_reason() {
    type Case = (
        Verb,
        &'static [HazardKind],
        bool,
        &'static [HazardKind],
        &'static [&'static str],
    );
    let cases: [Case; 16] = [
        (Verb::Create, &[], false, &[], &[]),
        (Verb::Update, &[], false, &[], &[]),
        (Verb::Tag, &[], false, &[], &[]),
        (Verb::Adopt, &[], false, &[], &["bears no ownership tags"]),
        (Verb::Adopt, &[], true, &[], &[]),
        (Verb::Adopt, &[DROP], true, &[], &["delete-index: reason"]),
        (
            Verb::Adopt,
            &[DROP],
            false,
            &[],
            &["bears no ownership tags", "delete-index: reason"],
        ),
        (Verb::Adopt, &[DROP], true, &[DROP], &[]),
        (
            Verb::Update,
            &[LOSE],
            false,
            &[],
            &["lose-messages: reason"],
        ),
        (Verb::Update, &[LOSE], false, &[LOSE], &[]),
        (
            Verb::Update,
            &[LOSE, DROP],
            false,
            &[LOSE],
            &["delete-index: reason"],
        ),
        // One hazard's name does not allow another, and --adopt allows none.
        (
            Verb::Update,
            &[LOSE],
            true,
            &[DROP],
            &["lose-messages: reason"],
        ),
        (
            Verb::Replace,
            &[HazardKind::Replace],
            false,
            &[],
            &["replace: reason"],
        ),
        (
            Verb::Replace,
            &[HazardKind::Replace],
            false,
            &[HazardKind::Replace],
            &[],
        ),
        // The grant of a removal is --prune, here given with --adopt.
        (Verb::Delete, &[], true, &[], &[]),
        (Verb::Delete, &[], false, &HazardKind::ALL, &["pruning"]),
    ];
    for (verb, hazards, adopt, allow, expected) in cases {
        let grants = Grants {
            adopt,
            prune: adopt,
            allow: allow.iter().copied().collect(),
        };
        let refused = refusals(&plan(vec![action(verb, hazards)]), &grants);
        let case = format!("{verb:?} {hazards:?} with {grants:?}: {refused:?}");
        assert_eq!(refused.len(), expected.len(), "{case}");
        for (refusal, why) in refused.iter().zip(expected) {
            assert!(refusal.why.contains(why), "{case}");
            assert!(!refusal.hint.is_empty(), "{case}");
            assert_eq!(refusal.id, ResourceId::table("Orders"));
        }
    }
}

#[test]
fn the_hint_of_a_hazard_is_the_flag_that_allows_it() {
    for kind in HazardKind::ALL {
        let refused = refusals(
            &plan(vec![action(Verb::Update, &[kind])]),
            &Grants::default(),
        );
        assert_eq!(refused[0].hint, format!("allow it with --allow {kind}"));
    }
}

#[test]
fn a_conflict_is_refused_whatever_is_granted() {
    let mut plan = plan(vec![action(Verb::Create, &[])]);
    plan.conflicts.push(conflict());
    let everything = Grants {
        adopt: true,
        prune: true,
        allow: HazardKind::ALL.into(),
    };
    let refused = Refusal {
        id: ResourceId::queue("orders"),
        why: "belongs to project billing".into(),
        hint: "rename it".into(),
    };
    assert_eq!(refusals(&plan, &everything), [refused]);
}

#[test]
fn a_person_is_asked_for_adoptions_removals_and_hazards_only() {
    for (verb, hazards, asked) in [
        (Verb::Create, &[][..], false),
        (Verb::Update, &[], false),
        (Verb::Tag, &[], false),
        (Verb::Adopt, &[], true),
        (Verb::Delete, &[], true),
        (Verb::Update, &[DROP], true),
    ] {
        let plan = plan(vec![action(Verb::Create, &[]), action(verb, hazards)]);
        assert_eq!(needs_consent(&plan), asked, "{verb:?} {hazards:?}");
    }
    assert!(!needs_consent(&plan(vec![])));
}
