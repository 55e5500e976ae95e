//! From a key of the manifest to the physical name on AWS.

use crate::model::id::Kind;
use crate::resources::queue::config::limits::FIFO_SUFFIX;

use super::suggest::{did_you_mean, quote};

const PLACEHOLDERS: [&str; 3] = ["project", "env", "name"];

#[derive(Clone, Copy)]
pub(super) struct Naming<'a> {
    pub(super) pattern: &'a str,
    pub(super) project: &'a str,
    pub(super) env: Option<&'a str>,
}

impl Naming<'_> {
    /// Message and help of the first thing wrong with the pattern.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        let mut rest = self.pattern;
        let mut names = false;
        while let Some(at) = rest.find(['{', '}']) {
            let close = rest[at..].find('}');
            let (Some(close), true) = (close, rest[at..].starts_with('{')) else {
                let message = "a brace without its partner".to_owned();
                return Err((
                    message,
                    "placeholders are {project}, {env} and {name}".into(),
                ));
            };
            let word = &rest[at + 1..at + close];
            match word {
                "name" => names = true,
                "project" => {}
                "env" if self.env.is_some() => {}
                "env" => {
                    let message = "`{env}` without an environment".to_owned();
                    let help = "declare `environments:` and choose one, or remove `{env}`";
                    return Err((message, help.into()));
                }
                _ => {
                    let message = format!("unknown placeholder {}", quote(&format!("{{{word}}}")));
                    let help = did_you_mean(word, PLACEHOLDERS).unwrap_or_default();
                    return Err((message, help));
                }
            }
            rest = &rest[at + close + 1..];
        }
        if names {
            return Ok(());
        }
        let message = "every resource would get the same name".to_owned();
        Err((message, "the pattern needs `{name}`".into()))
    }

    pub(super) fn apply(&self, kind: Kind, key: &str) -> String {
        let (stem, suffix) = match (kind, key.strip_suffix(FIFO_SUFFIX)) {
            (Kind::Queue, Some(stem)) => (stem, FIFO_SUFFIX),
            _ => (key, ""),
        };
        let named = self
            .pattern
            .replace("{project}", self.project)
            .replace("{env}", self.env.unwrap_or_default())
            .replace("{name}", stem);
        named + suffix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming<'a>(pattern: &'a str, env: Option<&'a str>) -> Naming<'a> {
        Naming {
            pattern,
            project: "shop",
            env,
        }
    }

    #[test]
    fn the_pattern_applies_before_the_fifo_suffix() {
        let naming = naming("{project}-{env}-{name}-v1", Some("dev"));
        for (kind, key, name) in [
            (Kind::Queue, "orders", "shop-dev-orders-v1"),
            (Kind::Queue, "orders.fifo", "shop-dev-orders-v1.fifo"),
            (Kind::Table, "orders.fifo", "shop-dev-orders.fifo-v1"),
            (Kind::Table, "{env}", "shop-dev-{env}-v1"),
        ] {
            assert_eq!(naming.apply(kind, key), name);
        }
    }

    #[test]
    fn a_pattern_is_checked() {
        for (pattern, env, message) in [
            ("{name}", None, None),
            ("{env}-{name}", Some("dev"), None),
            ("{env}-{name}", None, Some("`{env}` without an environment")),
            ("{nmae}", None, Some("unknown placeholder `{nmae}`")),
            ("{name", None, Some("a brace without its partner")),
            ("name}", None, Some("a brace without its partner")),
            (
                "fixed",
                None,
                Some("every resource would get the same name"),
            ),
        ] {
            let found = naming(pattern, env)
                .check()
                .err()
                .map(|(message, _)| message);
            assert_eq!(found.as_deref(), message, "{pattern}");
        }
    }
}
