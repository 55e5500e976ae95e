//! Values as a manifest would write them on one line.

use serde_json::Value;

use crate::output::text::escape;

/// What stands where there is no value.
pub const NONE: &str = "(none)";

/// `5m`, `true`, `[a, b]`, `{partition_key: user_id, projection: ALL}`.
pub fn show(value: &Value) -> String {
    match value {
        Value::Null => NONE.to_owned(),
        Value::String(text) => string(text),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => format!("[{}]", join(items.iter().map(show))),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| format!("{}: {}", escape(key), show(value)));
            format!("{{{}}}", join(fields))
        }
    }
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// Quoted only where the quotes show something: an empty text, spaces at its ends, no value by accident.
fn string(text: &str) -> String {
    if text.is_empty() || text.trim() != text || text == NONE {
        format!("\"{}\"", escape(text))
    } else {
        escape(text).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_as_the_manifest_writes_them() {
        for (value, shown) in [
            (json!(null), "(none)"),
            (json!("5m"), "5m"),
            (json!(""), "\"\""),
            (json!(" a"), "\" a\""),
            (json!("a\nb"), "a\\nb"),
            (json!(3), "3"),
            (json!(false), "false"),
            (json!(["a", "b"]), "[a, b]"),
            (
                json!({"partition_key": "id", "projection": ["x"]}),
                "{partition_key: id, projection: [x]}",
            ),
            (json!({}), "{}"),
        ] {
            assert_eq!(show(&value), shown);
        }
    }
}
