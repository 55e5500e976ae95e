//! Writing queues against the fake.

use crate::model::presence::Presence;
use std::cell::RefCell;

use super::super::fake::{FakeQueues, url};
use super::super::read;
use super::*;
use crate::model::event::Event;
use crate::model::id::ResourceId;
use crate::model::units::Seconds;
use crate::resources::queue::config::RedrivePolicy;

/// Creates `name` with so many milliseconds to do it in; returns what became of it and the waits it told.
async fn create_within(
    millis: u64,
    api: &FakeQueues,
    name: &str,
) -> (Result<String, Failure>, Vec<(String, Option<Duration>)>) {
    let waits = RefCell::new(Vec::new());
    let desired = QueueDesired {
        visibility_timeout: Some(Seconds(300)),
        tags: [("team".to_owned(), "a".to_owned())].into(),
        ..QueueDesired::default()
    };
    let made = create(
        api,
        &Run {
            id: &ResourceId::queue("orders"),
            deadline: Instant::now() + Duration::from_millis(millis),
            say: &|event| {
                if let Event::Waiting { why, left, .. } = event {
                    waits.borrow_mut().push((why, left));
                }
            },
            interrupted: &|| false,
        },
        name,
        &desired,
    )
    .await;
    (made, waits.into_inner())
}

#[tokio::test]
async fn a_queue_is_made_in_one_call_with_everything_declared() {
    let api = FakeQueues::default();
    let (made, waits) = create_within(0, &api, "orders").await;
    assert_eq!(made, Ok(url("orders")));
    assert_eq!(api.calls(), ["CreateQueue orders VisibilityTimeout=300"]);
    assert_eq!(waits, []);
    let live = read::read(&api, &url("orders")).await.unwrap().unwrap();
    assert_eq!(live.tags["team"], "a");
}

#[tokio::test]
async fn a_fifo_queue_is_declared_one() {
    let api = FakeQueues::default();
    create_within(0, &api, "orders.fifo").await.0.unwrap();
    assert_eq!(
        api.calls(),
        ["CreateQueue orders.fifo FifoQueue=true VisibilityTimeout=300"]
    );
}

#[tokio::test]
async fn a_name_that_was_deleted_recently_is_waited_for_with_a_countdown() {
    let api = FakeQueues::default().failing("CreateQueue", 3, FailureKind::Busy);
    let (made, waits) = create_within(5_000, &api, "orders").await;
    assert_eq!(made, Ok(url("orders")));
    assert_eq!(api.calls().len(), 4);
    assert_eq!(waits.len(), 3);
    for (why, left) in &waits {
        assert!(why.contains("unusable for 60 s"), "{why}");
        let left = left.unwrap();
        assert!(
            left > Duration::from_secs(58) && left <= COOLDOWN,
            "{left:?}"
        );
    }
    assert!(waits.is_sorted_by(|(_, a), (_, b)| a > b), "{waits:?}");
}

#[tokio::test]
async fn the_deadline_ends_the_cooldown_with_its_reason_and_what_is_left() {
    let api = FakeQueues::default().failing("CreateQueue", usize::MAX, FailureKind::Busy);
    let (made, _) = create_within(60, &api, "orders").await;
    let failure = made.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert!(failure.message.contains("unusable for 60 s"), "{failure}");
    assert!(failure.message.contains("about 59 s are left"), "{failure}");
}

#[tokio::test]
async fn a_queue_that_somebody_else_made_is_not_tried_again() {
    for kind in [
        FailureKind::Exists,
        FailureKind::AccessDenied,
        FailureKind::Other,
    ] {
        let api = FakeQueues::default().failing("CreateQueue", usize::MAX, kind);
        let (made, waits) = create_within(5_000, &api, "orders").await;
        let failure = made.unwrap_err();
        assert_eq!(failure.kind, kind);
        assert_eq!(failure.hint.is_some(), kind == FailureKind::Exists);
        assert_eq!((api.calls().len(), waits.len()), (1, 0));
    }
}

#[tokio::test]
async fn a_dead_letter_queue_that_is_not_seen_yet_is_tried_again() {
    let api = FakeQueues::default().failing("CreateQueue", 2, FailureKind::NotFound);
    let (made, waits) = create_within(5_000, &api, "orders").await;
    assert_eq!(made, Ok(url("orders")));
    assert_eq!(waits.len(), 2);
    assert!(waits[0].0.contains("dead-letter queue"), "{waits:?}");
}

#[test]
fn a_dead_letter_queue_that_stays_unseen_fails_once_its_time_is_over() {
    let missing = || Failure::new(FailureKind::NotFound, "dead letter target does not exist");
    let just_before = REFERENCE - Duration::from_millis(1);
    assert!(refused::<()>(missing(), Duration::ZERO).is_ok());
    assert!(refused::<()>(missing(), just_before).is_ok());
    assert_eq!(refused::<()>(missing(), REFERENCE).unwrap_err(), missing());
}

#[test]
fn a_cooldown_that_lasts_longer_than_it_should_is_waited_for_without_a_countdown() {
    let busy = Failure::new(FailureKind::Busy, "deleted recently");
    let look = refused::<()>(busy, COOLDOWN + Duration::from_secs(1)).unwrap();
    assert!(matches!(look, Look::Pending { left: None, .. }), "{look:?}");
}

/// `orders` as it is, and as it should be: another visibility timeout, a redrive policy, one more tag.
async fn before_and_after(api: &FakeQueues) -> (QueueLive, QueueDesired) {
    let live = read::read(api, &url("orders")).await.unwrap().unwrap();
    let desired = QueueDesired {
        visibility_timeout: Some(Seconds(300)),
        delay: Some(Seconds(5)),
        redrive_policy: Some(Presence::Present(RedrivePolicy {
            dead_letter_target_arn: "arn:d".into(),
            max_receive_count: 3,
        })),
        tags: [("team", "a"), ("system", "shop")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        ..QueueDesired::default()
    };
    (live, desired)
}

fn orders() -> FakeQueues {
    let attributes = [("VisibilityTimeout", "30"), ("DelaySeconds", "5")];
    FakeQueues::default().with("orders", &attributes, &[("team", "a"), ("other", "x")])
}

fn writes(api: &FakeQueues) -> Vec<String> {
    let reads = ["GetQueueAttributes", "ListQueueTags"];
    let calls = api.calls().into_iter();
    calls
        .filter(|call| !reads.iter().any(|read| call.starts_with(read)))
        .collect()
}

const BOTH: [&str; 2] = [
    r#"SetQueueAttributes RedrivePolicy={"deadLetterTargetArn":"arn:d","maxReceiveCount":3} VisibilityTimeout=300"#,
    "TagQueue system=shop",
];

async fn update_it(
    api: &FakeQueues,
    desired: &QueueDesired,
    live: &QueueLive,
) -> Result<(), Failure> {
    let run = Run {
        id: &ResourceId::queue("orders"),
        deadline: Instant::now() + Duration::from_millis(500),
        say: &|_| (),
        interrupted: &|| false,
    };
    update(api, &run, desired, live).await
}

#[tokio::test]
async fn a_dead_letter_queue_that_is_not_visible_yet_is_waited_for() {
    let api = orders().failing("SetQueueAttributes", 2, FailureKind::NotFound);
    let (live, desired) = before_and_after(&api).await;
    update_it(&api, &desired, &live).await.unwrap();
    let sets = writes(&api)
        .into_iter()
        .filter(|call| call.starts_with("Set"));
    assert_eq!(sets.count(), 3);
}

#[tokio::test]
async fn an_update_sends_what_differs_and_nothing_else() {
    let api = orders();
    let (live, desired) = before_and_after(&api).await;
    update_it(&api, &desired, &live).await.unwrap();
    assert_eq!(writes(&api), BOTH);
    let (live, desired) = before_and_after(&api).await;
    update_it(&api, &desired, &live).await.unwrap();
    assert_eq!(writes(&api), BOTH, "the second update had nothing to send");
    assert_eq!(live.tags["other"], "x");
}

#[tokio::test]
async fn one_half_of_an_update_that_fails_does_not_stop_the_other() {
    for operation in ["SetQueueAttributes", "TagQueue"] {
        let api = orders().failing(operation, 1, FailureKind::AccessDenied);
        let (live, desired) = before_and_after(&api).await;
        let failure = update_it(&api, &desired, &live).await.unwrap_err();
        assert_eq!(failure.message, format!("{operation} said no"));
        assert_eq!(writes(&api), BOTH);
    }
}

#[tokio::test]
async fn a_queue_that_cannot_become_ours_stays_as_it_is() {
    let api = orders().failing("TagQueue", 1, FailureKind::AccessDenied);
    let (live, mut desired) = before_and_after(&api).await;
    let ours = (ownership::PROJECT.to_owned(), "shop".to_owned());
    desired.tags.extend([ours]);
    update_it(&api, &desired, &live).await.unwrap_err();
    assert_eq!(writes(&api), ["TagQueue shopctl:project=shop system=shop"]);
}
