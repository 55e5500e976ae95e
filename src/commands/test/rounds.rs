//! `test --live`: round trips on the real queues and tables.

use crate::checks::leftovers;
use crate::checks::probe::Mark;
use crate::checks::rounds::Rounds;
use crate::cli::Global;
use crate::commands::session::Session;
use crate::error::Error;
use crate::model::check::TestReport;
use crate::model::id::{ResourceId, Target};
use crate::output::ui::Ui;

use super::read::Reading;
use super::watch::Watch;

/// # Errors
/// A second Ctrl-C, after which a message or an item may be left.
pub async fn run(
    global: &Global,
    ui: &Ui,
    session: &Session,
    reading: &Reading,
    chosen: &[Target],
    report: &mut TestReport,
) -> Result<(), Error> {
    let mark = Mark::new(fastrand::u32(..), &report.project, &leftovers::now()).text();
    let is_chosen = |id: &ResourceId| chosen.iter().any(|target| target.id == *id);
    let resources: Vec<_> = reading
        .resources
        .iter()
        .filter(|resource| is_chosen(&resource.target.id))
        .collect();
    let watch = Watch::new(ui);
    let rounds = Rounds {
        clients: &session.clients,
        resources: &resources,
        live: &reading.live,
        mark: &mark,
        deadline: session.deadline,
        at_work: global.parallelism.into(),
        stop: watch.stop(),
        say: &|event| watch.say(event),
        tell: &|id, check| watch.tell(id, check),
    };
    if watch.over(rounds.run()).await.is_none() {
        ui.error(&format!(
            "left: a message or an item may be there that begins with {mark}\n"
        ));
        return Err(Error::Abandoned);
    }
    super::enter(&watch, report);
    Ok(())
}
