//! What each check says of a queue with one flaw.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::*;
use crate::model::check::{Check, Level, Outcome};
use crate::model::id::ResourceId;

const MARK: &str = "shopctl-probe-0000000a";
const SOURCE: &str = "source";
const DEAD: &str = "dead";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    LosesAttributes,
    KeepsDeleted,
    RefusesDelete,
    IgnoresDelay,
    NeverMoves,
    MovesEarly,
    ReversesOrder,
    DeliversTwice,
    /// The queue is only known at the second call.
    UnknownAtFirst,
    KeepsEverything,
}

struct Stored {
    queue: &'static str,
    message: Outgoing,
    visible_at: Instant,
    receives: u32,
}

/// Two queues in memory, the second the dead-letter queue of the first.
struct FakeMessages {
    flaw: Flaw,
    fifo: bool,
    stored: RefCell<Vec<Stored>>,
    seen: RefCell<BTreeSet<String>>,
    sends: RefCell<u32>,
}

const MAX_RECEIVE_COUNT: u32 = 3;

impl FakeMessages {
    fn new(flaw: Flaw, fifo: bool) -> Self {
        FakeMessages {
            flaw,
            fifo,
            stored: RefCell::default(),
            seen: RefCell::default(),
            sends: RefCell::default(),
        }
    }

    fn visible(&self, url: &str, invisible: i32) -> Vec<Message> {
        let now = Instant::now();
        let mut stored = self.stored.borrow_mut();
        let visible = stored.iter_mut().filter(|it| {
            it.queue == url && it.visible_at <= now && self.flaw != Flaw::KeepsEverything
        });
        visible
            .filter_map(|stored| self.hand_out(stored, invisible))
            .collect()
    }

    fn hand_out(&self, stored: &mut Stored, invisible: i32) -> Option<Message> {
        let most = if self.flaw == Flaw::MovesEarly {
            1
        } else {
            MAX_RECEIVE_COUNT
        };
        if stored.queue == SOURCE && stored.receives >= most && self.flaw != Flaw::NeverMoves {
            stored.queue = DEAD;
            return None;
        }
        stored.receives += 1;
        stored.visible_at = Instant::now() + Duration::from_secs(invisible.unsigned_abs().into());
        let attributes = match self.flaw {
            Flaw::LosesAttributes => Attributes::new(),
            _ => stored.message.attributes.clone(),
        };
        let body = &stored.message.body;
        let message = Message::builder()
            .body(body)
            .message_id(body)
            .receipt_handle(body)
            .set_message_attributes(Some(attributes));
        let group = stored
            .message
            .group
            .clone()
            .map(|group| [(MessageSystemAttributeName::MessageGroupId, group)].into());
        Some(message.set_attributes(group).build())
    }
}

impl Messages for FakeMessages {
    async fn send_message(&self, _: &str, message: &Outgoing) -> Result<(), Failure> {
        *self.sends.borrow_mut() += 1;
        if self.flaw == Flaw::UnknownAtFirst && *self.sends.borrow() == 1 {
            return Err(Failure::new(FailureKind::NotFound, "no such queue"));
        }
        let id = message
            .deduplication
            .clone()
            .unwrap_or(message.body.clone());
        let fresh = self.seen.borrow_mut().insert(id);
        if self.fifo && !fresh && self.flaw != Flaw::DeliversTwice {
            return Ok(());
        }
        let delay = match self.flaw {
            Flaw::IgnoresDelay => 0,
            _ => message.delay.unwrap_or_default().unsigned_abs().into(),
        };
        let stored = Stored {
            queue: SOURCE,
            message: message.clone(),
            visible_at: Instant::now() + Duration::from_secs(delay),
            receives: 0,
        };
        let mut all = self.stored.borrow_mut();
        match self.flaw {
            Flaw::ReversesOrder => all.insert(0, stored),
            _ => all.push(stored),
        }
        Ok(())
    }

    async fn receive_message(
        &self,
        url: &str,
        wait: i32,
        invisible: i32,
    ) -> Result<Vec<Message>, Failure> {
        for _ in 0..=wait.min(1) * 10 {
            let found = self.visible(url, invisible);
            if !found.is_empty() {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(Vec::new())
    }

    async fn release(&self, _: &str, message: &Message) -> Result<(), Failure> {
        let mut all = self.stored.borrow_mut();
        let found = all
            .iter_mut()
            .find(|it| Some(it.message.body.as_str()) == message.body());
        found.unwrap().visible_at = Instant::now();
        Ok(())
    }

    async fn delete_message(&self, _: &str, message: &Message) -> Result<(), Failure> {
        match self.flaw {
            Flaw::RefusesDelete => Err(Failure::new(FailureKind::Other, "DeleteMessage said no")),
            Flaw::KeepsDeleted => Ok(()),
            _ => {
                let mut all = self.stored.borrow_mut();
                all.retain(|it| Some(it.message.body.as_str()) != message.body());
                Ok(())
            }
        }
    }
}

/// A line for each check of a queue with this flaw.
async fn told(flaw: Flaw, fifo: bool, max_receive_count: u32) -> Vec<String> {
    let api = FakeMessages::new(flaw, fifo);
    let told = RefCell::new(Vec::new());
    let tell = |_: &ResourceId, check: Check| {
        told.borrow_mut().push(match check.outcome {
            Outcome::Pass => check.name,
            Outcome::Skip { why } => format!("{} skipped: {why}", check.name),
            Outcome::Fail(it) => format!(
                "{}: {}",
                check.name,
                it.actual.to_string().replace(MARK, "*")
            ),
        });
    };
    let patience = if flaw == Flaw::KeepsEverything {
        100
    } else {
        20_000
    };
    let deadline = Instant::now() + Duration::from_millis(patience);
    let id = ResourceId::queue("orders");
    let examiner = Examiner::new(&id, Level::Probe, deadline, &|_| (), &tell);
    let copy = Copy {
        url: SOURCE,
        fifo,
        content_based_deduplication: fifo,
        delay: 0,
        dead_letters: Some(DeadLetters {
            url: DEAD,
            max_receive_count,
        }),
        mark: MARK,
    };
    check(&api, &examiner, &copy).await;
    told.take()
}

const STANDARD: [&str; 6] = [
    "send and receive",
    "body and attributes",
    "delete",
    "message reaches the dead-letter queue",
    "delay",
    "deleted for good",
];

#[tokio::test]
async fn a_queue_that_works_passes_everything() {
    for flaw in [Flaw::None, Flaw::UnknownAtFirst] {
        assert_eq!(told(flaw, false, 3).await, STANDARD);
    }
    assert_eq!(
        told(Flaw::None, true, 3).await,
        [
            "send and receive",
            "body and attributes",
            "delete",
            "order",
            "deduplication",
            "content-based deduplication",
            "message reaches the dead-letter queue",
        ]
    );
}

/// What differs from a queue that works.
async fn amiss(flaw: Flaw, fifo: bool) -> Vec<String> {
    let all = told(flaw, fifo, 3).await.into_iter();
    all.filter(|line| line.contains(": ")).collect()
}

#[tokio::test]
async fn every_flaw_is_told_by_the_check_that_is_about_it() {
    for (flaw, lines) in [
        (
            Flaw::LosesAttributes,
            vec![
                r#"body and attributes: "attributes none""#,
                r#"message reaches the dead-letter queue: "attributes none""#,
            ],
        ),
        (
            Flaw::RefusesDelete,
            vec![r#"delete: "DeleteMessage said no""#],
        ),
        (
            Flaw::KeepsDeleted,
            vec![r#"deleted for good: "it was received again""#],
        ),
        (
            Flaw::NeverMoves,
            vec![
                r#"message reaches the dead-letter queue: "still in its queue, received 4 times""#,
            ],
        ),
        (
            Flaw::MovesEarly,
            vec![r#"message reaches the dead-letter queue: "there after 1 receive already""#],
        ),
        (
            Flaw::KeepsEverything,
            vec![r#"send and receive: "not proven within --timeout""#],
        ),
    ] {
        assert_eq!(amiss(flaw, false).await, lines);
    }
    let early = amiss(Flaw::IgnoresDelay, false).await;
    assert!(
        matches!(early.as_slice(), [line] if line.starts_with(r#"delay: "it came after "#)),
        "{early:?}"
    );
}

#[tokio::test]
async fn what_only_a_fifo_queue_promises_is_told_too() {
    assert_eq!(
        amiss(Flaw::DeliversTwice, true).await,
        [
            r#"deduplication: ["* twice","* again, under the same id","* after deduplication"]"#,
            r#"content-based deduplication: ["* the same content","* the same content","* after content-based deduplication"]"#,
        ]
    );
    let lines = amiss(Flaw::ReversesOrder, true).await;
    assert!(
        lines[0].starts_with(r#"order: ["* number 5","* number 4""#),
        "{lines:?}"
    );
}

#[tokio::test]
async fn more_receives_than_a_test_makes_are_skipped() {
    let lines = told(Flaw::None, false, 51).await;
    assert_eq!(
        lines[3],
        "message reaches the dead-letter queue skipped: max_receive_count 51 is more than the 50 receives that a test makes"
    );
}
