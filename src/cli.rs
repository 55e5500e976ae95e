//! The command line. No logic.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::condition::{FailOn, Until};
use crate::model::hazard::HazardKind;
use crate::model::units::{Seconds, interval};
use crate::output::ui::{ColorChoice, Format};

/// The manifest when neither `-f` nor `SHOPCTL_MANIFEST` names one.
pub const DEFAULT_MANIFEST: &str = "manifests/shopping.yaml";

/// Runs the queues and tables of an event-driven shop on AWS from one manifest.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "Try it without an AWS account:\n  shopctl --local create --all\n\nExit codes:\n   0  done, or nothing to do\n   1  failed\n   2  the plan has changes (--detailed-exitcode)\n   3  a check failed, or what was watched is unhealthy\n   4  refused: a hazard, conflict, adoption or confirmation is in the way, or a plan is stale\n   5  interrupted\n  64  usage\n  65  bad manifest or plan file\n  77  no or wrong AWS credentials or permission"
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The manifest to read
    #[arg(short = 'f', long, global = true, env = "SHOPCTL_MANIFEST", value_name = "FILE",
          default_value = DEFAULT_MANIFEST, hide_env_values = true)]
    pub manifest: PathBuf,

    /// The environment of the manifest to use
    #[arg(long, global = true, value_name = "NAME")]
    pub env: Option<String>,

    /// The profile of the AWS configuration to use
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,

    /// The AWS region; otherwise the manifest's, otherwise that of the AWS configuration
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,

    /// Send every AWS call to this address
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,

    /// Use the embedded AWS emulator: no account, state in .shopctl/local
    #[arg(long, global = true, env = "SHOPCTL_LOCAL", value_parser = FalseyValueParser::new(), hide_env_values = true)]
    pub local: bool,

    /// What to write to stdout
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub output: Format,

    /// Say nothing but the result and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Say more; twice: trace every AWS call
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,

    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorChoice,

    /// AWS requests in flight at a time
    #[arg(long, global = true, default_value_t = 32, value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub parallelism: u16,

    /// Give up after this time (90s, 30m, 2h) [default: 30m; monitor: none]
    #[arg(long, global = true, value_name = "TIME")]
    pub timeout: Option<Seconds>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make AWS what the manifest declares
    Create(CreateArgs),
    /// The queues only: create --component sqs
    CreateQueues(ApplyArgs),
    /// The tables only: create --component dynamodb
    CreateTables(ApplyArgs),
    /// Show what create --all would do; writes nothing
    Plan(PlanArgs),
    /// Prove that what was created works, on short-lived copies
    Test(TestArgs),
    /// Watch the queues and tables: a live table, or a gate for a deployment
    Monitor(MonitorArgs),
    /// Check the manifest, every environment of it; no AWS call
    Validate,
    /// Print the JSON Schema of the manifest, for editors; no AWS call
    Schema,
    /// Print a shell's completion script; no AWS call
    Completions(CompletionsArgs),
    /// Print the manual page, for man -l -; no AWS call
    Man,
    /// The embedded AWS: serve it to other clients, look at it, empty it
    #[cfg(feature = "local")]
    #[command(subcommand)]
    Local(LocalCommand),
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    #[command(flatten)]
    pub selection: Selection,

    #[command(flatten)]
    pub apply: ApplyArgs,
}

/// What to create: everything must be asked for by name.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Selection {
    /// Everything that the manifest declares
    #[arg(long)]
    pub all: bool,

    /// Only these components: sqs, dynamodb, or a name of the manifest's own
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub component: Vec<String>,

    /// Exactly the plan that `plan --out FILE` saved; refused if anything moved since
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Take over resources of the right name that bear no ownership tags
    #[arg(long)]
    pub adopt: bool,

    /// Delete what was created here and is no longer in the manifest
    #[arg(long)]
    pub prune: bool,

    /// Allow a hazard by its name: replace, lose-messages, lose-items, delete-index, weaken
    #[arg(long, value_name = "HAZARD", value_delimiter = ',')]
    pub allow: Vec<HazardKind>,

    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,

    /// Answer yes to the question that adoptions, removals and allowed hazards ask
    #[arg(short, long)]
    pub yes: bool,

    /// Do not wait until everything is settled and read back
    #[arg(long)]
    pub no_wait: bool,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Only these components
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub component: Vec<String>,

    /// Show the removal of what is no longer in the manifest
    #[arg(long)]
    pub prune: bool,

    /// Save the plan for create --plan FILE
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Exit with 2 where the plan has changes
    #[arg(long)]
    pub detailed_exitcode: bool,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// Only compare what is there with the manifest; writes nothing
    #[arg(long, conflicts_with = "live")]
    pub config: bool,

    /// Send a message and write an item through the real queues and tables instead of copies
    #[arg(long)]
    pub live: bool,

    /// Only what matches: queue/KEY, KEY or the name on AWS, with * and ?
    #[arg(long, value_name = "GLOB")]
    pub only: Option<String>,

    /// Only these components
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub component: Vec<String>,

    /// Write the result as JUnit XML too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Test nothing; remove the copies that earlier tests left behind
    #[arg(long, conflicts_with_all = ["config", "live", "only", "component", "junit"])]
    pub clean: bool,

    /// Leave copies alone that are younger (90s, 30m, 2h)
    #[arg(long, value_name = "TIME", default_value = "1h", requires = "clean")]
    pub older_than: Seconds,
}

#[derive(Debug, Args)]
pub struct MonitorArgs {
    /// Only these components, and their dead-letter queues
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub component: Vec<String>,

    /// Look once and end; with --until or --fail-on, with 3 if it is not as wanted
    #[arg(long)]
    pub once: bool,

    /// The time from one look to the next (500ms, 5s, 1m)
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = interval)]
    pub interval: Duration,

    /// Watch until, three samples in a row, it is healthy, empty, or drained (empty but for dead letters); end with 3
    /// if that takes longer than --timeout
    #[arg(
        long,
        value_enum,
        value_name = "STATE",
        hide_possible_values = true,
        conflicts_with = "duration"
    )]
    pub until: Option<Until>,

    /// Watch for so long (10m, 24h)
    #[arg(
        long = "for",
        id = "duration",
        value_name = "TIME",
        conflicts_with = "once"
    )]
    pub duration: Option<Seconds>,

    /// End with 3 once it is unhealthy, three samples in a row, or dlq: at once where there are dead letters
    #[arg(long, value_enum, value_name = "STATE", hide_possible_values = true)]
    pub fail_on: Option<FailOn>,
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell that is to complete
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    PowerShell,
    Elvish,
}

#[cfg(feature = "local")]
#[derive(Debug, Subcommand)]
pub enum LocalCommand {
    /// Answer any AWS client on a port of this machine until Ctrl-C
    Serve(ServeArgs),
    /// Show where the state is, who serves it and what it holds
    Status,
    /// Show its clock, or let time pass: +4d leaps ahead, x60 makes it run faster
    Clock(ClockArgs),
    /// Delete everything in it, also while it is served
    Reset(ResetArgs),
}

#[cfg(feature = "local")]
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The port; 0 takes any that is free
    #[arg(long, default_value_t = 4566, value_name = "N")]
    pub port: u16,

    /// The account it answers with; otherwise the manifest's, otherwise 000000000000
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,

    /// Tell every request on stderr: service, operation, time, status
    #[arg(long)]
    pub log: bool,
}

#[cfg(feature = "local")]
#[derive(Debug, Args)]
pub struct ClockArgs {
    /// +61s, +2h, +4d and so on; x60 and so on; both; or nothing, to look
    #[arg(value_name = "CHANGE")]
    pub change: Vec<String>,
}

#[cfg(feature = "local")]
#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Answer yes to the question whether to delete
    #[arg(short, long)]
    pub yes: bool,
}
