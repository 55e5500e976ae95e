//! Ids → live, everything at once.

use std::collections::BTreeMap;

use futures_util::future::join;

use crate::aws::clients::Clients;
use crate::model::failure::Failure;
use crate::model::id::{ResourceId, Target};
use crate::model::scope::Scope;
use crate::resources::kinds::{self, Live};

pub struct Reading {
    pub scope: Scope,
    /// Told apart: in the wrong account much may be forbidden, and the account is then the better answer.
    pub live: Result<BTreeMap<ResourceId, Live>, Failure>,
}

/// Reads who we are and what is there. Identity is asked for beside everything else, not before.
///
/// # Errors
/// Nobody knows who we are.
pub async fn read(clients: &Clients, targets: &[Target]) -> Result<Reading, Failure> {
    let (scope, live) = join(clients.scope(), kinds::read_all(clients, targets)).await;
    Ok(Reading {
        scope: scope?,
        live,
    })
}
