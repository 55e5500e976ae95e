//! The rules of the DynamoDB API Reference for items, wherever they come from.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{World, definitions, index, keys, plain, with};

fn text(value: &str) -> Value {
    json!({ "S": value })
}

/// `Cart`, keyed by `id`, and `Orders`, keyed by `id` and `at`, with an index of either kind on `user`.
fn world(dir: &TempDir) -> World {
    let world = World::open(dir);
    world.run("CreateTable", plain("Cart"));
    let mut orders = plain("Orders");
    orders["AttributeDefinitions"] = definitions(&["id", "user", "at"]);
    orders["KeySchema"] = keys(&["id", "at"]);
    let mut include = index("by-user", &["user"]);
    include["Projection"] = json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": ["shop"] });
    orders["GlobalSecondaryIndexes"] = json!([include]);
    let mut keys_only = index("by-at", &["id", "user"]);
    keys_only["Projection"] = json!({ "ProjectionType": "KEYS_ONLY" });
    orders["LocalSecondaryIndexes"] = json!([keys_only]);
    world.run("CreateTable", orders);
    world
}

fn put(item: Value) -> Value {
    json!({ "TableName": "Cart", "Item": item })
}

fn numbered(count: usize, part: impl Fn(&str) -> Value) -> Vec<Value> {
    (0..count).map(|number| part(&number.to_string())).collect()
}

#[track_caller]
fn refused(world: &World, operation: &str, input: Value, words: &str) {
    let told = world.refusal(operation, input);
    assert!(told.starts_with("ValidationException: "), "{told}");
    assert!(told.contains(words), "{told}");
}

#[test]
fn batches_hold_so_many_items_and_each_once() {
    let dir = TempDir::new().unwrap();
    let world = world(&dir);
    let write = |id: &str| json!({ "PutRequest": { "Item": { "id": text(id) } } });
    let writes = |count| json!({ "RequestItems": { "Cart": numbered(count, write) } });
    world.run("BatchWriteItem", writes(25));
    refused(
        &world,
        "BatchWriteItem",
        writes(26),
        "less than or equal to 25",
    );
    // The item store's own name of the table is nobody's business.
    refused(&world, "BatchWriteItem", writes(0), "{Cart=[]}");
    let twice = json!({ "RequestItems": { "Cart": [write("1"), write("1")] } });
    refused(&world, "BatchWriteItem", twice, "contains duplicates");
    let key = |id: &str| json!({ "id": text(id) });
    let reads = |count| json!({ "RequestItems": { "Cart": { "Keys": numbered(count, key) } } });
    world.run("BatchGetItem", reads(100));
    refused(
        &world,
        "BatchGetItem",
        reads(101),
        "less than or equal to 100",
    );
}

#[test]
fn an_item_has_400_kilobytes_a_page_one_megabyte_and_a_batch_16() {
    let dir = TempDir::new().unwrap();
    let world = world(&dir);
    let sized = |id: &str, bytes: usize| json!({ "id": text(id), "b": text(&"x".repeat(bytes)) });
    // Two bytes and one of a name, one of a key's value.
    world.run("PutItem", put(sized("1", 400 * 1024 - 4)));
    let words = "Item size has exceeded the maximum allowed size";
    refused(&world, "PutItem", put(sized("1", 400 * 1024 - 3)), words);
    let update = json!({
        "TableName": "Cart",
        "Key": { "id": text("1") },
        "UpdateExpression": "SET c = :c",
        "ExpressionAttributeValues": { ":c": text("x") },
    });
    let words = "Item size to update has exceeded the maximum allowed size";
    refused(&world, "UpdateItem", update, words);
    for id in 0..50 {
        world.run("PutItem", put(sized(&id.to_string(), 380 * 1024)));
    }
    let mut count = 0;
    let mut scan = json!({ "TableName": "Cart" });
    let mut pages = 0;
    loop {
        let mut page = world.run("Scan", scan.clone());
        count += page["Count"].as_i64().unwrap();
        pages += 1;
        match page["LastEvaluatedKey"].take() {
            Value::Null => break,
            key => scan["ExclusiveStartKey"] = key,
        }
    }
    assert_eq!(count, 50);
    assert!((17..=25).contains(&pages), "{pages}");
    let key = |id: &str| json!({ "id": text(id) });
    let reads = json!({ "RequestItems": { "Cart": { "Keys": numbered(50, key) } } });
    let answer = world.run("BatchGetItem", reads);
    let length = |list: &Value| list.as_array().unwrap().len();
    assert_eq!(length(&answer["Responses"]["Cart"]), 43);
    assert_eq!(length(&answer["UnprocessedKeys"]["Cart"]["Keys"]), 7);
}

fn add(token: &str) -> Value {
    json!({
        "TransactItems": [{ "Update": {
            "TableName": "Cart",
            "Key": { "id": text("n") },
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": { ":one": { "N": "1" } },
        } }],
        "ClientRequestToken": token,
        "ReturnConsumedCapacity": "TOTAL",
    })
}

#[test]
fn a_token_s_transaction_is_known_whatever_the_order_of_its_members() {
    let dir = TempDir::new().unwrap();
    let world = world(&dir);
    for item in [
        json!({ "id": text("n"), "a": { "M": { "b": text("1"), "c": text("2") } } }),
        json!({ "a": { "M": { "c": text("2"), "b": text("1") } }, "id": text("n") }),
    ] {
        let put = json!({ "Put": { "TableName": "Cart", "Item": item } });
        let input = json!({ "TransactItems": [put], "ClientRequestToken": "one" });
        world.run("TransactWriteItems", input);
    }
}

#[test]
fn a_token_s_transaction_happens_once_also_for_several_at_once() {
    let dir = TempDir::new().unwrap();
    let world = world(&dir);
    for round in 0..8 {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let token = format!("token-{round}");
                let dir = &dir;
                scope.spawn(move || World::open(dir).run("TransactWriteItems", add(&token)));
            }
        });
    }
    let key = json!({ "TableName": "Cart", "Key": { "id": text("n") } });
    assert_eq!(world.run("GetItem", key)["Item"]["n"]["N"], "8");
}

#[test]
fn a_token_makes_a_transaction_happen_once_in_ten_minutes() {
    let dir = TempDir::new().unwrap();
    let mut world = world(&dir);
    let first = world.run("TransactWriteItems", add("one"));
    assert_eq!(first["ConsumedCapacity"][0]["WriteCapacityUnits"], 2.0);
    let again = World::open(&dir).run("TransactWriteItems", add("one"));
    let replayed = json!([{ "TableName": "Cart", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0 }]);
    assert_eq!(again["ConsumedCapacity"], replayed);
    let count = |world: &World| {
        let key = json!({ "TableName": "Cart", "Key": { "id": text("n") } });
        world.run("GetItem", key)["Item"]["n"]["N"].take()
    };
    assert_eq!(count(&world), "1");
    let mut other = add("one");
    other["TransactItems"][0]["Update"]["Key"]["id"] = text("m");
    let told = world.refusal("TransactWriteItems", other);
    assert!(
        told.starts_with("IdempotentParameterMismatchException: "),
        "{told}"
    );
    world.run("TransactWriteItems", add("two"));
    assert_eq!(count(&world), "2");
    world.wait(9 * 60);
    world.run("TransactWriteItems", add("one"));
    assert_eq!(count(&world), "2");
    world.wait(61);
    world.run("TransactWriteItems", add("one"));
    assert_eq!(count(&world), "3");
    for token in ["", &"x".repeat(37)] {
        refused(
            &world,
            "TransactWriteItems",
            add(token),
            "clientRequestToken",
        );
    }
    // What failed did not happen.
    let mut failing = add("three");
    failing["TransactItems"][0]["Update"]["ConditionExpression"] = "n > :one".into();
    failing["TransactItems"][0]["Update"]["Key"]["id"] = text("k");
    for _ in 0..2 {
        let told = world.refusal("TransactWriteItems", failing.clone());
        assert!(told.starts_with("TransactionCanceledException: "), "{told}");
    }
}

#[test]
fn transactions_hold_a_hundred_actions_on_different_items() {
    let dir = TempDir::new().unwrap();
    let world = world(&dir);
    let act = |id: &str| json!({ "Put": put(json!({ "id": text(id) })) });
    let acts = |count| json!({ "TransactItems": numbered(count, act) });
    world.run("TransactWriteItems", acts(100));
    refused(
        &world,
        "TransactWriteItems",
        acts(101),
        "less than or equal to 100",
    );
    let twice = json!({ "TransactItems": [act("1"), act("1")] });
    let words = "cannot include multiple operations on one item";
    refused(&world, "TransactWriteItems", twice, words);
    let check = json!({ "TransactItems": [
        { "ConditionCheck": {
            "TableName": "Cart",
            "Key": { "id": text("1") },
            "ConditionExpression": "attribute_not_exists(id)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        } },
        act("new"),
    ] });
    let error = world.try_do("TransactWriteItems", &check).unwrap_err();
    assert!(
        error.message.ends_with("[ConditionalCheckFailed, None]"),
        "{error}"
    );
    let reasons = &error.members["CancellationReasons"];
    assert_eq!(reasons[0]["Item"], json!({ "id": text("1") }));
    let get = |id: &str| json!({ "Get": { "TableName": "Cart", "Key": { "id": text(id) } } });
    let gets = json!({ "TransactItems": numbered(101, get) });
    refused(
        &world,
        "TransactGetItems",
        gets,
        "less than or equal to 100",
    );
}

#[test]
fn indexes_project_are_not_read_consistently_and_have_typed_keys() {
    let dir = TempDir::new().unwrap();
    let world = world(&dir);
    let order = json!({
        "id": text("1"), "at": text("1"), "user": text("ann"), "shop": text("a"), "note": text("b"),
    });
    world.run(
        "PutItem",
        with(put(order.clone()), "TableName", json!("Orders")),
    );
    let by_user = json!({ "TableName": "Orders", "IndexName": "by-user" });
    let mut projected = order.clone();
    projected.as_object_mut().unwrap().remove("note");
    assert_eq!(
        world.run("Scan", by_user.clone())["Items"],
        json!([projected])
    );
    let words = "Consistent reads are not supported on global secondary indexes";
    refused(
        &world,
        "Scan",
        with(by_user, "ConsistentRead", json!(true)),
        words,
    );
    let by_at = json!({
        "TableName": "Orders",
        "IndexName": "by-at",
        "ConsistentRead": true,
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": { ":id": text("1") },
    });
    let keys = json!([{ "id": text("1"), "at": text("1"), "user": text("ann") }]);
    assert_eq!(world.run("Query", by_at.clone())["Items"], keys);
    let whole = with(by_at.clone(), "Select", json!("ALL_ATTRIBUTES"));
    assert_eq!(world.run("Query", whole)["Items"], json!([order]));
    let count = world.run("Query", with(by_at, "Select", json!("COUNT")));
    assert_eq!((&count["Count"], count.get("Items")), (&json!(1), None));
    for (user, words) in [
        (
            json!({ "N": "1" }),
            "Type mismatch for Index Key user Expected: S Actual: N",
        ),
        (text(""), "cannot contain an empty string value"),
    ] {
        let order = with(order.clone(), "user", user);
        let input = with(put(order), "TableName", json!("Orders"));
        refused(&world, "PutItem", input, words);
    }
}

#[test]
fn values_keys_and_names_are_as_they_may_be() {
    let dir = TempDir::new().unwrap();
    let world = world(&dir);
    let valued = |value: Value| put(json!({ "id": text("1"), "x": value }));
    let number = |digits: &str| valued(json!({ "N": digits }));
    world.run("PutItem", valued(text("")));
    world.run("PutItem", number(&"1".repeat(38)));
    world.run("PutItem", number("007.50"));
    let key = json!({ "TableName": "Cart", "Key": { "id": text("1") } });
    let read = world.run("GetItem", key);
    assert_eq!(read["Item"]["x"], json!({ "N": "7.5" }));
    let refusals = [
        (number(&"1".repeat(39)), "more than 38 significant digits"),
        (number("1e126"), "Number overflow"),
        (number("1e-131"), "Number underflow"),
        (number("NaN"), "cannot be converted to a numeric value: NaN"),
        (valued(json!({ "SS": [] })), "may not be empty"),
        (valued(json!({ "SS": ["a", "a"] })), "contains duplicates"),
        (
            put(json!({ "id": text("") })),
            "cannot contain an empty string value. Key: id",
        ),
        (
            put(json!({ "x": text("1") })),
            "Missing the key id in the item",
        ),
        (
            put(json!({ "id": text(&"k".repeat(2049)) })),
            "Size of hashkey has exceeded",
        ),
        (
            with(valued(text("a")), "ReturnValues", json!("ALL_NEW")),
            "can only be ALL_OLD or NONE",
        ),
    ];
    for (input, words) in refusals {
        refused(&world, "PutItem", input, words);
    }
}

#[test]
fn updates_leave_keys_alone_and_tell_what_is_asked_for() {
    let dir = TempDir::new().unwrap();
    let world = world(&dir);
    world.run("PutItem", put(json!({ "id": text("1"), "x": text("old") })));
    let key = json!({ "TableName": "Cart", "Key": { "id": text("1") } });
    let set = |attribute: &str| {
        let mut update = with(
            key.clone(),
            "UpdateExpression",
            format!("SET {attribute} = :v").into(),
        );
        update["ExpressionAttributeValues"] = json!({ ":v": text("v") });
        update
    };
    refused(
        &world,
        "UpdateItem",
        set("id"),
        "This attribute is part of the key",
    );
    refused(&world, "UpdateItem", set("user"), "reserved keyword: user");
    let update = with(set("x"), "ReturnValues", json!("UPDATED_OLD"));
    let old = world.run("UpdateItem", update);
    assert_eq!(old["Attributes"], json!({ "x": text("old") }));
    // PutItem and UpdateItem count such errors, DeleteItem does not.
    let broken = json!({ "N": "NaN" });
    let delete = json!({ "TableName": "Cart", "Key": { "id": broken } });
    let told = world.refusal("DeleteItem", delete);
    assert!(
        told.contains("numeric value: NaN") && !told.contains("1 validation error"),
        "{told}"
    );
}

#[test]
fn what_is_not_there_says_so() {
    let dir = TempDir::new().unwrap();
    let world = world(&dir);
    for operation in [
        "ExecuteStatement",
        "ExportTableToPointInTime",
        "ImportTable",
    ] {
        let told = world.refusal(operation, json!({}));
        assert!(told.starts_with("UnknownOperationException: "), "{told}");
        assert!(told.contains(operation), "{told}");
    }
}
