//! Physical names and components.

use std::collections::HashMap;

use crate::manifest::suggest::quote;
use crate::model::id::{ComponentName, Kind};
use crate::resources::{queue, table};

use super::finding::{Findings, On};

/// Always selects by service or part, so it cannot be a name of the user's own.
const RESERVED_COMPONENTS: [&str; 8] = [
    "all",
    "cloudwatch",
    "create-queues",
    "create-tables",
    "dynamodb",
    "logs",
    "sns",
    "sqs",
];
const COMPONENT_MAX: usize = 64;

/// A declared resource with the name that AWS will know.
pub(in crate::manifest) struct Named<'a> {
    pub(in crate::manifest) kind: Kind,
    pub(in crate::manifest) key: &'a str,
    pub(in crate::manifest) physical: String,
    pub(in crate::manifest) component: Option<&'a str>,
}

pub(in crate::manifest) fn check(all: &[Named<'_>], findings: &mut Findings<'_, '_>) {
    let mut seen: HashMap<(Kind, &str), &str> = HashMap::new();
    for named in all {
        physical(named, findings);
        component(named, findings);
        if let Some(first) = seen.insert((named.kind, &named.physical), named.key) {
            let message = format!(
                "{} has the physical name {} of {} too",
                quote(named.key),
                quote(&named.physical),
                quote(first),
            );
            let help = format!("give one of the {} another name", named.kind.plural());
            findings.error(&path(named, findings), On::Value, message, help);
        }
    }
}

/// The `name:` that makes the physical name, else the key.
fn path<'a>(named: &Named<'a>, findings: &Findings<'_, '_>) -> Vec<&'a str> {
    let mut path = vec![named.kind.plural(), named.key, "name"];
    if !findings.is_written(&path) {
        path.pop();
    }
    path
}

fn physical(named: &Named<'_>, findings: &mut Findings<'_, '_>) {
    let wrong = match named.kind {
        Kind::Queue => queue_name(named.key, &named.physical),
        Kind::Table => {
            table_name(&named.physical).map(|(what, help)| (format!("a table name {what}"), help))
        }
    };
    if let Some((message, help)) = wrong {
        let message = if named.physical == named.key {
            message
        } else {
            format!("{message}: {}", quote(&named.physical))
        };
        findings.error(&path(named, findings), On::Value, message, help);
    }
}

/// SQS API Reference, CreateQueue: the suffix counts.
fn queue_name(key: &str, name: &str) -> Option<(String, String)> {
    use queue::config::limits::{FIFO_SUFFIX, NAME_LENGTH};
    let stem = name.strip_suffix(FIFO_SUFFIX).unwrap_or(name);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if key.ends_with(FIFO_SUFFIX) && !name.ends_with(FIFO_SUFFIX) {
        let message = "a FIFO queue needs a name that ends in `.fifo`".to_owned();
        return Some((message, "add the suffix, or take it off the key".into()));
    }
    if stem.is_empty() || !stem.chars().all(allowed) {
        let message = "a queue name takes A-Z, a-z, 0-9, `_` and `-` only".to_owned();
        return Some((
            message,
            "rename it; only the suffix `.fifo` has a dot".into(),
        ));
    }
    let length = name.len();
    (length > NAME_LENGTH).then(|| {
        let message = format!("a queue name takes {NAME_LENGTH} characters, and this has {length}");
        (message, "shorten it; a suffix `.fifo` counts".into())
    })
}

/// DynamoDB API Reference, CreateTable: tables and indexes alike. What is wrong, and the help.
pub(super) fn table_name(name: &str) -> Option<(String, String)> {
    use table::config::limits::{NAME_MAX, NAME_MIN};
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !name.chars().all(allowed) {
        let what = "takes A-Z, a-z, 0-9, `_`, `-` and `.` only".to_owned();
        return Some((what, "rename it".into()));
    }
    let length = name.len();
    (!(NAME_MIN..=NAME_MAX).contains(&length)).then(|| {
        let what = format!("takes {NAME_MIN} to {NAME_MAX} characters, and this has {length}");
        (what, "rename it".into())
    })
}

fn component(named: &Named<'_>, findings: &mut Findings<'_, '_>) {
    let Some(written) = named.component else {
        return;
    };
    let path = [named.kind.plural(), named.key, "component"];
    let name = ComponentName::new(written);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if RESERVED_COMPONENTS.contains(&name.as_str()) {
        let message = format!("the component {} is reserved", quote(written));
        let help = "it selects by service; choose a name of your own";
        findings.error(&path, On::Value, message, help);
    } else if !(1..=COMPONENT_MAX).contains(&name.as_str().len())
        || !name.as_str().chars().all(allowed)
    {
        let message = format!("{} cannot be a component", quote(written));
        let help = format!("use letters, digits, `_` and `-`, at most {COMPONENT_MAX}");
        findings.error(&path, On::Value, message, help);
    }
}
