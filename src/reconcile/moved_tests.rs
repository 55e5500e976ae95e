//! What counts as moved, case by case.

use futures_util::FutureExt;

use super::*;
use crate::model::presence::Presence;
use crate::model::scope::Scope;
use crate::model::units::Seconds;
use crate::reconcile::plan::{self, Context, Selection};
use crate::resources::kinds::Resource;
use crate::resources::queue;
use crate::resources::queue::config::{QueueDesired, RedrivePolicy};
use crate::resources::queue::fake::FakeQueues;
use crate::resources::table;
use crate::resources::table::config::AttributeType;
use crate::resources::table::fake::{describe, key, keyed};

type Pairs = &'static [(&'static str, &'static str)];
type Found = Option<(Pairs, Pairs)>;

const OURS: Pairs = &[
    ("shopctl:project", "shop"),
    ("shopctl:component", "sqs"),
    ("shopctl:origin", "created"),
];
/// As [`resource`] declares it.
const DECLARED: Pairs = &[
    ("VisibilityTimeout", "300"),
    ("MessageRetentionPeriod", "345600"),
    (
        "RedrivePolicy",
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dlq","maxReceiveCount":3}"#,
    ),
];
const SLOW: Pairs = &[
    ("VisibilityTimeout", "600"),
    ("MessageRetentionPeriod", "345600"),
    (
        "RedrivePolicy",
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dlq","maxReceiveCount":3}"#,
    ),
];
const SLOW_AND_LONG: Pairs = &[
    ("VisibilityTimeout", "600"),
    ("MessageRetentionPeriod", "864000"),
];
const OTHER_DLQ: Pairs = &[
    ("VisibilityTimeout", "300"),
    ("MessageRetentionPeriod", "345600"),
    (
        "RedrivePolicy",
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:old","maxReceiveCount":3}"#,
    ),
];
const NO_DLQ: Pairs = &[
    ("VisibilityTimeout", "300"),
    ("MessageRetentionPeriod", "345600"),
];

fn resource(id: ResourceId, desired: Desired) -> Resource {
    Resource {
        target: Target {
            name: id.key.clone(),
            component: ComponentName::new(id.kind.service()),
            id,
            depends_on: vec![],
            asks_scarce: false,
        },
        desired,
    }
}

fn declared() -> Resource {
    let tags = OURS[..2].iter();
    let desired = QueueDesired {
        visibility_timeout: Some(Seconds(300)),
        message_retention_period: Some(Seconds(345_600)),
        redrive_policy: Some(Presence::Present(RedrivePolicy {
            dead_letter_target_arn: Scope::sample().queue_arn("dlq"),
            max_receive_count: 3,
        })),
        tags: tags.map(|(k, v)| ((*k).into(), (*v).into())).collect(),
        ..QueueDesired::default()
    };
    resource(ResourceId::queue("q"), Desired::Queue(desired))
}

fn queue(found: Found) -> BTreeMap<ResourceId, Live> {
    let Some((attributes, tags)) = found else {
        return BTreeMap::new();
    };
    let api = FakeQueues::default().with("q", attributes, tags);
    let reading = queue::read::read_by_name(&api, "q").now_or_never().unwrap();
    let live = Live::Queue(reading.unwrap().unwrap());
    BTreeMap::from([(ResourceId::queue("q"), live)])
}

/// The plan for what is there, as it comes back from its file.
fn planned(resource: &Resource, live: &BTreeMap<ResourceId, Live>) -> Plan {
    let context = Context {
        project: "shop".into(),
        env: None,
        scope: Scope::sample(),
    };
    let resources = std::slice::from_ref(resource);
    let plan = plan::plan(&context, resources, live, &Selection::All).unwrap();
    serde_json::from_value(spelled(plan)).unwrap()
}

fn text(moved: &[Moved]) -> Vec<String> {
    let what = moved.iter().flat_map(|moved| &moved.what);
    what.map(|movement| match movement {
        Movement::Field { path, then, now } => match then {
            Some(then) => format!("{path} {then} → {now}"),
            None => format!("{path} ? → {now}"),
        },
        Movement::Hazard(hazard) => format!("hazard {}", hazard.split(':').next().unwrap()),
        other => format!("{other:?}"),
    })
    .collect()
}

#[test]
fn a_plan_is_stale_where_what_it_takes_for_granted_moved() {
    const THEIRS: Pairs = &[("shopctl:project", "billing")];
    const ENV: Pairs = &[OURS[0], OURS[1], OURS[2], ("shopctl:env", "dev")];
    const ADOPTED: Pairs = &[OURS[0], OURS[1], ("shopctl:origin", "adopted")];
    const MORE: Pairs = &[OURS[0], OURS[1], OURS[2], ("team", "a")];
    const COUNTERS: Pairs = &[
        SLOW[0],
        SLOW[1],
        SLOW[2],
        ("ApproximateNumberOfMessages", "7"),
        ("DelaySeconds", "5"),
    ];
    let cases: &[(&str, Found, Found, &[&str])] = &[
        // To be made.
        ("create", None, None, &[]),
        ("create", None, Some((DECLARED, OURS)), &["Appeared(Us)"]),
        ("create", None, Some((SLOW, &[])), &["Appeared(Nobody)"]),
        (
            "create",
            None,
            Some((SLOW, THEIRS)),
            &[r#"Appeared(Other("project billing"))"#],
        ),
        // To be changed; counters and what nobody declares may move.
        ("update", Some((SLOW, OURS)), Some((SLOW, OURS)), &[]),
        ("update", Some((SLOW, OURS)), Some((COUNTERS, MORE)), &[]),
        ("update", Some((SLOW, OURS)), None, &["Disappeared"]),
        (
            "update",
            Some((SLOW, OURS)),
            Some((DECLARED, OURS)),
            &[r#"visibility_timeout "10m" → "5m""#],
        ),
        (
            "update",
            Some((SLOW, OURS)),
            Some((SLOW_AND_LONG, OURS)),
            &[
                r#"message_retention_period "4d" → "10d""#,
                r#"redrive_policy {"dead_letter_queue":"dlq","max_receive_count":3} → null"#,
                "hazard lose-messages",
            ],
        ),
        (
            "update",
            Some((SLOW_AND_LONG, OURS)),
            Some((SLOW, OURS)),
            &[
                r#"message_retention_period "10d" → "4d""#,
                r#"redrive_policy null → {"dead_letter_queue":"dlq","max_receive_count":3}"#,
                r#"NoHazard("lose-messages")"#,
            ],
        ),
        // A part then, the whole now.
        (
            "update",
            Some((OTHER_DLQ, OURS)),
            Some((NO_DLQ, OURS)),
            &["redrive_policy ? → null"],
        ),
        // Whose it is.
        (
            "update",
            Some((SLOW, OURS)),
            Some((SLOW, ENV)),
            &[r#"tags.shopctl:env null → "dev""#],
        ),
        (
            "update",
            Some((SLOW, OURS)),
            Some((SLOW, ADOPTED)),
            &[r#"tags.shopctl:origin "created" → "adopted""#],
        ),
        (
            "update",
            Some((SLOW, OURS)),
            Some((SLOW, THEIRS)),
            &[
                r#"tags.shopctl:component "sqs" → null"#,
                r#"tags.shopctl:project "shop" → "billing""#,
                r#"tags.shopctl:origin "created" → null"#,
            ],
        ),
        ("adopt", Some((SLOW, &[])), Some((SLOW, &[])), &[]),
        (
            "adopt",
            Some((SLOW, &[])),
            Some((DECLARED, &[])),
            &[r#"visibility_timeout "10m" → "5m""#],
        ),
        // As declared.
        ("", Some((DECLARED, OURS)), Some((DECLARED, MORE)), &[]),
        ("", Some((DECLARED, OURS)), None, &["Disappeared"]),
        (
            "",
            Some((DECLARED, OURS)),
            Some((SLOW, OURS)),
            &[r#"visibility_timeout "5m" → "10m""#],
        ),
        (
            "",
            Some((DECLARED, OURS)),
            Some((DECLARED, ENV)),
            &[r#"tags.shopctl:env null → "dev""#],
        ),
        (
            "",
            Some((DECLARED, OURS)),
            Some((DECLARED, &[])),
            &[
                r#"tags.shopctl:component "sqs" → null"#,
                r#"tags.shopctl:project "shop" → null"#,
            ],
        ),
    ];
    for (verb, then, now, expected) in cases {
        let plan = planned(&declared(), &queue(*then));
        let planned = plan.actions.first().map_or("", |action| action.verb.name());
        assert_eq!(planned, *verb);
        let found = moved(&plan, &premises(&plan).unwrap(), &queue(*now));
        assert_eq!(text(&found), *expected, "{verb} {then:?} {now:?}");
    }
}

#[test]
fn a_deletion_is_of_what_was_seen() {
    const COUNTED: Pairs = &[
        SLOW[0],
        SLOW[1],
        SLOW[2],
        ("ApproximateNumberOfMessages", "7"),
    ];
    const DELAYED: Pairs = &[SLOW[0], SLOW[1], SLOW[2], ("DelaySeconds", "5")];
    let cases: [(Found, &[&str], bool); 4] = [
        (Some((SLOW, OURS)), &[], false),
        (Some((COUNTED, OURS)), &[], false),
        (Some((DELAYED, OURS)), &["delay 0 → 5"], false),
        (None, &["Disappeared"], true),
    ];
    for (now, expected, done) in cases {
        let mut plan = planned(&declared(), &queue(Some((SLOW, OURS))));
        plan.actions[0].verb = Verb::Delete;
        plan.actions[0].desired = Value::Null;
        let premises = premises(&plan).unwrap();
        let now = queue(now);
        assert_eq!(text(&moved(&plan, &premises, &now)), expected);
        assert_eq!(is_carried_out(&plan, &premises, &now), done);
    }
}

#[test]
fn a_plan_is_carried_out_where_everything_is_as_declared_and_ours() {
    const THEIRS: Pairs = &[OURS[0], OURS[1], OURS[2], ("shopctl:env", "dev")];
    for (then, now, expected) in [
        (None, Some((DECLARED, OURS)), true),
        (None, Some((SLOW, OURS)), false),
        (None, Some((DECLARED, THEIRS)), false),
        (None, None, false),
        (Some((SLOW, OURS)), Some((DECLARED, OURS)), true),
        (Some((DECLARED, OURS)), Some((SLOW, OURS)), false),
    ] {
        let plan = planned(&declared(), &queue(then));
        let premises = premises(&plan).unwrap();
        let found = is_carried_out(&plan, &premises, &queue(now));
        assert_eq!(found, expected, "{then:?} {now:?}");
    }
}

#[test]
fn a_hazard_that_the_plan_does_not_name_is_not_allowed_by_it() {
    let long = Some((SLOW_AND_LONG, OURS));
    let mut plan = planned(&declared(), &queue(long));
    let found = |plan: &Plan| text(&moved(plan, &premises(plan).unwrap(), &queue(long)));
    assert_eq!(found(&plan), [""; 0]);
    plan.actions[0].hazards.clear();
    assert_eq!(found(&plan), ["hazard lose-messages"]);
}

/// A table whose key is `id`.
fn table(status: &str, tags: Pairs) -> BTreeMap<ResourceId, Live> {
    let mut live = table::read::parse(&describe(status)).unwrap();
    live.tags = tags
        .iter()
        .map(|(k, v)| ((*k).into(), (*v).into()))
        .collect();
    BTreeMap::from([(ResourceId::table("T"), Live::Table(live))])
}

#[test]
fn what_aws_is_busy_with_or_done_with_is_no_movement() {
    const TABLE: Pairs = &[OURS[0], ("shopctl:component", "dynamodb"), OURS[2]];
    let mut desired = keyed(key("id", AttributeType::N));
    desired.tags = [TABLE[0], TABLE[1]]
        .map(|(k, v)| (k.into(), v.into()))
        .into();
    let same = resource(ResourceId::table("T"), Desired::Table(desired.clone()));
    desired.partition_key = key("other", AttributeType::S);
    let other = resource(ResourceId::table("T"), Desired::Table(desired));
    for (resource, verb, status) in [
        (&same, "settle", "UPDATING"),
        (&other, "replace", "ACTIVE"),
        (&other, "replace", "UPDATING"),
    ] {
        let plan = planned(resource, &table(status, TABLE));
        assert_eq!(plan.actions[0].verb.name(), verb);
        let premises = premises(&plan).unwrap();
        let now = |status, tags| text(&moved(&plan, &premises, &table(status, tags)));
        assert_eq!(now("ACTIVE", TABLE), [""; 0]);
        assert_eq!(now("UPDATING", TABLE), [""; 0]);
        assert!(!now("ACTIVE", &[]).is_empty());
    }
}

#[test]
fn protection_is_not_switched_off_unnamed() {
    let mut live = table("UPDATING", OURS);
    let id = ResourceId::table("T");
    if let Some(Live::Table(live)) = live.get_mut(&id) {
        live.deletion_protection = true;
    }
    let mut plan = planned(
        &resource(
            id.clone(),
            Desired::Table(keyed(key("id", AttributeType::N))),
        ),
        &live,
    );
    let action = &mut plan.actions[0];
    action.verb = Verb::Delete;
    action.hazards.clear();
    assert!(premises(&plan).unwrap_err().contains("deletion protection"));
    let weaken = Hazard::new(HazardKind::Weaken, "named");
    plan.actions[0].hazards.push(weaken);
    assert!(premises(&plan).is_ok());
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let made = planned(&declared(), &BTreeMap::new());
    let with = |desired: Value| {
        let mut plan = made.clone();
        plan.actions[0].desired = desired;
        premises(&plan).unwrap_err()
    };
    let nothing = "queue/q: holds no configuration of a queue";
    assert_eq!(with(Value::Null), nothing);
    assert_eq!(with(serde_json::json!({"table": {}})), nothing);
    assert!(
        with(serde_json::json!({"queue": {"color": "red"}}))
            .starts_with("queue/q: unknown field `color`")
    );
    let mut plan = planned(&declared(), &queue(Some((DECLARED, OURS))));
    plan.unchanged[0].desired = Value::Null;
    assert_eq!(premises(&plan).unwrap_err(), nothing);
}
