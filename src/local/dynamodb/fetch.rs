//! What a query wants of a local index that does not have it is fetched from the table (DG LSI). The reads that this
//! costs on AWS are not counted.

use dynoxide::Database;
use serde_json::{Map, Value, json};

use super::super::error::ApiError;
use super::items::{self, Operation};
use super::keys::names;
use super::projected;
use super::table::Table;

pub struct Fetch {
    table: String,
    keys: Vec<String>,
    expression: String,
    placeholders: Map<String, Value>,
}

impl Fetch {
    /// If there is something to fetch, has the request tell the keys of the items besides.
    pub fn of(table: &Table, input: &mut Value) -> Option<Fetch> {
        let name = input["IndexName"].as_str()?;
        let index = table.local_indexes.iter().find(|it| it.name == name)?;
        let there = projected::projected(table, &index.key_schema, &index.projection)?;
        let expression = input["ProjectionExpression"].as_str()?.to_owned();
        let wanted = projected::attributes(&expression, input);
        if wanted.iter().all(|it| there.contains(it)) {
            return None;
        }
        let keys: Vec<String> = names(&table.key_schema).map(str::to_owned).collect();
        let untold = keys.iter().filter(|it| !wanted.contains(&it.as_str()));
        let untold: Vec<String> = untold.cloned().collect();
        let given = input["ExpressionAttributeNames"].as_object().into_iter();
        let placeholders = given
            .flatten()
            .filter(|(placeholder, _)| is_in(&expression, placeholder))
            .map(|(placeholder, name)| (placeholder.clone(), name.clone()))
            .collect();
        let mut told = expression.clone();
        for (number, key) in untold.into_iter().enumerate() {
            let placeholder = format!("#fetched{number}");
            told = format!("{told}, {placeholder}");
            input["ExpressionAttributeNames"][placeholder] = key.into();
        }
        input["ProjectionExpression"] = told.into();
        Some(Fetch {
            table: table.id.clone(),
            keys,
            expression,
            placeholders,
        })
    }

    /// Puts into the answer what the table has.
    pub fn complete(&self, database: &Database, answer: &mut Value) -> Result<(), ApiError> {
        let items = answer.get_mut("Items").and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            let key = self.keys.iter().map(|key| (key.clone(), item[key].clone()));
            let mut input = json!({
                "TableName": self.table,
                "Key": key.collect::<Map<_, _>>(),
                "ProjectionExpression": self.expression,
            });
            if !self.placeholders.is_empty() {
                input["ExpressionAttributeNames"] = self.placeholders.clone().into();
            }
            let mut found = items::perform(database, Operation::GetItem, input)?;
            *item = found.get_mut("Item").map_or_else(|| json!({}), Value::take);
        }
        Ok(())
    }
}

fn is_in(expression: &str, placeholder: &str) -> bool {
    expression
        .split(|c: char| !c.is_alphanumeric() && !"_#".contains(c))
        .any(|word| word == placeholder)
}
