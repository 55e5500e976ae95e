//! The rhythm of looks and what failures leave, against an AWS of a few lines.

use std::cell::{Cell, RefCell};

use futures_util::future::FutureExt;

use super::*;
use crate::model::id::ComponentName;
use crate::model::tick::{Health, IndexRow};
use crate::model::units::Seconds;
use crate::monitor::metrics::Metric;
use crate::monitor::watched::Redrive;

/// Answers alike until told otherwise, and counts.
#[derive(Default)]
struct FakeAws {
    queues: RefCell<BTreeMap<String, QueueSeen>>,
    tables: RefCell<BTreeMap<String, TableSeen>>,
    /// The value of each minute of every series.
    value: Cell<f64>,
    /// Calls of this name fail.
    failing: RefCell<BTreeMap<&'static str, FailureKind>>,
    calls: RefCell<Vec<&'static str>>,
    batches: RefCell<Vec<usize>>,
}

impl FakeAws {
    fn call(&self, name: &'static str) -> Result<(), Failure> {
        self.calls.borrow_mut().push(name);
        match self.failing.borrow().get(name) {
            Some(kind) => Err(Failure::new(*kind, "no")),
            None => Ok(()),
        }
    }

    fn count(&self, name: &str) -> usize {
        self.calls.borrow().iter().filter(|it| **it == name).count()
    }

    fn fail(&self, name: &'static str, kind: FailureKind) {
        self.failing.borrow_mut().insert(name, kind);
    }

    fn queue_is(&self, name: &str, seen: QueueSeen) {
        self.queues.borrow_mut().insert(name.into(), seen);
    }

    fn table_is(&self, name: &str, status: &str) {
        let seen = TableSeen {
            status: status.into(),
            ..TableSeen::default()
        };
        self.tables.borrow_mut().insert(name.into(), seen);
    }
}

impl Watch for FakeAws {
    async fn account(&self) -> Result<String, Failure> {
        self.call("account")?;
        Ok("123456789012".into())
    }

    async fn queue_url(&self, name: &str) -> Result<Option<String>, Failure> {
        self.call("url")?;
        Ok(self.queues.borrow().contains_key(name).then(|| name.into()))
    }

    async fn queue(&self, url: &str) -> Result<Option<QueueSeen>, Failure> {
        self.call("queue")?;
        Ok(self.queues.borrow().get(url).cloned())
    }

    async fn table(&self, name: &str) -> Result<Option<TableSeen>, Failure> {
        self.call("table")?;
        Ok(self.tables.borrow().get(name).cloned())
    }

    async fn metrics(&self, queries: &[Query], window: Window) -> Result<Vec<Series>, Failure> {
        self.call("metrics")?;
        self.batches.borrow_mut().push(queries.len());
        let minutes = (window.from..window.to).step_by(60);
        let series: Series = minutes.map(|at| (at, self.value.get())).collect();
        Ok(vec![series; queries.len()])
    }
}

fn target(id: ResourceId, depends_on: &[&str]) -> Target {
    Target {
        name: format!("dev-{}", id.key),
        component: ComponentName::new(id.kind.service()),
        depends_on: depends_on
            .iter()
            .map(|key| ResourceId::queue(*key))
            .collect(),
        asks_scarce: false,
        id,
    }
}

/// A sampler at ticks five seconds apart.
struct Watching {
    sampler: Sampler,
    now: Moment,
}

impl Watching {
    fn of(targets: &[Target], is_watched: impl Fn(&Target) -> bool) -> Watching {
        // Half a minute in, so that ticks of a few seconds stay in it.
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(60 * 29_000_000 + 30);
        let now = Moment {
            instant: Instant::now(),
            time,
        };
        let subject = Subject {
            project: "shop".into(),
            env: None,
            region: "us-east-1".into(),
            thresholds: Thresholds::default(),
            interval: Duration::from_secs(5),
            eager: false,
        };
        Watching {
            sampler: Sampler::new(subject, targets, is_watched, now.instant),
            now,
        }
    }

    fn tick(&mut self, aws: &FakeAws) -> Tick {
        self.tick_after(aws, 5)
    }

    fn tick_after(&mut self, aws: &FakeAws, seconds: u64) -> Tick {
        let passed = Duration::from_secs(seconds);
        self.now.instant += passed;
        self.now.time += passed;
        let sampled = self.sampler.sample(aws, self.now);
        sampled.now_or_never().unwrap()
    }
}

fn orders_and_table() -> (FakeAws, Watching) {
    let aws = FakeAws::default();
    aws.queue_is(
        "dev-orders",
        QueueSeen {
            visible: 3,
            ..QueueSeen::default()
        },
    );
    aws.table_is("dev-Orders", "ACTIVE");
    let targets = [
        target(ResourceId::queue("orders"), &[]),
        target(ResourceId::table("Orders"), &[]),
    ];
    (aws, Watching::of(&targets, |_| true))
}

/// Of a test that needs tokio's clock, which timeouts do.
fn in_runtime(test: impl FnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build().unwrap();
    runtime.block_on(async { test() });
}

#[test]
fn queues_are_asked_each_tick_tables_every_fourth_and_cloudwatch_once_a_minute() {
    in_runtime(|| {
        let (aws, mut watching) = orders_and_table();
        for _ in 0..13 {
            watching.tick(&aws);
        }
        let counts = ["account", "url", "queue", "table", "metrics"].map(|it| aws.count(it));
        assert_eq!(counts, [1, 1, 13, 4, 2]);
    });
}

#[test]
fn a_table_that_is_not_active_is_asked_each_tick() {
    in_runtime(|| {
        let (aws, mut watching) = orders_and_table();
        aws.table_is("dev-Orders", "UPDATING");
        for _ in 0..3 {
            watching.tick(&aws);
        }
        aws.table_is("dev-Orders", "ACTIVE");
        for _ in 0..5 {
            watching.tick(&aws);
        }
        // Ticks 0 to 3, the last of which finds it settled, and 4.
        assert_eq!(aws.count("table"), 5);
    });
}

#[test]
fn more_metrics_than_a_call_takes_go_in_several() {
    in_runtime(|| {
        let aws = FakeAws::default();
        let keys = (0..126).map(|number| format!("q{number}"));
        let targets: Vec<_> = keys
            .map(|key| target(ResourceId::queue(key), &[]))
            .collect();
        let mut watching = Watching::of(&targets, |_| true);
        let tick = watching.tick(&aws);
        assert_eq!(*aws.batches.borrow(), [500, 4]);
        assert_eq!(tick.rhythm.calls_per_minute, 126 * 12 + 2);
    });
}

#[test]
fn a_failed_look_keeps_what_was_seen_and_says_why() {
    in_runtime(|| {
        let (aws, mut watching) = orders_and_table();
        watching.tick(&aws);
        aws.fail("queue", FailureKind::AccessDenied);
        let tick = watching.tick(&aws);
        let row = &tick.queues[0];
        assert_eq!((row.visible, row.health), (Some(3), Health::Healthy));
        assert_eq!(row.reasons, ["stale for 5s: no"]);
        assert_eq!(tick.stale, [ResourceId::queue("orders")]);
        let tick = watching.tick_after(&aws, 300);
        assert_eq!(tick.queues[0].health, Health::Critical);
        aws.failing.borrow_mut().clear();
        let tick = watching.tick(&aws);
        assert_eq!(tick.queues[0].health, Health::Healthy);
        assert!(tick.stale.is_empty());
    });
}

#[test]
fn a_throttled_service_is_left_alone_for_a_while_and_the_other_is_not() {
    in_runtime(|| {
        let (aws, mut watching) = orders_and_table();
        aws.table_is("dev-Orders", "UPDATING");
        aws.fail("queue", FailureKind::Throttled);
        for _ in 0..16 {
            watching.tick(&aws);
        }
        // At 0 s, 5, 15, 35 and 75 s.
        assert_eq!(aws.count("queue"), 5);
        assert_eq!(aws.count("table"), 16);
    });
}

#[test]
fn without_cloudwatch_its_columns_are_unknown_and_the_foot_says_why() {
    in_runtime(|| {
        let (aws, mut watching) = orders_and_table();
        aws.fail("metrics", FailureKind::AccessDenied);
        let tick = watching.tick(&aws);
        let (queue, table) = (&tick.queues[0], &tick.tables[0]);
        assert_eq!((queue.oldest_age, queue.sent_per_second), (None, None));
        assert_eq!(table.throttled_per_second, None);
        assert_eq!(tick.gaps, ["ages and rates are not known: CloudWatch no"]);
        assert_eq!(tick.health, Health::Healthy);
        // What it counted itself makes a trend all the same.
        assert_eq!(queue.trend.last(), Some(&Some(3)));
        for _ in 0..11 {
            watching.tick(&aws);
        }
        // At 0 s, 10 and 30 s.
        assert_eq!(aws.count("metrics"), 3);
    });
}

#[test]
fn metrics_become_rates_ages_and_a_trend() {
    in_runtime(|| {
        let (aws, mut watching) = orders_and_table();
        aws.value.set(90.0);
        let tick = watching.tick(&aws);
        let (queue, table) = (&tick.queues[0], &tick.tables[0]);
        assert_eq!(queue.sent_per_second, Some(1.5));
        assert_eq!(queue.oldest_age, Some(Seconds(90)));
        assert_eq!(table.throttled_per_second, Some(3.0));
        let mut trend = vec![Some(90); 9];
        trend.push(Some(3));
        assert_eq!(queue.trend, trend);
    });
}

#[test]
fn what_cloudwatch_said_minutes_ago_is_forgotten() {
    in_runtime(|| {
        let (aws, mut watching) = orders_and_table();
        aws.value.set(90.0);
        watching.tick(&aws);
        aws.fail("metrics", FailureKind::AccessDenied);
        for (seconds, rate) in [(290, Some(1.5)), (10, None)] {
            let tick = watching.tick_after(&aws, seconds);
            assert_eq!(tick.queues[0].sent_per_second, rate);
            assert_eq!(
                tick.tables[0].throttled_per_second.is_some(),
                rate.is_some()
            );
        }
    });
}

#[test]
fn progress_is_asked_of_an_index_that_is_being_built() {
    in_runtime(|| {
        let (aws, mut watching) = orders_and_table();
        aws.value.set(42.0);
        let building = IndexRow {
            name: "by-user".into(),
            status: "CREATING".into(),
            percent: None,
        };
        aws.table_is("dev-Orders", "ACTIVE");
        let mut tables = aws.tables.borrow_mut();
        tables.get_mut("dev-Orders").unwrap().indexes = vec![building];
        drop(tables);
        let tick = watching.tick(&aws);
        assert_eq!(tick.tables[0].indexes[0].percent, Some(42.0));
        let asked = metrics::queries(&watching.sampler.queues, &watching.sampler.tables);
        let last = asked.last().unwrap();
        assert_eq!(last.metric, Metric::IndexProgress);
        let dimensions: Vec<_> = last.dimensions().collect();
        assert_eq!(
            dimensions,
            [
                ("TableName", "dev-Orders"),
                ("GlobalSecondaryIndexName", "by-user")
            ]
        );
    });
}

#[test]
fn a_dead_letter_queue_that_nobody_chose_is_watched_with_its_source() {
    in_runtime(|| {
        let aws = FakeAws::default();
        let sends_to = |queue: &str| QueueSeen {
            retention: Seconds(4 * 86_400),
            redrive: Some(Redrive {
                queue: queue.into(),
                attempts: 3,
            }),
            ..QueueSeen::default()
        };
        aws.queue_is("dev-orders", sends_to("dev-orders-dlq"));
        aws.queue_is("dev-mails", sends_to("of-others"));
        for name in ["dev-orders-dlq", "of-others"] {
            aws.queue_is(
                name,
                QueueSeen {
                    visible: 2,
                    retention: Seconds(14 * 86_400),
                    ..QueueSeen::default()
                },
            );
        }
        aws.value.set(86_400.0);
        let targets = [
            target(ResourceId::queue("mails"), &[]),
            target(ResourceId::queue("orders"), &["orders-dlq"]),
            target(ResourceId::queue("orders-dlq"), &[]),
        ];
        let mut watching = Watching::of(&targets, |target| target.id.key != "orders-dlq");
        let tick = watching.tick(&aws);
        let keys: Vec<_> = tick.queues.iter().map(|row| row.id.key.as_str()).collect();
        assert_eq!(keys, ["mails", "orders", "orders-dlq", "of-others"]);
        let dead = &tick.queues[2];
        assert_eq!(
            dead.reasons,
            ["2 dead letters; the oldest expires in 9d to 13d"]
        );
        let beside = tick.queues[1].dead_letters.as_ref().unwrap();
        assert_eq!(beside.messages, Some(2));
        assert_eq!(tick.totals.dead_letters, 4);
    });
}

#[test]
fn a_queue_that_is_gone_is_critical_and_looked_for_again() {
    in_runtime(|| {
        let (aws, mut watching) = orders_and_table();
        watching.tick(&aws);
        aws.queues.borrow_mut().clear();
        let tick = watching.tick(&aws);
        assert_eq!(tick.queues[0].reasons, ["there is no such queue"]);
        aws.queue_is("dev-orders", QueueSeen::default());
        let tick = watching.tick(&aws);
        assert_eq!(tick.queues[0].health, Health::Healthy);
        assert_eq!(aws.count("url"), 2);
    });
}

#[test]
fn refused_credentials_are_told_apart_until_they_are_taken_again() {
    in_runtime(|| {
        let (aws, mut watching) = orders_and_table();
        aws.fail("queue", FailureKind::Credentials);
        watching.tick(&aws);
        assert!(watching.sampler.refused().is_some());
        aws.failing.borrow_mut().clear();
        watching.tick(&aws);
        assert!(watching.sampler.refused().is_none());
    });
}
