//! What is weighed where something goes, case by case.

use futures_util::FutureExt;

use super::*;
use crate::model::change::spelled;
use crate::model::failure::FailureKind;
use crate::model::id::{ComponentName, Target};
use crate::model::scope::Scope;
use crate::reconcile::orphans::{self, Orphan, Orphans};
use crate::reconcile::plan::{Context, Selection, plan};
use crate::resources::ownership::{self, Origin};
use crate::resources::queue::config::MessageCounts;
use crate::resources::queue::fake::FakeQueues;
use crate::resources::table::{self, fake};

fn empty() -> Plan {
    let context = Context {
        project: "shop".into(),
        env: None,
        scope: Scope::sample(),
    };
    plan(&context, &[], &BTreeMap::new(), &Selection::All).unwrap()
}

fn orphan(id: ResourceId, mut live: Live) -> Orphan {
    let created = Origin::Created.name().to_owned();
    live.tags_mut().insert(ownership::ORIGIN.into(), created);
    Orphan {
        target: Target {
            name: id.key.clone(),
            component: ComponentName::new(id.kind.service()),
            id,
            depends_on: Vec::new(),
            asks_scarce: false,
        },
        live,
    }
}

fn queue(name: &str, redrive_to: Option<&str>, messages: MessageCounts) -> Orphan {
    let arn = |name: &str| Scope::sample().queue_arn(name);
    let policy = redrive_to.map(|target| {
        let target = arn(target);
        format!("{{\"deadLetterTargetArn\":\"{target}\",\"maxReceiveCount\":3}}")
    });
    let own = arn(name);
    let mut attributes = vec![("QueueArn", own.as_str())];
    attributes.extend(policy.as_deref().map(|policy| ("RedrivePolicy", policy)));
    let api = FakeQueues::default().with(name, &attributes, &[]);
    let read = crate::resources::queue::read::read_by_name(&api, name).now_or_never();
    let mut live = read.unwrap().unwrap().unwrap();
    live.messages = messages;
    orphan(ResourceId::queue(name), Live::Queue(live))
}

fn table(protected: bool) -> Orphan {
    let mut live = table::read::parse(&fake::describe("ACTIVE")).unwrap();
    live.deletion_protection = protected;
    orphan(ResourceId::table("T"), Live::Table(live))
}

/// The removal of these, weighed.
fn pruned(found: Vec<Orphan>, held: Vec<(ResourceId, Result<Contents, Failure>)>) -> Plan {
    let mut plan = empty();
    orphans::enter(
        Orphans {
            found,
            ..Orphans::default()
        },
        true,
        &mut plan,
    );
    weigh(&mut plan, &held.into_iter().collect());
    plan
}

fn sources(names: &[&str]) -> Result<Contents, Failure> {
    let sources = names.iter().map(|name| (*name).to_owned()).collect();
    Ok(Contents::Queue { sources })
}

#[test]
fn a_table_is_lost_by_its_items_and_weakened_by_its_protection() {
    use HazardKind::{LoseItems, Weaken};
    let unreadable = || Err(Failure::new(FailureKind::AccessDenied, "no Scan for you"));
    for (protected, held, hazards) in [
        (false, Ok(Contents::Table { holds_items: false }), vec![]),
        (
            false,
            Ok(Contents::Table { holds_items: true }),
            vec![LoseItems],
        ),
        (false, unreadable(), vec![LoseItems]),
        (
            true,
            Ok(Contents::Table { holds_items: false }),
            vec![Weaken],
        ),
        (
            true,
            Ok(Contents::Table { holds_items: true }),
            vec![LoseItems, Weaken],
        ),
    ] {
        let plan = pruned(vec![table(protected)], vec![(ResourceId::table("T"), held)]);
        assert_eq!(plan.hazards(), hazards);
        let off = plan.actions[0].changes.iter();
        let off: Vec<_> = off.map(|change| change.path.as_str()).collect();
        assert_eq!(off.contains(&"deletion_protection"), protected);
        assert!(plan.notes[0].text.contains("backup"));
    }
}

#[test]
fn a_table_that_cannot_be_managed_is_not_removed() {
    let mut global = table(false);
    if let Live::Table(live) = &mut global.live {
        live.unsupported = Some("is a global table, with a replica in eu-west-1".into());
    }
    let held = Ok(Contents::Table { holds_items: false });
    let plan = pruned(vec![global], vec![(ResourceId::table("T"), held)]);
    assert!(plan.conflicts[0].reason.contains("eu-west-1"));
}

#[test]
fn messages_are_in_the_way_whatever_state_they_are_in() {
    let of = |visible, in_flight, delayed| MessageCounts {
        visible,
        in_flight,
        delayed,
    };
    for (messages, refused) in [
        (of(0, 0, 0), false),
        (of(1, 0, 0), true),
        (of(0, 1, 0), true),
        (of(0, 0, 1), true),
    ] {
        let id = ResourceId::queue("q");
        let plan = pruned(vec![queue("q", None, messages)], vec![(id, sources(&[]))]);
        let named = |conflict: &Conflict| conflict.reason.starts_with("lose-messages: ");
        assert_eq!(plan.conflicts.iter().any(named), refused, "{messages:?}");
    }
}

#[test]
fn a_dead_letter_queue_goes_after_its_sources_or_not_at_all() {
    let none = MessageCounts::default;
    let dead = || queue("a-dead", None, none());
    let source = || queue("b-source", Some("a-dead"), none());
    let (dead_id, source_id) = (ResourceId::queue("a-dead"), ResourceId::queue("b-source"));
    let both = pruned(
        vec![dead(), source()],
        vec![
            (dead_id.clone(), sources(&["b-source"])),
            (source_id.clone(), sources(&[])),
        ],
    );
    let order: Vec<_> = both.actions.iter().map(|action| &action.id).collect();
    assert_eq!(order, [&source_id, &dead_id]);
    assert_eq!(both.actions[1].depends_on, [source_id]);
    assert_eq!(both.conflicts, []);
    let alone = pruned(
        vec![dead()],
        vec![(dead_id.clone(), sources(&["b-source"]))],
    );
    assert!(alone.conflicts[0].reason.contains("b-source"));
    let unknown = Err(Failure::new(FailureKind::AccessDenied, "no"));
    let unknown = pruned(vec![dead()], vec![(dead_id, unknown)]);
    assert_eq!(unknown.conflicts.len(), 1);
}

#[test]
fn a_source_that_is_pointed_elsewhere_lets_its_dead_letter_queue_go() {
    for (redrive, goes) in [
        ("null", false),
        ("\"absent\"", true),
        (
            "{\"present\": {\"dead_letter_target_arn\": \"arn:aws:sqs:us-east-1:123456789012:other\", \"max_receive_count\": 3}}",
            true,
        ),
        (
            "{\"present\": {\"dead_letter_target_arn\": \"arn:aws:sqs:us-east-1:123456789012:dead\", \"max_receive_count\": 5}}",
            false,
        ),
    ] {
        let mut plan = empty();
        let source = queue("source", Some("dead"), MessageCounts::default());
        let dead = queue("dead", None, MessageCounts::default());
        let found = vec![source, dead];
        orphans::enter(
            Orphans {
                found,
                ..Orphans::default()
            },
            true,
            &mut plan,
        );
        plan.actions[0].verb = Verb::Update;
        let desired = format!("{{\"queue\": {{\"redrive_policy\": {redrive}}}}}");
        plan.actions[0].desired = serde_json::from_str(&desired).unwrap();
        let held = [(ResourceId::queue("dead"), sources(&["source"]))];
        weigh(&mut plan, &held.into());
        assert_eq!(plan.conflicts.is_empty(), goes, "{redrive}");
    }
}

#[test]
fn orphans_are_noted_and_only_what_was_created_here_is_pruned() {
    for (origin, prune, removed, offered) in [
        (Some("created"), false, false, true),
        (Some("created"), true, true, false),
        (Some("adopted"), false, false, false),
        (Some("adopted"), true, false, false),
        (None, false, false, false),
        (None, true, false, false),
    ] {
        let mut plan = empty();
        let mut left = table(false);
        left.live.tags_mut().clear();
        let origin = origin.map(|origin| (ownership::ORIGIN.to_owned(), origin.to_owned()));
        left.live.tags_mut().extend(origin.clone());
        let live = spelled(&left.live);
        let found = vec![left];
        orphans::enter(
            Orphans {
                found,
                ..Orphans::default()
            },
            prune,
            &mut plan,
        );
        assert_eq!(
            plan.actions.len(),
            usize::from(removed),
            "{origin:?} {prune}"
        );
        assert_eq!(plan.notes.len(), usize::from(!removed));
        let offers = plan.notes.iter().any(|note| note.text.contains("--prune"));
        assert_eq!(offers, offered, "{origin:?} {prune}");
        if let [action] = plan.actions.as_slice() {
            assert_eq!((action.verb, &action.live), (Verb::Delete, &live));
            assert!(action.desired.is_null());
        }
    }
}
