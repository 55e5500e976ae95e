//! SQS: what queues tell CloudWatch, minute by minute.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shopctl::local::call::{Call, Settings};
use shopctl::local::metrics::{Datum, Metric, Observed};
use shopctl::local::options::Options;
use shopctl::local::sqs;
use shopctl::local::store::Store;

use crate::support::{ACCOUNT, arn};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The start of a minute.
const START: i64 = 1_800_000_000_000;

/// The service by itself, at whatever time is asked for.
struct Service {
    store: Store,
    settings: Settings,
    _dir: tempfile::TempDir,
}

impl Service {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Service {
            store: Store::open(dir.path()).unwrap(),
            settings: Options::new(dir.path()).settings,
            _dir: dir,
        }
    }

    /// So many milliseconds after the start.
    fn at(&self, after: i64) -> Call<'_> {
        Call {
            origin: "https://sqs.us-east-1.amazonaws.com",
            store: &self.store,
            settings: &self.settings,
            region: "us-east-1",
            account: ACCOUNT,
            now: START + after,
        }
    }

    fn act(&self, after: i64, operation: &str, mut input: Value) -> Value {
        if let Some(name) = input["Queue"].as_str() {
            input["QueueUrl"] = format!("http://localhost/{ACCOUNT}/{name}").into();
        }
        let output = sqs::handle(&self.at(after), operation, &input).unwrap();
        sqs::answered(&self.at(after), operation, &input, &output);
        output
    }

    fn create(&self, after: i64, name: &str, attributes: Value) {
        let input = json!({ "QueueName": name, "Attributes": attributes });
        self.act(after, "CreateQueue", input);
    }

    fn send(&self, after: i64, name: &str, body: &str) {
        let input = json!({ "Queue": name, "MessageBody": body });
        self.act(after, "SendMessage", input);
    }

    fn receive(&self, after: i64, name: &str) -> Vec<Value> {
        let input = json!({ "Queue": name, "MaxNumberOfMessages": 10 });
        let output = self.act(after, "ReceiveMessage", input);
        output["Messages"].as_array().cloned().unwrap_or_default()
    }

    fn data(&self, after: i64, name: &str, queue: &str) -> Vec<Datum> {
        let (from, to) = (START - DAY, START + after + 1);
        sqs::data(&self.at(after), &metric(name, queue), from, to).unwrap()
    }

    /// The minutes, counted from the start, and their values.
    fn told(&self, after: i64, name: &str, queue: &str) -> Vec<(i64, f64)> {
        let data = self.data(after, name, queue).into_iter();
        data.map(|datum| match datum.observed {
            Observed::Values(values) => {
                assert_eq!((values.len(), values[0].1), (1, 1.0));
                ((datum.at - START) / MINUTE, values[0].0)
            }
            Observed::Set(_) => unreachable!("SQS knows its values"),
        })
        .collect()
    }

    fn values(&self, after: i64, name: &str, queue: &str) -> Vec<f64> {
        let told = self.told(after, name, queue).into_iter();
        told.map(|(_, value)| value).collect()
    }
}

fn metric(name: &str, queue: &str) -> Metric {
    Metric {
        namespace: "AWS/SQS".to_owned(),
        name: name.to_owned(),
        dimensions: BTreeMap::from([("QueueName".to_owned(), queue.to_owned())]),
    }
}

const VISIBLE: &str = "ApproximateNumberOfMessagesVisible";
const NOT_VISIBLE: &str = "ApproximateNumberOfMessagesNotVisible";
const DELAYED: &str = "ApproximateNumberOfMessagesDelayed";
const AGE: &str = "ApproximateAgeOfOldestMessage";
const SENT: &str = "NumberOfMessagesSent";
const RECEIVED: &str = "NumberOfMessagesReceived";
const DELETED: &str = "NumberOfMessagesDeleted";
const EMPTY: &str = "NumberOfEmptyReceives";
const SIZE: &str = "SentMessageSize";

#[test]
fn what_a_process_ahead_has_foreseen_gives_way_to_what_happens() {
    let service = Service::new();
    service.create(0, "q", json!({}));
    let look = json!({ "Queue": "q", "AttributeNames": ["All"] });
    service.act(2 * HOUR, "GetQueueAttributes", look);
    service.send(MINUTE, "q", "a");
    let data = service.data(2 * MINUTE, "ApproximateNumberOfMessagesVisible", "q");
    let told: Vec<_> = data
        .iter()
        .take_while(|datum| datum.at <= START + 2 * MINUTE)
        .map(|datum| (datum.at - START, datum.observed.clone()))
        .collect();
    let of = |value| Observed::Values(vec![(value, 1.0)]);
    let expected = [(0, of(0.0)), (MINUTE, of(1.0)), (2 * MINUTE, of(1.0))];
    assert_eq!(told, expected);
}

#[test]
fn operations_are_counted_in_their_minute() {
    let service = Service::new();
    service.create(0, "q", json!({}));
    service.send(10 * SECOND, "q", "four");
    service.send(20 * SECOND, "q", "four");
    service.send(MINUTE, "q", "seventeen");
    let received = service.receive(2 * MINUTE, "q");
    assert_eq!(received.len(), 3);
    assert!(service.receive(2 * MINUTE, "q").is_empty());
    // A long poll looks often and is answered once.
    let url = format!("http://localhost/{ACCOUNT}/q");
    let looks = json!({ "QueueUrl": url, "WaitTimeSeconds": 20 });
    for _ in 0..3 {
        sqs::handle(&service.at(2 * MINUTE), "ReceiveMessage", &looks).unwrap();
    }
    service.act(2 * MINUTE, "ReceiveMessage", looks);
    let handle = &received[0]["ReceiptHandle"];
    for _ in 0..2 {
        let input = json!({ "Queue": "q", "ReceiptHandle": handle });
        service.act(3 * MINUTE, "DeleteMessage", input);
    }
    let now = 4 * MINUTE;
    assert_eq!(service.values(now, SENT, "q"), [2.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(
        service.values(now, RECEIVED, "q"),
        [0.0, 0.0, 3.0, 0.0, 0.0]
    );
    assert_eq!(service.values(now, EMPTY, "q"), [0.0, 0.0, 2.0, 0.0, 0.0]);
    // Also the deletion that found nothing any more.
    assert_eq!(service.values(now, DELETED, "q"), [0.0, 0.0, 0.0, 2.0, 0.0]);
    let sizes = service.data(now, SIZE, "q");
    let expected = [(0, vec![(4.0, 2.0)]), (1, vec![(9.0, 1.0)])];
    let expected = expected.map(|(minute, values)| Datum {
        at: START + minute * MINUTE,
        observed: Observed::Values(values),
        unit: Some("Bytes".to_owned()),
    });
    assert_eq!(sizes, expected);
    let unit = |name: &str| service.data(now, name, "q")[0].unit.clone();
    assert_eq!(unit(SENT).as_deref(), Some("Count"));
    assert_eq!(unit(AGE).as_deref(), Some("Seconds"));
}

#[test]
fn gauges_of_the_minutes_gone_by_are_told_from_the_messages() {
    let service = Service::new();
    service.create(0, "q", json!({ "VisibilityTimeout": "120" }));
    service.send(10 * SECOND, "q", "a");
    let input = json!({ "Queue": "q", "MessageBody": "b", "DelaySeconds": 150 });
    service.act(10 * SECOND, "SendMessage", input);
    service.receive(70 * SECOND, "q");
    // Nobody comes by until the fifth minute.
    let told = [
        (VISIBLE, [1.0, 0.0, 1.0, 2.0, 2.0]),
        (NOT_VISIBLE, [0.0, 1.0, 1.0, 0.0, 0.0]),
        (DELAYED, [1.0, 1.0, 0.0, 0.0, 0.0]),
        (AGE, [49.0, 109.0, 169.0, 229.0, 230.0]),
    ];
    for (name, values) in told {
        assert_eq!(service.values(4 * MINUTE, name, "q"), values, "{name}");
    }
    // What changes then does not change what was; the running minute is as of now.
    service.act(4 * MINUTE, "PurgeQueue", json!({ "Queue": "q" }));
    for (name, mut values) in told {
        values[4] = 0.0;
        assert_eq!(service.values(4 * MINUTE, name, "q"), values, "{name}");
    }
}

#[test]
fn what_expires_leaves_the_gauges() {
    let service = Service::new();
    service.create(0, "q", json!({ "MessageRetentionPeriod": "120" }));
    service.send(0, "q", "a");
    service.send(70 * SECOND, "q", "b");
    let now = 4 * MINUTE;
    assert_eq!(service.values(now, VISIBLE, "q"), [1.0, 2.0, 1.0, 0.0, 0.0]);
    assert_eq!(
        service.values(now, AGE, "q"),
        [59.0, 119.0, 109.0, 0.0, 0.0]
    );
}

#[test]
fn a_poison_pill_does_not_make_a_standard_queue_old() {
    let service = Service::new();
    service.create(0, "q", json!({ "VisibilityTimeout": "0" }));
    service.send(0, "q", "pill");
    for _ in 0..2 {
        service.receive(SECOND, "q");
    }
    assert_eq!(service.values(MINUTE, AGE, "q"), [59.0, 60.0]);
    service.receive(MINUTE, "q");
    service.send(MINUTE, "q", "good");
    assert_eq!(service.values(90 * SECOND, AGE, "q"), [59.0, 30.0]);
    assert_eq!(service.values(90 * SECOND, VISIBLE, "q"), [1.0, 2.0]);
}

#[test]
fn a_dead_letter_was_not_sent_and_is_as_old_as_its_move() {
    let service = Service::new();
    service.create(0, "dlq", json!({}));
    let policy = json!({ "deadLetterTargetArn": arn("dlq"), "maxReceiveCount": 1 }).to_string();
    service.create(0, "q", json!({ "RedrivePolicy": policy }));
    service.send(0, "q", "a");
    service.receive(0, "q");
    assert!(service.receive(2 * MINUTE, "q").is_empty());
    let now = 3 * MINUTE;
    assert_eq!(service.values(now, SENT, "dlq"), [0.0; 4]);
    assert!(service.data(now, SIZE, "dlq").is_empty());
    assert_eq!(service.values(now, VISIBLE, "dlq"), [0.0, 0.0, 1.0, 1.0]);
    assert_eq!(service.values(now, AGE, "dlq"), [0.0, 0.0, 59.0, 60.0]);

    // A move task sends, each message when it is due.
    let input = json!({ "SourceArn": arn("dlq"), "MaxNumberOfMessagesPerSecond": 1 });
    service.act(now + 30 * SECOND, "StartMessageMoveTask", input);
    let now = 5 * MINUTE;
    assert_eq!(
        service.values(now, VISIBLE, "dlq"),
        [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(
        service.values(now, VISIBLE, "q"),
        [1.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    );
    assert_eq!(
        service.values(now, SENT, "q"),
        [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    );
    assert_eq!(service.values(now, AGE, "q")[3..], [28.0, 88.0, 89.0]);
}

#[test]
fn fifo_queues_count_duplicates_and_groups() {
    let service = Service::new();
    service.create(0, "q.fifo", json!({ "FifoQueue": "true" }));
    for (group, id) in [("g", "1"), ("g", "2"), ("h", "3"), ("h", "3")] {
        let input = json!({
            "Queue": "q.fifo",
            "MessageBody": id,
            "MessageGroupId": group,
            "MessageDeduplicationId": id,
        });
        service.act(0, "SendMessage", input);
    }
    service.receive(40 * SECOND, "q.fifo");
    let groups = "ApproximateNumberOfGroupsWithInflightMessages";
    assert_eq!(service.values(MINUTE, groups, "q.fifo"), [2.0, 2.0]);
    assert_eq!(
        service.values(2 * MINUTE, groups, "q.fifo"),
        [2.0, 0.0, 0.0]
    );
    let duplicates = "NumberOfDeduplicatedSentMessages";
    assert_eq!(service.values(0, duplicates, "q.fifo"), [1.0]);
    assert_eq!(service.values(0, SENT, "q.fifo"), [3.0]);
    service.create(0, "q", json!({}));
    assert!(service.data(0, duplicates, "q").is_empty());
}

#[test]
fn a_queue_is_active_for_six_hours_after_access_or_content() {
    let service = Service::new();
    service.create(0, "idle", json!({}));
    service.create(0, "read", json!({}));
    service.create(0, "full", json!({ "MessageRetentionPeriod": "3600" }));
    service.send(0, "full", "a");
    let input = json!({ "Queue": "read", "AttributeNames": ["All"] });
    service.act(2 * HOUR, "GetQueueAttributes", input);
    let now = DAY;
    let last = |queue: &str| service.told(now, VISIBLE, queue).last().map(|it| it.0);
    assert_eq!(last("idle"), Some(360));
    assert_eq!(last("read"), Some(480));
    // The message lay there for an hour.
    assert_eq!(last("full"), Some(59 + 360));
    assert_eq!(service.told(now, SENT, "idle").len(), 361);
    service.send(now, "idle", "a");
    let told = service.told(now, VISIBLE, "idle");
    assert_eq!(told[360..], [(360, 0.0), (1_440, 1.0)]);
}

#[test]
fn history_survives_the_queue_and_its_name_begins_anew() {
    let service = Service::new();
    service.create(0, "q", json!({}));
    service.send(0, "q", "a");
    service.act(150 * SECOND, "DeleteQueue", json!({ "Queue": "q" }));
    let told = [(0, 1.0), (1, 1.0)];
    assert_eq!(service.told(10 * MINUTE, VISIBLE, "q"), told);
    service.create(5 * MINUTE, "q", json!({}));
    let told = [(0, 1.0), (1, 1.0), (5, 0.0), (6, 0.0)];
    assert_eq!(service.told(6 * MINUTE, VISIBLE, "q"), told);
}

#[test]
fn metrics_are_listed_for_two_weeks() {
    let service = Service::new();
    service.create(0, "q", json!({}));
    service.create(0, "gone", json!({}));
    service.create(0, "orders.fifo", json!({ "FifoQueue": "true" }));
    service.send(0, "q", "a");
    service.act(0, "DeleteQueue", json!({ "Queue": "gone" }));
    let listed = |after: i64| sqs::metrics(&service.at(after)).unwrap();
    let of = |after: i64, queue: &str| {
        let listed = listed(after).into_iter();
        let of = listed.filter(|it| it.dimensions["QueueName"] == queue);
        of.map(|it| it.name).collect::<Vec<_>>()
    };
    let eight = [
        SENT,
        RECEIVED,
        DELETED,
        EMPTY,
        VISIBLE,
        NOT_VISIBLE,
        DELAYED,
        AGE,
    ];
    assert_eq!(of(0, "gone"), eight);
    assert_eq!(of(0, "q"), [&eight[..], &[SIZE]].concat());
    assert_eq!(of(0, "orders.fifo").len(), 10);
    assert_eq!(listed(0)[0], metric(SENT, "gone"));
    assert_eq!(of(14 * DAY, "gone"), eight);
    assert!(of(14 * DAY + HOUR, "gone").is_empty());
    assert_eq!(of(14 * DAY + HOUR, "orders.fifo").len(), 10);
    assert!(of(14 * DAY + 7 * HOUR, "orders.fifo").is_empty());
}

#[test]
fn only_whole_names_and_the_asked_minutes_are_told() {
    let service = Service::new();
    service.create(0, "q", json!({}));
    let call = service.at(5 * MINUTE);
    let told = |metric: &Metric, from: i64, to: i64| {
        let data = sqs::data(&call, metric, START + from, START + to).unwrap();
        data.iter()
            .map(|it| (it.at - START) / MINUTE)
            .collect::<Vec<_>>()
    };
    let visible = metric(VISIBLE, "q");
    assert_eq!(told(&visible, MINUTE, 3 * MINUTE), [1, 2]);
    assert_eq!(told(&visible, 1, 3 * MINUTE + 1), [1, 2, 3]);
    let mut more = visible.clone();
    more.dimensions.insert("More".to_owned(), "x".to_owned());
    let mut foreign = visible.clone();
    foreign.namespace = "Mine".to_owned();
    for unknown in [metric("Size", "q"), metric(VISIBLE, "none"), more, foreign] {
        assert!(told(&unknown, 0, HOUR).is_empty(), "{unknown:?}");
    }
}

#[test]
fn old_minutes_are_forgotten() {
    let service = Service::new();
    service.create(0, "q", json!({}));
    service.send(0, "q", "a");
    let later = 16 * DAY;
    service.send(later, "q", "b");
    let told = service.told(later, SENT, "q");
    assert_eq!(told[0], (24 * 60 - 1, 0.0));
    assert_eq!(told.last(), Some(&(16 * 24 * 60, 1.0)));
    assert_eq!(service.data(later, SIZE, "q").len(), 1);
}
