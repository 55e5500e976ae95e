//! Items: written, read, found, changed on a condition, and in transactions.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, DeleteRequest, Get, KeysAndAttributes, Put, PutRequest,
    ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure, Select,
    TransactGetItem, TransactWriteItem, WriteRequest,
};

use super::shape::{definition, fresh, index, item, keyed, plain, put, refusal, text};

fn number(value: &str) -> AttributeValue {
    AttributeValue::N(value.to_owned())
}

async fn get(client: &Client, table: &str, id: &str) -> Option<HashMap<String, AttributeValue>> {
    let request = client.get_item().table_name(table).key("id", text(id));
    request.consistent_read(true).send().await.unwrap().item
}

#[tokio::test]
async fn every_type_goes_round() {
    let (_dir, client) = fresh();
    plain(&client, "Products").send().await.unwrap();
    let item = HashMap::from([
        ("id".to_owned(), text("ä 1")),
        ("price".to_owned(), number("12.50")),
        ("large".to_owned(), number("123456789012345678901234567890")),
        (
            "image".to_owned(),
            AttributeValue::B(Blob::new([0, 255, 1])),
        ),
        ("featured".to_owned(), AttributeValue::Bool(true)),
        ("nothing".to_owned(), AttributeValue::Null(true)),
        (
            "tags".to_owned(),
            AttributeValue::Ss(vec!["a".to_owned(), "b".to_owned()]),
        ),
        (
            "nested".to_owned(),
            AttributeValue::M(HashMap::from([(
                "list".to_owned(),
                AttributeValue::L(vec![number("1"), text("")]),
            )])),
        ),
    ]);
    let put = client.put_item().table_name("Products");
    put.set_item(Some(item.clone())).send().await.unwrap();
    let mut expected = item;
    expected.insert("price".to_owned(), number("12.5"));
    assert_eq!(get(&client, "Products", "ä 1").await, Some(expected));
    assert_eq!(get(&client, "Products", "none").await, None);
    let replace = client.put_item().table_name("Products");
    let replace = replace
        .item("id", text("ä 1"))
        .return_values(ReturnValue::AllOld);
    let old = replace.send().await.unwrap().attributes.unwrap();
    assert_eq!(old.len(), 8);
    let delete = client.delete_item().table_name("Products");
    delete.key("id", text("ä 1")).send().await.unwrap();
    assert_eq!(get(&client, "Products", "ä 1").await, None);
}

#[tokio::test]
async fn a_condition_that_fails_is_typed_and_shows_the_item() {
    let (_dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    put(&client, "Orders", &[("id", "1"), ("user", "ann")]).await;
    let insert = client
        .put_item()
        .table_name("Orders")
        .item("id", text("1"))
        .condition_expression("attribute_not_exists(id)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let error = insert.send().await.unwrap_err().into_service_error();
    let PutItemError::ConditionalCheckFailedException(failed) = error else {
        panic!("{error:?}");
    };
    assert_eq!(failed.message(), Some("The conditional request failed"));
    assert_eq!(failed.item(), Some(&item(&[("id", "1"), ("user", "ann")])));
    let update = |expected: &str| {
        client
            .update_item()
            .table_name("Orders")
            .key("id", text("1"))
            .update_expression("SET stock = if_not_exists(stock, :zero) + :one")
            .condition_expression("#u = :u")
            .expression_attribute_names("#u", "user")
            .expression_attribute_values(":zero", number("0"))
            .expression_attribute_values(":one", number("1"))
            .expression_attribute_values(":u", text(expected))
            .return_values(ReturnValue::UpdatedNew)
            .send()
    };
    let refused = update("bob").await.unwrap_err().into_service_error();
    assert!(refused.is_conditional_check_failed_exception());
    for stock in ["1", "2"] {
        let changed = update("ann").await.unwrap().attributes.unwrap();
        assert_eq!(changed["stock"], number(stock));
    }
    let delete = client
        .delete_item()
        .table_name("Orders")
        .key("id", text("1"));
    let delete = delete.condition_expression("attribute_exists(never)");
    let refused = delete.send().await.unwrap_err().into_service_error();
    assert!(refused.is_conditional_check_failed_exception());
}

#[tokio::test]
async fn what_is_no_item_of_the_table_is_refused() {
    let (_dir, client) = fresh();
    let made = plain(&client, "Orders")
        .attribute_definitions(definition("user"))
        .global_secondary_indexes(index("by-user", &["user"]));
    made.send().await.unwrap();
    let put = || client.put_item().table_name("Orders");
    for (request, why) in [
        (put().item("user", text("ann")), "Missing the key id"),
        (put().item("id", number("1")), "Type mismatch for key id"),
        (put().item("id", text("")), "empty string"),
        (
            put().item("id", text("1")).condition_expression("size ="),
            "Invalid ConditionExpression",
        ),
        (
            put()
                .item("id", text("1"))
                .item("big", text(&"x".repeat(400 * 1024))),
            "Item size has exceeded the maximum allowed size",
        ),
    ] {
        let told = refusal(request.send().await);
        assert!(told.starts_with("ValidationException: "), "{told}");
        assert!(told.contains(why), "{told}");
    }
    let mistyped = put().item("id", text("1")).item("user", number("1"));
    let told = refusal(mistyped.send().await);
    assert!(
        told.ends_with("Expected: S Actual: N IndexName: by-user"),
        "{told}"
    );
    let read = client
        .get_item()
        .table_name("Orders")
        .key("other", text("1"));
    let told = refusal(read.send().await);
    assert_eq!(
        told,
        "ValidationException: The provided key element does not match the schema"
    );
}

#[tokio::test]
async fn queries_are_ordered_and_paged() {
    let (_dir, client) = fresh();
    keyed(&client, "Orders", &["id", "date"])
        .send()
        .await
        .unwrap();
    for day in ["03", "01", "05", "02", "04"] {
        put(&client, "Orders", &[("id", "1"), ("date", day)]).await;
    }
    put(&client, "Orders", &[("id", "2"), ("date", "01")]).await;
    let query = || {
        let query = client.query().table_name("Orders");
        query.expression_attribute_values(":id", text("1"))
    };
    let of_one = || query().key_condition_expression("id = :id");
    let first = of_one().limit(2).send().await.unwrap();
    assert_eq!(first.count(), 2);
    let at = first.last_evaluated_key().unwrap();
    assert_eq!(*at, item(&[("id", "1"), ("date", "02")]));
    let pages = of_one().limit(2).into_paginator().items().send();
    let items = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let days: Vec<&AttributeValue> = items.iter().map(|item| &item["date"]).collect();
    let expected = ["01", "02", "03", "04", "05"].map(text);
    assert_eq!(days, expected.iter().collect::<Vec<_>>());
    let latest = of_one().scan_index_forward(false).limit(1);
    let latest = latest.send().await.unwrap();
    assert_eq!(latest.items()[0]["date"], text("05"));
    let between = query()
        .key_condition_expression("id = :id AND #d BETWEEN :from AND :to")
        .expression_attribute_names("#d", "date")
        .expression_attribute_values(":from", text("02"))
        .expression_attribute_values(":to", text("04"));
    assert_eq!(between.send().await.unwrap().count(), 3);
    let pages = client.scan().table_name("Orders").limit(4).into_paginator();
    let all = pages.items().send().collect::<Result<Vec<_>, _>>().await;
    assert_eq!(all.unwrap().len(), 6);
    let count = client.scan().table_name("Orders").select(Select::Count);
    let count = count.send().await.unwrap();
    assert_eq!((count.count(), count.items().len()), (6, 0));
}

#[tokio::test]
async fn batches_speak_of_tables_by_their_names() {
    let (_dir, client) = fresh();
    for table in ["Orders", "orders"] {
        plain(&client, table).send().await.unwrap();
    }
    put(&client, "Orders", &[("id", "old")]).await;
    let write = |id: &str| {
        let put = PutRequest::builder().item("id", text(id)).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let delete = DeleteRequest::builder().key("id", text("old")).build();
    let delete = WriteRequest::builder()
        .delete_request(delete.unwrap())
        .build();
    let written = client
        .batch_write_item()
        .request_items("Orders", vec![write("1"), delete])
        .request_items("orders", vec![write("2")])
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
        .unwrap();
    assert!(written.unprocessed_items.unwrap_or_default().is_empty());
    let mut named: Vec<String> = written
        .consumed_capacity
        .unwrap()
        .into_iter()
        .filter_map(|it| it.table_name)
        .collect();
    named.sort();
    assert_eq!(named, ["Orders", "orders"]);
    let wanted = |ids: &[&str]| {
        let keys = ids.iter().map(|id| item(&[("id", id)])).collect();
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys));
        wanted.build().unwrap()
    };
    let read = client
        .batch_get_item()
        .request_items("Orders", wanted(&["1", "2", "old"]))
        .request_items("orders", wanted(&["2"]))
        .send()
        .await
        .unwrap();
    let expected = HashMap::from([
        ("Orders".to_owned(), vec![item(&[("id", "1")])]),
        ("orders".to_owned(), vec![item(&[("id", "2")])]),
    ]);
    assert_eq!(read.responses, Some(expected));
    let many = (0..26).map(|id| write(&id.to_string())).collect();
    let many = client.batch_write_item().request_items("Orders", many);
    let told = refusal(many.send().await);
    assert!(told.starts_with("ValidationException: "), "{told}");
    let absent = client.batch_write_item();
    let absent = absent.request_items("Nowhere", vec![write("1")]);
    let absent = absent.send().await.unwrap_err().into_service_error();
    assert!(absent.is_resource_not_found_exception());
}

#[tokio::test]
async fn a_transaction_is_done_whole_or_tells_why_not() {
    let (_dir, client) = fresh();
    for table in ["Orders", "Cart"] {
        plain(&client, table).send().await.unwrap();
    }
    put(&client, "Cart", &[("id", "ann")]).await;
    let place = |id: &str| {
        let order = Put::builder()
            .table_name("Orders")
            .item("id", text(id))
            .condition_expression("attribute_not_exists(id)");
        let cart = ConditionCheck::builder()
            .table_name("Cart")
            .key("id", text("ann"))
            .condition_expression("attribute_exists(id)");
        let note = Put::builder().table_name("Cart").item("id", text(id));
        let action = TransactWriteItem::builder;
        client
            .transact_write_items()
            .transact_items(action().put(note.build().unwrap()).build())
            .transact_items(action().put(order.build().unwrap()).build())
            .transact_items(action().condition_check(cart.build().unwrap()).build())
            .send()
    };
    place("1").await.unwrap();
    let delete = client.delete_item().table_name("Cart").key("id", text("1"));
    delete.send().await.unwrap();
    let error = place("1").await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(canceled) = error else {
        panic!("{error:?}");
    };
    let codes: Vec<_> = canceled
        .cancellation_reasons()
        .iter()
        .map(|reason| reason.code().unwrap_or_default())
        .collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed", "None"]);
    assert_eq!(
        get(&client, "Cart", "1").await,
        None,
        "nothing of it is done"
    );
    let read = |table: &str, id: &str| {
        let get = Get::builder().table_name(table).key("id", text(id));
        TransactGetItem::builder().get(get.build().unwrap()).build()
    };
    let both = client
        .transact_get_items()
        .transact_items(read("Orders", "1"))
        .transact_items(read("Cart", "1"));
    let both = both.send().await.unwrap().responses.unwrap();
    assert_eq!(both[0].item(), Some(&item(&[("id", "1")])));
    assert_eq!(both[1].item(), None);
}
