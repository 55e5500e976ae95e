//! From what is declared to the copies that a test makes of it: names, settings, tags. Pure.

use std::collections::BTreeSet;

use crate::model::id::{Kind, ResourceId};
use crate::model::presence::Presence;
use crate::model::scope::Scope;
use crate::resources::kinds::{Desired, Resource};
use crate::resources::ownership;
use crate::resources::queue::config::{QueueDesired, RedrivePolicy, is_fifo, limits};
use crate::resources::table::config::{BillingMode, TableDesired, limits as table_limits};
use crate::resources::tags::Tags;

/// What the name of every copy begins with, and of nothing else.
pub const PREFIX: &str = "shopctl-probe-";
/// Read and write capacity units of a provisioned copy: what a dozen small items need at once, whatever its original has.
const CAPACITY: u64 = 5;

/// A test, as the names and tags of its copies say.
pub struct Mark {
    /// Eight hexadecimal digits.
    pub id: String,
    pub tags: Tags,
}

impl Mark {
    /// `now`: RFC 3339.
    pub fn new(id: u32, project: &str, now: &str) -> Self {
        let tags = [(ownership::PROBE, now), (ownership::PROBE_OF, project)];
        Mark {
            id: format!("{id:08x}"),
            tags: tags
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
        }
    }

    /// What tells this test's messages and items from any other's.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", self.id)
    }

    /// With the tags that are declared, without which an organization's policies may refuse a resource; none of ownership.
    fn beside(&self, declared: &Tags) -> Tags {
        let declared = declared.iter();
        let theirs = declared.filter(|(key, _)| !key.starts_with(ownership::PREFIX));
        let both = theirs.chain(&self.tags);
        both.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Cut to what AWS takes, and a FIFO queue's suffix kept. Where that changes the key, its number keeps it unique,
    /// and with a role too: beside `orders` there may well be an `orders-dlq`.
    fn name(&self, kind: Kind, number: usize, key: &str, role: &str) -> String {
        let (stem, suffix) = match is_fifo(key) && kind == Kind::Queue {
            true => key.split_at(key.len() - limits::FIFO_SUFFIX.len()),
            false => (key, ""),
        };
        let most = match kind {
            Kind::Queue => limits::NAME_LENGTH,
            Kind::Table => table_limits::NAME_MAX,
        };
        let dots = kind == Kind::Table;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c) || (dots && c == '.');
        let mut body: String = stem
            .chars()
            .map(|c| if fits(c) { c } else { '-' })
            .collect();
        let beside = self.text().len() + 1 + role.len() + suffix.len();
        if body != stem || !role.is_empty() || beside + body.len() > most {
            let number = format!("-{number}");
            body.truncate(most.saturating_sub(beside + number.len()));
            body.push_str(&number);
        }
        format!("{}-{body}{role}{suffix}", self.text())
    }
}

/// What is made to test one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    pub id: ResourceId,
    /// The copy's.
    pub name: String,
    pub desired: Desired,
    /// Of a queue that has one: a dead-letter queue of its own, so that no two tests meet in one.
    pub dead_letters: Option<DeadLetters>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetters {
    pub name: String,
    pub desired: QueueDesired,
    pub max_receive_count: u32,
}

impl Probe {
    /// Everything that it makes, by kind and physical name.
    pub fn copies(&self) -> impl Iterator<Item = ResourceId> {
        let dead_letters = self.dead_letters.as_ref();
        let dead_letters = dead_letters.map(|it| ResourceId::queue(it.name.clone()));
        dead_letters
            .into_iter()
            .chain([ResourceId::new(self.id.kind, self.name.clone())])
    }
}

/// `chosen`: of all `resources`, those that are tested.
pub fn probes(
    mark: &Mark,
    resources: &[Resource],
    chosen: &BTreeSet<ResourceId>,
    scope: &Scope,
) -> Vec<Probe> {
    let numbered = resources.iter().enumerate();
    numbered
        .filter(|(_, resource)| chosen.contains(&resource.target.id))
        .map(|(number, resource)| {
            let id = &resource.target.id;
            let name = mark.name(id.kind, number, &physical(resource), "");
            match &resource.desired {
                Desired::Queue(queue) => {
                    let dead = mark.name(id.kind, number, &physical(resource), "-dlq");
                    let dead = dead_letters(mark, dead, queue, resources, scope);
                    Probe {
                        id: id.clone(),
                        name,
                        desired: Desired::Queue(copy_of_queue(mark, queue, dead.as_ref(), scope)),
                        dead_letters: dead,
                    }
                }
                Desired::Table(table) => Probe {
                    id: id.clone(),
                    name,
                    desired: Desired::Table(copy_of_table(mark, table)),
                    dead_letters: None,
                },
            }
        })
        .collect()
}

/// The key and, where the name on AWS says more about the type than the key, that type.
fn physical(resource: &Resource) -> String {
    let target = &resource.target;
    match (is_fifo(&target.name), is_fifo(&target.id.key)) {
        (true, false) => format!("{}{}", target.id.key, limits::FIFO_SUFFIX),
        _ => target.id.key.clone(),
    }
}

fn dead_letters(
    mark: &Mark,
    name: String,
    source: &QueueDesired,
    resources: &[Resource],
    scope: &Scope,
) -> Option<DeadLetters> {
    let policy = source.redrive_policy.as_ref()?.present()?;
    let declared = resources
        .iter()
        .find_map(|resource| match &resource.desired {
            Desired::Queue(queue)
                if scope.queue_arn(&resource.target.name) == policy.dead_letter_target_arn =>
            {
                Some(queue)
            }
            Desired::Queue(_) | Desired::Table(_) => None,
        });
    let copy = declared.map_or_else(
        // One of somebody else's: nothing is known of it but that it takes messages.
        || QueueDesired {
            tags: mark.beside(&source.tags),
            ..QueueDesired::default()
        },
        |queue| QueueDesired {
            // What arrives would only be seen later.
            delay: None,
            ..copy_of_queue(mark, queue, None, scope)
        },
    );
    Some(DeadLetters {
        name,
        desired: copy,
        max_receive_count: policy.max_receive_count,
    })
}

/// The same settings, but for what names real queues: its dead-letter queue is the copy's own.
fn copy_of_queue(
    mark: &Mark,
    queue: &QueueDesired,
    dead: Option<&DeadLetters>,
    scope: &Scope,
) -> QueueDesired {
    let redrive_policy = dead.map(|dead| {
        Presence::Present(RedrivePolicy {
            dead_letter_target_arn: scope.queue_arn(&dead.name),
            max_receive_count: dead.max_receive_count,
        })
    });
    QueueDesired {
        redrive_policy,
        redrive_allow_policy: None,
        policy: None,
        tags: mark.beside(&queue.tags),
        untag: BTreeSet::new(),
        ignore: BTreeSet::new(),
        ..queue.clone()
    }
}

/// The same settings, but for what would keep the copy, or cost: protection, backups, a stream, much capacity.
fn copy_of_table(mark: &Mark, table: &TableDesired) -> TableDesired {
    let mut copy = TableDesired {
        deletion_protection: None,
        point_in_time_recovery: None,
        stream: None,
        tags: mark.beside(&table.tags),
        untag: BTreeSet::new(),
        ignore: BTreeSet::new(),
        ..table.clone()
    };
    if copy.billing_mode == Some(BillingMode::Provisioned) {
        let indexes = copy.global_secondary_indexes.iter_mut().flatten();
        let indexes = indexes.map(|(_, index)| &mut index.throughput);
        for throughput in indexes.chain([&mut copy.throughput]) {
            throughput.capacity = throughput.capacity.map(|units| units.map(|_| CAPACITY));
        }
    }
    copy
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;
