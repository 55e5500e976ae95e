//! The rules for keys, attribute definitions and indexes, in CreateTable and UpdateTable alike.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::super::error::ApiError;
use super::capacity::{OnDemandThroughput, ProvisionedThroughput};
use super::refusal::{Constraints, invalid, invalid_parameter};
use super::table::{AttributeDefinition, KeyElement, Projection};

pub const GLOBAL_INDEXES_MAX: usize = 20;
const LOCAL_INDEXES_MAX: usize = 5;
/// Per index, and summed over the INCLUDE indexes of a table (API Projection).
const NON_KEY_ATTRIBUTES_MAX: usize = 20;
const NON_KEY_ATTRIBUTES_PER_TABLE_MAX: usize = 100;
/// HASH and likewise RANGE attributes of a global index (API CreateTable).
const KEY_ATTRIBUTES_OF_A_ROLE_MAX: usize = 4;

/// An index as CreateTable and UpdateTable take it; a local one has no throughput.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IndexInput {
    pub index_name: String,
    pub key_schema: Vec<KeyElement>,
    pub projection: Projection,
    pub provisioned_throughput: Option<ProvisionedThroughput>,
    pub on_demand_throughput: Option<OnDemandThroughput>,
}

impl IndexInput {
    pub fn constrain(&self, path: &str, constraints: &mut Constraints) {
        constraints.name(&self.index_name, &format!("{path}.indexName"));
        constrain_key_schema(
            &self.key_schema,
            &format!("{path}.keySchema"),
            2 * KEY_ATTRIBUTES_OF_A_ROLE_MAX,
            constraints,
        );
        let projection = format!("{path}.projection");
        if let Some(kind) = &self.projection.projection_type {
            constraints.one_of(
                kind,
                &format!("{projection}.projectionType"),
                &["ALL", "INCLUDE", "KEYS_ONLY"],
            );
        }
        if let Some(attributes) = &self.projection.non_key_attributes {
            let path = format!("{projection}.nonKeyAttributes");
            let listed = format!("[{}]", attributes.join(", "));
            if attributes.is_empty() {
                constraints.violated(listed, &path, "have length greater than or equal to 1");
            } else if attributes.len() > NON_KEY_ATTRIBUTES_MAX {
                constraints.violated(
                    listed,
                    &path,
                    &format!("have length less than or equal to {NON_KEY_ATTRIBUTES_MAX}"),
                );
            }
        }
        if let Some(throughput) = self.provisioned_throughput {
            throughput.constrain(&format!("{path}.provisionedThroughput"), constraints);
        }
    }

    /// Capacity as the table's billing mode wants it.
    pub fn check_billing(&self, on_demand: bool) -> Result<(), ApiError> {
        match (on_demand, self.provisioned_throughput) {
            (true, Some(_)) => Err(invalid_parameter(format!(
                "ProvisionedThroughput should not be specified for index: {} when BillingMode is PAY_PER_REQUEST",
                self.index_name
            ))),
            (false, None) => Err(invalid_parameter(format!(
                "ProvisionedThroughput must be specified for index: {}",
                self.index_name
            ))),
            (_, throughput) => {
                if let Some(throughput) = throughput {
                    throughput.check_bounds()?;
                }
                self.on_demand_throughput
                    .unwrap_or_default()
                    .check_new(on_demand)
            }
        }
    }

    fn check_projection(&self) -> Result<(), ApiError> {
        let kind = self.projection.projection_type.as_deref();
        match (kind, &self.projection.non_key_attributes) {
            (None, _) => Err(invalid_parameter("Unknown ProjectionType: null")),
            (Some("INCLUDE"), None) => Err(invalid_parameter(
                "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
            )),
            (Some(kind), Some(_)) if kind != "INCLUDE" => Err(invalid_parameter(format!(
                "ProjectionType is {kind}, but NonKeyAttributes is specified"
            ))),
            (_, Some(names)) => {
                let mut seen = BTreeSet::new();
                match names.iter().find(|name| !seen.insert(*name)) {
                    Some(name) => Err(invalid_parameter(format!(
                        "Duplicate element in NonKeyAttributes: {name}"
                    ))),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

pub fn constrain_key_schema(
    schema: &[KeyElement],
    path: &str,
    most: usize,
    constraints: &mut Constraints,
) {
    if schema.is_empty() {
        constraints.violated("[]", path, "have length greater than or equal to 1");
    } else if schema.len() > most {
        let elements: Vec<String> = schema
            .iter()
            .map(|element| {
                format!(
                    "KeySchemaElement(attributeName={}, keyType={})",
                    element.attribute_name, element.key_type
                )
            })
            .collect();
        constraints.violated(
            format!("[{}]", elements.join(", ")),
            path,
            &format!("have length less than or equal to {most}"),
        );
    }
    for (number, element) in (1..).zip(schema) {
        let path = format!("{path}.{number}.member");
        constraints.length(
            &element.attribute_name,
            &format!("{path}.attributeName"),
            1,
            255,
        );
        constraints.one_of(
            &element.key_type,
            &format!("{path}.keyType"),
            &["HASH", "RANGE"],
        );
    }
}

pub fn constrain_definitions(definitions: &[AttributeDefinition], constraints: &mut Constraints) {
    for (number, definition) in (1..).zip(definitions) {
        let path = format!("attributeDefinitions.{number}.member");
        constraints.length(
            &definition.attribute_name,
            &format!("{path}.attributeName"),
            1,
            255,
        );
        constraints.one_of(
            &definition.attribute_type,
            &format!("{path}.attributeType"),
            &["B", "N", "S"],
        );
    }
}

/// The key of a table or of a local index: HASH, then perhaps RANGE.
fn check_simple_schema(schema: &[KeyElement]) -> Result<(), ApiError> {
    match schema {
        [hash, ..] if hash.key_type != "HASH" => Err(invalid(
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        )),
        [hash, range] if hash.attribute_name == range.attribute_name => Err(invalid(
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        )),
        [_, range] if range.key_type != "RANGE" => Err(invalid(
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
        )),
        _ => Ok(()),
    }
}

/// The key of a global index: up to four HASH attributes, then up to four RANGE attributes.
fn check_global_schema(schema: &[KeyElement]) -> Result<(), ApiError> {
    if let [hash, range] = schema
        && range.key_type == "RANGE"
    {
        return check_simple_schema(&[hash.clone(), range.clone()]);
    }
    check_simple_schema(&schema[..schema.len().min(1)])?;
    let names: BTreeSet<&str> = names(schema).collect();
    if names.len() != schema.len() {
        return Err(invalid(
            "The KeySchema contains multiple key attributes with the same name",
        ));
    }
    let hashes = schema
        .iter()
        .take_while(|element| element.key_type == "HASH")
        .count();
    if schema[hashes..]
        .iter()
        .any(|element| element.key_type == "HASH")
    {
        return Err(invalid_parameter(
            "All HASH key attributes must precede RANGE key attributes in the KeySchema",
        ));
    }
    for (role, count) in [("HASH", hashes), ("RANGE", schema.len() - hashes)] {
        if count > KEY_ATTRIBUTES_OF_A_ROLE_MAX {
            return Err(invalid_parameter(format!(
                "The KeySchema exceeds the maximum allowed number of {role} key attributes"
            )));
        }
    }
    Ok(())
}

/// The whole of a new table: keys, indexes, and definitions for exactly the attributes that these use.
pub fn check_table(
    schema: &[KeyElement],
    definitions: &[AttributeDefinition],
    locals: Option<&[IndexInput]>,
    globals: Option<&[IndexInput]>,
) -> Result<(), ApiError> {
    check_distinct_definitions(definitions)?;
    check_defined(schema, definitions)?;
    check_simple_schema(schema)?;
    if let Some(locals) = locals {
        check_locals(schema, definitions, locals)?;
    }
    if let Some(globals) = globals {
        if globals.is_empty() {
            return Err(invalid_parameter("List of GlobalSecondaryIndexes is empty"));
        }
        for index in globals {
            check_global(index, definitions)?;
        }
        if globals.len() > GLOBAL_INDEXES_MAX {
            return Err(too_many_globals());
        }
    }
    let indexes = || locals.into_iter().chain(globals).flatten();
    let mut seen = BTreeSet::new();
    for index in indexes() {
        if !seen.insert(&index.index_name) {
            return Err(invalid_parameter(format!(
                "Duplicate index name: {}",
                index.index_name
            )));
        }
    }
    check_projected(indexes().map(|index| &index.projection))?;
    let used: BTreeSet<&str> = names(schema)
        .chain(indexes().flat_map(|index| names(&index.key_schema)))
        .collect();
    if definitions.len() == used.len() {
        Ok(())
    } else if indexes().next().is_none() {
        Err(invalid_parameter(
            "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
        ))
    } else {
        Err(unused(definitions, &used))
    }
}

/// A global index for a new or a live table. `definitions` are those of the request: an attribute that the table
/// defines must be told again (observed: nubo-db/dynoxide#144).
pub fn check_global(
    index: &IndexInput,
    definitions: &[AttributeDefinition],
) -> Result<(), ApiError> {
    check_defined(&index.key_schema, definitions)?;
    check_global_schema(&index.key_schema)?;
    index.check_projection()
}

pub fn too_many_globals() -> ApiError {
    invalid_parameter(format!(
        "GlobalSecondaryIndex count exceeds the per-table limit of {GLOBAL_INDEXES_MAX}"
    ))
}

fn check_locals(
    schema: &[KeyElement],
    definitions: &[AttributeDefinition],
    locals: &[IndexInput],
) -> Result<(), ApiError> {
    if locals.is_empty() {
        return Err(invalid_parameter("List of LocalSecondaryIndexes is empty"));
    }
    let [table_hash, _] = schema else {
        return Err(invalid_parameter(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
        ));
    };
    for index in locals {
        check_defined(&index.key_schema, definitions)?;
        check_simple_schema(&index.key_schema)?;
        let [hash, _] = index.key_schema.as_slice() else {
            return Err(invalid_parameter(format!(
                "Index KeySchema does not have a range key for index: {}",
                index.index_name
            )));
        };
        if hash.attribute_name != table_hash.attribute_name {
            return Err(invalid_parameter(format!(
                "Index KeySchema does not have the same leading hash key as table KeySchema for index: {}. \
                 index hash key: {}, table hash key: {}",
                index.index_name, hash.attribute_name, table_hash.attribute_name
            )));
        }
        index.check_projection()?;
    }
    if locals.len() > LOCAL_INDEXES_MAX {
        return Err(invalid_parameter(format!(
            "Number of LocalSecondaryIndexes exceeds per-table limit of {LOCAL_INDEXES_MAX}"
        )));
    }
    Ok(())
}

fn check_defined(
    schema: &[KeyElement],
    definitions: &[AttributeDefinition],
) -> Result<(), ApiError> {
    let defined = |name: &str| {
        definitions
            .iter()
            .any(|definition| definition.attribute_name == name)
    };
    if names(schema).all(defined) {
        return Ok(());
    }
    if definitions.len() < schema.len() {
        return Err(invalid(
            "Invalid KeySchema: Some index key attribute have no definition",
        ));
    }
    let keys: Vec<&str> = names(schema).collect();
    Err(invalid_parameter(format!(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], AttributeDefinitions: [{}]",
        keys.join(", "),
        defined_names(definitions)
    )))
}

pub fn check_distinct_definitions(definitions: &[AttributeDefinition]) -> Result<(), ApiError> {
    let distinct: BTreeSet<&str> = definitions
        .iter()
        .map(|definition| definition.attribute_name.as_str())
        .collect();
    if distinct.len() == definitions.len() {
        Ok(())
    } else {
        Err(invalid("Cannot have two attributes with the same name"))
    }
}

pub fn check_projected<'a>(
    projections: impl Iterator<Item = &'a Projection>,
) -> Result<(), ApiError> {
    let projected: usize = projections
        .filter_map(|projection| projection.non_key_attributes.as_ref())
        .map(Vec::len)
        .sum();
    if projected > NON_KEY_ATTRIBUTES_PER_TABLE_MAX {
        return Err(invalid_parameter(format!(
            "Number of NonKeyAttributes summed over all indexes exceeds the per-table limit of {NON_KEY_ATTRIBUTES_PER_TABLE_MAX}"
        )));
    }
    Ok(())
}

pub fn unused(definitions: &[AttributeDefinition], used: &BTreeSet<&str>) -> ApiError {
    let used: Vec<&str> = used.iter().copied().collect();
    invalid_parameter(format!(
        "Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]",
        defined_names(definitions),
        used.join(", ")
    ))
}

pub fn names(schema: &[KeyElement]) -> impl Iterator<Item = &str> {
    schema.iter().map(|element| element.attribute_name.as_str())
}

fn defined_names(definitions: &[AttributeDefinition]) -> String {
    let names: Vec<&str> = definitions
        .iter()
        .map(|definition| definition.attribute_name.as_str())
        .collect();
    names.join(", ")
}
