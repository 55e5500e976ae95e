//! From a file to a system, or to everything that is wrong with it.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::draft;
use super::environments;
use super::expand::System;
use super::fault::{Fault, LoadError, Report, Source};
use super::parse::parse;
use super::suggest::quote;
use super::tree::Node;

const SIZE_MAX: u64 = 1 << 20;

/// The system in the chosen environment, with warnings.
///
/// # Errors
/// The file cannot be read, its text has errors, or an environment must be chosen.
pub fn load(path: &Path, env: Option<&str>) -> Result<(System, Vec<Fault>), LoadError> {
    load_source(read(path)?, env)
}

/// A manifest checked in every environment that it declares, or by itself if it declares none.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    pub source: Source,
    /// One per environment that is valid.
    pub systems: Vec<System>,
    /// Errors and warnings of all, each once, in the order of the text.
    pub faults: Vec<Fault>,
}

impl Validation {
    pub fn is_valid(&self) -> bool {
        !self.faults.iter().any(Fault::is_error)
    }
}

/// Checks every environment; what is wrong with the text is part of the answer.
///
/// # Errors
/// The file cannot be read at all.
pub fn validate_all(path: &Path) -> Result<Validation, LoadError> {
    Ok(validate_source(read(path)?))
}

fn read(path: &Path) -> Result<Source, LoadError> {
    let shown = path.display().to_string();
    let name = quote(&shown);
    let fail = |error: std::io::Error| {
        let help = match error.kind() {
            ErrorKind::NotFound => "pass -f FILE, or set SHOPCTL_MANIFEST",
            _ => "pass a file that can be read with -f FILE",
        };
        let why = match error.kind() {
            ErrorKind::NotFound => "no such file".to_owned(),
            ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        };
        LoadError::unreadable(format!("cannot read the manifest {name}: {why}"), help)
    };
    let file = File::open(path).map_err(fail)?;
    if file.metadata().map_err(fail)?.is_dir() {
        let message = format!("cannot read the manifest {name}: it is a directory");
        return Err(LoadError::unreadable(
            message,
            "pass a file in it with -f FILE",
        ));
    }
    let mut bytes = vec![];
    file.take(SIZE_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(fail)?;
    decode(bytes, shown)
}

fn decode(bytes: Vec<u8>, path: String) -> Result<Source, LoadError> {
    let name = quote(&path);
    if bytes.len() as u64 > SIZE_MAX {
        let message = format!("the manifest {name} is larger than 1 MiB");
        return Err(LoadError::unreadable(
            message,
            "pass a manifest with -f FILE",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..at];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let message = format!("the manifest {name} is not UTF-8: byte {at}, in line {line}");
        LoadError::unreadable(message, "save it as UTF-8")
    })?;
    Ok(Source { path, text })
}

pub(super) fn load_source(
    source: Source,
    wanted: Option<&str>,
) -> Result<(System, Vec<Fault>), LoadError> {
    let mut report = Report::new(&source.text);
    let Some(root) = parse(&source.text, &mut report) else {
        let faults = report.finish();
        return Err(LoadError::faulty(source, faults));
    };
    let declared = environments::declared(&root, &mut report);
    let chosen = environments::choose(&root, &declared, wanted, &source.path)?;
    let system = match chosen {
        Some(chosen) => {
            let tree = environments::apply(&root, chosen);
            build(&tree, Some(&chosen.key), &source, &mut report)
        }
        None => build(&root, None, &source, &mut report),
    };
    let faults = report.finish();
    match system {
        Some(system) => Ok((system, faults)),
        None => Err(LoadError::faulty(source, faults)),
    }
}

pub(super) fn validate_source(source: Source) -> Validation {
    let mut report = Report::new(&source.text);
    let mut systems = vec![];
    if let Some(root) = parse(&source.text, &mut report) {
        let declared = environments::declared(&root, &mut report);
        if declared.is_empty() {
            systems.extend(build(&root, None, &source, &mut report));
        } else {
            // Never used as it stands: rules wait for an environment to complete it.
            draft::decode(&root, true, &mut report);
        }
        for environment in declared {
            let tree = environments::apply(&root, environment);
            let env = Some(environment.key.as_str());
            systems.extend(build(&tree, env, &source, &mut report));
        }
    }
    let faults = report.finish();
    Validation {
        source,
        systems,
        faults,
    }
}

/// `None`: the report has an error, of this environment or an earlier one.
fn build(
    tree: &Node,
    env: Option<&str>,
    source: &Source,
    report: &mut Report<'_>,
) -> Option<System> {
    let manifest = draft::decode(tree, false, report)?;
    draft::check(&manifest, env, tree, report);
    (!report.has_errors()).then(|| System::new(manifest, env, source.clone()))
}
