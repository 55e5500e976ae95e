//! `create`, `create-queues`, `create-tables`: make AWS what the manifest declares.

use std::cell::RefCell;
use std::path::Path;
use std::time::Instant;

use crate::cli::{ApplyArgs, Global};
use crate::error::{self, Error};
use crate::exit::Exit;
use crate::model::plan::{Plan, Verb};
use crate::model::report::{Outcome, Report};
use crate::output::ui::{Format, Ui};
use crate::reconcile::execute::{Options, execute};
use crate::reconcile::guard::{Grants, needs_consent, refusals};
use crate::reconcile::interrupt::Interrupt;

use super::saved::{self, Saved, Standing};
use super::session::{self, Session};
use super::stop::attended;
use super::tell;

/// `components` empty: everything.
///
/// # Errors
/// Whatever keeps the plan from being made or begun.
pub fn run(
    global: &Global,
    components: &[String],
    args: &ApplyArgs,
    ui: &Ui,
) -> Result<Exit, Error> {
    let system = session::load(global, ui)?;
    let selection = session::selection(components, &system)?;
    session::block_on(async {
        let (session, plan) = session::interruptible(async {
            let (region, account) = (system.region.as_deref(), system.account.as_deref());
            let session = Session::connect(global, ui, region, account).await?;
            let plan = session.plan(&system, &selection, args.prune).await?;
            Ok((session, plan))
        })
        .await?;
        reconcile(session, plan, args, ui).await
    })
}

/// Carries out the plan in a file, and nothing else.
///
/// # Errors
/// Whatever keeps the plan from being read or begun; above all that something moved since it was made.
pub fn run_saved(global: &Global, file: &Path, args: &ApplyArgs, ui: &Ui) -> Result<Exit, Error> {
    let mut saved = Saved::load(global, file)?;
    session::block_on(async {
        let (session, standing) = session::interruptible(async {
            let scope = &saved.plan.scope;
            let (region, account) = (Some(scope.region.as_str()), Some(scope.account.as_str()));
            let session = Session::connect(global, ui, region, account).await?;
            let standing = saved.compare(&session).await?;
            Ok((session, standing))
        })
        .await?;
        match standing {
            Standing::Current => reconcile(session, saved.plan, args, ui).await,
            Standing::CarriedOut => {
                ui.err("The plan is already carried out.\n");
                let plan = saved::carried_out(saved.plan);
                reconcile(session, plan, args, ui).await
            }
        }
    })
}

/// What is asked, refused, done and told is the same wherever a plan comes from.
async fn reconcile(
    mut session: Session,
    mut plan: Plan,
    args: &ApplyArgs,
    ui: &Ui,
) -> Result<Exit, Error> {
    if args.dry_run {
        ui.out(&tell::plan(ui, &plan))?;
        return Ok(Exit::Done);
    }
    if args.no_wait {
        plan.actions.retain(|action| action.verb != Verb::Settle);
    }
    let refused = refusals(&plan, &grants(args));
    announce(&plan, refused.is_empty() && asks(&plan, args), ui);
    if !refused.is_empty() {
        return Err(Error::Refused(refused));
    }
    let asked = Instant::now();
    consent(&plan, args, ui).await?;
    session.resume_after(asked.elapsed());
    let report = carry_out(&session, &plan, !args.no_wait, ui).await?;
    ui.out(&tell::report(ui, &report, &plan))?;
    Ok(exit(&report))
}

/// Where the plan takes something over or may lose something, a person has to say yes.
fn asks(plan: &Plan, args: &ApplyArgs) -> bool {
    !args.yes && needs_consent(plan)
}

/// The plan, before it is carried out. Whoever is going to be asked sees it, whatever else is kept quiet.
fn announce(plan: &Plan, asks: bool, ui: &Ui) {
    if asks {
        ui.error(&tell::plan_on_stderr(ui, plan));
    } else if ui.format() == Format::Table && !plan.is_empty() {
        ui.err(&tell::plan_on_stderr(ui, plan));
    }
}

fn grants(args: &ApplyArgs) -> Grants {
    Grants {
        adopt: args.adopt,
        prune: args.prune,
        allow: args.allow.iter().copied().collect(),
    }
}

/// Silence is no consent.
async fn consent(plan: &Plan, args: &ApplyArgs, ui: &Ui) -> Result<(), Error> {
    if !asks(plan, args) {
        return Ok(());
    }
    let asking = ui.clone();
    let answer = tokio::task::spawn_blocking(move || asking.confirm("Carry out this plan?"));
    session::interruptible(async {
        match answer.await.ok().flatten() {
            Some(true) => Ok(()),
            Some(false) => Err(Error::NotConfirmed { asked: true }),
            None => Err(Error::NotConfirmed { asked: false }),
        }
    })
    .await
    // Ctrl-C leaves the cursor behind the question.
    .inspect_err(|error| {
        if matches!(error, Error::Interrupted) {
            ui.error("\n");
        }
    })
}

/// The first Ctrl-C starts nothing new, the second leaves everything as it is.
async fn carry_out(session: &Session, plan: &Plan, wait: bool, ui: &Ui) -> Result<Report, Error> {
    let (switch, interrupt) = Interrupt::new();
    let report = RefCell::new(Report::new(plan.unchanged.len(), wait));
    let progress = RefCell::new(ui.progress());
    let say = |event| {
        report.borrow_mut().record(&event);
        progress.borrow_mut().on(&event);
    };
    let options = Options {
        deadline: session.deadline,
        wait,
    };
    let work = execute(plan, &session.clients, options, interrupt, &say);
    let done = attended(work, &switch, &progress).await;
    let report = report.into_inner();
    if done.is_none() {
        ui.error(&tell::copies(&report));
        return Err(Error::Abandoned);
    }
    Ok(report)
}

fn exit(report: &Report) -> Exit {
    if report.interrupted {
        return Exit::Interrupted;
    }
    let failures = report
        .entries
        .iter()
        .filter_map(|entry| match &entry.outcome {
            Outcome::Failed { failure, .. } => Some(error::of_failure(failure.kind)),
            _ => None,
        });
    let skipped = (report.skipped() > 0).then_some(Exit::Failed);
    // Wrong credentials explain every other failure beside them.
    failures
        .chain(skipped)
        .max_by_key(|exit| exit.code())
        .unwrap_or(Exit::Done)
}
