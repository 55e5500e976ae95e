//! shopctl: the queues and tables of an event-driven shop, from one manifest.

pub mod aws;
pub mod checks;
pub mod cli;
pub mod commands;
pub mod error;
pub mod exit;
#[cfg(feature = "local")]
pub mod local;
pub mod manifest;
pub mod model;
pub mod monitor;
pub mod output;
pub mod reconcile;
pub mod resources;

use clap::Parser;

use cli::{Cli, Command};
use commands::tell;
use error::Error;
use exit::Exit;
use output::ui::{Format, Settings, Ui};

/// Parses the command line, runs the command, tells its error.
pub fn run() -> Exit {
    match commands::completions::answer() {
        Ok(false) => {}
        Ok(true) => return Exit::Done,
        Err(error) => return usage(&error),
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let ui = Ui::new(Settings {
        color: cli.global.color,
        format: cli.global.output,
        quiet: cli.global.quiet,
        verbosity: cli.global.verbose,
    });
    let done = fitting(&cli).and_then(|()| dispatch(&cli, &ui));
    done.unwrap_or_else(|error| {
        tell::error(&ui, &error);
        error.exit()
    })
}

/// Markdown is for a plan that somebody looks at; nothing else has that form.
fn fitting(cli: &Cli) -> Result<(), Error> {
    let shows_a_plan = match &cli.command {
        Command::Plan(_) => true,
        Command::Create(args) => args.apply.dry_run,
        Command::CreateQueues(args) | Command::CreateTables(args) => args.dry_run,
        Command::Test(_) => false,
        Command::Monitor(_) => false,
        Command::Validate | Command::Schema | Command::Completions(_) | Command::Man => false,
        #[cfg(feature = "local")]
        Command::Local(_) => false,
    };
    if cli.global.output != Format::Markdown || shows_a_plan {
        return Ok(());
    }
    Err(Error::Usage(
        "-o markdown: only a plan has that form".to_owned(),
        "use it with shopctl plan, or with create --dry-run".to_owned(),
    ))
}

fn dispatch(cli: &Cli, ui: &Ui) -> Result<Exit, Error> {
    let global = &cli.global;
    let service = |name: &str| [name.to_owned()];
    match &cli.command {
        Command::Create(args) => match &args.selection.plan {
            Some(file) => commands::create::run_saved(global, file, &args.apply, ui),
            None => commands::create::run(global, &args.selection.component, &args.apply, ui),
        },
        Command::CreateQueues(args) => commands::create::run(global, &service("sqs"), args, ui),
        Command::CreateTables(args) => {
            commands::create::run(global, &service("dynamodb"), args, ui)
        }
        Command::Plan(args) => commands::plan::run(global, args, ui),
        Command::Test(args) => commands::test::run(global, args, ui),
        Command::Monitor(args) => commands::monitor::run(global, args, ui),
        Command::Validate => commands::validate::run(global, ui),
        Command::Schema => commands::schema::run(ui),
        Command::Completions(args) => commands::completions::run(args, ui),
        Command::Man => commands::man::run(ui),
        #[cfg(feature = "local")]
        Command::Local(command) => commands::local::run(global, command, ui),
    }
}

/// `--help` and `--version` are results; everything else that clap says is a usage error.
fn usage(error: &clap::Error) -> Exit {
    tell::usage(error, std::env::args_os());
    match error.use_stderr() {
        true => Exit::Usage,
        false => Exit::Done,
    }
}
