//! The top of the manifest, as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::model::thresholds::Thresholds;
use crate::resources::queue::spec::QueueSpec;
use crate::resources::table::spec::TableSpec;

/// Queues and tables of one system on AWS.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "shopctl manifest")]
pub(super) struct ManifestSpec {
    /// Of this format: 1.
    #[schemars(required, range(min = 1, max = 1))]
    pub(super) version: Option<u64>,
    /// The scope of ownership: what bears another project's tag is never touched.
    #[schemars(required, regex(pattern = "^[a-z0-9-]{1,32}$"))]
    pub(super) project: Option<String>,
    /// Otherwise the AWS configuration decides.
    pub(super) region: Option<String>,
    /// Twelve digits. Any other account is refused before the first write.
    #[schemars(regex(pattern = "^[0-9]{12}$"))]
    pub(super) account: Option<String>,
    /// Makes physical names from keys, with the placeholders {project}, {env} and {name}.
    pub(super) naming: Option<String>,
    /// On everything that can be tagged. An empty value removes a tag.
    #[serde(default)]
    pub(super) tags: BTreeMap<String, Option<String>>,
    /// Each is laid over the rest of the file when it is chosen with --env.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Option<serde_json::Map<String, serde_json::Value>>>")]
    #[expect(dead_code, reason = "laid over the tree before it is decoded")]
    pub(super) environments: Option<IgnoredAny>,
    /// The environment where --env is not given.
    #[expect(
        dead_code,
        reason = "the choice is made on the tree, before it is decoded"
    )]
    pub(super) default_environment: Option<String>,
    /// A key that ends in .fifo is a FIFO queue.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Option<QueueSpec>>")]
    pub(super) queues: BTreeMap<String, QueueSpec>,
    #[serde(default)]
    pub(super) tables: BTreeMap<String, TableSpec>,
    /// What `shopctl monitor` calls unhealthy.
    #[serde(default)]
    pub(super) monitor: Thresholds,
}

impl ManifestSpec {
    pub(super) fn naming(&self) -> &str {
        self.naming.as_deref().unwrap_or("{name}")
    }
}
