//! What is there, compared with what is declared.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::checks::{config, wiring};
use crate::commands::session::{Session, right_account};
use crate::error::Error;
use crate::manifest::System;
use crate::model::check::{Check, Counts};
use crate::model::id::{ResourceId, Target};
use crate::model::scope::Scope;
use crate::resources::kinds::{Live, Resource};

pub struct Reading {
    pub scope: Scope,
    /// Everything that the manifest declares, chosen or not.
    pub resources: Vec<Resource>,
    pub live: BTreeMap<ResourceId, Live>,
    /// Of each that was chosen.
    pub checks: BTreeMap<ResourceId, Vec<Check>>,
    pub elapsed: Duration,
}

/// # Errors
/// A read that failed, the wrong account, or the deadline.
pub async fn read(session: &Session, system: &System, chosen: &[Target]) -> Result<Reading, Error> {
    let start = Instant::now();
    let mut reading = once(session, system, chosen, &BTreeSet::new()).await?;
    let differing: BTreeSet<_> = reading
        .checks
        .iter()
        .filter(|(_, checks)| Counts::of(*checks).failed > 0)
        .map(|(id, _)| id.clone())
        .collect();
    // Tags are had in bulk from an index that may be behind: what differs is asked itself, and once more.
    if !differing.is_empty() {
        reading = once(session, system, chosen, &differing).await?;
    }
    reading.elapsed = start.elapsed();
    Ok(reading)
}

async fn once(
    session: &Session,
    system: &System,
    chosen: &[Target],
    doubtful: &BTreeSet<ResourceId>,
) -> Result<Reading, Error> {
    let read = session.read(&system.project, chosen, doubtful).await?;
    let scope = read.scope;
    right_account(system, &scope.account)?;
    let live = read.live?;
    let targets = wiring::read(&session.clients, &scope, &live).await?;
    let resources = system.resources(&scope);
    let context = config::Context {
        project: &system.project,
        env: system.env.as_deref(),
        scope: &scope,
    };
    let chosen: BTreeSet<_> = chosen.iter().map(|target| &target.id).collect();
    let checks = resources
        .iter()
        .filter(|resource| chosen.contains(&resource.target.id))
        .map(|resource| {
            let id = &resource.target.id;
            let live = live.get(id);
            let mut checks = config::checks(&context, resource, live);
            checks.extend(live.and_then(|live| wiring::check(live, &targets)));
            (id.clone(), checks)
        })
        .collect();
    Ok(Reading {
        scope,
        resources,
        live,
        checks,
        elapsed: Duration::ZERO,
    })
}
