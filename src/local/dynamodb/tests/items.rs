//! Items through dynoxide, and the coherence of several processes on one folder.

use dynoxide::Database;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::status::IndexStatus;
use super::super::{mirror, table};
use super::{HOUR, World, add_index, definitions, index, keys, plain, remove_index};

fn put(table: &str, id: &str, user: &str) -> Value {
    json!({ "TableName": table, "Item": { "id": { "S": id }, "user": { "S": user } } })
}

fn by_user(user: &str) -> Value {
    json!({
        "TableName": "Orders",
        "IndexName": "by-user",
        "KeyConditionExpression": "#u = :u",
        "ExpressionAttributeNames": { "#u": "user" },
        "ExpressionAttributeValues": { ":u": { "S": user } },
    })
}

fn key(id: &str) -> Value {
    json!({ "TableName": "Orders", "Key": { "id": { "S": id } } })
}

#[test]
fn control_operations_open_no_item_file() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    world.run("CreateTable", plain("Orders"));
    world.table("Orders");
    world.refusal("GetItem", json!({ "TableName": "Other", "Key": {} }));
    let files = || {
        let names = std::fs::read_dir(dir.path()).unwrap();
        names.filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().starts_with("items-")
        })
    };
    assert_eq!(files().count(), 0);
    world.run("PutItem", put("Orders", "1", "ann"));
    assert!(files().count() > 0);
}

#[test]
fn items_are_written_read_and_refused() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    world.run("CreateTable", plain("Orders"));
    world.run("PutItem", put("Orders", "1", "ann"));
    let mut conditional = put("Orders", "1", "bob");
    conditional["ConditionExpression"] = "attribute_not_exists(id)".into();
    conditional["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();
    let error = world.try_do("PutItem", &conditional).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ConditionalCheckFailedException: The conditional request failed"
    );
    assert_eq!(error.members["Item"]["user"], json!({ "S": "ann" }));
    let mut update = key("1");
    update["UpdateExpression"] = "SET n = :n".into();
    update["ExpressionAttributeValues"] = json!({ ":n": { "N": "7" } });
    update["ReturnValues"] = "UPDATED_NEW".into();
    let answer = world.run("UpdateItem", update);
    assert_eq!(answer["Attributes"], json!({ "n": { "N": "7" } }));
    let answer = world.run("GetItem", key("1"));
    assert_eq!(answer["Item"]["n"], json!({ "N": "7" }));
    let scan = world.run("Scan", json!({ "TableName": "Orders" }));
    assert_eq!(scan["Count"], 1);
    world.run("DeleteItem", key("1"));
    assert_eq!(world.run("GetItem", key("1")).get("Item"), None);
    let error = world.refusal("PutItem", json!({ "TableName": "Orders", "Item": {} }));
    assert!(error.starts_with("ValidationException: "), "{error}");
    let error = world.refusal("Query", by_user("ann"));
    assert_eq!(
        error,
        "ValidationException: The table does not have the specified index: by-user"
    );
}

#[test]
fn answers_speak_of_the_table_by_its_name() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    for name in ["Orders", "orders", "_config"] {
        world.run("CreateTable", plain(name));
    }
    let mut one = put("Orders", "1", "ann");
    one["ReturnConsumedCapacity"] = "TOTAL".into();
    let answer = world.run("PutItem", one);
    assert_eq!(answer["ConsumedCapacity"]["TableName"], "Orders");
    let write = |id: &str| json!([{ "PutRequest": { "Item": { "id": { "S": id } } } }]);
    let answer = world.run(
        "BatchWriteItem",
        json!({
            "RequestItems": { "Orders": write("2"), "orders": write("3"), "_config": write("4") },
            "ReturnConsumedCapacity": "TOTAL",
        }),
    );
    let mut names: Vec<&str> = answer["ConsumedCapacity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|capacity| capacity["TableName"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Orders", "_config", "orders"]);
    let answer = world.run(
        "BatchGetItem",
        json!({ "RequestItems": {
            "Orders": { "Keys": [{ "id": { "S": "2" } }, { "id": { "S": "3" } }] },
            "orders": { "Keys": [{ "id": { "S": "3" } }] },
        } }),
    );
    assert_eq!(
        answer["Responses"],
        json!({ "Orders": [{ "id": { "S": "2" } }], "orders": [{ "id": { "S": "3" } }] })
    );
}

#[test]
fn transactions_span_tables() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    world.run("CreateTable", plain("Orders"));
    world.run("CreateTable", plain("Cart"));
    let both = json!({ "TransactItems": [
        { "Put": put("Orders", "1", "ann") },
        { "Put": {
            "TableName": "Cart",
            "Item": { "id": { "S": "1" } },
            "ConditionExpression": "attribute_not_exists(id)",
        } },
    ] });
    world.run("TransactWriteItems", both.clone());
    let error = world.try_do("TransactWriteItems", &both).unwrap_err();
    assert_eq!(error.code, "TransactionCanceledException");
    let reasons = &error.members["CancellationReasons"];
    assert_eq!(reasons[0]["Code"], "None");
    assert_eq!(reasons[1]["Code"], "ConditionalCheckFailed");
    let answer = world.run(
        "TransactGetItems",
        json!({ "TransactItems": [{ "Get": key("1") }] }),
    );
    assert_eq!(
        answer["Responses"][0]["Item"]["user"],
        json!({ "S": "ann" })
    );
}

#[test]
fn a_table_takes_items_only_once_it_is_there() {
    let dir = TempDir::new().unwrap();
    let mut world = World::slow(&dir);
    world.run("CreateTable", plain("Orders"));
    let absent = "ResourceNotFoundException: Requested resource not found";
    assert_eq!(world.refusal("PutItem", put("Orders", "1", "ann")), absent);
    world.wait(10);
    world.run("PutItem", put("Orders", "1", "ann"));
    world.run(
        "UpdateTable",
        json!({ "TableName": "Orders", "DeletionProtectionEnabled": false }),
    );
    assert_eq!(world.status("Orders"), "UPDATING");
    world.run("PutItem", put("Orders", "2", "ann"));
    world.wait(10);
    world.run("DeleteTable", json!({ "TableName": "Orders" }));
    assert_eq!(world.refusal("GetItem", key("1")), absent);
}

#[test]
fn an_index_is_readable_when_it_is_active_and_holds_what_was_there_before() {
    let dir = TempDir::new().unwrap();
    let mut world = World::slow(&dir);
    world.run("CreateTable", plain("Orders"));
    world.wait(10);
    world.run("PutItem", put("Orders", "1", "ann"));
    world.run("UpdateTable", add_index("Orders", "by-user", "user"));
    for _ in 0..2 {
        assert_eq!(
            world.refusal("Query", by_user("ann")),
            "ValidationException: Cannot read from backfilling global secondary index: by-user"
        );
        world.wait(10);
        world.run("PutItem", put("Orders", "2", "ann"));
    }
    assert_eq!(world.run("Query", by_user("ann"))["Count"], 2);
    let mut mistyped = put("Orders", "3", "ann");
    mistyped["Item"]["user"] = json!({ "N": "1" });
    let error = world.refusal("PutItem", mistyped);
    assert!(error.contains("Type mismatch for Index Key"), "{error}");
    world.run("UpdateTable", remove_index("Orders", "by-user"));
    assert_eq!(
        world.refusal("Query", by_user("ann")),
        "ValidationException: The table does not have the specified index: by-user"
    );
}

#[test]
fn an_index_made_anew_under_its_name_has_its_new_keys() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    world.run("CreateTable", plain("Orders"));
    world.run("UpdateTable", add_index("Orders", "by-user", "other"));
    world.run("PutItem", put("Orders", "1", "ann"));
    world.run("UpdateTable", remove_index("Orders", "by-user"));
    world.run("UpdateTable", add_index("Orders", "by-user", "user"));
    assert_eq!(world.run("Query", by_user("ann"))["Count"], 1);
}

#[test]
fn two_processes_see_each_others_tables_and_items() {
    let dir = TempDir::new().unwrap();
    let (a, b) = (World::open(&dir), World::open(&dir));
    a.run("CreateTable", plain("Orders"));
    a.run("PutItem", put("Orders", "1", "ann"));
    assert_eq!(
        b.run("GetItem", key("1"))["Item"]["user"],
        json!({ "S": "ann" })
    );

    a.run("UpdateTable", add_index("Orders", "by-user", "user"));
    b.run("PutItem", put("Orders", "2", "ann"));
    a.run("PutItem", put("Orders", "3", "ann"));
    for world in [&a, &b] {
        assert_eq!(world.run("Query", by_user("ann"))["Count"], 3);
    }

    a.run("DeleteTable", json!({ "TableName": "Orders" }));
    assert_eq!(b.status("Orders"), "ResourceNotFoundException");
    assert_eq!(
        b.refusal("PutItem", put("Orders", "4", "ann")),
        "ResourceNotFoundException: Requested resource not found"
    );

    b.run("CreateTable", plain("Orders"));
    assert_eq!(a.run("Scan", json!({ "TableName": "Orders" }))["Count"], 0);
    a.run("PutItem", put("Orders", "5", "eve"));
    assert_eq!(
        b.run("GetItem", key("5"))["Item"]["user"],
        json!({ "S": "eve" })
    );
}

#[test]
fn writers_of_several_processes_lose_nothing() {
    let dir = TempDir::new().unwrap();
    World::open(&dir).run("CreateTable", plain("Orders"));
    let mut add = key("1");
    add["UpdateExpression"] = "ADD n :one".into();
    add["ExpressionAttributeValues"] = json!({ ":one": { "N": "1" } });
    std::thread::scope(|scope| {
        for number in 0..4 {
            let (dir, add) = (&dir, &add);
            scope.spawn(move || {
                let world = World::open(dir);
                for round in 0..10 {
                    world.run("UpdateItem", add.clone());
                    if number == 0 && round == 5 {
                        world.run("UpdateTable", add_index("Orders", "by-user", "user"));
                    }
                }
            });
        }
    });
    let answer = World::open(&dir).run("GetItem", key("1"));
    assert_eq!(answer["Item"]["n"], json!({ "N": "40" }));
}

#[test]
fn regions_hold_items_of_their_own() {
    let dir = TempDir::new().unwrap();
    let mut world = World::open(&dir);
    world.run("CreateTable", plain("Orders"));
    world.run("PutItem", put("Orders", "1", "ann"));
    world.region = "eu-central-1";
    world.run("CreateTable", plain("Orders"));
    assert_eq!(world.run("GetItem", key("1")).get("Item"), None);
    world.region = "../up";
    world.run("CreateTable", plain("Orders"));
    assert_eq!(
        world.refusal("PutItem", put("Orders", "1", "ann")),
        "UnrecognizedClientException: '../up' is not a region"
    );
}

#[test]
fn local_and_included_indexes_are_mirrored() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    world.run(
        "CreateTable",
        json!({
            "TableName": "Reviews",
            "AttributeDefinitions": definitions(&["id", "at", "user", "stars"]),
            "KeySchema": keys(&["id", "at"]),
            "BillingMode": "PAY_PER_REQUEST",
            "LocalSecondaryIndexes": [index("by-stars", &["id", "stars"])],
            "GlobalSecondaryIndexes": [{
                "IndexName": "by-user",
                "KeySchema": keys(&["user"]),
                "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": ["text"] },
            }],
        }),
    );
    world.run(
        "PutItem",
        json!({ "TableName": "Reviews", "Item": {
            "id": { "S": "1" }, "at": { "S": "now" }, "user": { "S": "ann" },
            "stars": { "S": "5" }, "text": { "S": "good" }, "private": { "S": "x" },
        } }),
    );
    let query = |index: &str, attribute: &str, value: &str| {
        world.run(
            "Query",
            json!({
                "TableName": "Reviews",
                "IndexName": index,
                "KeyConditionExpression": "#k = :v",
                "ExpressionAttributeNames": { "#k": attribute },
                "ExpressionAttributeValues": { ":v": { "S": value } },
            }),
        )
    };
    assert_eq!(
        query("by-stars", "id", "1")["Items"][0]["private"]["S"],
        "x"
    );
    let item = query("by-user", "user", "ann")["Items"][0].take();
    assert_eq!(item["text"]["S"], "good");
    assert_eq!(item.get("private"), None);
}

#[test]
fn items_are_counted_every_six_hours() {
    let dir = TempDir::new().unwrap();
    let mut world = World::open(&dir);
    world.run("CreateTable", plain("Orders"));
    world.run("PutItem", put("Orders", "1", "ann"));
    assert_eq!(world.table("Orders")["ItemCount"], 0);
    world.now += 6 * HOUR;
    let table = world.table("Orders");
    assert_eq!(table["ItemCount"], 1);
    assert!(table["TableSizeBytes"].as_u64() > Some(5));
    world.run("DeleteItem", key("1"));
    assert_eq!(world.table("Orders")["ItemCount"], 1);
    world.now += 6 * HOUR;
    assert_eq!(world.table("Orders")["ItemCount"], 0);
}

/// A kill may come after any step, before anything is recorded: the same is then asked for again.
#[test]
fn mirroring_may_be_repeated() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    let mut input = plain("Orders");
    input["AttributeDefinitions"] = definitions(&["id", "user", "date"]);
    input["GlobalSecondaryIndexes"] =
        json!([index("by-user", &["user"]), index("by-date", &["date"])]);
    world.run("CreateTable", input);
    let mut table = world
        .call(|call| {
            call.store
                .read(|transaction| table::get(call, transaction, "Orders"))
        })
        .unwrap();
    let database = Database::memory().unwrap();
    for _ in 0..2 {
        mirror::bring_in_line(&database, &table, false).unwrap();
    }
    let item = put(&table.id, "1", "ann");
    database
        .put_item(serde_json::from_value(item).unwrap())
        .unwrap();
    table.global_indexes[0].serial = 7;
    table.global_indexes[1].status = IndexStatus::Deleting;
    for _ in 0..2 {
        mirror::bring_in_line(&database, &table, true).unwrap();
    }
    let scan = |index: &str| {
        let input = json!({ "TableName": table.id, "IndexName": index });
        database.scan(serde_json::from_value(input).unwrap())
    };
    assert_eq!(scan("by-user.g7").unwrap().count, 1);
    assert!(scan("by-user.g0").is_err() && scan("by-date.g1").is_err());
    for _ in 0..2 {
        mirror::remove(&database, &table.id).unwrap();
    }
}

#[test]
fn index_names_are_told_apart_by_case_and_told_as_given() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    let mut input = plain("Reviews");
    input["AttributeDefinitions"] = definitions(&["id", "at", "user", "date"]);
    input["KeySchema"] = keys(&["id", "at"]);
    input["LocalSecondaryIndexes"] = json!([
        index("by-date", &["id", "date"]),
        index("BY-date", &["id", "user"]),
    ]);
    input["GlobalSecondaryIndexes"] = json!([index("by-user", &["user"])]);
    world.run("CreateTable", input);
    let item = |user: Value, date: &str| {
        json!({ "TableName": "Reviews", "ReturnConsumedCapacity": "INDEXES", "Item": {
            "id": { "S": "1" }, "at": { "S": "now" }, "user": user, "date": { "S": date },
        } })
    };
    world.run("PutItem", item(json!({ "S": "ann" }), "today"));
    world.run("UpdateTable", add_index("Reviews", "By-User", "date"));
    let answer = world.run("PutItem", item(json!({ "S": "bob" }), "later"));
    let indexes = |member: &str| {
        let by_name = answer["ConsumedCapacity"][member].as_object().unwrap();
        let mut names: Vec<&str> = by_name.keys().map(String::as_str).collect();
        names.sort_unstable();
        names.join(" ")
    };
    assert_eq!(indexes("GlobalSecondaryIndexes"), "By-User by-user");
    assert_eq!(indexes("LocalSecondaryIndexes"), "BY-date by-date");
    for name in ["by-user", "By-User", "by-date", "BY-date"] {
        let scan = world.run("Scan", json!({ "TableName": "Reviews", "IndexName": name }));
        assert_eq!(scan["Count"], 1, "{name}");
    }
    for name in ["BY-USER", "by-user.g0"] {
        assert_eq!(
            world.refusal("Scan", json!({ "TableName": "Reviews", "IndexName": name })),
            format!("ValidationException: The table does not have the specified index: {name}")
        );
    }
    let mistyped = item(json!({ "N": "1" }), "later");
    let error = world.refusal("PutItem", mistyped.clone());
    assert!(error.ends_with("IndexName: BY-date"), "{error}");
    let mut put = mistyped;
    put["ReturnConsumedCapacity"].take();
    let transaction = json!({ "TransactItems": [{ "Put": put }] });
    let error = world
        .try_do("TransactWriteItems", &transaction)
        .unwrap_err();
    let told = format!("{error} {}", Value::from(error.members.clone()));
    assert!(told.contains("IndexName: BY-date\""), "{told}");
}
