//! What several shapes are made of. All of it may come as text: the query protocol knows nothing else.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::errors::{invalid_value, required, value_is_invalid};
use crate::local::error::ApiError;

/// The year 9999.
const LATEST: f64 = 253_402_300_799.0;
/// API Dimension.
const DIMENSIONS: usize = 30;

/// May be infinite or not a number, which the JSON protocols write as text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Integer(pub i64);

/// Milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time(pub i64);

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flag(pub bool);

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    }
}

/// Of 32 bits, as in the service's model.
fn integer(value: &Value) -> Option<i64> {
    let integer = match value {
        Value::String(text) => text.parse().ok()?,
        other => other.as_i64()?,
    };
    i32::try_from(integer).ok().map(i64::from)
}

fn time(value: &Value) -> Option<i64> {
    let seconds = match number(value) {
        Some(seconds) => seconds,
        None => DateTime::from_str(value.as_str()?, Format::DateTimeWithOffset)
            .ok()?
            .as_secs_f64(),
    };
    (seconds.abs() <= LATEST).then_some((seconds * 1_000.0).round() as i64)
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        other => other.as_bool(),
    }
}

macro_rules! lenient {
    ($($name:ident: $read:ident, $expected:literal;)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = Value::deserialize(deserializer)?;
                $read(&value)
                    .map($name)
                    .ok_or_else(|| D::Error::custom(format!("{value} is not {}", $expected)))
            }
        }
    )*};
}

lenient! {
    Number: number, "a number";
    Integer: integer, "an integer";
    Time: time, "a timestamp";
    Flag: flag, "a boolean";
}

/// With the query protocol, a list of nothing is an empty text.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        list => serde_json::from_value(list).map_err(D::Error::custom),
    }
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dimension {
    pub name: Option<String>,
    pub value: Option<String>,
}

/// # Errors
/// What is said of them on the page of `Dimension`; `parameter` is the path to the list.
pub fn dimensions(
    given: &[Dimension],
    parameter: &str,
) -> Result<BTreeMap<String, String>, ApiError> {
    if given.len() > DIMENSIONS {
        return Err(invalid_value(format!(
            "The collection {parameter} must not have a size greater than {DIMENSIONS}."
        )));
    }
    let mut dimensions = BTreeMap::new();
    for (at, dimension) in given.iter().enumerate() {
        let path = format!("{parameter}.member.{}", at + 1);
        let name = text(&dimension.name, &format!("{path}.Name"), 255)?;
        let value = text(&dimension.value, &format!("{path}.Value"), 1_024)?;
        if name.starts_with(':') {
            return Err(value_is_invalid(name, &format!("{path}.Name")));
        }
        if dimensions.insert(name.clone(), value.clone()).is_some() {
            return Err(invalid_value(format!(
                "The dimension name {name} is given more than once in {parameter}."
            )));
        }
    }
    Ok(dimensions)
}

/// Printable ASCII, not only blanks, not longer than `longest`.
///
/// # Errors
/// Says what is wrong with it.
pub fn text<'a>(
    value: &'a Option<String>,
    parameter: &str,
    longest: usize,
) -> Result<&'a String, ApiError> {
    let value = required(value, parameter)?;
    if value.is_empty() || value.len() > longest {
        return Err(invalid_value(format!(
            "The parameter {parameter} must be between 1 and {longest} characters long."
        )));
    }
    let printable = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !printable || value.trim().is_empty() {
        return Err(value_is_invalid(value, parameter));
    }
    Ok(value)
}

/// # Errors
/// As [`text`], and for one that starts with a colon.
pub fn namespace(value: &Option<String>) -> Result<&String, ApiError> {
    let namespace = text(value, "Namespace", 255)?;
    if namespace.starts_with(':') {
        return Err(value_is_invalid(namespace, "Namespace"));
    }
    Ok(namespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_does_for_a_number_a_time_and_a_flag() {
        let number = |value| serde_json::from_value::<Number>(value).ok().map(|it| it.0);
        assert_eq!(number(json!("1.5")), Some(1.5));
        assert_eq!(number(json!(2)), Some(2.0));
        assert!(number(json!("NaN")).is_some_and(f64::is_nan));
        assert_eq!(number(json!("-Infinity")), Some(f64::NEG_INFINITY));
        assert_eq!(number(json!("one")), None);
        let time = |value| serde_json::from_value::<Time>(value).ok().map(|it| it.0);
        assert_eq!(time(json!(1.5)), Some(1_500));
        assert_eq!(time(json!("1970-01-01T00:00:01.5Z")), Some(1_500));
        assert_eq!(time(json!("1970-01-01T01:00:01+01:00")), Some(1_000));
        assert_eq!(time(json!("yesterday")), None);
        assert_eq!(time(json!(1e300)), None);
        assert_eq!(time(json!("NaN")), None);
        let flag = |value| serde_json::from_value::<Flag>(value).ok().map(|it| it.0);
        assert_eq!(flag(json!("false")), Some(false));
        assert_eq!(flag(json!(true)), Some(true));
        assert!(serde_json::from_value::<Integer>(json!("60")).is_ok());
        assert!(serde_json::from_value::<Integer>(json!(1.5)).is_err());
    }

    #[test]
    fn dimensions_have_names_and_values_in_ascii_once_each() {
        let one = |name: &str, value: &str| Dimension {
            name: Some(name.to_owned()),
            value: Some(value.to_owned()),
        };
        assert!(dimensions(&[one("a", "x"), one("b", "x")], "Dimensions").is_ok());
        let refused = [
            vec![one("a", "x"), one("a", "y")],
            vec![one(":a", "x")],
            vec![one("a", " ")],
            vec![one("a", "\u{e9}")],
            vec![one("a", "a\tb")],
            vec![one("a", &"x".repeat(1_025))],
            vec![one(&"a".repeat(256), "x")],
            (0..31).map(|at| one(&format!("d{at}"), "x")).collect(),
        ];
        for given in refused {
            let error = dimensions(&given, "Dimensions").unwrap_err();
            assert_eq!(error.code, "InvalidParameterValueException");
        }
        let unnamed = Dimension {
            name: None,
            value: Some("x".to_owned()),
        };
        let error = dimensions(&[unnamed], "Dimensions").unwrap_err();
        assert_eq!(
            error.message,
            "The parameter Dimensions.member.1.Name is required."
        );
    }
}
