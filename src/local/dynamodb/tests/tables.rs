//! CreateTable, DescribeTable, DeleteTable, ListTables.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{SECOND, START, World, definitions, index, keys, plain, with};

#[test]
fn an_on_demand_table_is_described_as_aws_does() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    let made = world.run("CreateTable", plain("Orders"));
    assert_eq!(made["TableDescription"]["TableStatus"], "CREATING");
    let mut table = world.table("Orders");
    let id = table["TableId"].take();
    assert_eq!(id.as_str().map(str::len), Some(36));
    assert_eq!(made["TableDescription"]["TableId"], id);
    assert_eq!(
        table,
        json!({
            "AttributeDefinitions": definitions(&["id"]),
            "TableName": "Orders",
            "KeySchema": keys(&["id"]),
            "TableStatus": "ACTIVE",
            "CreationDateTime": 1_790_000_000.0,
            "ProvisionedThroughput": {
                "NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0,
            },
            "TableSizeBytes": 0,
            "ItemCount": 0,
            "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/Orders",
            "TableId": null,
            "DeletionProtectionEnabled": false,
            "BillingModeSummary": {
                "BillingMode": "PAY_PER_REQUEST",
                "LastUpdateToPayPerRequestDateTime": 1_790_000_000.0,
            },
        })
    );
}

#[test]
fn a_table_keeps_everything_it_is_made_with() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    world.run(
        "CreateTable",
        json!({
            "TableName": "Reviews",
            "AttributeDefinitions": definitions(&["id", "at", "user", "stars"]),
            "KeySchema": keys(&["id", "at"]),
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": { "ReadCapacityUnits": 5, "WriteCapacityUnits": 3 },
            "LocalSecondaryIndexes": [index("by-stars", &["id", "stars"])],
            "GlobalSecondaryIndexes": [{
                "IndexName": "by-user",
                "KeySchema": keys(&["user", "at"]),
                "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": ["text"] },
                "ProvisionedThroughput": { "ReadCapacityUnits": 2, "WriteCapacityUnits": 1 },
            }],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
            "SSESpecification": { "Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": "abc" },
            "TableClass": "STANDARD_INFREQUENT_ACCESS",
            "DeletionProtectionEnabled": true,
            "Tags": [{ "Key": "team", "Value": "shop" }],
        }),
    );
    let table = world.table("Reviews");
    let arn = table["TableArn"].as_str().unwrap();
    assert_eq!(table.get("BillingModeSummary"), None);
    assert_eq!(table["ProvisionedThroughput"]["ReadCapacityUnits"], 5);
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(
        table["TableClassSummary"],
        json!({ "TableClass": "STANDARD_INFREQUENT_ACCESS" })
    );
    assert_eq!(table["StreamSpecification"]["StreamViewType"], "NEW_IMAGE");
    assert_eq!(table["LatestStreamLabel"], "2026-09-21T14:13:20");
    assert_eq!(
        table["LatestStreamArn"],
        format!("{arn}/stream/2026-09-21T14:13:20")
    );
    assert_eq!(table["SSEDescription"]["Status"], "ENABLED");
    assert_eq!(
        table["SSEDescription"]["KMSMasterKeyArn"],
        "arn:aws:kms:us-east-1:123456789012:key/abc"
    );
    assert_eq!(
        table["GlobalSecondaryIndexes"],
        json!([{
            "IndexName": "by-user",
            "KeySchema": keys(&["user", "at"]),
            "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": ["text"] },
            "IndexStatus": "ACTIVE",
            "ProvisionedThroughput": {
                "NumberOfDecreasesToday": 0, "ReadCapacityUnits": 2, "WriteCapacityUnits": 1,
            },
            "IndexSizeBytes": 0,
            "ItemCount": 0,
            "IndexArn": format!("{arn}/index/by-user"),
        }])
    );
    assert_eq!(table["LocalSecondaryIndexes"][0]["IndexName"], "by-stars");
    let tags = world.run("ListTagsOfResource", json!({ "ResourceArn": arn }));
    assert_eq!(tags["Tags"], json!([{ "Key": "team", "Value": "shop" }]));
}

#[test]
fn a_table_is_made_and_deleted_in_its_time() {
    let dir = TempDir::new().unwrap();
    let mut world = World::slow(&dir);
    world.run(
        "CreateTable",
        json!({
            "TableName": "Orders",
            "AttributeDefinitions": definitions(&["id", "user"]),
            "KeySchema": keys(&["id"]),
            "BillingMode": "PAY_PER_REQUEST",
            "GlobalSecondaryIndexes": [index("by-user", &["user"])],
        }),
    );
    let creating = ("by-user".to_owned(), "CREATING".to_owned(), None);
    assert_eq!(world.indexes("Orders"), [creating]);
    assert_eq!(
        world.refusal("CreateTable", plain("Orders")),
        "ResourceInUseException: Table already exists: Orders"
    );
    let name = json!({ "TableName": "Orders" });
    for (operation, input) in [
        ("DeleteTable", name.clone()),
        (
            "UpdateTable",
            with(name.clone(), "DeletionProtectionEnabled", true.into()),
        ),
    ] {
        assert_eq!(
            world.refusal(operation, input),
            "ResourceInUseException: Attempt to change a resource which is still in use: \
             Table is being created: Orders"
        );
    }
    world.wait(9);
    assert_eq!(world.status("Orders"), "CREATING");
    world.wait(1);
    assert_eq!(world.status("Orders"), "ACTIVE");
    assert_eq!(world.indexes("Orders")[0].1, "ACTIVE");
    for _ in 0..2 {
        let answer = world.run("DeleteTable", name.clone());
        assert_eq!(answer["TableDescription"]["TableStatus"], "DELETING");
    }
    assert_eq!(world.status("Orders"), "DELETING");
    assert_eq!(
        world.refusal("CreateTable", plain("Orders")),
        "ResourceInUseException: Attempt to change a resource which is still in use: \
         Table is being deleted: Orders"
    );
    world.wait(10);
    for operation in ["DescribeTable", "DeleteTable"] {
        assert_eq!(
            world.refusal(operation, name.clone()),
            "ResourceNotFoundException: Requested resource not found: Table: Orders not found"
        );
    }
    world.run("CreateTable", plain("Orders"));
}

#[test]
fn a_protected_table_is_not_deleted() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    let input = with(plain("Orders"), "DeletionProtectionEnabled", true.into());
    world.run("CreateTable", input);
    assert_eq!(
        world.refusal("DeleteTable", json!({ "TableName": "Orders" })),
        "ValidationException: Resource cannot be deleted as it is currently protected against deletion. \
         Disable deletion protection first."
    );
    let off = json!({ "TableName": "Orders", "DeletionProtectionEnabled": false });
    let answer = world.run("UpdateTable", off);
    assert_eq!(answer["TableDescription"]["TableStatus"], "UPDATING");
    world.run("DeleteTable", json!({ "TableName": "Orders" }));
}

#[test]
fn bad_tables_are_refused_in_aws_words() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    let keyed = |definitions: Value, schema: Value| {
        with(
            with(plain("Orders"), "AttributeDefinitions", definitions),
            "KeySchema",
            schema,
        )
    };
    let invalid = "One or more parameter values were invalid:";
    let indexed = |list: &str, definitions: Value, indexes: Value| {
        let table = with(plain("Orders"), "AttributeDefinitions", definitions);
        with(table, list, indexes)
    };
    let globals = "GlobalSecondaryIndexes";
    let many = |count: usize| -> Value {
        (0..count)
            .map(|number| index(&format!("index-{number}"), &["id"]))
            .collect()
    };
    let cases = [
        (
            plain("no"),
            "1 validation error detected: Value 'no' at 'tableName' failed to satisfy constraint: \
             Member must have length greater than or equal to 3"
                .to_owned(),
        ),
        (
            json!({ "TableName": "Orders" }),
            "1 validation error detected: Value null at 'attributeDefinitions' failed to satisfy constraint: \
             Member must not be null"
                .to_owned(),
        ),
        (
            keyed(definitions(&["id", "extra"]), keys(&["id"])),
            format!(
                "{invalid} Number of attributes in KeySchema does not exactly match number of attributes \
                 defined in AttributeDefinitions"
            ),
        ),
        (
            keyed(definitions(&["other"]), keys(&["id"])),
            format!(
                "{invalid} Some index key attributes are not defined in AttributeDefinitions. \
                 Keys: [id], AttributeDefinitions: [other]"
            ),
        ),
        (
            keyed(definitions(&["id"]), keys(&["id", "at"])),
            "Invalid KeySchema: Some index key attribute have no definition".to_owned(),
        ),
        (
            keyed(
                definitions(&["id"]),
                json!([{ "AttributeName": "id", "KeyType": "RANGE" }]),
            ),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type".to_owned(),
        ),
        (
            keyed(
                json!([{ "AttributeName": "id", "AttributeType": "BOOL" }]),
                keys(&["id"]),
            ),
            "1 validation error detected: Value 'BOOL' at 'attributeDefinitions.1.member.attributeType' \
             failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]"
                .to_owned(),
        ),
        (
            indexed(
                globals,
                definitions(&["id", "user", "extra"]),
                json!([index("by-user", &["user"])]),
            ),
            format!(
                "{invalid} Some AttributeDefinitions are not used. AttributeDefinitions: [id, user, extra], \
                 keys used: [id, user]"
            ),
        ),
        (
            indexed(
                globals,
                definitions(&["id"]),
                json!([index("twice", &["id"]), index("twice", &["id"])]),
            ),
            format!("{invalid} Duplicate index name: twice"),
        ),
        (
            indexed(globals, definitions(&["id"]), many(21)),
            format!("{invalid} GlobalSecondaryIndex count exceeds the per-table limit of 20"),
        ),
        (
            indexed(
                "LocalSecondaryIndexes",
                definitions(&["id", "at"]),
                json!([index("by-at", &["id", "at"])]),
            ),
            format!(
                "{invalid} Table KeySchema does not have a range key, \
                 which is required when specifying a LocalSecondaryIndex"
            ),
        ),
        (
            indexed(
                globals,
                definitions(&["id"]),
                json!([{
                    "IndexName": "by-id",
                    "KeySchema": keys(&["id"]),
                    "Projection": { "ProjectionType": "ALL", "NonKeyAttributes": ["text"] },
                }]),
            ),
            format!("{invalid} ProjectionType is ALL, but NonKeyAttributes is specified"),
        ),
        (
            with(
                plain("Orders"),
                "ProvisionedThroughput",
                json!({ "ReadCapacityUnits": 1, "WriteCapacityUnits": 1 }),
            ),
            format!(
                "{invalid} Neither ReadCapacityUnits nor WriteCapacityUnits can be specified \
                 when BillingMode is PAY_PER_REQUEST"
            ),
        ),
        (
            with(plain("Orders"), "BillingMode", "PROVISIONED".into()),
            format!(
                "{invalid} ReadCapacityUnits and WriteCapacityUnits must both be specified \
                 when BillingMode is PROVISIONED"
            ),
        ),
        (
            with(
                plain("Orders"),
                "Tags",
                json!([{ "Key": "aws:x", "Value": "" }]),
            ),
            format!(
                "{invalid} Tag keys starting with 'aws:' are reserved for system use. Key: aws:x"
            ),
        ),
        (
            with(plain("Orders"), "VectorIndexes", json!([{}])),
            "VectorIndexes is not supported by the embedded DynamoDB".to_owned(),
        ),
    ];
    for (input, message) in cases {
        assert_eq!(
            world.refusal("CreateTable", input),
            format!("ValidationException: {message}")
        );
    }
    assert_eq!(world.run("ListTables", json!({}))["TableNames"], json!([]));
}

#[test]
fn a_provisioned_index_needs_capacity() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    let mut input = plain("Orders");
    input["BillingMode"] = "PROVISIONED".into();
    input["ProvisionedThroughput"] = json!({ "ReadCapacityUnits": 1, "WriteCapacityUnits": 1 });
    input["GlobalSecondaryIndexes"] = json!([index("by-id", &["id"])]);
    assert_eq!(
        world.refusal("CreateTable", input),
        "ValidationException: One or more parameter values were invalid: \
         ProvisionedThroughput must be specified for index: by-id"
    );
}

#[test]
fn an_index_may_have_several_key_attributes_of_a_role() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    let element = |name: &str, role: &str| json!({ "AttributeName": name, "KeyType": role });
    let table = |schema: Value| {
        json!({
            "TableName": "Orders",
            "AttributeDefinitions": definitions(&["id", "a", "b", "c"]),
            "KeySchema": keys(&["id"]),
            "BillingMode": "PAY_PER_REQUEST",
            "GlobalSecondaryIndexes": [{
                "IndexName": "wide", "KeySchema": schema, "Projection": { "ProjectionType": "ALL" },
            }],
        })
    };
    let mixed = json!([
        element("a", "HASH"),
        element("b", "RANGE"),
        element("c", "HASH")
    ]);
    assert_eq!(
        world.refusal("CreateTable", table(mixed)),
        "ValidationException: One or more parameter values were invalid: \
         All HASH key attributes must precede RANGE key attributes in the KeySchema"
    );
    let good = json!([
        element("a", "HASH"),
        element("b", "HASH"),
        element("c", "RANGE")
    ]);
    world.run("CreateTable", table(good.clone()));
    assert_eq!(
        world.table("Orders")["GlobalSecondaryIndexes"][0]["KeySchema"],
        good
    );
}

#[test]
fn tables_are_listed_by_name_in_pages_and_per_region() {
    let dir = TempDir::new().unwrap();
    let mut world = World::open(&dir);
    for name in ["Zebra", "apple", "Mango"] {
        world.run("CreateTable", plain(name));
    }
    let first = world.run("ListTables", json!({ "Limit": 2 }));
    assert_eq!(
        first,
        json!({ "TableNames": ["Mango", "Zebra"], "LastEvaluatedTableName": "Zebra" })
    );
    let rest = world.run("ListTables", json!({ "ExclusiveStartTableName": "Zebra" }));
    assert_eq!(rest, json!({ "TableNames": ["apple"] }));
    assert_eq!(
        world.refusal("ListTables", json!({ "Limit": 101 })),
        "ValidationException: 1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: \
         Member must have value less than or equal to 100"
    );
    world.region = "eu-central-1";
    assert_eq!(world.run("ListTables", json!({}))["TableNames"], json!([]));
    assert_eq!(world.status("Mango"), "ResourceNotFoundException");
}

#[test]
fn a_table_may_be_named_by_its_arn() {
    let dir = TempDir::new().unwrap();
    let mut world = World::slow(&dir);
    world.run("CreateTable", plain("Orders"));
    world.now = START + 60 * SECOND;
    let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/Orders";
    assert_eq!(world.table(arn)["TableName"], "Orders");
    let item = json!({ "TableName": arn, "Item": { "id": { "S": "1" } } });
    world.run("PutItem", item);
}

#[test]
fn wrong_types_and_unknown_operations_are_told_apart() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    let error = world.refusal("CreateTable", with(plain("Orders"), "TableName", 7.into()));
    assert!(error.starts_with("SerializationException: "), "{error}");
    let error = world.refusal("ExportTableToPointInTime", json!({}));
    assert!(error.starts_with("UnknownOperationException: "), "{error}");
}

#[test]
fn a_state_of_an_earlier_version_is_read() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    let made = with(plain("Orders"), "TableClass", "STANDARD".into());
    world.run("CreateTable", made);
    let before = world.table("Orders");
    let store = &world.store;
    let changed = store.write(|transaction| {
        Ok(transaction.execute(
            "update ddb_tables set descriptor =
             json_remove(descriptor, '$.encryption', '$.restoration', '$.class.changes')",
            [],
        )?)
    });
    assert_eq!(changed, Ok(1));
    assert_eq!(world.table("Orders"), before);
}
