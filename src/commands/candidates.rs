//! What can be offered as the value of an option. Whatever cannot be read offers nothing and says nothing.

use std::collections::BTreeSet;
use std::env;
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
    let command = Cli::command().ignore_errors(true);
    let matches = command.try_get_matches_from(words).ok()?;
    matches.get_one("manifest").cloned()
}
