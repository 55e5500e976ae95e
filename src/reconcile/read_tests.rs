//! Tags had in bulk cost no call a resource, and nothing is done because of them alone.

use serde_json::{Value, json};

use super::*;
use crate::aws::fake::{Answer, FakeAws, Request};
use crate::model::id::ComponentName;
use crate::model::plan::Action;
use crate::reconcile::plan::{Context, Selection, plan};

const ARN: &str = "arn:aws:sqs:us-east-1:123456789012";
const BASE: &str = "https://sqs.us-east-1.amazonaws.com/123456789012";

/// Two queues; what the tagging index says of `a` is a moment old, and it knows nothing of `b`.
fn answer(request: &Request) -> Answer {
    let of = |member: &str| request.input[member].as_str().unwrap_or_default();
    Answer::ok(match request.operation.as_str() {
        "GetQueueUrl" => json!({"QueueUrl": format!("{BASE}/{}", of("QueueName"))}),
        "GetQueueAttributes" => json!({"Attributes": {}}),
        "ListQueueTags" => json!({"Tags": {"team": "now"}}),
        "GetResources" => resources(request),
        _ => json!({}),
    })
}

fn resources(request: &Request) -> Value {
    let mapping = |name: &str, team: &str| json!({"ResourceARN": format!("{ARN}:{name}"), "Tags": [{"Key": "team", "Value": team}]});
    match request.input["PaginationToken"].as_str() {
        None => json!({"PaginationToken": "2", "ResourceTagMappingList": [mapping("c", "x")]}),
        Some(_) => json!({"PaginationToken": "", "ResourceTagMappingList": [mapping("a", "then")]}),
    }
}

fn targets() -> Vec<Target> {
    let target = |name: &str| Target {
        id: ResourceId::queue(name),
        name: name.to_owned(),
        component: ComponentName::new("sqs"),
        depends_on: Vec::new(),
        asks_scarce: false,
    };
    vec![target("a"), target("b")]
}

fn teams(live: &BTreeMap<ResourceId, Live>) -> Vec<&str> {
    live.values()
        .map(|live| live.tags()["team"].as_str())
        .collect()
}

fn count(aws: &FakeAws, operation: &str) -> usize {
    let operations = aws.operations().into_iter();
    operations.filter(|other| other == operation).count()
}

#[tokio::test]
async fn who_is_in_the_index_is_not_asked_until_something_would_be_done() {
    let aws = FakeAws::new(answer);
    let clients = Clients::over(aws.config()).unwrap();
    let bulk = Bulk::of(clients.tagging(), "shop");
    let mut live = kinds::read_all(&clients, &targets(), &bulk).await.unwrap();
    assert_eq!(teams(&live), ["then", "now"]);
    assert_eq!(count(&aws, "GetResources"), 2);
    assert_eq!(count(&aws, "ListQueueTags"), 1);
    let mut confirm = async |touched: &[&str]| {
        let touched = touched.iter().map(|key| ResourceId::queue(*key)).collect();
        let confirmed = confirm(&clients, &targets(), &touched, &mut live, &bulk).await;
        (confirmed.unwrap(), teams(&live).join(" "))
    };
    assert_eq!(confirm(&[]).await, (false, "then now".to_owned()));
    assert_eq!(confirm(&["b"]).await, (false, "then now".to_owned()));
    assert_eq!(count(&aws, "ListQueueTags"), 1);
    assert_eq!(confirm(&["a", "b"]).await, (true, "now now".to_owned()));
    assert_eq!(count(&aws, "ListQueueTags"), 2);
}

#[tokio::test]
async fn without_the_index_everybody_is_asked() {
    let aws = FakeAws::new(|request| match request.operation.as_str() {
        "GetResources" => Answer::error(400, "AccessDeniedException", "no"),
        _ => answer(request),
    });
    let clients = Clients::over(aws.config()).unwrap();
    let bulk = Bulk::of(clients.tagging(), "shop");
    let live = kinds::read_all(&clients, &targets(), &bulk).await.unwrap();
    assert_eq!(teams(&live), ["now", "now"]);
    assert_eq!(count(&aws, "GetResources"), 1);
}

#[tokio::test]
async fn what_disappeared_meanwhile_is_absent() {
    let aws = FakeAws::new(|request| match request.operation.as_str() {
        "ListQueueTags" => Answer::error(400, "AWS.SimpleQueueService.NonExistentQueue", "gone"),
        _ => answer(request),
    });
    let clients = Clients::over(aws.config()).unwrap();
    let bulk = Bulk::of(clients.tagging(), "shop");
    let only = &targets()[..1];
    let mut live = kinds::read_all(&clients, only, &bulk).await.unwrap();
    assert_eq!(live.len(), 1);
    let touched = [ResourceId::queue("a")].into();
    assert_eq!(
        confirm(&clients, only, &touched, &mut live, &bulk).await,
        Ok(true)
    );
    assert!(live.is_empty());
}

/// A plan that does this to a table.
fn acting(name: &str, verb: Verb) -> Plan {
    let context = Context {
        project: "shop".into(),
        env: None,
        scope: Scope::sample(),
    };
    let mut plan = plan(&context, &[], &BTreeMap::new(), &Selection::All).unwrap();
    plan.actions.push(Action {
        id: ResourceId::table(name),
        name: name.to_owned(),
        component: ComponentName::new("dynamodb"),
        verb,
        changes: Vec::new(),
        hazards: Vec::new(),
        unmanaged: Vec::new(),
        depends_on: Vec::new(),
        live: Value::Null,
        desired: Value::Null,
    });
    plan
}

/// A table whose recovery nobody asked for is read whole before it is made anew, and only then.
#[tokio::test]
async fn what_is_made_anew_is_read_whole() {
    let aws = FakeAws::new(|request| {
        Answer::ok(match request.operation.as_str() {
            "DescribeTable" => json!({"Table": {
                "TableName": "T", "TableStatus": "ACTIVE",
                "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/T",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            }}),
            "DescribeContinuousBackups" => json!({"ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": {
                    "PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 35},
            }}),
            _ => json!({"Tags": []}),
        })
    });
    let clients = Clients::over(aws.config()).unwrap();
    let tables: Vec<_> = (0..11)
        .map(|n| Target {
            id: ResourceId::table(format!("T{n}")),
            name: format!("T{n}"),
            component: ComponentName::new("dynamodb"),
            depends_on: Vec::new(),
            asks_scarce: false,
        })
        .collect();
    let mut live = kinds::read_all(&clients, &tables, &Bulk::none())
        .await
        .unwrap();
    assert!(live.values().all(Live::is_partial));
    for (verb, whole) in [(Verb::Update, 0), (Verb::Replace, 1)] {
        let plan = acting("T3", verb);
        let read = complete(&clients, &plan, &mut live).await;
        assert_eq!(read, Ok(whole == 1), "{verb:?}");
        assert_eq!(count(&aws, "DescribeContinuousBackups"), whole);
        assert_eq!(live[&ResourceId::table("T3")].is_partial(), whole == 0);
    }
}
