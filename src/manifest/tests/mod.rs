//! The loader, from text to system.

mod any_text;
mod environments;
mod faults;
mod files;
mod queues;
mod rules;
mod systems;

use std::path::Path;

use super::expand::System;
use super::fault::{Fault, LoadErrorKind, Severity, Source};
use super::load::{load, load_source, validate_all, validate_source};
use crate::model::id::{ComponentName, ResourceId};
use crate::model::scope::Scope;
use crate::model::units::Seconds;
use crate::resources::kinds::Desired;
use crate::resources::table::config::KeyAttribute;

const HEAD: &str = "version: 1\nproject: shop\n";

fn source(text: &str) -> Source {
    Source {
        path: "shop.yaml".into(),
        text: text.into(),
    }
}

/// Every fault of `text` as `line:column path: message (help)`, warnings marked.
fn faults(text: &str) -> Vec<String> {
    validate_source(source(text))
        .faults
        .iter()
        .map(show)
        .collect()
}

fn show(fault: &Fault) -> String {
    let mark = match fault.severity {
        Severity::Error => "",
        Severity::Warning => "warning: ",
    };
    let help = fault
        .help
        .as_ref()
        .map_or(String::new(), |help| format!(" ({help})"));
    let Fault {
        line,
        column,
        path,
        message,
        ..
    } = fault;
    format!("{line}:{column} {path}: {mark}{message}{help}")
}

fn system(text: &str, env: Option<&str>) -> System {
    match load_source(source(text), env) {
        Ok((system, _)) => system,
        Err(error) => panic!(
            "{error}: {:?}",
            error.faults.iter().map(show).collect::<Vec<_>>()
        ),
    }
}
