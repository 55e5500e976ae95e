//! `man`: the manual page. What clap knows is taken from there, so that the page is never behind.

use clap::{Arg, Command, CommandFactory};
use roff::{Roff, bold, italic, roman};

use crate::cli::{Cli, DEFAULT_MANIFEST};
use crate::error::Error;
use crate::exit::Exit;
use crate::model::hazard::HazardKind;
use crate::output::ui::Ui;

const DESCRIPTION: [&str; 3] = [
    "shopctl reads one YAML manifest and makes AWS what it declares: SQS queues and DynamoDB tables. A second run \
     changes nothing. There is no state file: a resource is found by its name, and tags say whose it is. A run that \
     was interrupted is repaired by running it again.",
    "What the manifest leaves out is left alone. A resource without ownership tags is taken over only with --adopt. \
     Whatever can lose a message, an item or a protection is a hazard: the plan names it, and the whole run is refused \
     before the first write unless --allow names it too.",
    "stdout carries the result and nothing else; progress, questions and errors go to stderr. With -o json the result \
     is one document with a schema_version, and so is an error.",
];

const ENVIRONMENT: [(&str, &str); 11] = [
    ("SHOPCTL_MANIFEST", "The manifest where -f is not given."),
    ("SHOPCTL_LOCAL", "1 is the same as --local."),
    ("SHOPCTL_LOCAL_DIR", "Where --local keeps its state."),
    (
        "NO_COLOR",
        "Set to anything: no colour, unless --color always.",
    ),
    (
        "AWS_PROFILE",
        "The profile of the AWS configuration where --profile is not given.",
    ),
    (
        "AWS_REGION",
        "The region where neither --region nor the manifest names one.",
    ),
    (
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
        "Credentials.",
    ),
    (
        "AWS_ENDPOINT_URL",
        "Where AWS calls go without --endpoint-url and --local.",
    ),
    ("AWS_CONFIG_FILE", "Read instead of ~/.aws/config."),
    (
        "AWS_SHARED_CREDENTIALS_FILE",
        "Read instead of ~/.aws/credentials.",
    ),
    (
        "COMPLETE",
        "Set by a shell's completion script to the name of the shell: shopctl then answers it and does nothing else.",
    ),
];

const FILES: [(&str, &str); 4] = [
    (
        DEFAULT_MANIFEST,
        "The manifest where nothing names another.",
    ),
    (
        ".shopctl/local/",
        "The state of the AWS behind --local; shopctl local status and local reset look after it.",
    ),
    (
        ".shopctl/probes/",
        "What running tests have made, so that the next one clears up after one that was killed.",
    ),
    (
        "~/.aws/config, ~/.aws/credentials",
        "Profiles, regions and credentials, as the AWS CLI reads them.",
    ),
];

const EXAMPLES: [(&str, &str); 8] = [
    (
        "shopctl --local create --all",
        "Try the manifest without an AWS account.",
    ),
    (
        "shopctl plan --env prod --detailed-exitcode",
        "In CI: ends with 2 where something would change.",
    ),
    (
        "shopctl create --component sqs,dynamodb",
        "Only the queues and the tables.",
    ),
    (
        "shopctl create --all --allow delete-index --yes",
        "Carry out a plan that removes an index, without a question.",
    ),
    (
        "shopctl test --junit test.xml",
        "Prove that what was created works, for people and for CI.",
    ),
    (
        "eval \"$(shopctl completions bash)\"",
        "In ~/.bashrc: complete commands, options and names of the manifest.",
    ),
    (
        "shopctl local serve --log",
        "Offer the AWS behind --local to other clients, and see what they ask.",
    ),
    ("shopctl man | man -l -", "Read this page."),
];

/// # Errors
/// stdout cannot be written.
pub fn run(ui: &Ui) -> Result<Exit, Error> {
    ui.out(&page())?;
    Ok(Exit::Done)
}

fn page() -> String {
    let mut root = Cli::command();
    root.build();
    let version = format!("shopctl {}", root.get_version().unwrap_or_default());
    let about = root.get_about().map(ToString::to_string);
    let mut page = Roff::new();
    // An empty argument must be quoted, or the version would stand for the date.
    page.control("TH", ["SHOPCTL", "1", "\"\"", &version, "shopctl manual"]);
    page.control("SH", ["NAME"]);
    page.text([roman(format!("shopctl - {}", about.unwrap_or_default()))]);
    page.control("SH", ["SYNOPSIS"]);
    page.text([
        bold("shopctl"),
        roman(" [global options] "),
        italic("command"),
        roman(" [options]"),
    ]);
    page.control("SH", ["DESCRIPTION"]);
    for paragraph in DESCRIPTION {
        page.control("PP", []);
        page.text([roman(paragraph)]);
    }
    page.control("SH", ["COMMANDS"]);
    commands(&mut page, &root);
    page.control("SH", ["GLOBAL OPTIONS"]);
    root.get_arguments().for_each(|arg| option(&mut page, arg));
    let hazards = HazardKind::ALL.map(|hazard| (hazard.name(), hazard.meaning()));
    list(&mut page, "HAZARDS", &hazards);
    let help = root.get_after_help().map(ToString::to_string);
    list(&mut page, "EXIT STATUS", &codes(&help.unwrap_or_default()));
    list(&mut page, "ENVIRONMENT", &ENVIRONMENT);
    list(&mut page, "FILES", &FILES);
    list(&mut page, "EXAMPLES", &EXAMPLES);
    page.render()
}

/// Every command with the options that are its own.
fn commands(page: &mut Roff, parent: &Command) {
    for command in parent.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let usage = command.clone().render_usage().to_string();
        page.control("SS", [usage.trim_start_matches("Usage: ")]);
        page.text([roman(sentence(command.get_about()))]);
        for arg in command.get_arguments() {
            let of_all = matches!(arg.get_id().as_str(), "help" | "version");
            if !arg.is_global_set() && !of_all {
                option(page, arg);
            }
        }
        commands(page, command);
    }
}

fn option(page: &mut Roff, arg: &Arg) {
    if arg.is_hide_set() {
        return;
    }
    let mut head = Vec::new();
    if let Some(short) = arg.get_short() {
        head.push(bold(format!("-{short}")));
    }
    if let Some(long) = arg.get_long() {
        if !head.is_empty() {
            head.push(roman(", "));
        }
        head.push(bold(format!("--{long}")));
    }
    let takes_values = arg.get_action().takes_values();
    if takes_values {
        let names = arg.get_value_names().unwrap_or_default().join(" ");
        if !arg.is_positional() {
            head.push(roman(" "));
        }
        head.push(italic(names));
    }
    page.control("TP", []);
    page.text(head);
    let mut text = vec![sentence(arg.get_help())];
    let possible = arg.get_possible_values();
    if takes_values && !possible.is_empty() {
        let names: Vec<_> = possible.iter().map(|value| value.get_name()).collect();
        text.push(format!("One of {}.", names.join(", ")));
    }
    if takes_values && let [default] = arg.get_default_values() {
        text.push(format!("Default: {}.", default.to_string_lossy()));
    }
    if let Some(variable) = arg.get_env() {
        text.push(format!("Environment: {}.", variable.to_string_lossy()));
    }
    page.text([roman(text.join(" "))]);
}

fn list<T: AsRef<str>>(page: &mut Roff, title: &str, entries: &[(T, T)]) {
    page.control("SH", [title]);
    for (term, meaning) in entries {
        page.control("TP", []);
        page.text([bold(term.as_ref())]);
        page.text([roman(meaning.as_ref())]);
    }
}

/// The exit codes that `--help` lists.
fn codes(help: &str) -> Vec<(&str, &str)> {
    let lines = help.lines().filter_map(|line| line.trim().split_once("  "));
    lines
        .filter(|(code, _)| code.parse::<u8>().is_ok())
        .collect()
}

fn sentence(help: Option<&clap::builder::StyledStr>) -> String {
    help.map(|help| format!("{help}.")).unwrap_or_default()
}
