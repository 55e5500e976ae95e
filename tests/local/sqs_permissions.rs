//! SQS: permissions by label.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Name;
use serde_json::{Value, json};

use crate::support::{arn, code, fresh, queue};

async fn add(client: &Client, url: &str, label: &str, who: &[&str], what: &[&str]) -> String {
    let mut request = client.add_permission().queue_url(url).label(label);
    for account in who {
        request = request.aws_account_ids(*account);
    }
    for action in what {
        request = request.actions(*action);
    }
    code(request.send().await)
}

async fn remove(client: &Client, url: &str, label: &str) -> String {
    let request = client.remove_permission().queue_url(url).label(label);
    code(request.send().await)
}

async fn policy(client: &Client, url: &str) -> Option<Value> {
    let request = client.get_queue_attributes().queue_url(url);
    let answer = request.attribute_names(Name::Policy).send().await.unwrap();
    let text = answer.attributes?.remove(&Name::Policy)?;
    serde_json::from_str(&text).ok()
}

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";

#[tokio::test]
async fn a_permission_is_a_statement_by_its_label() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    assert_eq!(
        add(&client, &url, "a", &[ONE], &["SendMessage"]).await,
        "no error"
    );
    let both = add(&client, &url, "b", &[ONE, TWO], &["*", "PurgeQueue"]).await;
    assert_eq!(both, "no error");
    let first = json!({
        "Sid": "a",
        "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{ONE}:root") },
        "Action": "SQS:SendMessage",
        "Resource": arn("orders"),
    });
    let roots = [ONE, TWO].map(|id| format!("arn:aws:iam::{id}:root"));
    let second = json!({
        "Sid": "b",
        "Effect": "Allow",
        "Principal": { "AWS": roots },
        "Action": ["SQS:*", "SQS:PurgeQueue"],
        "Resource": arn("orders"),
    });
    let shown = policy(&client, &url).await.unwrap();
    assert_eq!(
        shown,
        json!({
            "Version": "2008-10-17",
            "Id": format!("{}/SQSDefaultPolicy", arn("orders")),
            "Statement": [first, second],
        })
    );
    assert_eq!(remove(&client, &url, "a").await, "no error");
    let shown = policy(&client, &url).await.unwrap();
    assert_eq!(shown["Statement"], json!([second]));
    assert_eq!(remove(&client, &url, "b").await, "no error");
    assert_eq!(policy(&client, &url).await, None);
}

#[tokio::test]
async fn permissions_that_make_no_sense_are_refused() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    assert_eq!(
        add(&client, &url, "a", &[ONE], &["SendMessage"]).await,
        "no error"
    );
    let refused = "InvalidParameterValue";
    let long = "l".repeat(81);
    let cases: [(&str, &[&str], &[&str], &str); 8] = [
        ("a", &[ONE], &["SendMessage"], refused),
        ("b c", &[ONE], &["SendMessage"], refused),
        (&long, &[ONE], &["SendMessage"], refused),
        ("b", &["1"], &["SendMessage"], refused),
        ("b", &[ONE], &["Send"], refused),
        ("b", &[ONE], &["CreateQueue"], refused),
        // DG quotas-policies: seven actions.
        (
            "b",
            &[ONE],
            &[
                "SendMessage",
                "ReceiveMessage",
                "DeleteMessage",
                "PurgeQueue",
                "GetQueueUrl",
                "GetQueueAttributes",
                "ChangeMessageVisibility",
                "ListDeadLetterSourceQueues",
            ],
            "OverLimit",
        ),
        ("b", &[TWO], &["*"], "no error"),
    ];
    for (label, who, what, expected) in cases {
        let told = add(&client, &url, label, who, what).await;
        assert_eq!(told, expected, "{label} {who:?} {what:?}");
    }
    assert_eq!(remove(&client, &url, "c").await, refused);
}
