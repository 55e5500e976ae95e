//! Tables come, are described, are listed, and go.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::RequestId;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::delete_table::DeleteTableError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{
    BillingMode, IndexStatus, LocalSecondaryIndex, SseSpecification, SseStatus, SseType,
    StreamSpecification, StreamViewType, TableClass, TableStatus, Tag,
};

use super::shape::{
    all, arn, definition, described, fresh, index, item, keyed, keys, plain, put, refusal, slow,
    status, units,
};

#[tokio::test]
async fn a_table_takes_its_time_to_come_and_to_go() {
    let dir = tempfile::tempdir().unwrap();
    let at = |minutes| slow(dir.path(), minutes);
    let start = at(0);
    let answer = plain(&start, "Cart").send().await.unwrap();
    let made = answer.table_description.unwrap();
    assert_eq!(made.table_status(), Some(&TableStatus::Creating));
    assert_eq!(status(&at(9), "Cart").await, "CREATING");
    let item = Some(item(&[("id", "1")]));
    let early = start.put_item().table_name("Cart").set_item(item.clone());
    let error = early.send().await.unwrap_err().into_service_error();
    assert!(matches!(error, PutItemError::ResourceNotFoundException(_)));
    let delete = start.delete_table().table_name("Cart").send().await;
    let error = delete.unwrap_err().into_service_error();
    assert!(matches!(error, DeleteTableError::ResourceInUseException(_)));

    let ready = at(11);
    assert_eq!(status(&ready, "Cart").await, "ACTIVE");
    put(&ready, "Cart", &[("id", "1")]).await;
    for _ in 0..2 {
        let deleting = ready.delete_table().table_name("Cart").send().await;
        let table = deleting.unwrap().table_description.unwrap();
        assert_eq!(table.table_status(), Some(&TableStatus::Deleting));
    }
    assert_eq!(status(&at(20), "Cart").await, "DELETING");
    let listed = at(20).list_tables().send().await.unwrap();
    assert_eq!(listed.table_names(), ["Cart"]);
    let error = plain(&ready, "Cart").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_in_use_exception());

    let gone = at(22);
    assert_eq!(status(&gone, "Cart").await, "ResourceNotFoundException");
    let listed = gone.list_tables().send().await.unwrap();
    assert!(listed.table_names().is_empty());
    plain(&gone, "Cart").send().await.unwrap();
    let scan = at(40).scan().table_name("Cart").send().await.unwrap();
    assert_eq!(scan.count(), 0, "a table made anew has none of the items");
}

#[tokio::test]
async fn refusals_are_typed_and_bear_request_ids() {
    let (_dir, client) = fresh();
    let made = plain(&client, "Orders").send().await.unwrap();
    let first = made.request_id().unwrap().to_owned();
    assert!(!first.is_empty());
    let again = plain(&client, "Orders").send().await.unwrap_err();
    assert!(again.request_id().is_some_and(|id| id != first));
    assert_eq!(again.raw_response().unwrap().status().as_u16(), 400);
    let CreateTableError::ResourceInUseException(again) = again.into_service_error() else {
        panic!("a table of the name is there");
    };
    assert_eq!(again.message(), Some("Table already exists: Orders"));
    let missing = client.describe_table().table_name("None").send().await;
    let missing = missing.unwrap_err();
    assert!(matches!(missing, SdkError::ServiceError(_)));
    let missing = missing.into_service_error();
    assert!(missing.is_resource_not_found_exception());
    let delete = client.delete_table().table_name("None").send().await;
    let delete = delete.unwrap_err().into_service_error();
    assert!(delete.is_resource_not_found_exception());
    let update = client.update_table().table_name("None");
    let update = update.deletion_protection_enabled(true).send().await;
    let update = update.unwrap_err().into_service_error();
    assert!(update.is_resource_not_found_exception());
    let unknown = refusal(client.list_exports().send().await);
    assert!(
        unknown.starts_with("UnknownOperationException: "),
        "{unknown}"
    );
}

#[tokio::test]
async fn a_plain_table_is_described_without_what_is_default() {
    let (_dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    let table = described(&client, "Orders").await;
    assert_eq!(table.table_arn(), Some(arn("Orders").as_str()));
    assert_eq!(table.table_id().map(str::len), Some(36));
    assert!(table.creation_date_time().unwrap().secs() > 1_700_000_000);
    let billing = table.billing_mode_summary().unwrap();
    assert_eq!(billing.billing_mode(), Some(&BillingMode::PayPerRequest));
    let capacity = table.provisioned_throughput().unwrap();
    assert_eq!(capacity.read_capacity_units(), Some(0));
    assert_eq!(capacity.write_capacity_units(), Some(0));
    assert_eq!(
        (table.item_count(), table.table_size_bytes()),
        (Some(0), Some(0))
    );
    assert_eq!(table.deletion_protection_enabled(), Some(false));
    assert_eq!(table.sse_description(), None);
    assert_eq!(table.table_class_summary(), None);
    assert_eq!(table.stream_specification(), None);
    assert_eq!(table.latest_stream_arn(), None);
    assert_eq!(table.on_demand_throughput(), None);
    assert!(table.global_secondary_indexes().is_empty());

    let provisioned = plain(&client, "Old").billing_mode(BillingMode::Provisioned);
    let provisioned = provisioned.provisioned_throughput(units(5, 6));
    provisioned.send().await.unwrap();
    let table = described(&client, "Old").await;
    assert_eq!(table.billing_mode_summary(), None);
    let capacity = table.provisioned_throughput().unwrap();
    assert_eq!(capacity.read_capacity_units(), Some(5));
    assert_eq!(capacity.write_capacity_units(), Some(6));
}

#[tokio::test]
async fn a_table_is_described_as_it_was_made() {
    let (_dir, client) = fresh();
    let local = LocalSecondaryIndex::builder()
        .index_name("by-date")
        .set_key_schema(Some(keys(&["id", "date"])))
        .projection(all());
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewImage);
    let sse = SseSpecification::builder().enabled(true);
    keyed(&client, "Orders", &["id", "at"])
        .attribute_definitions(definition("date"))
        .attribute_definitions(definition("user"))
        .local_secondary_indexes(local.build().unwrap())
        .global_secondary_indexes(index("by-user", &["user", "date"]))
        .stream_specification(stream.build().unwrap())
        .sse_specification(sse.sse_type(SseType::Kms).build())
        .table_class(TableClass::StandardInfrequentAccess)
        .deletion_protection_enabled(true)
        .send()
        .await
        .unwrap();
    let table = described(&client, "Orders").await;
    assert_eq!(table.key_schema(), keys(&["id", "at"]));
    assert_eq!(table.attribute_definitions().len(), 4);
    let local = &table.local_secondary_indexes()[0];
    assert_eq!(local.index_name(), Some("by-date"));
    assert_eq!(local.key_schema(), keys(&["id", "date"]));
    let global = &table.global_secondary_indexes()[0];
    assert_eq!(global.index_name(), Some("by-user"));
    assert_eq!(global.key_schema(), keys(&["user", "date"]));
    assert_eq!(global.projection(), Some(&all()));
    assert_eq!(global.index_status(), Some(&IndexStatus::Active));
    assert_eq!(global.backfilling(), None);
    let index_arn = format!("{}/index/by-user", arn("Orders"));
    assert_eq!(global.index_arn(), Some(index_arn.as_str()));
    let stream = table.stream_specification().unwrap();
    assert_eq!(stream.stream_view_type(), Some(&StreamViewType::NewImage));
    let prefix = format!("{}/stream/", arn("Orders"));
    assert!(table.latest_stream_arn().unwrap().starts_with(&prefix));
    let sse = table.sse_description().unwrap();
    assert_eq!(sse.status(), Some(&SseStatus::Enabled));
    let key = sse.kms_master_key_arn().unwrap();
    assert!(key.starts_with("arn:aws:kms:us-east-1:"), "{key}");
    let class = table.table_class_summary().unwrap();
    let rare = TableClass::StandardInfrequentAccess;
    assert_eq!(class.table_class(), Some(&rare));
    assert_eq!(table.deletion_protection_enabled(), Some(true));
}

#[tokio::test]
async fn impossible_tables_are_refused() {
    let (_dir, client) = fresh();
    let orders = || plain(&client, "Orders");
    let tag = |key: &str| Tag::builder().key(key).value("").build().unwrap();
    let cases = [
        (plain(&client, "ab"), "length greater than or equal to 3"),
        (plain(&client, "a b c"), "regular expression pattern"),
        (
            orders().attribute_definitions(definition("extra")),
            "Number of attributes in KeySchema does not exactly match",
        ),
        (
            orders().global_secondary_indexes(index("by-user", &["user"])),
            "Some index key attributes are not defined in AttributeDefinitions",
        ),
        (
            orders().provisioned_throughput(units(1, 1)),
            "can be specified when BillingMode is PAY_PER_REQUEST",
        ),
        (
            orders().billing_mode(BillingMode::Provisioned),
            "must both be specified when BillingMode is PROVISIONED",
        ),
        (orders().tags(tag("aws:x")), "reserved for system use"),
        (
            orders().billing_mode(BillingMode::from("FREE")),
            "satisfy enum value set",
        ),
        (
            orders()
                .attribute_definitions(definition("user"))
                .global_secondary_indexes(index("by-user", &["user"]))
                .global_secondary_indexes(index("by-user", &["user"])),
            "Duplicate index name: by-user",
        ),
    ];
    for (request, why) in cases {
        let told = refusal(request.send().await);
        assert!(told.starts_with("ValidationException: "), "{told}");
        assert!(told.contains(why), "{told}");
    }
    assert_eq!(status(&client, "Orders").await, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_protected_table_is_not_deleted() {
    let (_dir, client) = fresh();
    let protected = plain(&client, "Orders").deletion_protection_enabled(true);
    protected.send().await.unwrap();
    let delete = || client.delete_table().table_name("Orders").send();
    let told = refusal(delete().await);
    assert!(told.starts_with("ValidationException: "), "{told}");
    assert!(told.contains("protected against deletion"), "{told}");
    let update = client.update_table().table_name("Orders");
    let update = update.deletion_protection_enabled(false);
    update.send().await.unwrap();
    delete().await.unwrap();
    assert_eq!(status(&client, "Orders").await, "ResourceNotFoundException");
}

#[tokio::test]
async fn tables_are_listed_a_hundred_at_a_time() {
    let (_dir, client) = fresh();
    let names: Vec<String> = (0..101)
        .map(|number| format!("table-{number:03}"))
        .collect();
    for name in names.iter().rev() {
        plain(&client, name).send().await.unwrap();
    }
    let first = client.list_tables().send().await.unwrap();
    assert_eq!(first.table_names(), &names[..100]);
    assert_eq!(first.last_evaluated_table_name(), Some("table-099"));
    let listed =
        |request: aws_sdk_dynamodb::operation::list_tables::builders::ListTablesFluentBuilder| {
            let pages = request.into_paginator().items().send();
            pages.collect::<Result<Vec<String>, _>>()
        };
    assert_eq!(listed(client.list_tables()).await.unwrap(), names);
    assert_eq!(listed(client.list_tables().limit(40)).await.unwrap(), names);
    let last = client
        .list_tables()
        .exclusive_start_table_name("table-099x");
    let last = last.send().await.unwrap();
    assert_eq!(last.table_names(), &names[100..]);
    assert_eq!(last.last_evaluated_table_name(), None);
    for limit in [0, 101] {
        let told = refusal(client.list_tables().limit(limit).send().await);
        assert!(told.starts_with("ValidationException: "), "{told}");
    }
}
