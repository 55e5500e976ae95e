//! DynamoDB's refusals in its own words, and the collector for constraint errors of the request model.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::call::without_nulls;
use super::super::error::ApiError;

pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationException", message)
}

pub fn invalid_parameter(why: impl std::fmt::Display) -> ApiError {
    invalid(format!("One or more parameter values were invalid: {why}"))
}

pub fn in_use(why: impl std::fmt::Display) -> ApiError {
    ApiError::new(
        "ResourceInUseException",
        format!("Attempt to change a resource which is still in use: {why}"),
    )
}

pub fn limit_exceeded(why: impl std::fmt::Display) -> ApiError {
    ApiError::new(
        "LimitExceededException",
        format!("Subscriber limit exceeded: {why}"),
    )
}

pub fn table_not_found(name: &str) -> ApiError {
    ApiError::new(
        "ResourceNotFoundException",
        format!("Requested resource not found: Table: {name} not found"),
    )
}

/// Backups have a not-found error of their own (API DescribeContinuousBackups).
pub fn backup_table_not_found(name: &str) -> ApiError {
    ApiError::new("TableNotFoundException", format!("Table not found: {name}"))
}

/// Until a new table is ready for them (API UpdateContinuousBackups).
pub fn backups_unavailable(name: &str) -> ApiError {
    ApiError::new(
        "ContinuousBackupsUnavailableException",
        format!("Backups are being enabled for the table: {name}. Please retry later"),
    )
}

/// Reads an operation's input; a missing member is a constraint error, a wrong type a SerializationException.
pub fn decode<T: DeserializeOwned>(input: &Value) -> Result<T, ApiError> {
    T::deserialize(without_nulls(input.clone())).map_err(|error| {
        let message = error.to_string();
        let missing = message
            .strip_prefix("missing field `")
            .and_then(|rest| rest.strip_suffix('`'));
        match missing {
            Some(member) => {
                let mut constraints = Constraints::default();
                constraints.null(&lower_camel(member));
                constraints.into_error()
            }
            None => ApiError::new("SerializationException", message),
        }
    })
}

/// Members of the real service that this one lacks are refused: ignoring them would answer a lie.
pub fn refuse_unsupported(input: &Value, members: &[&str]) -> Result<(), ApiError> {
    match members.iter().find(|member| !input[**member].is_null()) {
        Some(member) => Err(invalid(format!(
            "{member} is not supported by the embedded DynamoDB"
        ))),
        None => Ok(()),
    }
}

fn lower_camel(member: &str) -> String {
    let mut chars = member.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

/// Violations of the request model, which AWS reports together, ten at most.
#[derive(Default)]
pub struct Constraints(Vec<String>);

impl Constraints {
    pub fn null(&mut self, path: &str) {
        self.0.push(format!(
            "Value null at '{path}' failed to satisfy constraint: Member must not be null"
        ));
    }

    pub fn violated(&mut self, value: impl std::fmt::Display, path: &str, constraint: &str) {
        self.0.push(format!(
            "Value '{value}' at '{path}' failed to satisfy constraint: Member must {constraint}"
        ));
    }

    /// Table and index names: 3 to 255 of `[a-zA-Z0-9_.-]`.
    pub fn name(&mut self, name: &str, path: &str) {
        if !is_name_text(name) {
            self.violated(
                name,
                path,
                "satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
            );
        }
        self.length(name, path, 3, 255);
    }

    pub fn length(&mut self, text: &str, path: &str, least: usize, most: usize) {
        if text.len() < least {
            self.violated(
                text,
                path,
                &format!("have length greater than or equal to {least}"),
            );
        } else if text.len() > most {
            self.violated(
                text,
                path,
                &format!("have length less than or equal to {most}"),
            );
        }
    }

    pub fn one_of(&mut self, value: &str, path: &str, allowed: &[&str]) {
        if !allowed.contains(&value) {
            self.violated(
                value,
                path,
                &format!("satisfy enum value set: [{}]", allowed.join(", ")),
            );
        }
    }

    pub fn between(&mut self, value: i64, path: &str, least: i64, most: i64) {
        if value < least {
            self.violated(
                value,
                path,
                &format!("have value greater than or equal to {least}"),
            );
        } else if value > most {
            self.violated(
                value,
                path,
                &format!("have value less than or equal to {most}"),
            );
        }
    }

    pub fn finish(self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.into_error())
        }
    }

    fn into_error(mut self) -> ApiError {
        self.0.truncate(10);
        let plural = if self.0.len() == 1 { "" } else { "s" };
        invalid(format!(
            "{} validation error{plural} detected: {}",
            self.0.len(),
            self.0.join("; ")
        ))
    }
}

pub fn is_name(name: &str) -> bool {
    (3..=255).contains(&name.len()) && is_name_text(name)
}

fn is_name_text(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}
