//! UpdateTable: indexes and their phases, capacity and billing, the other settings.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{HOUR, World, add_index, definitions, index, keys, plain, remove_index};

const SUBSCRIBER_LIMIT: &str = "LimitExceededException: Subscriber limit exceeded: \
                                Only 1 online index can be created or deleted simultaneously per table";

fn throughput(read: i64, write: i64) -> Value {
    json!({ "ReadCapacityUnits": read, "WriteCapacityUnits": write })
}

/// Provisioned with 10/10, made and ACTIVE.
fn provisioned(world: &World) {
    let mut input = plain("Orders");
    input["BillingMode"] = "PROVISIONED".into();
    input["ProvisionedThroughput"] = throughput(10, 10);
    world.run("CreateTable", input);
}

fn capacity(read: i64, write: i64) -> Value {
    json!({ "TableName": "Orders", "ProvisionedThroughput": throughput(read, write) })
}

#[test]
fn an_index_goes_through_its_phases() {
    let dir = TempDir::new().unwrap();
    let mut world = World::slow(&dir);
    world.run("CreateTable", plain("Orders"));
    world.wait(10);
    let answer = world.run("UpdateTable", add_index("Orders", "by-user", "user"));
    let description = &answer["TableDescription"];
    assert_eq!(description["TableStatus"], "UPDATING");
    assert_eq!(
        description["GlobalSecondaryIndexes"][0]["IndexStatus"],
        "CREATING"
    );
    let phase =
        |status: &str, backfilling| vec![("by-user".to_owned(), status.to_owned(), backfilling)];
    assert_eq!(world.indexes("Orders"), phase("CREATING", Some(false)));
    let updating = "ResourceInUseException: Attempt to change a resource which is still in use: \
                    Table is being updated: Orders";
    for (operation, input) in [
        ("DeleteTable", json!({ "TableName": "Orders" })),
        ("UpdateTable", remove_index("Orders", "by-user")),
        ("UpdateTable", add_index("Orders", "by-date", "date")),
    ] {
        assert_eq!(world.refusal(operation, input), updating);
    }
    world.wait(10);
    assert_eq!(world.status("Orders"), "ACTIVE");
    assert_eq!(world.indexes("Orders"), phase("CREATING", Some(true)));
    assert_eq!(
        world.refusal("UpdateTable", add_index("Orders", "by-date", "date")),
        SUBSCRIBER_LIMIT
    );
    assert_eq!(
        world.refusal("DeleteTable", json!({ "TableName": "Orders" })),
        "ResourceInUseException: Attempt to change a resource which is still in use: \
         Cannot delete table while indexes are being created, updated, or deleted."
    );
    world.wait(10);
    assert_eq!(world.indexes("Orders"), phase("ACTIVE", None));
    assert_eq!(
        world.table("Orders")["AttributeDefinitions"],
        definitions(&["id", "user"])
    );
    world.run("DeleteTable", json!({ "TableName": "Orders" }));
}

#[test]
fn an_index_is_removed_even_while_it_backfills() {
    let dir = TempDir::new().unwrap();
    let mut world = World::slow(&dir);
    world.run("CreateTable", plain("Orders"));
    world.wait(10);
    world.run("UpdateTable", add_index("Orders", "by-user", "user"));
    world.wait(10);
    world.run("UpdateTable", remove_index("Orders", "by-user"));
    assert_eq!(world.status("Orders"), "UPDATING");
    world.wait(10);
    assert_eq!(world.status("Orders"), "ACTIVE");
    assert_eq!(world.indexes("Orders")[0].1, "DELETING");
    assert_eq!(
        world.refusal("UpdateTable", add_index("Orders", "by-date", "date")),
        SUBSCRIBER_LIMIT
    );
    world.wait(10);
    assert_eq!(world.indexes("Orders"), []);
    let table = world.table("Orders");
    assert_eq!(table.get("GlobalSecondaryIndexes"), None);
    assert_eq!(table["AttributeDefinitions"], definitions(&["id"]));
    world.run("UpdateTable", add_index("Orders", "by-date", "date"));
}

#[test]
fn a_call_does_one_thing() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    world.run("CreateTable", plain("Orders"));
    world.run("UpdateTable", add_index("Orders", "by-user", "user"));
    let mut two = add_index("Orders", "by-date", "date");
    two["GlobalSecondaryIndexUpdates"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "Delete": { "IndexName": "by-user" } }));
    assert_eq!(world.refusal("UpdateTable", two), SUBSCRIBER_LIMIT);

    let mut with_billing = add_index("Orders", "by-date", "date");
    with_billing["BillingMode"] = "PAY_PER_REQUEST".into();
    let mut with_class = json!({ "TableName": "Orders", "DeletionProtectionEnabled": true });
    with_class["TableClass"] = "STANDARD".into();
    let nothing = json!({ "TableName": "Orders" });
    let empty = json!({ "TableName": "Orders", "GlobalSecondaryIndexUpdates": [{}] });
    for (input, message) in [
        (with_billing, "UpdateTable performs one of"),
        (
            with_class,
            "One or more parameter values were invalid: TableClass modification must be the only operation",
        ),
        (nothing, "At least one of ProvisionedThroughput"),
        (
            empty,
            "One or more parameter values were invalid: One of GlobalSecondaryIndexUpdate.Update",
        ),
    ] {
        let error = world.refusal("UpdateTable", input);
        let start = format!("ValidationException: {message}");
        assert!(error.starts_with(&start), "{error}");
    }
    assert_eq!(world.table("Orders")["DeletionProtectionEnabled"], false);
}

#[test]
fn an_index_needs_definitions_for_its_keys_and_no_others() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    world.run("CreateTable", plain("Orders"));
    let add = |definitions: Value| {
        json!({
            "TableName": "Orders",
            "AttributeDefinitions": definitions,
            "GlobalSecondaryIndexUpdates": [{ "Create": index("by-user", &["user", "id"]) }],
        })
    };
    let number = json!([
        { "AttributeName": "user", "AttributeType": "S" },
        { "AttributeName": "id", "AttributeType": "N" },
    ]);
    let invalid = "ValidationException: One or more parameter values were invalid:";
    for (definitions, message) in [
        (
            definitions(&["user"]),
            "ValidationException: Invalid KeySchema: Some index key attribute have no definition"
                .to_owned(),
        ),
        (
            definitions(&["user", "other"]),
            format!("{invalid} Some index key attributes are not defined in AttributeDefinitions."),
        ),
        (
            definitions(&["user", "id", "other"]),
            format!("{invalid} Some AttributeDefinitions are not used."),
        ),
        (number, format!("{invalid} Attributes cannot be redefined.")),
    ] {
        let error = world.refusal("UpdateTable", add(definitions));
        assert!(error.starts_with(&message), "{error}");
    }
    world.run("UpdateTable", add(definitions(&["user", "id"])));
    assert_eq!(
        world.refusal("UpdateTable", add(definitions(&["user", "id"]))),
        "ValidationException: Attempting to create an index which already exists"
    );
    assert_eq!(
        world.refusal("UpdateTable", remove_index("Orders", "other")),
        "ResourceNotFoundException: Requested resource not found: Index: other not found"
    );
}

#[test]
fn capacity_changes_and_is_lowered_a_few_times_a_day() {
    let dir = TempDir::new().unwrap();
    let mut world = World::open(&dir);
    provisioned(&world);
    let error = world.refusal("UpdateTable", capacity(10, 10));
    assert!(
        error.starts_with(
            "ValidationException: The provisioned throughput for the table will not change."
        ),
        "{error}"
    );
    for read in [9, 8, 7, 6] {
        world.run("UpdateTable", capacity(read, 10));
    }
    let described = world.table("Orders")["ProvisionedThroughput"].take();
    assert_eq!(described["NumberOfDecreasesToday"], 4);
    assert_eq!(described["ReadCapacityUnits"], 6);
    let error = world.refusal("UpdateTable", capacity(5, 10));
    assert!(
        error.starts_with(
            "LimitExceededException: Subscriber limit exceeded: Provisioned throughput decreases"
        ),
        "{error}"
    );
    world.run("UpdateTable", capacity(20, 10));
    world.now += HOUR;
    world.run("UpdateTable", capacity(5, 10));
    assert!(
        world
            .refusal("UpdateTable", capacity(4, 10))
            .starts_with("LimitExceededException")
    );
    world.now += 24 * HOUR;
    world.run("UpdateTable", capacity(4, 10));
    let described = world.table("Orders")["ProvisionedThroughput"].take();
    assert_eq!(described["NumberOfDecreasesToday"], 1);
}

#[test]
fn billing_switches_both_ways() {
    let dir = TempDir::new().unwrap();
    let mut world = World::open(&dir);
    world.run(
        "CreateTable",
        json!({
            "TableName": "Orders",
            "AttributeDefinitions": definitions(&["id"]),
            "KeySchema": keys(&["id"]),
            "BillingMode": "PAY_PER_REQUEST",
            "OnDemandThroughput": { "MaxReadRequestUnits": 7 },
            "GlobalSecondaryIndexes": [index("by-id", &["id"])],
        }),
    );
    assert_eq!(
        world.table("Orders")["OnDemandThroughput"],
        json!({ "MaxReadRequestUnits": 7 })
    );
    let mut back = capacity(3, 2);
    back["BillingMode"] = "PROVISIONED".into();
    assert_eq!(
        world.refusal("UpdateTable", back.clone()),
        "ValidationException: One or more parameter values were invalid: \
         ProvisionedThroughput must be specified for index: by-id"
    );
    assert!(
        world
            .refusal("UpdateTable", capacity(3, 2))
            .contains("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified")
    );
    back["GlobalSecondaryIndexUpdates"] = json!([{
        "Update": { "IndexName": "by-id", "ProvisionedThroughput": throughput(1, 1) },
    }]);
    let there = json!({ "TableName": "Orders", "BillingMode": "PAY_PER_REQUEST" });
    for _ in 0..4 {
        world.run("UpdateTable", back.clone());
        world.run("UpdateTable", there.clone());
    }
    world.run("UpdateTable", back);
    let table = world.table("Orders");
    assert_eq!(table["BillingModeSummary"]["BillingMode"], "PROVISIONED");
    assert_eq!(table["ProvisionedThroughput"]["ReadCapacityUnits"], 3);
    assert_eq!(
        table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"],
        1
    );
    assert_eq!(table.get("OnDemandThroughput"), None);
    let error = world.refusal("UpdateTable", there.clone());
    assert!(error.starts_with("LimitExceededException: "), "{error}");
    world.now += 24 * HOUR;
    world.run("UpdateTable", there);
    assert_eq!(
        world.table("Orders")["ProvisionedThroughput"]["ReadCapacityUnits"],
        0
    );
}

#[test]
fn a_stream_is_turned_on_once_and_off_once() {
    let dir = TempDir::new().unwrap();
    let mut world = World::open(&dir);
    world.run("CreateTable", plain("Orders"));
    let on = json!({
        "TableName": "Orders",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "OLD_IMAGE" },
    });
    let off = json!({ "TableName": "Orders", "StreamSpecification": { "StreamEnabled": false } });
    let error = world.refusal("UpdateTable", off.clone());
    assert!(error.starts_with("ValidationException: "), "{error}");
    world.run("UpdateTable", on.clone());
    let first = world.table("Orders")["LatestStreamArn"].take();
    assert_eq!(
        world.refusal("UpdateTable", on.clone()),
        "ValidationException: Table already has an enabled stream: TableName: Orders"
    );
    world.run("UpdateTable", off);
    let table = world.table("Orders");
    assert_eq!(table.get("StreamSpecification"), None);
    assert_eq!(table["LatestStreamArn"], first);
    world.wait(1);
    world.run("UpdateTable", on);
    assert_ne!(world.table("Orders")["LatestStreamArn"], first);
}

#[test]
fn class_and_encryption_change() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    world.run("CreateTable", plain("Orders"));
    world.run(
        "UpdateTable",
        json!({ "TableName": "Orders", "TableClass": "STANDARD_INFREQUENT_ACCESS" }),
    );
    let encrypt =
        |on: bool| json!({ "TableName": "Orders", "SSESpecification": { "Enabled": on } });
    world.run("UpdateTable", encrypt(true));
    let table = world.table("Orders");
    assert_eq!(
        table["TableClassSummary"]["TableClass"],
        "STANDARD_INFREQUENT_ACCESS"
    );
    assert_eq!(table["SSEDescription"]["SSEType"], "KMS");
    world.run("UpdateTable", encrypt(false));
    assert_eq!(world.table("Orders").get("SSEDescription"), None);
}
