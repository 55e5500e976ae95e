//! Requests that no SDK would send.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use shopctl::local::connector::LocalAws;

use crate::support::options;

const SQS: &str = "AmazonSQS";
const DYNAMODB: &str = "DynamoDB_20120810";
const CLOUDWATCH: &str = "GraniteServiceVersion20100801";
const URL: &str = "/123456789012/q";

/// Status and body of the answer.
async fn ask(aws: &LocalAws, service: &str, operation: &str, input: &Value) -> (u16, Value) {
    let mut request = HttpRequest::new(SdkBody::from(input.to_string()));
    request.set_uri("http://localhost/").unwrap();
    let target = format!("{service}.{operation}");
    request.headers_mut().insert("x-amz-target", target);
    let answer = aws.exchange(&request).await.unwrap();
    let body = serde_json::from_slice(answer.body().bytes().unwrap());
    (answer.status().as_u16(), body.unwrap())
}

const TABLE: &str = r#"{"TableName": "Orders", "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}"#;

#[tokio::test]
async fn a_member_that_is_null_was_not_given() {
    let dir = tempfile::tempdir().unwrap();
    let aws = LocalAws::open(options(dir.path())).unwrap();
    let message = json!({
        "QueueUrl": URL, "MessageBody": "x", "DelaySeconds": null, "MessageSystemAttributes": null,
        "MessageAttributes": { "a": {
            "DataType": "String", "StringValue": "b", "BinaryValue": null, "StringListValues": null,
        } },
    });
    let receive =
        json!({ "QueueUrl": URL, "AttributeNames": null, "MessageAttributeNames": ["All"] });
    let datum = json!({ "MetricName": "a", "Value": 1, "Values": null, "Dimensions": null });
    let update = json!({
        "TableName": "Orders", "AttributeDefinitions": null, "GlobalSecondaryIndexUpdates": null,
        "DeletionProtectionEnabled": false,
    });
    for (service, operation, input) in [
        (
            SQS,
            "CreateQueue",
            json!({ "QueueName": "q", "Attributes": null, "tags": null }),
        ),
        (SQS, "SendMessage", message),
        (SQS, "ReceiveMessage", receive),
        (
            DYNAMODB,
            "CreateTable",
            serde_json::from_str(TABLE).unwrap(),
        ),
        (DYNAMODB, "UpdateTable", update),
        (CLOUDWATCH, "ListMetrics", json!({ "Dimensions": null })),
        (
            CLOUDWATCH,
            "PutMetricData",
            json!({ "Namespace": "A", "MetricData": [datum] }),
        ),
    ] {
        let (status, body) = ask(&aws, service, operation, &input).await;
        assert_eq!(status, 200, "{operation}: {body}");
        if operation == "ReceiveMessage" {
            assert_eq!(body["Messages"][0]["Body"], "x");
        }
    }
    let nameless = json!({ "TableName": null });
    let (_, body) = ask(&aws, DYNAMODB, "DescribeTable", &nameless).await;
    let told = body["message"].as_str().unwrap();
    assert!(told.contains("Value null at 'tableName'"), "{told}");
}

const REQUESTS: [(&str, &str, &str); 24] = [
    (
        SQS,
        "CreateQueue",
        r#"{"QueueName": "q", "Attributes": {"DelaySeconds": "0"}}"#,
    ),
    (
        SQS,
        "SetQueueAttributes",
        r#"{"QueueUrl": "/123456789012/q", "Attributes": {"RedrivePolicy": "{}"}}"#,
    ),
    (
        SQS,
        "SendMessage",
        r#"{"QueueUrl": "/123456789012/q", "MessageBody": "x", "DelaySeconds": 0,
        "MessageGroupId": "g", "MessageAttributes": {"a": {"DataType": "Number", "StringValue": "1e5"}}}"#,
    ),
    (
        SQS,
        "SendMessageBatch",
        r#"{"QueueUrl": "/123456789012/q", "Entries": [{"Id": "1", "MessageBody": "x"}]}"#,
    ),
    (
        SQS,
        "ReceiveMessage",
        r#"{"QueueUrl": "/123456789012/q", "MaxNumberOfMessages": 1, "VisibilityTimeout": 1,
        "WaitTimeSeconds": 0, "AttributeNames": ["All"]}"#,
    ),
    (
        SQS,
        "DeleteMessage",
        r#"{"QueueUrl": "/123456789012/q", "ReceiptHandle": "MTphOjE="}"#,
    ),
    (
        SQS,
        "ChangeMessageVisibility",
        r#"{"QueueUrl": "/123456789012/q", "ReceiptHandle": "MTphOjE=",
        "VisibilityTimeout": 1}"#,
    ),
    (
        SQS,
        "ListQueues",
        r#"{"QueueNamePrefix": "q", "MaxResults": 1, "NextToken": "cQ=="}"#,
    ),
    (
        SQS,
        "StartMessageMoveTask",
        r#"{"SourceArn": "arn:aws:sqs:us-east-1:123456789012:q",
        "MaxNumberOfMessagesPerSecond": 1}"#,
    ),
    (DYNAMODB, "CreateTable", TABLE),
    (
        DYNAMODB,
        "UpdateTable",
        r#"{"TableName": "Orders",
        "AttributeDefinitions": [{"AttributeName": "n", "AttributeType": "N"}],
        "GlobalSecondaryIndexUpdates": [{"Create": {"IndexName": "by-n",
            "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]}}}]}"#,
    ),
    (
        DYNAMODB,
        "PutItem",
        r#"{"TableName": "Orders", "Item": {"id": {"S": "1"}, "n": {"N": "1"}}}"#,
    ),
    (
        DYNAMODB,
        "UpdateItem",
        r#"{"TableName": "Orders", "Key": {"id": {"S": "1"}},
        "UpdateExpression": "ADD n :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}"#,
    ),
    (
        DYNAMODB,
        "Query",
        r#"{"TableName": "Orders", "IndexName": "by-n", "Limit": 5,
        "KeyConditionExpression": "n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}"#,
    ),
    (
        DYNAMODB,
        "Scan",
        r#"{"TableName": "Orders", "Segment": 0, "TotalSegments": 2, "Limit": 1}"#,
    ),
    (
        DYNAMODB,
        "BatchGetItem",
        r#"{"RequestItems": {"Orders": {"Keys": [{"id": {"S": "1"}}]}}}"#,
    ),
    (
        DYNAMODB,
        "BatchWriteItem",
        r#"{"RequestItems": {"Orders": [{"PutRequest": {"Item": {"id": {"S": "1"}}}}]}}"#,
    ),
    (
        DYNAMODB,
        "TransactWriteItems",
        r#"{"ClientRequestToken": "t",
        "TransactItems": [{"Put": {"TableName": "Orders", "Item": {"id": {"S": "1"}}}}]}"#,
    ),
    (
        DYNAMODB,
        "ListBackups",
        r#"{"Limit": 1, "TimeRangeLowerBound": 1, "TimeRangeUpperBound": 2}"#,
    ),
    (
        CLOUDWATCH,
        "PutMetricData",
        r#"{"Namespace": "A", "MetricData": [{"MetricName": "a", "Values": [1, 2],
        "Counts": [1, 1], "StorageResolution": 1, "Unit": "Count", "Dimensions": [{"Name": "a", "Value": "b"}]}]}"#,
    ),
    (
        CLOUDWATCH,
        "PutMetricData",
        r#"{"Namespace": "A", "MetricData": [{"MetricName": "a", "Timestamp": 1,
        "StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1}}]}"#,
    ),
    (
        CLOUDWATCH,
        "GetMetricStatistics",
        r#"{"Namespace": "A", "MetricName": "a", "Period": 60,
        "StartTime": 1700000000, "EndTime": 1700003600, "Statistics": ["Sum"]}"#,
    ),
    (
        CLOUDWATCH,
        "GetMetricData",
        r#"{"MaxDatapoints": 100, "StartTime": 1700000000, "EndTime": 1700003600,
        "MetricDataQueries": [
            {"Id": "m", "MetricStat": {"Metric": {"Namespace": "A", "MetricName": "a"}, "Period": 60, "Stat": "p90"}},
            {"Id": "e", "Expression": "SEARCH('{A,a} a', 'Sum', 60)", "Period": 60},
            {"Id": "f", "Expression": "SLICE(SORT([m, FILL(m, 1)], AVG, ASC, 2), 0, 1)"}]}"#,
    ),
    (
        CLOUDWATCH,
        "ListMetrics",
        r#"{"Namespace": "A", "RecentlyActive": "PT3H", "NextToken": "x"}"#,
    ),
];

fn odd_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(""),
        json!("\u{e9}\u{0}\u{1f600}"),
        json!("x".repeat(3_000)),
        json!("9".repeat(400)),
        json!("-9223372036854775808"),
        json!("1e308"),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(-1),
        json!(2_147_483_640),
        json!(253_402_300_799i64),
        json!(-253_402_300_799i64),
        json!(1e300),
        json!(0.5),
        json!(true),
        json!([]),
        json!([[]]),
        json!({}),
        json!({ "": null }),
    ]
}

/// Every place in `input`, as a JSON pointer.
fn places(input: &Value, here: &str, all: &mut Vec<String>) {
    all.push(here.to_owned());
    match input {
        Value::Object(members) => {
            for (name, member) in members {
                places(member, &format!("{here}/{name}"), all);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                places(item, &format!("{here}/{at}"), all);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn no_value_in_any_place_is_a_failure_of_ours() {
    let dir = tempfile::tempdir().unwrap();
    let aws = LocalAws::open(options(dir.path())).unwrap();
    for (service, operation, input) in REQUESTS {
        let input: Value = serde_json::from_str(input).unwrap();
        ask(&aws, service, operation, &input).await;
        let mut all = Vec::new();
        places(&input, "", &mut all);
        for place in all.iter().skip(1) {
            for value in odd_values() {
                let mut odd = input.clone();
                *odd.pointer_mut(place).unwrap() = value.clone();
                let asking = std::panic::AssertUnwindSafe(ask(&aws, service, operation, &odd));
                let status = asking.catch_unwind().await.map_or(0, |(status, _)| status);
                let refused = matches!(status, 200 | 400 | 403 | 404);
                assert!(refused, "{operation}: {status} for {value:.100} in {place}");
            }
        }
    }
}
