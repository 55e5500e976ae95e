//! Live queues that tests of the pure part begin with.

use crate::resources::ownership;
use crate::resources::queue::config::QueueLive;
use crate::resources::tags::Tags;

/// As CreateQueue makes it when nothing is said, and ours.
pub fn queue_live(name: &str) -> QueueLive {
    QueueLive {
        tags: ours(),
        ..QueueLive::sample(name)
    }
}

/// Of the project `shop`.
pub fn ours() -> Tags {
    let pairs = [(ownership::PROJECT, "shop"), (ownership::ORIGIN, "created")];
    pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}
