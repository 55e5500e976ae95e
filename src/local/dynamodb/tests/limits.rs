//! How much an account may do and have at once.

use serde_json::json;
use tempfile::TempDir;

use super::{World, definitions, index, plain, with};

#[test]
fn five_hundred_table_operations_run_at_once() {
    let dir = TempDir::new().unwrap();
    let mut world = World::slow(&dir);
    world.run("CreateTable", plain("First"));
    world.wait(10);
    for number in 0..500 {
        world.run("CreateTable", plain(&format!("T-{number}")));
    }
    let told = world.refusal("CreateTable", plain("More"));
    assert_eq!(
        told,
        "LimitExceededException: Subscriber limit exceeded: \
         Only 500 tables can be created, updated, or deleted simultaneously"
    );
    let protect = json!({ "TableName": "First", "DeletionProtectionEnabled": true });
    let expire = json!({
        "TableName": "First",
        "TimeToLiveSpecification": { "Enabled": true, "AttributeName": "at" },
    });
    let delete = json!({ "TableName": "First" });
    for (operation, input) in [
        ("UpdateTable", &protect),
        ("UpdateTimeToLive", &expire),
        ("DeleteTable", &delete),
    ] {
        let told = world.refusal(operation, input.clone());
        assert!(told.starts_with("LimitExceededException: "), "{told}");
    }
    // Another region has its own.
    world.region = "eu-west-1";
    world.run("CreateTable", plain("More"));
    world.region = "us-east-1";
    world.wait(10);
    world.run("CreateTable", plain("More"));
    world.run("UpdateTable", protect);
}

#[test]
fn two_hundred_and_fifty_tables_with_indexes_are_made_at_once() {
    let dir = TempDir::new().unwrap();
    let mut world = World::slow(&dir);
    let indexed = |name: &str| {
        let mut input = with(
            plain(name),
            "AttributeDefinitions",
            definitions(&["id", "user"]),
        );
        input["GlobalSecondaryIndexes"] = json!([index("by-user", &["user"])]);
        input
    };
    for number in 0..250 {
        world.run("CreateTable", indexed(&format!("T-{number}")));
    }
    let told = world.refusal("CreateTable", indexed("More"));
    assert!(
        told.contains("Only 250 tables with secondary indexes"),
        "{told}"
    );
    world.run("CreateTable", plain("More"));
    world.wait(10);
    world.run("CreateTable", indexed("Most"));
}

#[test]
fn a_region_holds_2500_tables() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    for number in 0..2_500 {
        world.run("CreateTable", plain(&format!("T-{number}")));
    }
    let told = world.refusal("CreateTable", plain("More"));
    assert!(told.contains("limit of 2500 tables"), "{told}");
    world.run("DeleteTable", json!({ "TableName": "T-7" }));
    world.run("CreateTable", plain("More"));
}
