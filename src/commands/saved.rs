//! A saved plan: read, compared with what is there, carried out only if nothing moved.

use std::fs;
use std::path::Path;

use crate::cli::Global;
use crate::error::{Declarer, Error};
use crate::manifest;
use crate::model::id::Target;
use crate::model::plan::{Plan, Settled, Verb};
use crate::output::json;
use crate::output::text::escape;
use crate::reconcile::moved::{Premise, is_carried_out, moved, premises, refresh, touched};
use crate::reconcile::read::Reading;

use super::session::{self, Session};

pub struct Saved {
    pub plan: Plan,
    premises: Vec<Premise>,
}

/// How a saved plan and what is there stand to each other, where they agree at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing moved: it may be carried out.
    Current,
    CarriedOut,
}

impl Saved {
    /// # Errors
    /// The file holds no plan that this version can carry out, or the command line contradicts it.
    pub fn load(global: &Global, file: &Path) -> Result<Saved, Error> {
        session::check(global)?;
        let bad = |why: String| Error::PlanFile {
            path: escape(&file.display().to_string()).into_owned(),
            why: escape(&why).into_owned(),
        };
        let text = fs::read_to_string(file).map_err(|error| bad(error.to_string()))?;
        let plan = json::read_plan(&text).map_err(&bad)?;
        if !manifest::is_region(&plan.scope.region) {
            return Err(bad(format!("`{}` is not a region", plan.scope.region)));
        }
        let premises = premises(&plan).map_err(bad)?;
        agree(global, &plan)?;
        Ok(Saved { plan, premises })
    }

    /// Reads every resource of the plan again. What is found takes the place of what was found, so that a run
    /// begins with what is there: counters, and what nobody declares, may have moved.
    ///
    /// # Errors
    /// A read that failed, another account, the deadline, or something moved.
    pub async fn compare(&mut self, session: &Session) -> Result<Standing, Error> {
        let targets: Vec<Target> = self.premises.iter().map(Premise::target).collect();
        let touched = touched(&self.plan, &self.premises);
        let reading = session.read(&self.plan.project, &targets, &touched);
        let Reading { scope, live } = reading.await?;
        if scope.account != self.plan.scope.account {
            return Err(Error::WrongAccount {
                by: Declarer::Plan,
                declared: self.plan.scope.account.clone(),
                actual: scope.account,
            });
        }
        let now = live?;
        let moved = moved(&self.plan, &self.premises, &now);
        if moved.is_empty() {
            refresh(&mut self.plan, &self.premises, &now);
            Ok(Standing::Current)
        } else if is_carried_out(&self.plan, &self.premises, &now) {
            Ok(Standing::CarriedOut)
        } else {
            Err(Error::Stale(moved))
        }
    }
}

/// The plan of a system that is what the plan was to make of it.
pub fn carried_out(plan: Plan) -> Plan {
    let there = plan.actions.into_iter();
    let there = there.filter(|action| action.verb != Verb::Delete);
    let settled = there.map(|action| Settled {
        id: action.id,
        name: action.name,
        component: action.component,
        unmanaged: action.unmanaged,
        desired: action.desired,
    });
    Plan {
        unchanged: settled.chain(plan.unchanged).collect(),
        actions: Vec::new(),
        // They tell what carrying it out would mean.
        notes: Vec::new(),
        ..plan
    }
}

/// Region, account and environment stand in the plan; the command line may repeat them, not change them.
fn agree(global: &Global, plan: &Plan) -> Result<(), Error> {
    if global.env.is_some() && global.env != plan.env {
        let planned = match &plan.env {
            Some(env) => format!("for environment {env}"),
            None => "of a manifest without environments".to_owned(),
        };
        return Err(Error::Usage(
            format!("--env: the plan is {planned}"),
            "leave --env out: the plan says it".to_owned(),
        ));
    }
    match &global.region {
        Some(region) if *region != plan.scope.region => Err(Error::WrongRegion {
            planned: plan.scope.region.clone(),
            asked: region.clone(),
        }),
        _ => Ok(()),
    }
}
