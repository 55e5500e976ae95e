//! Plans, reports and events that the tests of this floor show.

mod any;

use std::time::Duration;

pub use any::any_plan;
use serde_json::{Value, json};

use crate::model::change::{FieldChange, Unmanaged};
use crate::model::event::Event;
use crate::model::failure::{Failure, FailureKind};
use crate::model::hazard::{Hazard, HazardKind};
use crate::model::id::{ComponentName, ResourceId};
use crate::model::plan::{Action, Conflict, Note, Plan, SCHEMA_VERSION, Settled, Verb};
use crate::model::report::Report;
use crate::model::scope::Scope;

pub fn plan() -> Plan {
    Plan {
        schema_version: SCHEMA_VERSION,
        project: "shopping".into(),
        env: None,
        scope: Scope::sample(),
        actions: vec![],
        unchanged: vec![],
        conflicts: vec![],
        notes: vec![],
    }
}

pub fn action(verb: Verb, id: ResourceId) -> Action {
    Action {
        name: id.key.clone(),
        component: ComponentName::new(id.kind.service()),
        id,
        verb,
        changes: vec![],
        hazards: vec![],
        unmanaged: vec![],
        depends_on: vec![],
        live: Value::Null,
        desired: Value::Null,
    }
}

impl Action {
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    pub fn within(mut self, component: &str) -> Self {
        self.component = ComponentName::new(component);
        self
    }

    pub fn with(mut self, change: FieldChange) -> Self {
        self.changes.push(change);
        self
    }

    pub fn set(self, path: &str, desired: impl Into<Value>) -> Self {
        self.with(FieldChange::new(path, Value::Null, desired))
    }

    pub fn owned(self) -> Self {
        self.set("tags.shopctl:project", "shopping")
            .set("tags.shopctl:env", "prod")
            .set("tags.shopctl:origin", "adopted")
    }

    pub fn hazard(mut self, kind: HazardKind, reason: &str) -> Self {
        self.hazards.push(Hazard::new(kind, reason));
        self
    }

    pub fn leaving(mut self, path: &str, live: impl Into<Value>) -> Self {
        self.unmanaged.push(unmanaged(path, live));
        self
    }

    pub fn after(mut self, id: ResourceId) -> Self {
        self.depends_on.push(id);
        self
    }
}

pub fn unmanaged(path: &str, live: impl Into<Value>) -> Unmanaged {
    Unmanaged {
        path: path.into(),
        live: live.into(),
    }
}

pub fn settled(id: ResourceId) -> Settled {
    Settled {
        name: id.key.clone(),
        component: ComponentName::new(id.kind.service()),
        id,
        unmanaged: vec![],
        desired: Value::Null,
    }
}

/// The shopping system from nothing.
pub fn shopping() -> Plan {
    let mut plan = plan();
    let sources = [
        ("order", "5m"),
        ("payment", "5m"),
        ("inventory", "2m"),
        ("email", "1m"),
    ];
    for (name, _) in sources {
        let queue = ResourceId::queue(format!("{name}-processing-dlq"));
        plan.actions.push(
            action(Verb::Create, queue)
                .set("message_retention_period", "14d")
                .set("tags.system", "shopping"),
        );
    }
    for (name, visibility) in sources {
        let dlq = format!("{name}-processing-dlq");
        plan.actions.push(
            action(
                Verb::Create,
                ResourceId::queue(format!("{name}-processing-queue")),
            )
            .set("visibility_timeout", visibility)
            .set("message_retention_period", "4d")
            .set(
                "redrive_policy",
                json!({"dead_letter_queue": dlq, "max_receive_count": 3}),
            )
            .set("tags.system", "shopping")
            .after(ResourceId::queue(dlq)),
        );
    }
    plan.actions.extend(shopping_tables());
    plan
}

fn shopping_tables() -> [Action; 4] {
    let table = |key: &str, partition: &str| {
        action(Verb::Create, ResourceId::table(key)).set("partition_key", partition)
    };
    let index = |table: Action, name: &str, partition: &str, sort: &str| {
        table.set(
            &format!("global_secondary_indexes.{name}"),
            json!({"partition_key": partition, "sort_key": sort}),
        )
    };
    let on_demand = |table: Action| table.set("billing_mode", "PAY_PER_REQUEST");
    [
        index(
            index(
                on_demand(table("Products", "product_id")),
                "category-price-index",
                "category",
                "price",
            ),
            "featured-sales_count-index",
            "featured",
            "sales_count",
        ),
        index(
            on_demand(table("Orders", "order_id").set("sort_key", "user_id")),
            "user_id-order_date-index",
            "user_id",
            "order_date",
        )
        .set("point_in_time_recovery", true),
        on_demand(table("Cart", "user_id").set("sort_key", "product_id"))
            .set("time_to_live", "expires_at"),
        on_demand(table("Reviews", "product_id").set("sort_key", "review_id")),
    ]
}

/// Changes that can lose something, among some that cannot.
pub fn risky() -> Plan {
    let mut plan = plan();
    plan.env = Some("prod".into());
    plan.actions = vec![
        action(Verb::Create, ResourceId::queue("audit-queue"))
            .named("prod-audit-queue")
            .set("visibility_timeout", "5m"),
        action(Verb::Update, ResourceId::queue("payment-processing-queue"))
            .named("prod-payment-processing-queue")
            .with(FieldChange::new("visibility_timeout", "1m", "5m"))
            .with(
                FieldChange::new("message_retention_period", "14d", "4d")
                    .with_effect("messages older than 4d are deleted within 15 minutes"),
            )
            .with(FieldChange::new("tags.team", Value::Null, "checkout"))
            .with(FieldChange::new("tags.owner", "nobody", Value::Null))
            .hazard(
                HazardKind::LoseMessages,
                "approximately 12 messages wait in it, some may be older than 4d",
            )
            .leaving("maximum_message_size", "256KiB")
            .leaving("kms_master_key_id", "alias/payments"),
        risky_table(),
    ];
    plan.unchanged = vec![
        settled(ResourceId::queue("order-processing-queue")),
        settled(ResourceId::table("Cart")),
    ];
    plan
}

fn risky_table() -> Action {
    let index = |sort: &str| json!({"partition_key": "category", "sort_key": sort, "projection": ["name", "price", "rating"]});
    action(Verb::Update, ResourceId::table("Products"))
        .with(FieldChange::new("deletion_protection", true, false))
        .with(
            FieldChange::new("global_secondary_indexes.category-price-index", index("price"), index("rating"))
                .with_effect("the index is deleted and made anew; queries on it fail until it is built, and the building is charged as writes"),
        )
        .with(FieldChange::new("global_secondary_indexes.by-brand", json!({"partition_key": "brand"}), Value::Null))
        .hazard(HazardKind::DeleteIndex, "index category-price-index is made anew, because its sort key changes")
        .hazard(HazardKind::DeleteIndex, "index by-brand is removed, and with it whatever queries it")
        .hazard(HazardKind::Weaken, "deletion protection is switched off")
        .after(ResourceId::queue("payment-processing-queue"))
}

pub fn adoption() -> Plan {
    let mut plan = plan();
    plan.env = Some("prod".into());
    plan.actions = vec![
        action(Verb::Adopt, ResourceId::queue("order-processing-queue"))
            .with(FieldChange::new("visibility_timeout", "30s", "5m"))
            .owned()
            .leaving("maximum_message_size", "256KiB"),
        action(Verb::Adopt, ResourceId::table("Orders"))
            .within("payment")
            .owned(),
    ];
    plan
}

pub fn tags_only() -> Plan {
    let mut plan = plan();
    plan.actions = vec![
        action(Verb::Tag, ResourceId::queue("orders")).set("tags.team", "checkout"),
        action(Verb::Tag, ResourceId::queue("payments")).with(FieldChange::new(
            "tags.shopctl:component",
            "sqs",
            "payment",
        )),
    ];
    plan.unchanged = vec![settled(ResourceId::queue("email"))];
    plan
}

pub fn conflict() -> Plan {
    let mut plan = plan();
    plan.conflicts = vec![Conflict {
        id: ResourceId::queue("orders"),
        name: "prod-orders".into(),
        reason: "belongs to project billing".into(),
        hint:
            "choose another name for it, or remove the tag shopctl:project if billing has let it go"
                .into(),
    }];
    plan.unchanged = vec![settled(ResourceId::table("Orders"))];
    plan
}

/// Nothing to do, yet something to know.
pub fn settled_with_notes() -> Plan {
    let mut plan = plan();
    let mut queues: Vec<_> = (1..=4)
        .map(|n| settled(ResourceId::queue(format!("q{n}"))))
        .collect();
    for queue in &mut queues {
        queue
            .unmanaged
            .push(unmanaged("maximum_message_size", "256KiB"));
    }
    queues[0]
        .unmanaged
        .push(unmanaged("kms_master_key_id", "alias/orders"));
    plan.unchanged = queues;
    plan.notes = vec![
        Note {
            id: Some(ResourceId::queue("q9")),
            text: "is ours and no longer declared; create --prune deletes it".into(),
        },
        Note {
            id: None,
            text: "orphans were not looked for: tag:GetResources is not permitted".into(),
        },
    ];
    plan
}

pub fn mixed_report() -> Report {
    fold(1, &events())
}

pub fn events() -> Vec<Event> {
    let (dlq, queue) = (
        ResourceId::queue("order-dlq"),
        ResourceId::queue("order-queue"),
    );
    let (cart, orders, reviews) = (
        ResourceId::table("Cart"),
        ResourceId::table("Orders"),
        ResourceId::table("Reviews"),
    );
    let why = "the table is CREATING";
    let mut denied = Failure::new(
        FailureKind::AccessDenied,
        "not authorised to perform dynamodb:CreateTable",
    )
    .with_hint("grant dynamodb:CreateTable to this identity, then run it again");
    denied.operation = Some("CreateTable".into());
    denied.code = Some("AccessDeniedException".into());
    denied.request_id = Some("7A62C49F347E4FC4".into());
    let unsettled = Failure::new(FailureKind::NotConverged, "time_to_live reads back as off");
    vec![
        Event::Planned { actions: 5 },
        started(&dlq),
        started(&cart),
        started(&orders),
        done(&dlq, 310),
        waiting(&cart, why, None),
        waiting(&cart, why, None),
        waiting(
            &reviews,
            "a TTL change settles within the hour",
            Some(Duration::from_secs(3_480)),
        ),
        Event::Step {
            id: cart.clone(),
            what: "time to live".into(),
        },
        Event::Applied {
            id: cart.clone(),
            verb: Verb::Create,
        },
        Event::Failed {
            id: orders,
            verb: Verb::Create,
            failure: denied,
            elapsed: Duration::from_millis(120),
        },
        Event::Skipped {
            id: queue,
            verb: Verb::Update,
            why: "table/Orders failed".into(),
        },
        done(&cart, 1_240),
        Event::Failed {
            id: reviews,
            verb: Verb::Update,
            failure: unsettled,
            elapsed: Duration::from_secs(72),
        },
        Event::Finished {
            elapsed: Duration::from_secs(75),
        },
    ]
}

fn started(id: &ResourceId) -> Event {
    Event::Started {
        id: id.clone(),
        verb: Verb::Create,
    }
}

fn waiting(id: &ResourceId, why: &str, left: Option<Duration>) -> Event {
    Event::Waiting {
        id: id.clone(),
        why: why.into(),
        left,
    }
}

fn done(id: &ResourceId, millis: u64) -> Event {
    Event::Done {
        id: id.clone(),
        verb: Verb::Create,
        elapsed: Duration::from_millis(millis),
    }
}

pub fn shopping_report() -> Report {
    let mut events: Vec<_> = (200..)
        .step_by(37)
        .zip(shopping().actions)
        .map(|(ms, action)| done(&action.id, ms))
        .collect();
    events.push(Event::Finished {
        elapsed: Duration::from_millis(1_210),
    });
    fold(0, &events)
}

pub fn interrupted_report() -> Report {
    let events = [
        Event::Interrupted { running: 1 },
        done(&ResourceId::queue("orders"), 400),
        Event::Skipped {
            id: ResourceId::table("Orders"),
            verb: Verb::Create,
            why: "interrupted".into(),
        },
        Event::Finished {
            elapsed: Duration::from_millis(900),
        },
    ];
    fold(2, &events)
}

pub fn large_report() -> Report {
    let queues = (0..300).map(|n| done(&ResourceId::queue(format!("q{n}")), 300 + n));
    let tables = (0..80).map(|n| done(&ResourceId::table(format!("T{n}")), 2_000 + n));
    let skipped = (0..50).map(|n| Event::Skipped {
        id: ResourceId::table(format!("S{n}")),
        verb: Verb::Create,
        why: "interrupted".into(),
    });
    let end = Event::Finished {
        elapsed: Duration::from_secs(14),
    };
    let events: Vec<_> = queues.chain(tables).chain(skipped).chain([end]).collect();
    fold(0, &events)
}

fn fold(unchanged: usize, events: &[Event]) -> Report {
    let mut report = Report::new(unchanged, true);
    for event in events {
        report.record(event);
    }
    report
}
