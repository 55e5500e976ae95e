//! Processes killed at any moment leave a state that the next one can work with, and so do earlier versions.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::super::store::Store;
use super::super::streams;
use super::{World, add_index, plain, remove_index, with};

/// Set in the processes that this test starts from its own binary.
const FOLDER: &str = "SHOPCTL_TEST_KILLED_FOLDER";
const TABLES: [&str; 3] = ["Orders", "Cart", "Reviews"];

fn put(table: &str) -> Value {
    json!({ "TableName": table, "Item": { "id": { "S": "1" }, "user": { "S": "ann" } } })
}

/// Not a test by itself: what each process does until it is killed.
#[test]
fn work_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let world = World::on(Store::open(folder.as_ref()).unwrap());
    for table in TABLES.iter().cycle() {
        for (operation, input) in [
            ("CreateTable", plain(table)),
            ("PutItem", put(table)),
            ("UpdateTable", add_index(table, "by-user", "user")),
            ("PutItem", put(table)),
            ("UpdateTable", remove_index(table, "by-user")),
            ("PutItem", put(table)),
            ("DeleteTable", json!({ "TableName": table })),
        ] {
            // The others work on the same tables: refusals are fine, failures are not.
            if let Err(error) = world.try_do(operation, &input) {
                assert_eq!(error.status, 400, "{operation}: {error}");
            }
        }
    }
}

#[test]
fn a_killed_process_breaks_nothing() {
    let dir = TempDir::new().unwrap();
    for round in 0..6 {
        let start = || {
            Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "local::dynamodb::tests::killed::work_until_killed",
                ])
                .env(FOLDER, dir.path())
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        };
        let mut workers = [start(), start()];
        sleep(Duration::from_millis(100 + 23 * round));
        for worker in &mut workers {
            assert_eq!(worker.try_wait().unwrap(), None, "a worker failed");
            worker.kill().unwrap();
            worker.wait().unwrap();
        }
        let world = World::open(&dir);
        for table in TABLES {
            if world.status(table) == "ResourceNotFoundException" {
                world.run("CreateTable", plain(table));
            }
            if world.indexes(table).is_empty() {
                world.run("UpdateTable", add_index(table, "by-user", "user"));
            }
            world.run("PutItem", put(table));
            for input in [
                json!({ "TableName": table }),
                json!({ "TableName": table, "IndexName": "by-user" }),
            ] {
                assert_eq!(world.run("Scan", input)["Count"], 1);
            }
        }
    }
}

#[test]
fn a_folder_of_an_earlier_version_still_opens() {
    let dir = TempDir::new().unwrap();
    let stream = json!({ "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" });
    let put = json!({ "TableName": "Orders", "Item": { "id": { "S": "1" } } });
    {
        let world = World::open(&dir);
        let input = with(plain("Orders"), "StreamSpecification", stream);
        world.run("CreateTable", input);
        world.run("PutItem", put.clone());
    }
    let state = rusqlite::Connection::open(dir.path().join("control.sqlite3")).unwrap();
    for table in [
        "meter",
        "provisioned",
        "expiries",
        "buckets",
        "streams",
        "tokens",
        "gone",
        "running",
    ] {
        let sql = format!("drop table ddb_{table}");
        state.execute_batch(&sql).unwrap();
    }
    state.execute_batch("drop index ddb_tables_by_end").unwrap();
    state
        .execute_batch("drop index ddb_tables_by_name")
        .unwrap();
    drop(state);
    let world = World::open(&dir);
    world.run("PutItem", put);
    assert_eq!(
        world.run("Scan", json!({ "TableName": "Orders" }))["Count"],
        1
    );
    assert_eq!(
        world.run("ListTables", json!({}))["TableNames"],
        json!(["Orders"])
    );
    let streams = world.call(|call| streams::handle(call, "ListStreams", &json!({})));
    assert_eq!(streams.unwrap()["Streams"].as_array().unwrap().len(), 1);
    world.run("DeleteTable", json!({ "TableName": "Orders" }));
    world.run("CreateTable", plain("Orders"));
    assert_eq!(
        world.run("Scan", json!({ "TableName": "Orders" }))["Count"],
        0
    );
}
