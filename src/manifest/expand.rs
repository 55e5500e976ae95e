//! Spec → the declared system: names, components, dependencies, and desired resources once the scope is known.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::id::{ComponentName, Kind, ResourceId, Target};
use crate::model::scope::Scope;
use crate::model::thresholds::Thresholds;
use crate::resources::kinds::{Desired, Resource};
use crate::resources::ownership;
use crate::resources::queue::spec::QueueSpec;
use crate::resources::table::spec::TableSpec;
use crate::resources::tags::{self, Tags};

use super::fault::Source;
use super::naming::Naming;
use super::reference;
use super::spec::ManifestSpec;

/// A valid manifest in one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// What it was read from; warnings point into it.
    pub source: Source,
    pub project: String,
    pub env: Option<String>,
    pub region: Option<String>,
    pub account: Option<String>,
    /// What `monitor` calls unhealthy.
    pub monitor: Thresholds,
    tags: BTreeMap<String, Option<String>>,
    targets: Vec<Target>,
    /// Of each target, in the same order.
    specs: Vec<Spec>,
}

#[derive(Clone, Debug, PartialEq)]
enum Spec {
    Queue(QueueSpec),
    Table(TableSpec),
}

impl System {
    pub(super) fn new(manifest: ManifestSpec, env: Option<&str>, source: Source) -> Self {
        let pattern = manifest.naming().to_owned();
        let project = manifest.project.unwrap_or_default();
        let naming = Naming {
            pattern: &pattern,
            project: &project,
            env,
        };
        let physical: BTreeMap<String, String> = manifest
            .queues
            .iter()
            .map(|(key, queue)| {
                let name = name(naming, Kind::Queue, key, queue.name.as_ref());
                (key.clone(), name)
            })
            .collect();
        let queues = manifest.queues.into_iter().map(|(key, queue)| {
            let redrive = queue.redrive_policy.iter();
            let dead = redrive
                .filter_map(|redrive| reference::queue(&physical, &redrive.dead_letter_queue));
            let target = Target {
                name: physical[&key].clone(),
                component: component(Kind::Queue, queue.component.as_ref()),
                depends_on: dead.map(ResourceId::queue).collect(),
                asks_scarce: false,
                id: ResourceId::queue(key),
            };
            (target, Spec::Queue(queue))
        });
        let tables = manifest.tables.into_iter().map(|(key, table)| {
            let target = Target {
                name: name(naming, Kind::Table, &key, table.name.as_ref()),
                component: component(Kind::Table, table.component.as_ref()),
                depends_on: vec![],
                asks_scarce: table.declares_recovery(),
                id: ResourceId::table(key),
            };
            (target, Spec::Table(table))
        });
        let (targets, specs) = queues.chain(tables).unzip();
        System {
            source,
            env: env.map(str::to_owned),
            region: manifest.region,
            account: manifest.account,
            monitor: manifest.monitor,
            tags: manifest.tags,
            targets,
            specs,
            project,
        }
    }

    /// Queues, then tables, each by key.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The targets with what is declared of them; references become ARNs within `scope`.
    pub fn resources(&self, scope: &Scope) -> Vec<Resource> {
        let pairs = self.targets.iter().zip(&self.specs);
        pairs
            .map(|(target, spec)| Resource {
                target: target.clone(),
                desired: match spec {
                    Spec::Queue(queue) => {
                        let (tags, untag) = self.tags(target, &queue.tags);
                        let arn = |reference: &str| self.queue_arn(reference, scope);
                        Desired::Queue(queue.desired(tags, untag, arn))
                    }
                    Spec::Table(table) => {
                        let (tags, untag) = self.tags(target, &table.tags);
                        Desired::Table(table.desired(tags, untag))
                    }
                },
            })
            .collect()
    }

    /// All names that `--component` may take, sorted.
    pub fn components(&self) -> Vec<ComponentName> {
        let own = self.targets.iter().map(|target| target.component.clone());
        let kinds = Kind::ALL.into_iter();
        let fixed = kinds.flat_map(|kind| [kind.service(), kind.part()].map(ComponentName::new));
        let mut all: Vec<_> = own.chain(fixed).collect();
        all.sort();
        all.dedup();
        all
    }

    fn queue_arn(&self, reference: &str, scope: &Scope) -> String {
        let id = ResourceId::queue(reference);
        match self.targets.binary_search_by(|target| target.id.cmp(&id)) {
            Ok(at) => scope.queue_arn(&self.targets[at].name),
            Err(_) => reference.to_owned(),
        }
    }

    /// The manifest's, then the resource's, then those of ownership.
    fn tags(
        &self,
        target: &Target,
        own: &BTreeMap<String, Option<String>>,
    ) -> (Tags, BTreeSet<String>) {
        let mut declared = self.tags.clone();
        declared.extend(own.clone());
        let (mut tags, untag) = tags::split(declared);
        tags.extend(ownership::tags(
            &self.project,
            self.env.as_deref(),
            &target.component,
        ));
        (tags, untag)
    }
}

fn name(naming: Naming<'_>, kind: Kind, key: &str, own: Option<&String>) -> String {
    own.cloned().unwrap_or_else(|| naming.apply(kind, key))
}

fn component(kind: Kind, own: Option<&String>) -> ComponentName {
    own.map_or_else(|| ComponentName::new(kind.service()), ComponentName::new)
}
