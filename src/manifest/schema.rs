//! The JSON Schema of a manifest, from the types that decode it.

use serde_json::{Map, Value, json};

use crate::resources::declaration::Declaration;
use crate::resources::queue::spec::QueueSpec;
use crate::resources::table::spec::{TableSpec, WITHOUT_DEFAULT};

use super::environments::FIXED;
use super::spec::ManifestSpec;

const DEFINITIONS: &str = "#/$defs/";

pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(ManifestSpec).to_value();
    allow_default(&mut schema["$defs"]["Queue"], QueueSpec::SETTINGS);
    let mut settings = TableSpec::SETTINGS.to_vec();
    settings.retain(|setting| !WITHOUT_DEFAULT.contains(setting));
    allow_default(&mut schema["$defs"]["Table"], &settings);
    let definitions = schema["$defs"].as_object().cloned().unwrap_or_default();
    let partial = Partial { definitions };
    let environment = partial.environment(&schema);
    if let Some(definitions) = schema["$defs"].as_object_mut() {
        definitions.extend(partial.definitions());
        definitions.insert("Environment".to_owned(), environment);
    }
    schema["properties"]["environments"]["additionalProperties"] =
        json!({"anyOf": [{"$ref": "#/$defs/Environment"}, {"type": "null"}]});
    schema
}

/// A setting may be written `default`, which no type of its own knows.
fn allow_default(definition: &mut Value, settings: &[&str]) {
    let Some(properties) = definition["properties"].as_object_mut() else {
        return;
    };
    for (_, property) in properties
        .iter_mut()
        .filter(|(name, _)| settings.contains(&name.as_str()))
    {
        let mut own = std::mem::take(property);
        let description = own
            .as_object_mut()
            .and_then(|members| members.remove("description"));
        let default = json!({"const": "default"});
        match own["anyOf"].as_array_mut() {
            Some(forms) => forms.push(default),
            None => own = json!({"anyOf": [own, default]}),
        }
        if let Some(description) = description {
            own["description"] = description;
        }
        *property = own;
    }
}

/// What an environment leaves out stands in the file: the same definitions, with nothing required.
struct Partial {
    definitions: Map<String, Value>,
}

impl Partial {
    /// The manifest without what is the same in all environments.
    fn environment(&self, schema: &Value) -> Value {
        let properties = schema["properties"].as_object().cloned();
        let mut properties = properties.unwrap_or_default();
        properties.retain(|name, _| !FIXED.contains(&name.as_str()));
        self.relax(&json!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        }))
    }

    fn definitions(&self) -> Map<String, Value> {
        let demanding = self
            .definitions
            .iter()
            .filter(|(_, value)| self.demands(value));
        demanding
            .map(|(name, value)| (format!("Partial{name}"), self.relax(value)))
            .collect()
    }

    /// Whether it, or what it refers to, requires a property.
    fn demands(&self, schema: &Value) -> bool {
        match schema {
            Value::Object(members) => members.iter().any(|(name, member)| {
                name == "required"
                    || self.demands(member)
                    || member
                        .as_str()
                        .is_some_and(|text| self.refers_to_demanding(text))
            }),
            Value::Array(items) => items.iter().any(|item| self.demands(item)),
            _ => false,
        }
    }

    fn refers_to_demanding(&self, reference: &str) -> bool {
        let name = reference.strip_prefix(DEFINITIONS);
        let definition = name.and_then(|name| self.definitions.get(name));
        definition.is_some_and(|definition| self.demands(definition))
    }

    fn relax(&self, schema: &Value) -> Value {
        match schema {
            Value::Object(members) => {
                let kept = members.iter().filter(|(name, _)| *name != "required");
                let relaxed = kept.map(|(name, member)| (name.clone(), self.relax(member)));
                Value::Object(relaxed.collect())
            }
            Value::Array(items) => items.iter().map(|item| self.relax(item)).collect(),
            Value::String(text) if self.refers_to_demanding(text) => {
                text.replace(DEFINITIONS, "#/$defs/Partial").into()
            }
            other => other.clone(),
        }
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

    #[test]
    fn what_is_not_built_yet_is_not_offered() {
        for word in ["alarms", "topics"] {
            assert!(!COMMITTED.contains(word), "{word}");
        }
    }

    #[test]
    fn the_file_has_required_fields_and_an_environment_none() {
        let schema = schema();
        assert_eq!(schema["required"], json!(["version", "project"]));
        let definitions = &schema["$defs"];
        assert_eq!(definitions["Table"]["required"], json!(["partition_key"]));
        assert_eq!(definitions["PartialTable"]["required"], Value::Null);
        let tables = &definitions["Environment"]["properties"]["tables"];
        assert_eq!(
            tables["additionalProperties"]["$ref"],
            "#/$defs/PartialTable"
        );
    }
}
