//! Indexes of live tables: one change at a time, in phases, and what a query sees meanwhile.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_table::UpdateTableError;
use aws_sdk_dynamodb::types::{BillingMode, LocalSecondaryIndex, Projection, ProjectionType};

use super::shape::{
    add, create_index, definition, delete_index, described, fresh, index, index_phases, item,
    keyed, keys, plain, put, refusal, remove, slow, status, text,
};
use crate::support::code;

fn by_user(client: &Client, index: &str) -> QueryFluentBuilder {
    client
        .query()
        .table_name("Orders")
        .index_name(index)
        .key_condition_expression("#u = :u")
        .expression_attribute_names("#u", "user")
        .expression_attribute_values(":u", text("ann"))
}

async fn ids(client: &Client, index: &str) -> Vec<String> {
    let found = by_user(client, index).send().await.unwrap();
    let mut ids: Vec<String> = found
        .items()
        .iter()
        .map(|item| item["id"].as_s().unwrap().clone())
        .collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn an_index_is_allocated_then_backfilled_then_active() {
    let dir = tempfile::tempdir().unwrap();
    let at = |minutes| slow(dir.path(), minutes);
    plain(&at(0), "Orders").send().await.unwrap();
    let start = at(11);
    put(&start, "Orders", &[("id", "1"), ("user", "ann")]).await;
    put(&start, "Orders", &[("id", "2")]).await;
    add(&start, "Orders", "by-user", "user")
        .send()
        .await
        .unwrap();

    assert_eq!(status(&start, "Orders").await, "UPDATING");
    assert_eq!(
        index_phases(&start, "Orders").await,
        ["by-user CREATING false"]
    );
    let other = add(&start, "Orders", "by-date", "date").send().await;
    let other = other.unwrap_err().into_service_error();
    assert!(other.is_resource_in_use_exception(), "{other:?}");
    let early = remove(&start, "Orders", "by-user").send().await;
    let early = early.unwrap_err().into_service_error();
    assert!(early.is_resource_in_use_exception(), "{early:?}");

    let filling = at(22);
    assert_eq!(status(&filling, "Orders").await, "ACTIVE");
    assert_eq!(
        index_phases(&filling, "Orders").await,
        ["by-user CREATING true"]
    );
    put(&filling, "Orders", &[("id", "3"), ("user", "ann")]).await;
    for client in [&start, &filling] {
        let told = refusal(by_user(client, "by-user").send().await);
        assert!(
            told.contains("backfilling global secondary index"),
            "{told}"
        );
    }
    let second = add(&filling, "Orders", "by-date", "date").send().await;
    let second = second.unwrap_err().into_service_error();
    assert!(matches!(
        second,
        UpdateTableError::LimitExceededException(_)
    ));
    let delete = filling.delete_table().table_name("Orders").send().await;
    let delete = delete.unwrap_err().into_service_error();
    assert!(delete.is_resource_in_use_exception(), "{delete:?}");

    let ready = at(32);
    assert_eq!(index_phases(&ready, "Orders").await, ["by-user ACTIVE"]);
    assert_eq!(ids(&ready, "by-user").await, ["1", "3"]);
    add(&ready, "Orders", "by-date", "date")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn other_changes_are_taken_while_an_index_backfills() {
    let dir = tempfile::tempdir().unwrap();
    let at = |minutes| slow(dir.path(), minutes);
    plain(&at(0), "Orders").send().await.unwrap();
    add(&at(11), "Orders", "by-user", "user")
        .send()
        .await
        .unwrap();
    let protect = |client: Client| {
        let update = client.update_table().table_name("Orders");
        update.deletion_protection_enabled(true).send()
    };
    assert_eq!(code(protect(at(12)).await), "ResourceInUseException");
    protect(at(22)).await.unwrap();
    let table = described(&at(22), "Orders").await;
    assert_eq!(table.deletion_protection_enabled(), Some(true));
}

#[tokio::test]
async fn an_index_is_deleting_until_it_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let at = |minutes| slow(dir.path(), minutes);
    let made = plain(&at(0), "Orders")
        .attribute_definitions(definition("user"))
        .attribute_definitions(definition("date"))
        .global_secondary_indexes(index("by-user", &["user"]))
        .global_secondary_indexes(index("by-date", &["date"]));
    made.send().await.unwrap();
    assert_eq!(
        index_phases(&at(0), "Orders").await,
        ["by-user CREATING", "by-date CREATING"]
    );
    let start = at(11);
    remove(&start, "Orders", "by-user").send().await.unwrap();
    assert_eq!(status(&start, "Orders").await, "UPDATING");
    let going = at(22);
    assert_eq!(status(&going, "Orders").await, "ACTIVE");
    assert_eq!(
        index_phases(&going, "Orders").await,
        ["by-user DELETING", "by-date ACTIVE"]
    );
    let other = remove(&going, "Orders", "by-date").send().await;
    let other = other.unwrap_err().into_service_error();
    assert!(other.is_limit_exceeded_exception(), "{other:?}");
    let gone = at(32);
    assert_eq!(index_phases(&gone, "Orders").await, ["by-date ACTIVE"]);
    let table = described(&gone, "Orders").await;
    let mut defined: Vec<_> = table
        .attribute_definitions()
        .iter()
        .map(|it| it.attribute_name())
        .collect();
    defined.sort_unstable();
    assert_eq!(defined, ["date", "id"]);
    let told = refusal(by_user(&gone, "by-user").send().await);
    assert!(
        told.contains("does not have the specified index: by-user"),
        "{told}"
    );
    let again = remove(&gone, "Orders", "by-user").send().await;
    let again = again.unwrap_err().into_service_error();
    assert!(again.is_resource_not_found_exception(), "{again:?}");
}

#[tokio::test]
async fn a_backfilling_index_may_be_removed() {
    let dir = tempfile::tempdir().unwrap();
    let at = |minutes| slow(dir.path(), minutes);
    plain(&at(0), "Orders").send().await.unwrap();
    add(&at(11), "Orders", "by-user", "user")
        .send()
        .await
        .unwrap();
    remove(&at(22), "Orders", "by-user").send().await.unwrap();
    assert_eq!(index_phases(&at(33), "Orders").await, ["by-user DELETING"]);
    assert!(index_phases(&at(43), "Orders").await.is_empty());
}

#[tokio::test]
async fn an_update_does_one_thing() {
    let (_dir, client) = fresh();
    let made = plain(&client, "Orders")
        .attribute_definitions(definition("user"))
        .global_secondary_indexes(index("by-user", &["user"]));
    made.send().await.unwrap();
    let update = || client.update_table().table_name("Orders");
    let date = definition("date");
    for (request, expected) in [
        (
            update()
                .attribute_definitions(date.clone())
                .global_secondary_index_updates(create_index("by-date", "date"))
                .global_secondary_index_updates(delete_index("by-user")),
            "LimitExceededException",
        ),
        (
            update()
                .attribute_definitions(date)
                .global_secondary_index_updates(create_index("by-date", "date"))
                .billing_mode(BillingMode::PayPerRequest),
            "ValidationException",
        ),
        (update(), "ValidationException"),
        // The attribute has no definition.
        (
            update().global_secondary_index_updates(create_index("by-date", "date")),
            "ValidationException",
        ),
        // The definition has no index.
        (
            update()
                .attribute_definitions(definition("date"))
                .deletion_protection_enabled(true),
            "ValidationException",
        ),
        (
            add(&client, "Orders", "by-user", "user"),
            "ValidationException",
        ),
    ] {
        assert_eq!(code(request.send().await), expected);
    }
    assert_eq!(index_phases(&client, "Orders").await, ["by-user ACTIVE"]);
    assert_eq!(
        described(&client, "Orders")
            .await
            .attribute_definitions()
            .len(),
        2
    );
}

#[tokio::test]
async fn index_names_are_told_apart_by_case() {
    let (_dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    for name in ["by-user", "By-User", "BY-USER"] {
        add(&client, "Orders", name, "user").send().await.unwrap();
        put(&client, "Orders", &[("id", name), ("user", "ann")]).await;
    }
    remove(&client, "Orders", "By-User").send().await.unwrap();
    for name in ["by-user", "BY-USER"] {
        assert_eq!(ids(&client, name).await, ["BY-USER", "By-User", "by-user"]);
    }
    let told = refusal(by_user(&client, "By-User").send().await);
    assert_eq!(
        told,
        "ValidationException: The table does not have the specified index: By-User"
    );
}

#[tokio::test]
async fn what_an_index_does_not_project_can_neither_be_asked_for_nor_filtered_by() {
    let (_dir, client) = fresh();
    let projection = Projection::builder()
        .projection_type(ProjectionType::Include)
        .non_key_attributes("shop")
        .build();
    let mut narrow = index("by-user", &["user"]);
    narrow.projection = Some(projection);
    let create = plain(&client, "Orders").global_secondary_indexes(narrow);
    let create = create.attribute_definitions(definition("user"));
    create.send().await.unwrap();
    let order = [("id", "1"), ("user", "ann"), ("shop", "a"), ("note", "b")];
    put(&client, "Orders", &order).await;
    let ask = || by_user(&client, "by-user");
    let fine = ask()
        .projection_expression("shop, id")
        .filter_expression("shop <> id OR NOT begins_with(shop, id)");
    assert_eq!(fine.send().await.unwrap().count(), 1);
    let wanted = ask().projection_expression("shop, note.a, #n");
    let wanted = wanted.expression_attribute_names("#n", "where").send();
    assert_eq!(
        refusal(wanted.await),
        "ValidationException: One or more parameter values were invalid: \
         Global secondary index by-user does not project [note, where]"
    );
    let filtered = ask().filter_expression("attribute_exists(note)").send();
    assert_eq!(
        refusal(filtered.await),
        "ValidationException: One or more parameter values were invalid: \
         Secondary index by-user does not project one or more filter attributes: [note]"
    );
    let scan = || client.scan().table_name("Orders").index_name("by-user");
    let wanted = scan().projection_expression("note").send().await;
    assert!(refusal(wanted).contains("does not project [note]"));
    let filtered = scan().filter_expression("attribute_exists(note)").send();
    assert_eq!(filtered.await.unwrap().count(), 0);
    // What is wrong by itself is told first.
    let wrong = ask().projection_expression("note, note").send().await;
    assert!(refusal(wrong).contains("overlap"));
}

#[tokio::test]
async fn what_a_local_index_does_not_project_is_fetched_from_the_table() {
    let (_dir, client) = fresh();
    let narrow = Projection::builder().projection_type(ProjectionType::KeysOnly);
    let local = LocalSecondaryIndex::builder()
        .index_name("by-at")
        .set_key_schema(Some(keys(&["id", "at"])))
        .projection(narrow.build())
        .build();
    let create = keyed(&client, "Orders", &["id", "line"]).attribute_definitions(definition("at"));
    let create = create.local_secondary_indexes(local.unwrap());
    create.send().await.unwrap();
    let order = [("id", "1"), ("line", "2"), ("at", "3"), ("note", "4")];
    put(&client, "Orders", &order).await;
    put(
        &client,
        "Orders",
        &[("id", "1"), ("line", "3"), ("at", "4")],
    )
    .await;
    let query = client.query().table_name("Orders").index_name("by-at");
    let query = query
        .key_condition_expression("#i = :i")
        .expression_attribute_names("#i", "id")
        .expression_attribute_values(":i", text("1"));
    let told = query.clone().projection_expression("#i, #n");
    let told = told.expression_attribute_names("#n", "note").send().await;
    let expected = [item(&[("id", "1"), ("note", "4")]), item(&[("id", "1")])];
    assert_eq!(told.unwrap().items(), expected);
    let told = query.clone().projection_expression("note").send().await;
    assert_eq!(told.unwrap().items(), [item(&[("note", "4")]), item(&[])]);
    let told = query.projection_expression("line").send().await;
    let expected = [item(&[("line", "2")]), item(&[("line", "3")])];
    assert_eq!(told.unwrap().items(), expected);
}
