//! `validate`: every fault of the manifest, in every environment, without AWS.

use serde_json::json;

use crate::cli::Global;
use crate::error::Error;
use crate::exit::Exit;
use crate::manifest::{self, LoadError};
use crate::model::id::Kind;
use crate::output::ui::{Format, Ui};

use super::tell;

/// # Errors
/// The manifest cannot be read or is wrong.
pub fn run(global: &Global, ui: &Ui) -> Result<Exit, Error> {
    if global.env.is_some() {
        let (system, warnings) = manifest::load(&global.manifest, global.env.as_deref())?;
        tell::warnings(ui, &warnings, &system.source);
        let path = system.source.path.clone();
        ui.out(&verdict(ui, &path, &[system], warnings.len()))?;
        return Ok(Exit::Done);
    }
    let validation = manifest::validate_all(&global.manifest)?;
    if !validation.is_valid() {
        let error = LoadError::faulty(validation.source, validation.faults);
        return Err(Error::Manifest(error));
    }
    tell::warnings(ui, &validation.faults, &validation.source);
    let warnings = validation.faults.len();
    ui.out(&verdict(
        ui,
        &validation.source.path,
        &validation.systems,
        warnings,
    ))?;
    Ok(Exit::Done)
}

fn verdict(ui: &Ui, path: &str, systems: &[manifest::System], warnings: usize) -> String {
    if ui.format() == Format::Json {
        let document = json!({
            "schema_version": 1,
            "valid": true,
            "warnings": warnings,
            "environments": systems.iter().filter_map(|s| s.env.as_deref()).collect::<Vec<_>>(),
        });
        return format!("{document:#}\n");
    }
    let count = |kind: Kind| {
        let largest = systems
            .iter()
            .map(|system| {
                system
                    .targets()
                    .iter()
                    .filter(|t| t.id.kind == kind)
                    .count()
            })
            .max();
        let n = largest.unwrap_or(0);
        format!("{n} {}", if n == 1 { kind.noun() } else { kind.plural() })
    };
    let counts: Vec<_> = Kind::ALL.into_iter().map(count).collect();
    let environments: Vec<_> = systems.iter().filter_map(|s| s.env.as_deref()).collect();
    let environments = match environments.as_slice() {
        [] => String::new(),
        names => format!(", environments {}", names.join(", ")),
    };
    let warnings = match warnings {
        0 => String::new(),
        1 => ", 1 warning".to_owned(),
        n => format!(", {n} warnings"),
    };
    format!(
        "{path} is valid: {}{environments}{warnings}.\n",
        counts.join(", ")
    )
}
