//! What is told of streams.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::streams;
use super::{HOUR, World, plain, with};
use crate::local::error::ApiError;
use crate::local::service::Service;

fn ask(world: &World, operation: &str, input: Value) -> Result<Value, ApiError> {
    world.call(|call| streams::handle(call, operation, &input))
}

fn arns(world: &World) -> Vec<String> {
    let listed = ask(world, "ListStreams", json!({})).unwrap();
    let streams = listed["Streams"].as_array().unwrap().iter();
    streams
        .map(|stream| stream["StreamArn"].as_str().unwrap().to_owned())
        .collect()
}

fn described(world: &World, arn: &str) -> Value {
    let answer = ask(world, "DescribeStream", json!({ "StreamArn": arn }));
    answer.unwrap()["StreamDescription"].take()
}

fn switch(world: &World, specification: Value) {
    world.run(
        "UpdateTable",
        json!({ "TableName": "Orders", "StreamSpecification": specification }),
    );
}

fn on() -> Value {
    json!({ "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" })
}

#[test]
fn a_stream_is_enabling_enabled_disabling_disabled_and_gone_after_a_day() {
    let dir = TempDir::new().unwrap();
    let mut world = World::slow(&dir);
    world.run(
        "CreateTable",
        with(plain("Orders"), "StreamSpecification", on()),
    );
    let arn = world.table("Orders")["LatestStreamArn"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(arns(&world), std::slice::from_ref(&arn));
    let stream = described(&world, &arn);
    assert_eq!(stream["StreamStatus"], "ENABLING");
    assert_eq!(stream["StreamViewType"], "NEW_IMAGE");
    assert_eq!(stream["TableName"], "Orders");
    assert_eq!(stream["KeySchema"][0]["AttributeName"], "id");
    assert_eq!(
        stream["CreationRequestDateTime"],
        world.table("Orders")["CreationDateTime"]
    );
    let range = &stream["Shards"][0]["SequenceNumberRange"];
    assert!(range.get("EndingSequenceNumber").is_none());
    world.wait(10);
    assert_eq!(described(&world, &arn)["StreamStatus"], "ENABLED");
    switch(&world, json!({ "StreamEnabled": false }));
    assert_eq!(described(&world, &arn)["StreamStatus"], "DISABLING");
    world.wait(10);
    switch(&world, on());
    world.wait(10);
    let stream = described(&world, &arn);
    assert_eq!(stream["StreamStatus"], "DISABLED");
    let range = &stream["Shards"][0]["SequenceNumberRange"];
    assert!(range["EndingSequenceNumber"].is_string());
    // The new stream is another one.
    assert_eq!(arns(&world).len(), 2);
    world.run("DeleteTable", json!({ "TableName": "Orders" }));
    world.wait(10);
    assert_eq!(arns(&world).len(), 2);
    world.now += 24 * HOUR;
    assert!(arns(&world).is_empty());
    let gone = ask(&world, "DescribeStream", json!({ "StreamArn": arn })).unwrap_err();
    assert_eq!(gone.code, "ResourceNotFoundException");
}

#[test]
fn streams_are_listed_by_table_and_page() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    for name in ["One", "Three", "Two"] {
        world.run(
            "CreateTable",
            with(plain(name), "StreamSpecification", on()),
        );
    }
    world.run("CreateTable", plain("None"));
    let all = arns(&world);
    assert_eq!(all.len(), 3);
    let page = ask(&world, "ListStreams", json!({ "Limit": 2 })).unwrap();
    assert_eq!(page["LastEvaluatedStreamArn"], all[1]);
    let rest = json!({ "ExclusiveStartStreamArn": all[1] });
    let rest = ask(&world, "ListStreams", rest).unwrap();
    assert_eq!(rest["Streams"].as_array().unwrap().len(), 1);
    assert!(rest.get("LastEvaluatedStreamArn").is_none());
    let of_one = ask(&world, "ListStreams", json!({ "TableName": "Two" })).unwrap();
    assert_eq!(of_one["Streams"][0]["StreamArn"], all[2]);
    let wrong = ask(&world, "ListStreams", json!({ "Limit": 101 })).unwrap_err();
    assert_eq!(wrong.code, "ValidationException");
    assert_eq!(
        Service::from_target("DynamoDBStreams_20120810"),
        Some(Service::DynamoDbStreams)
    );
    let records = world.call(|call| {
        Service::DynamoDbStreams.handle(call, "GetRecords", &json!({ "ShardIterator": "x" }))
    });
    assert_eq!(records.unwrap_err().code, "UnknownOperationException");
}
