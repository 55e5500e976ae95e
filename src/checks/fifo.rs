//! What only a FIFO queue promises: order within a group, and each message once.

use crate::model::check::Finding;

use super::examine::{Amiss, Examiner};
use super::messages::{Messages, Outgoing};
use super::queue::{Copy, drain};

const IN_ORDER: usize = 5;

pub async fn check(api: &impl Messages, examiner: &Examiner<'_>, copy: &Copy<'_>) {
    order(api, examiner, copy).await;
    let twice = copy.message("twice");
    let again = Outgoing {
        body: format!("{} again, under the same id", copy.mark),
        ..twice.clone()
    };
    once(api, examiner, copy, "deduplication", [twice, again]).await;
    if copy.content_based_deduplication {
        let same = Outgoing {
            deduplication: None,
            ..copy.message("the same content")
        };
        let pair = [same.clone(), same];
        once(api, examiner, copy, "content-based deduplication", pair).await;
    }
}

async fn order(api: &impl Messages, examiner: &Examiner<'_>, copy: &Copy<'_>) {
    const EXPECTED: &str = "the messages of a group come in the order in which they were sent";
    let work = async {
        let sent: Vec<_> = (1..=IN_ORDER)
            .map(|number| copy.message(&format!("number {number}")))
            .collect();
        for message in &sent {
            api.send_message(copy.url, message).await?;
        }
        let received = drain(api, copy.url, IN_ORDER, copy.arrival()).await?;
        same(sent.into_iter().map(|it| it.body), received)
    };
    examiner.check("order", EXPECTED, work).await;
}

/// Of two messages that count as one only the first comes. Another after them shows that the second is not just late.
async fn once(
    api: &impl Messages,
    examiner: &Examiner<'_>,
    copy: &Copy<'_>,
    name: &str,
    pair: [Outgoing; 2],
) {
    const EXPECTED: &str = "of two messages with the same deduplication id the first comes";
    let last = copy.message(&format!("after {name}"));
    let work = async {
        for message in pair.iter().chain([&last]) {
            api.send_message(copy.url, message).await?;
        }
        let expected = [pair[0].body.clone(), last.body.clone()];
        let received = drain(api, copy.url, expected.len(), copy.arrival()).await?;
        same(expected.into_iter(), received)
    };
    examiner.check(name, EXPECTED, work).await;
}

fn same(expected: impl Iterator<Item = String>, received: Vec<String>) -> Result<(), Amiss> {
    let expected: Vec<_> = expected.collect();
    match expected == received {
        true => Ok(()),
        false => Err(Finding::new(expected, received).into()),
    }
}
