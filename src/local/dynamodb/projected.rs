//! Attributes that a query or scan of an index names, and the index does not have.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::error::ApiError;
use super::items::Operation;
use super::keys::names;
use super::refusal::invalid_parameter;
use super::table::{KeyElement, Projection, Table};

/// Words of a filter that are no attributes: those are reserved, so that no attribute is written so.
const KEYWORDS: [&str; 5] = ["AND", "OR", "NOT", "BETWEEN", "IN"];

/// What AWS says to a request that is otherwise right. Of a local index anything may be asked for, as the table is
/// read besides (DG LSI); a filter on what is not there is refused by Query, and lets nothing pass in a Scan (observed:
/// sensedeep/dynamodb-onetable#377, nubo-db/dynoxide).
pub fn refusal(operation: Operation, table: &Table, input: &Value) -> Option<ApiError> {
    let name = input["IndexName"].as_str()?;
    let global = table.global_indexes.iter().find(|it| it.name == name);
    let local = table.local_indexes.iter().find(|it| it.name == name);
    let projected = match (global, local) {
        (Some(index), _) => projected(table, &index.key_schema, &index.projection)?,
        (_, Some(index)) => projected(table, &index.key_schema, &index.projection)?,
        (None, None) => return None,
    };
    let missing = |asked: Vec<&str>| {
        let mut asked: Vec<&str> = asked
            .into_iter()
            .filter(|it| !projected.contains(it))
            .collect();
        asked.dedup();
        (!asked.is_empty()).then(|| asked.join(", "))
    };
    if global.is_some()
        && let Some(missing) = missing(wanted(input))
    {
        return Some(invalid_parameter(format!(
            "Global secondary index {name} does not project [{missing}]"
        )));
    }
    if operation == Operation::Query
        && let Some(missing) = missing(filtered(input))
    {
        return Some(invalid_parameter(format!(
            "Secondary index {name} does not project one or more filter attributes: [{missing}]"
        )));
    }
    None
}

/// The attributes of an index; `None` for all of them.
pub fn projected<'a>(
    table: &'a Table,
    keys: &'a [KeyElement],
    projection: &'a Projection,
) -> Option<BTreeSet<&'a str>> {
    if matches!(projection.projection_type.as_deref(), None | Some("ALL")) {
        return None;
    }
    let others = projection.non_key_attributes.iter().flatten();
    let keys = names(&table.key_schema).chain(names(keys));
    Some(keys.chain(others.map(String::as_str)).collect())
}

fn wanted(input: &Value) -> Vec<&str> {
    let listed = input["AttributesToGet"].as_array().into_iter().flatten();
    let expression = input["ProjectionExpression"].as_str().unwrap_or_default();
    let mut wanted = attributes(expression, input);
    wanted.extend(listed.filter_map(Value::as_str));
    wanted
}

fn filtered(input: &Value) -> Vec<&str> {
    let conditions = input["QueryFilter"].as_object().into_iter().flatten();
    let expression = input["FilterExpression"].as_str().unwrap_or_default();
    let mut filtered = attributes(expression, input);
    filtered.extend(conditions.map(|(name, _)| name.as_str()));
    filtered
}

/// The first names of the paths in an expression.
pub fn attributes<'a>(expression: &'a str, input: &'a Value) -> Vec<&'a str> {
    let is_word = |c: char| c.is_alphanumeric() || "_#:".contains(c);
    let mut found = Vec::new();
    let mut rest = expression;
    let mut inside = false;
    while let Some(first) = rest.chars().next() {
        let length = rest
            .find(|c| !is_word(c))
            .unwrap_or(rest.len())
            .max(first.len_utf8());
        let (word, after) = rest.split_at(length);
        let is_function = after.trim_start().starts_with('(');
        let is_keyword = KEYWORDS.iter().any(|it| it.eq_ignore_ascii_case(word));
        if is_word(first) && !inside && !is_function && !is_keyword && first != ':' {
            found.push(
                input["ExpressionAttributeNames"][word]
                    .as_str()
                    .unwrap_or(word),
            );
        }
        // What follows a dot or a bracket is within the attribute before.
        inside = matches!(first, '.' | '[') || inside && first.is_whitespace();
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_attributes_of_an_expression_are_told_from_all_else_in_it() {
        let input = json!({ "ExpressionAttributeNames": { "#n": "name", "#s": "size" } });
        for (expression, expected) in [
            ("a, #n.b[0].c, #s", vec!["a", "name", "size"]),
            (
                "a = :a AND (NOT contains(#n, :b) or size(c . d) > :c)",
                vec!["a", "name", "c"],
            ),
            ("a between :x and :y AND b IN (:x, c)", vec!["a", "b", "c"]),
            ("attribute_exists(\u{e9}[ 1 ])", vec!["\u{e9}"]),
            ("", vec![]),
        ] {
            assert_eq!(attributes(expression, &input), expected, "{expression}");
        }
    }
}
