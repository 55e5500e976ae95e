//! What can be offered as the value of an option. Whatever cannot be read offers nothing and says nothing.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::PathBuf;

use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use crate::cli::Cli;
use crate::manifest::{self, System};
use crate::model::hazard::HazardKind;

/// The command line with candidates for its values.
pub(super) fn offer(command: Command) -> Command {
    command.mut_args(values).mut_subcommands(offer)
}

fn values(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "component" => arg.add(ArgValueCandidates::new(components)),
        "env" => arg.add(ArgValueCandidates::new(environments)),
        "profile" => arg.add(ArgValueCandidates::new(profiles)),
        "region" => arg.add(ArgValueCandidates::new(regions)),
        "allow" => arg.add(ArgValueCandidates::new(hazards)),
        _ if arg.get_value_hint() == ValueHint::AnyPath => arg.value_hint(ValueHint::FilePath),
        _ => arg,
    }
}

fn components() -> Vec<CompletionCandidate> {
    let systems = systems();
    let names: BTreeSet<_> = systems.iter().flat_map(System::components).collect();
    let names = names.iter();
    names
        .map(|name| CompletionCandidate::new(name.as_str()))
        .collect()
}

fn environments() -> Vec<CompletionCandidate> {
    let environments = systems().into_iter().filter_map(|system| system.env);
    environments.map(CompletionCandidate::new).collect()
}

fn hazards() -> Vec<CompletionCandidate> {
    let candidate = |hazard: HazardKind| {
        CompletionCandidate::new(hazard.name()).help(Some(hazard.meaning().into()))
    };
    HazardKind::ALL.map(candidate).into()
}

/// The manifest in every environment.
fn systems() -> Vec<System> {
    let validation = manifest().and_then(|path| manifest::validate_all(&path).ok());
    validation.map_or_else(Vec::new, |validation| validation.systems)
}

/// The manifest that the unfinished command line names.
fn manifest() -> Option<PathBuf> {
    let words = env::args_os().skip_while(|word| word != "--").skip(1);
    // bash has broken `--manifest=FILE` into three words.
    let words = words.filter(|word| word != "=");
    let command = Cli::command().ignore_errors(true);
    let matches = command.try_get_matches_from(words).ok()?;
    let path: &PathBuf = matches.get_one("manifest")?;
    // The shell has not expanded what it asks about.
    match path.strip_prefix("~") {
        Ok(inside) => Some(env::home_dir()?.join(inside)),
        Err(_) => Some(path.clone()),
    }
}

/// AWS SDKs and Tools Reference Guide, "Using shared config and credentials files": only the former writes
/// `[profile NAME]`, and has sections of other kinds.
fn profiles() -> Vec<CompletionCandidate> {
    let config = sections("AWS_CONFIG_FILE", ".aws/config");
    let config = config.iter().filter_map(|section| match section.as_str() {
        "default" => Some("default"),
        section => section.strip_prefix("profile ").map(str::trim),
    });
    let credentials = sections("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
    let names: BTreeSet<_> = config
        .chain(credentials.iter().map(String::as_str))
        .collect();
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// The headings of an AWS configuration file.
fn sections(variable: &str, in_home: &str) -> Vec<String> {
    let path = env::var_os(variable).map(PathBuf::from);
    let path = path.or_else(|| Some(env::home_dir()?.join(in_home)));
    let text = path.and_then(|path| fs::read_to_string(path).ok());
    let text = text.unwrap_or_default();
    let headings = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix('[')?.split(']').next());
    headings.map(|heading| heading.trim().to_owned()).collect()
}

/// Those that every account has (AWS Account Management, "Enable or disable AWS Regions in your account").
fn regions() -> Vec<CompletionCandidate> {
    let regions = "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 \
                   ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 \
                   us-east-2 us-west-1 us-west-2";
    regions.split(' ').map(CompletionCandidate::new).collect()
}
