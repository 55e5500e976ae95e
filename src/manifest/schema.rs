//! The JSON Schema of a manifest, from the types that decode it.

use serde_json::{Map, Value, json};

use super::spec::ManifestSpec;

pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(ManifestSpec).to_value();
    let environment = partial_root(&schema);
    if let Some(definitions) = schema["$defs"].as_object_mut() {
        let partial: Vec<_> = definitions
            .iter()
            .map(|(name, definition)| (format!("Partial{name}"), partial(definition)))
            .collect();
        definitions.extend(partial);
        definitions.insert("Environment".to_owned(), environment);
    }
    let environments = &mut schema["properties"]["environments"];
    environments["additionalProperties"] =
        json!({"anyOf": [{"$ref": "#/$defs/Environment"}, {"type": "null"}]});
    schema
}

/// An environment: the manifest without what is the same in all of them.
fn partial_root(schema: &Value) -> Value {
    let mut properties = schema["properties"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    for fixed in super::environments::FIXED {
        properties.remove(fixed);
    }
    partial(&json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    }))
}

/// What an environment leaves out stands in the file: nothing is required.
fn partial(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, _)| *name != "required");
            let members = kept.map(|(name, member)| match (name.as_str(), member.as_str()) {
                ("$ref", Some(reference)) => {
                    let partial = reference.replace("#/$defs/", "#/$defs/Partial");
                    (name.clone(), partial.into())
                }
                _ => (name.clone(), partial(member)),
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(partial).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &str = include_str!("../../manifests/shopctl.schema.json");

    #[test]
    fn the_committed_schema_is_current() {
        let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        assert!(
            current == COMMITTED,
            "refresh it: cargo run -- schema > manifests/shopctl.schema.json"
        );
    }
}
