//! Version, project, region, account, naming and environment names.

use crate::manifest::naming::Naming;
use crate::manifest::spec::ManifestSpec;
use crate::manifest::suggest::quote;

use super::finding::{Findings, On};

const PROJECT_MAX: usize = 32;

pub(in crate::manifest) fn check(
    manifest: &ManifestSpec,
    env: Option<&str>,
    findings: &mut Findings<'_, '_>,
) {
    version(manifest.version, findings);
    project(manifest.project.as_deref(), findings);
    if let Some(region) = &manifest.region
        && !is_region(region)
    {
        let message = format!("{} is not a region", quote(region));
        findings.error(
            &["region"],
            On::Value,
            message,
            "write one such as `us-east-1`",
        );
    }
    if let Some(account) = &manifest.account
        && !is_account(account)
    {
        let message = format!("{} is not an account", quote(account));
        findings.error(
            &["account"],
            On::Value,
            message,
            "write its twelve digits, quoted",
        );
    }
    let naming = Naming {
        pattern: manifest.naming(),
        project: manifest.project.as_deref().unwrap_or_default(),
        env,
    };
    if let Err((message, help)) = naming.check() {
        findings.error(&["naming"], On::Value, message, help);
    }
}

fn version(version: Option<u64>, findings: &mut Findings<'_, '_>) {
    match version {
        Some(1) => {}
        Some(other) => {
            let message = format!("version {other} is not known");
            findings.error(&["version"], On::Value, message, "write `version: 1`");
        }
        None if findings.is_written(&["version"]) => {}
        None => {
            let message = "missing field `version`";
            findings.error(&["version"], On::Key, message, "add `version: 1`");
        }
    }
}

fn project(project: Option<&str>, findings: &mut Findings<'_, '_>) {
    match project {
        Some(project) if is_slug(project) => {}
        Some(project) => {
            let message = format!("{} cannot be a project", quote(project));
            let help = "use a-z, 0-9 and `-`, at most 32 characters";
            findings.error(&["project"], On::Value, message, help);
        }
        None if findings.is_written(&["project"]) => {}
        None => {
            let help = "add `project: NAME`: it marks what this manifest owns";
            findings.error(&["project"], On::Key, "missing field `project`", help);
        }
    }
}

fn is_slug(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=PROJECT_MAX).contains(&text.len()) && text.chars().all(allowed)
}

/// An environment's name ends up in tags and, through `{env}`, in physical names.
pub(in crate::manifest) fn is_environment(text: &str) -> bool {
    is_slug(&text.to_ascii_lowercase().replace('_', "-"))
}

pub(in crate::manifest) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `us-east-1`, `us-gov-west-1`, `ap-southeast-2` …: AWS adds regions, so only the form is checked.
pub fn is_region(text: &str) -> bool {
    let mut parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let number = parts.pop().unwrap_or_default();
    number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && parts.len() >= 2
        && parts[0].len() == 2
        && parts.iter().all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_known_by_their_form() {
        for region in [
            "us-east-1",
            "us-gov-west-1",
            "ap-southeast-2",
            "us-isob-east-1",
        ] {
            assert!(is_region(region), "{region}");
        }
        for text in [
            "",
            "us-east",
            "us-east-1a",
            "US-EAST-1",
            "useast1",
            "us--1",
            "usa-east-1",
        ] {
            assert!(!is_region(text), "{text}");
        }
    }
}
