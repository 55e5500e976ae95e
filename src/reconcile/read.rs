//! Ids → live, everything at once.

use std::collections::BTreeMap;

use futures_util::future::try_join;

use crate::aws::clients::Clients;
use crate::model::failure::Failure;
use crate::model::id::{ResourceId, Target};
use crate::model::scope::Scope;
use crate::resources::kinds::{self, Live};

pub struct Reading {
    pub scope: Scope,
    pub live: BTreeMap<ResourceId, Live>,
}

/// Reads who we are and what is there. Identity is asked for beside everything else, not before.
///
/// # Errors
/// The first call that failed.
pub async fn read(clients: &Clients, targets: &[Target]) -> Result<Reading, Failure> {
    let (scope, live) = try_join(clients.scope(), kinds::read_all(clients, targets)).await?;
    Ok(Reading { scope, live })
}
