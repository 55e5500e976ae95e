//! What is planned, case by case.

use crate::model::presence::Presence;
use std::time::Duration;

use futures_util::FutureExt;
use proptest::prelude::*;
use tokio::time::Instant;

use super::*;
use crate::model::hazard::HazardKind;
use crate::model::id::Kind;
use crate::model::units::{Bytes, Seconds};
use crate::resources::queue;
use crate::resources::queue::config::{
    DeduplicationScope, FifoThroughputLimit, QueueDesired, QueueLive, RedriveAllowPolicy,
    RedrivePolicy,
};
use crate::resources::queue::fake::FakeQueues;
use crate::resources::run::Run;
use crate::resources::table;
use crate::resources::table::config::{AttributeType, TableDesired};
use crate::resources::table::fake::{key, keyed};
use crate::resources::tags::Tags;

fn context() -> Context {
    Context {
        project: "shop".into(),
        env: None,
        scope: Scope::sample(),
    }
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    let pairs = pairs.iter();
    pairs.map(|(k, v)| ((*k).into(), (*v).into())).collect()
}

fn ours(component: &str) -> Tags {
    tags(&[
        (ownership::PROJECT, "shop"),
        (ownership::COMPONENT, component),
    ])
}

fn resource(id: ResourceId, component: &str, depends_on: &[&str], desired: Desired) -> Resource {
    Resource {
        target: Target {
            name: id.key.clone(),
            id,
            component: ComponentName::new(component),
            depends_on: depends_on.iter().map(|k| ResourceId::queue(*k)).collect(),
            asks_scarce: false,
        },
        desired,
    }
}

fn queue(key: &str, depends_on: &[&str]) -> Resource {
    let desired = QueueDesired {
        visibility_timeout: Some(Seconds(300)),
        tags: ours("sqs"),
        ..QueueDesired::default()
    };
    resource(
        ResourceId::queue(key),
        "sqs",
        depends_on,
        Desired::Queue(desired),
    )
}

/// A queue with this visibility timeout and these tags besides AWS's defaults.
fn live_queue(timeout: u64, tags: Tags) -> Live {
    let pairs: Vec<_> = tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let timeout = timeout.to_string();
    let api = FakeQueues::default().with("q", &[("VisibilityTimeout", &timeout)], &pairs);
    Live::Queue(read_queue(&api, "q"))
}

fn read_queue(api: &FakeQueues, name: &str) -> QueueLive {
    let reading = queue::read::read_by_name(api, name).now_or_never();
    reading.unwrap().unwrap().unwrap()
}

fn with(tags: Tags, more: &[(&str, &str)]) -> Tags {
    let more = more.iter().map(|(k, v)| ((*k).into(), (*v).into()));
    tags.into_iter().chain(more).collect()
}

fn made(resources: &[Resource], live: Vec<(&str, Live)>) -> Plan {
    let live = live.into_iter().map(|(k, l)| (ResourceId::queue(k), l));
    plan(&context(), resources, &live.collect(), &Selection::All).unwrap()
}

/// `create queue/a` for each action.
fn verbs(plan: &Plan) -> Vec<String> {
    let actions = plan.actions.iter();
    actions
        .map(|action| format!("{} {}", action.verb.name(), action.id))
        .collect()
}

/// The tag that the action would write, or leave as it is.
fn origin(action: &Action) -> &str {
    let kind = action.desired.as_object().unwrap().values().next().unwrap();
    kind["tags"][ownership::ORIGIN].as_str().unwrap_or_default()
}

const CREATED: (&str, &str) = (ownership::ORIGIN, "created");
const ADOPTED: (&str, &str) = (ownership::ORIGIN, "adopted");

#[test]
fn owner_and_difference_make_the_verb() {
    let cases = [
        // Ours.
        (300, with(ours("sqs"), &[CREATED]), None),
        (30, with(ours("sqs"), &[CREATED]), Some(("update", ""))),
        (300, with(ours("old"), &[CREATED]), Some(("tag", ""))),
        (30, with(ours("old"), &[CREATED]), Some(("update", ""))),
        // What was adopted once stays adopted.
        (300, with(ours("sqs"), &[ADOPTED]), None),
        (30, with(ours("sqs"), &[ADOPTED]), Some(("update", ""))),
        // Ours without an origin, which somebody removed: the more careful one.
        (300, ours("sqs"), Some(("tag", "adopted"))),
        // Nobody's, even where nothing but ownership differs.
        (300, Tags::new(), Some(("adopt", "adopted"))),
        (30, tags(&[("team", "a")]), Some(("adopt", "adopted"))),
    ];
    for (timeout, tags, expected) in cases {
        let plan = made(
            &[queue("q", &[])],
            vec![("q", live_queue(timeout, tags.clone()))],
        );
        let found = plan.actions.first().map(|a| (a.verb.name(), origin(a)));
        assert_eq!(found, expected, "{timeout} {tags:?}");
        assert_eq!(plan.unchanged.len(), usize::from(expected.is_none()));
        assert_eq!(plan.is_empty(), expected.is_none());
        assert_eq!(plan.conflicts, []);
    }
    let plan = made(&[queue("q", &[])], vec![]);
    assert_eq!(verbs(&plan), ["create queue/q"]);
    assert_eq!(origin(&plan.actions[0]), "created");
}

#[test]
fn what_is_somebody_else_s_is_a_conflict_and_no_action() {
    for (theirs, expected) in [
        (&[(ownership::PROJECT, "billing")][..], "project billing"),
        (
            &[(ownership::PROJECT, "shop"), (ownership::ENV, "prod")],
            "project shop, environment prod",
        ),
    ] {
        let plan = made(
            &[queue("q", &[])],
            vec![("q", live_queue(30, tags(theirs)))],
        );
        assert_eq!(plan.actions, []);
        assert_eq!(plan.unchanged, []);
        assert_eq!(plan.conflicts[0].reason, format!("belongs to {expected}"));
        assert!(!plan.is_empty());
    }
}

#[test]
fn environments_of_one_project_own_apart() {
    let prod = with(ours("sqs"), &[(ownership::ENV, "prod"), CREATED]);
    let live = BTreeMap::from([(ResourceId::queue("q"), live_queue(300, prod))]);
    for (env, actions, conflicts) in [(Some("prod"), 0, 0), (Some("dev"), 0, 1), (None, 0, 1)] {
        let context = Context {
            env: env.map(str::to_owned),
            ..context()
        };
        let plan = plan(&context, &[queue("q", &[])], &live, &Selection::All).unwrap();
        let counts = (plan.actions.len(), plan.conflicts.len());
        assert_eq!(counts, (actions, conflicts), "{env:?}");
        assert_eq!(plan.env, context.env);
    }
}

fn table(partition_key: &str) -> Resource {
    let desired = TableDesired {
        tags: ours("dynamodb"),
        ..keyed(key(partition_key, AttributeType::N))
    };
    resource(
        ResourceId::table("T"),
        "dynamodb",
        &[],
        Desired::Table(desired),
    )
}

/// A table whose partition key is `id`.
fn plan_table(wanted: &Resource, tags: Tags, status: &str) -> Plan {
    let described = table::fake::describe(status);
    let mut found = table::read::parse(&described).unwrap();
    found.tags = tags;
    let live = BTreeMap::from([(ResourceId::table("T"), Live::Table(found))]);
    plan(
        &context(),
        std::slice::from_ref(wanted),
        &live,
        &Selection::All,
    )
    .unwrap()
}

#[test]
fn other_keys_replace_what_is_ours_and_are_a_conflict_where_it_is_not() {
    let ours = with(ours("dynamodb"), &[CREATED]);
    assert!(plan_table(&table("id"), ours.clone(), "ACTIVE").is_empty());
    let replaced = plan_table(&table("other"), ours, "ACTIVE");
    assert_eq!(verbs(&replaced), ["replace table/T"]);
    assert!(replaced.hazards().contains(&HazardKind::Replace));
    assert_eq!(origin(&replaced.actions[0]), "created");
    let adopted = plan_table(&table("id"), Tags::new(), "ACTIVE");
    assert_eq!(verbs(&adopted), ["adopt table/T"]);
    let conflict = plan_table(&table("other"), Tags::new(), "ACTIVE");
    assert_eq!(conflict.actions, []);
    assert!(conflict.conflicts[0].reason.contains("cannot be changed"));
}

#[test]
fn what_aws_is_busy_with_is_not_yet_as_declared() {
    let plan = plan_table(&table("id"), with(ours("dynamodb"), &[CREATED]), "UPDATING");
    assert_eq!(verbs(&plan), ["settle table/T"]);
    assert_eq!(plan.actions[0].changes, []);
    assert!(plan.notes[0].text.contains("UPDATING"), "{:?}", plan.notes);
}

#[test]
fn what_is_made_first_comes_first_and_what_is_there_is_not_waited_for() {
    let resources = [
        queue("a-source", &["z-dlq"]),
        queue("b-free", &[]),
        queue("z-dlq", &[]),
    ];
    let plan = made(&resources, vec![]);
    assert_eq!(
        verbs(&plan),
        [
            "create queue/b-free",
            "create queue/z-dlq",
            "create queue/a-source"
        ]
    );
    assert_eq!(plan.actions[2].depends_on, [ResourceId::queue("z-dlq")]);
    // An update of the dead-letter queue is nothing to wait for.
    let dlq = live_queue(30, with(ours("sqs"), &[CREATED]));
    let plan = made(&resources, vec![("z-dlq", dlq)]);
    assert_eq!(
        verbs(&plan),
        [
            "create queue/a-source",
            "create queue/b-free",
            "update queue/z-dlq"
        ]
    );
    assert!(plan.actions.iter().all(|a| a.depends_on.is_empty()));
}

#[test]
fn a_part_uses_what_is_there_and_names_what_is_missing() {
    let mut dlq = queue("dlq", &[]);
    dlq.target.component = ComponentName::new("failures");
    let mut orders = queue("orders", &["dlq"]);
    orders.target.component = ComponentName::new("orders");
    let resources = [dlq, orders];
    let part =
        |names: &[&str]| Selection::Components(names.iter().map(ComponentName::new).collect());
    let nothing = BTreeMap::new();
    let missing = plan(&context(), &resources, &nothing, &part(&["Orders"])).unwrap_err();
    assert_eq!(
        missing,
        [MissingDependency {
            id: ResourceId::queue("orders"),
            needs: ResourceId::queue("dlq"),
            component: ComponentName::new("failures"),
        }]
    );
    let there = BTreeMap::from([(ResourceId::queue("dlq"), live_queue(30, Tags::new()))]);
    let used = plan(&context(), &resources, &there, &part(&["orders"])).unwrap();
    assert_eq!(verbs(&used), ["create queue/orders"]);
    assert_eq!(used.actions[0].depends_on, []);
    for whole in [
        part(&["orders", "failures"]),
        part(&["sqs"]),
        Selection::All,
    ] {
        let plan = plan(&context(), &resources, &nothing, &whole).unwrap();
        assert_eq!(verbs(&plan), ["create queue/dlq", "create queue/orders"]);
    }
    let apart = plan(&context(), &resources, &nothing, &part(&["failures"])).unwrap();
    assert_eq!(verbs(&apart), ["create queue/dlq"]);
    let tables = plan(&context(), &resources, &nothing, &part(&["dynamodb"])).unwrap();
    assert!(tables.is_empty());
}

#[test]
fn a_source_waits_for_its_dead_letter_queue_to_admit_it() {
    let admitting = |key, allow| {
        let desired = QueueDesired {
            visibility_timeout: Some(Seconds(300)),
            redrive_allow_policy: allow,
            tags: ours("sqs"),
            ..QueueDesired::default()
        };
        resource(ResourceId::queue(key), "sqs", &[], Desired::Queue(desired))
    };
    let mine = || live_queue(30, with(ours("sqs"), &[CREATED]));
    let sources = RedriveAllowPolicy::SourceQueues([context().scope.queue_arn("a")].into());
    for (allow, order) in [
        (None, ["update queue/a", "update queue/dlq"]),
        (
            Some(RedriveAllowPolicy::AllowAll),
            ["update queue/a", "update queue/dlq"],
        ),
        (Some(sources), ["update queue/dlq", "update queue/a"]),
    ] {
        let resources = [queue("a", &["dlq"]), admitting("dlq", allow)];
        let plan = made(&resources, vec![("a", mine()), ("dlq", mine())]);
        assert_eq!(verbs(&plan), order);
        let waits = plan
            .actions
            .iter()
            .any(|action| !action.depends_on.is_empty());
        assert_eq!(waits, order[0] == "update queue/dlq");
    }
}

fn any_queue(fifo: bool) -> impl Strategy<Value = QueueDesired> {
    use prop::option::of;
    let seconds = || of((60u64..43_000).prop_map(Seconds));
    let redrive = of((1u32..1_000).prop_map(|max_receive_count| RedrivePolicy {
        dead_letter_target_arn: context().scope.queue_arn("dlq"),
        max_receive_count,
    }));
    let (queue, group) = (DeduplicationScope::Queue, DeduplicationScope::MessageGroup);
    let per_queue = FifoThroughputLimit::PerQueue;
    let throughput = of(prop_oneof![
        Just((queue, per_queue)),
        Just((group, per_queue)),
        Just((group, FifoThroughputLimit::PerMessageGroupId)),
    ]);
    let size = of((1_024u64..1_048_576).prop_map(Bytes));
    let tags = prop::collection::btree_map("[a-c]", "[x-z]{0,2}", 0..3);
    (
        (seconds(), seconds(), seconds(), seconds()),
        (size, redrive, tags),
        (of(any::<bool>()), throughput),
    )
        .prop_map(
            move |(times, (size, redrive_policy, tags), of_fifo)| QueueDesired {
                visibility_timeout: times.0,
                message_retention_period: times.1,
                delay: times.2,
                receive_message_wait_time: times.3,
                maximum_message_size: size,
                redrive_policy: redrive_policy.map(Presence::Present),
                content_based_deduplication: of_fifo.0.filter(|_| fifo),
                deduplication_scope: of_fifo.1.filter(|_| fifo).map(|(scope, _)| scope),
                fifo_throughput_limit: of_fifo.1.filter(|_| fifo).map(|(_, limit)| limit),
                tags: ours("sqs").into_iter().chain(tags).collect(),
                ..QueueDesired::default()
            },
        )
}

/// Two states of one queue, the second of which it becomes.
fn any_two() -> impl Strategy<Value = (String, QueueDesired, QueueDesired)> {
    any::<bool>().prop_flat_map(|fifo| {
        let name = if fifo { "q.fifo" } else { "q" };
        (Just(name.to_owned()), any_queue(fifo), any_queue(fifo))
    })
}

/// Does what the one action of the plan says to do.
fn carry_out(api: &FakeQueues, action: &Action) {
    let desired: Desired = serde_json::from_value(action.desired.clone()).unwrap();
    let Desired::Queue(desired) = desired else {
        panic!("{action:?}");
    };
    let run = Run {
        id: &action.id,
        deadline: Instant::now() + Duration::from_secs(1),
        say: &|_| (),
        interrupted: &|| false,
    };
    let done = match serde_json::from_value(action.live.clone()).unwrap() {
        Some(Live::Queue(live)) => queue::apply::update(api, &run, &desired, &live).now_or_never(),
        _ => {
            let made = queue::apply::create(api, &run, &action.name, &desired).now_or_never();
            made.map(|made| made.map(|_| ()))
        }
    };
    done.unwrap().unwrap();
}

proptest! {
    #[test]
    fn a_plan_that_was_carried_out_plans_empty((name, first, then) in any_two()) {
        let api = FakeQueues::default();
        let id = ResourceId::new(Kind::Queue, &name);
        let wanted = |desired| [resource(id.clone(), "sqs", &[], Desired::Queue(desired))];
        let first = wanted(first);
        let create = made(&first, vec![]);
        prop_assert_eq!(create.count(Verb::Create), 1);
        carry_out(&api, &create.actions[0]);
        let again = |resources: &[Resource]| {
            made(resources, vec![(&name, Live::Queue(read_queue(&api, &name)))])
        };
        prop_assert!(again(&first).is_empty(), "{:#?}", again(&first));
        let then = wanted(then);
        for action in again(&then).actions {
            prop_assert!(matches!(action.verb, Verb::Update | Verb::Tag));
            carry_out(&api, &action);
        }
        prop_assert!(again(&then).is_empty(), "{:#?}", again(&then));
    }
}
