//! Who owns a resource: its tags say.

use crate::model::id::ComponentName;

use super::tags::Tags;

/// What the keys of our own tags begin with.
pub const PREFIX: &str = "shopctl:";
pub const PROJECT: &str = "shopctl:project";
pub const ENV: &str = "shopctl:env";
pub const COMPONENT: &str = "shopctl:component";
pub const ORIGIN: &str = "shopctl:origin";

/// On what a test made, and on nothing else: when (RFC 3339), and of which project. It is nobody's otherwise.
pub const PROBE: &str = "shopctl:probe";
pub const PROBE_OF: &str = "shopctl:probe-of";

/// How a resource of ours came to be; an adopted one is not deleted by a plain rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Created,
    Adopted,
}

impl Origin {
    pub fn name(self) -> &'static str {
        match self {
            Origin::Created => "created",
            Origin::Adopted => "adopted",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This project in this environment.
    Us,
    /// Made by hand or by an older script.
    Nobody,
    /// `project billing`, or `project shopping in environment prod`.
    Other(String),
}

/// The tags that say so on every resource of a manifest; [`ORIGIN`] depends on what is there.
pub fn tags(project: &str, env: Option<&str>, component: &ComponentName) -> Tags {
    [
        (PROJECT, Some(project)),
        (ENV, env),
        (COMPONENT, Some(component.as_str())),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
    .collect()
}

/// Whether live tags name the project and environment, or the test, that desired ones do.
pub fn is_same(desired: &Tags, live: &Tags) -> bool {
    let names = [PROJECT, PROBE_OF]
        .iter()
        .any(|key| desired.contains_key(*key));
    let keys = [PROJECT, ENV, PROBE, PROBE_OF];
    names && keys.iter().all(|key| desired.get(*key) == live.get(*key))
}

/// Reads the owner from live tags.
pub fn owner(tags: &Tags, project: &str, env: Option<&str>) -> Owner {
    let Some(theirs) = tags.get(PROJECT) else {
        return Owner::Nobody;
    };
    let their_env = tags.get(ENV).map(String::as_str);
    if theirs == project && their_env == env {
        return Owner::Us;
    }
    Owner::Other(match their_env {
        Some(their_env) => format!("project {theirs}, environment {their_env}"),
        None if theirs == project => format!("project {theirs} without an environment"),
        None => format!("project {theirs}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tags_say_who_owns_it() {
        let tags = |pairs: &[(&str, &str)]| -> Tags {
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        let prod = tags(&[(PROJECT, "shop"), (ENV, "prod")]);
        let plain = tags(&[(PROJECT, "shop")]);
        for (tags, env, expected) in [
            (&tags(&[("team", "a")]), None, Owner::Nobody),
            (&plain, None, Owner::Us),
            (&prod, Some("prod"), Owner::Us),
            (
                &prod,
                Some("dev"),
                Owner::Other("project shop, environment prod".into()),
            ),
            (
                &prod,
                None,
                Owner::Other("project shop, environment prod".into()),
            ),
            (
                &plain,
                Some("dev"),
                Owner::Other("project shop without an environment".into()),
            ),
            (
                &tags(&[(PROJECT, "billing")]),
                None,
                Owner::Other("project billing".into()),
            ),
        ] {
            assert_eq!(owner(tags, "shop", env), expected);
        }
    }
}
