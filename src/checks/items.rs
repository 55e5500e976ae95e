//! The calls that handle a table's items, and no other.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};

use crate::aws::classify;
use crate::model::failure::{Failure, FailureKind};
use crate::resources::table::api::TableApi;
use crate::resources::table::config::TimeToLiveLive;
use crate::resources::table::request;

pub type Item = BTreeMap<String, AttributeValue>;

#[expect(
    async_fn_in_trait,
    reason = "futures stay on the one thread that runs them"
)]
pub trait Items {
    /// Only where no item has its key; `false`: one has.
    async fn put_new(&self, table: &str, item: &Item, key: &str) -> Result<bool, Failure>;
    /// Strongly consistent.
    async fn get_item(&self, table: &str, key: &Item) -> Result<Option<Item>, Failure>;
    /// What has exactly these values in the keys of the table or of an index.
    async fn query(&self, query: &Query<'_>) -> Result<Vec<Item>, Failure>;
    async fn set(
        &self,
        table: &str,
        key: &Item,
        attribute: &str,
        value: AttributeValue,
    ) -> Result<(), Failure>;
    /// Only where the attribute begins with the mark: what is somebody else's stays.
    async fn delete_own(
        &self,
        table: &str,
        key: &Item,
        attribute: &str,
        mark: &str,
    ) -> Result<(), Failure>;
    /// All of them, or none.
    async fn transact_put(&self, puts: &[(&str, Item)]) -> Result<(), Failure>;
    /// `None`: there is no such table.
    async fn time_to_live(&self, table: &str) -> Result<Option<TimeToLiveLive>, Failure>;
}

pub struct Query<'a> {
    pub table: &'a str,
    pub index: Option<&'a str>,
    pub key: &'a Item,
    /// A global index knows no strong consistency (API Query, ConsistentRead).
    pub consistent: bool,
}

macro_rules! failed {
    ($operation:literal) => {
        |error| classify::failure("dynamodb", $operation, error)
    };
}

impl Items for Client {
    async fn put_new(&self, table: &str, item: &Item, key: &str) -> Result<bool, Failure> {
        let put = Client::put_item(self)
            .table_name(table)
            .set_item(Some(map(item)))
            .condition_expression("attribute_not_exists(#k)")
            .expression_attribute_names("#k", key)
            .send();
        match put.await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(failed!("PutItem")(error)),
        }
    }

    async fn get_item(&self, table: &str, key: &Item) -> Result<Option<Item>, Failure> {
        let answer = Client::get_item(self)
            .table_name(table)
            .set_key(Some(map(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed!("GetItem"))?;
        Ok(answer.item.map(|item| item.into_iter().collect()))
    }

    async fn query(&self, query: &Query<'_>) -> Result<Vec<Item>, Failure> {
        let mut request = Client::query(self)
            .table_name(query.table)
            .set_index_name(query.index.map(str::to_owned))
            .consistent_read(query.consistent);
        let mut terms = Vec::new();
        for (number, (name, value)) in query.key.iter().enumerate() {
            terms.push(format!("#k{number} = :k{number}"));
            request = request
                .expression_attribute_names(format!("#k{number}"), name)
                .expression_attribute_values(format!(":k{number}"), value.clone());
        }
        let answer = request
            .key_condition_expression(terms.join(" AND "))
            .send()
            .await
            .map_err(failed!("Query"))?;
        let items = answer.items.unwrap_or_default().into_iter();
        Ok(items.map(|item| item.into_iter().collect()).collect())
    }

    async fn set(
        &self,
        table: &str,
        key: &Item,
        attribute: &str,
        value: AttributeValue,
    ) -> Result<(), Failure> {
        Client::update_item(self)
            .table_name(table)
            .set_key(Some(map(key)))
            .update_expression("SET #a = :v")
            .expression_attribute_names("#a", attribute)
            .expression_attribute_values(":v", value)
            .send()
            .await
            .map_err(failed!("UpdateItem"))?;
        Ok(())
    }

    async fn delete_own(
        &self,
        table: &str,
        key: &Item,
        attribute: &str,
        mark: &str,
    ) -> Result<(), Failure> {
        let delete = Client::delete_item(self)
            .table_name(table)
            .set_key(Some(map(key)))
            .condition_expression("begins_with(#a, :mark)")
            .expression_attribute_names("#a", attribute)
            .expression_attribute_values(":mark", AttributeValue::S(mark.to_owned()))
            .send();
        match delete.await {
            Ok(_) => Ok(()),
            // Gone already: the answer to an earlier attempt was lost.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(failed!("DeleteItem")(error)),
        }
    }

    async fn transact_put(&self, puts: &[(&str, Item)]) -> Result<(), Failure> {
        let puts = puts.iter().map(|(table, item)| {
            let put = Put::builder()
                .table_name(*table)
                .set_item(Some(map(item)))
                .build()
                .map_err(request::unbuilt)?;
            Ok(TransactWriteItem::builder().put(put).build())
        });
        let puts: Vec<_> = puts.collect::<Result<_, Failure>>()?;
        Client::transact_write_items(self)
            .set_transact_items(Some(puts))
            .send()
            .await
            .map_err(failed!("TransactWriteItems"))?;
        Ok(())
    }

    async fn time_to_live(&self, table: &str) -> Result<Option<TimeToLiveLive>, Failure> {
        match TableApi::describe_time_to_live(self, table).await {
            // It proves nothing about the table that the status may not be read.
            Err(failure) if failure.kind == FailureKind::AccessDenied => Ok(None),
            answer => answer,
        }
    }
}

fn map(item: &Item) -> HashMap<String, AttributeValue> {
    item.clone().into_iter().collect()
}
