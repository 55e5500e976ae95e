//! SQS: what the attributes may be, and how they exclude and clear one another.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Name;

use crate::support::{arn, code, fresh, queue};

const FIFO: (&str, &str) = ("FifoQueue", "true");

async fn shown(client: &Client, url: &str) -> HashMap<String, String> {
    let request = client.get_queue_attributes().queue_url(url);
    let answer = request.attribute_names(Name::All).send().await.unwrap();
    let attributes = answer.attributes.unwrap().into_iter();
    attributes
        .map(|(name, value)| (name.as_str().to_owned(), value))
        .collect()
}

/// The code of the refusal.
async fn set(client: &Client, url: &str, pairs: &[(&str, &str)]) -> String {
    let mut request = client.set_queue_attributes().queue_url(url);
    for (name, value) in pairs {
        request = request.attributes(Name::from(*name), *value);
    }
    code(request.send().await)
}

async fn create(client: &Client, name: &str, pairs: &[(&str, &str)]) -> String {
    let mut request = client.create_queue().queue_name(name);
    for (name, value) in pairs {
        request = request.attributes(Name::from(*name), *value);
    }
    code(request.send().await)
}

fn redrive(name: &str) -> String {
    format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":3}}"#,
        arn(name)
    )
}

fn by_queue(sources: &[String]) -> String {
    serde_json::json!({ "redrivePermission": "byQueue", "sourceQueueArns": sources }).to_string()
}

#[tokio::test]
async fn encryption_is_by_one_key_at_a_time() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    // What is shown of SqsManagedSseEnabled, KmsMasterKeyId, KmsDataKeyReusePeriodSeconds.
    type Shown<'a> = (&'a str, Option<&'a str>, Option<&'a str>);
    type Step<'a> = (&'a [(&'a str, &'a str)], &'a str, Shown<'a>);
    let managed = ("true", None, None);
    let steps: [Step; 10] = [
        (&[], "MissingParameter", managed),
        // Kept, but not shown without a key.
        (
            &[("KmsDataKeyReusePeriodSeconds", "600")],
            "no error",
            managed,
        ),
        (
            &[("KmsMasterKeyId", "k"), ("SqsManagedSseEnabled", "true")],
            "InvalidAttributeName",
            managed,
        ),
        (
            &[("KmsMasterKeyId", "k")],
            "no error",
            ("false", Some("k"), Some("600")),
        ),
        (
            &[("KmsDataKeyReusePeriodSeconds", "59")],
            "InvalidAttributeValue",
            ("false", Some("k"), Some("600")),
        ),
        (
            &[("KmsDataKeyReusePeriodSeconds", "86401")],
            "InvalidAttributeValue",
            ("false", Some("k"), Some("600")),
        ),
        (
            &[("KmsDataKeyReusePeriodSeconds", "60")],
            "no error",
            ("false", Some("k"), Some("60")),
        ),
        (&[("KmsMasterKeyId", "")], "no error", ("false", None, None)),
        (
            &[
                ("KmsMasterKeyId", "other"),
                ("SqsManagedSseEnabled", "false"),
            ],
            "no error",
            ("false", Some("other"), Some("60")),
        ),
        (
            &[("KmsMasterKeyId", ""), ("SqsManagedSseEnabled", "true")],
            "no error",
            managed,
        ),
    ];
    for (number, (pairs, expected, state)) in steps.into_iter().enumerate() {
        assert_eq!(set(&client, &url, pairs).await, expected, "{number}");
        let all = shown(&client, &url).await;
        let of = |name: &str| all.get(name).map(String::as_str);
        let seen = (
            of("SqsManagedSseEnabled").unwrap(),
            of("KmsMasterKeyId"),
            of("KmsDataKeyReusePeriodSeconds"),
        );
        assert_eq!(seen, state, "{number}");
    }
}

#[tokio::test]
async fn a_redrive_allow_policy_has_one_of_three_forms() {
    let (_dir, client) = fresh();
    let url = queue(&client, "dlq", &[]).await;
    let sources = |count: usize| -> Vec<String> {
        (0..count)
            .map(|number| arn(&format!("q{number}")))
            .collect()
    };
    let refused = "InvalidParameterValue";
    let unsupported = "InvalidAttributeValue";
    for (policy, expected) in [
        (r#"{"redrivePermission":"allowAll"}"#.to_owned(), "no error"),
        (r#"{"redrivePermission":"denyAll"}"#.to_owned(), "no error"),
        (by_queue(&sources(1)), "no error"),
        (by_queue(&sources(10)), "no error"),
        (by_queue(&sources(11)), refused),
        (by_queue(&[]), refused),
        (r#"{"redrivePermission":"byQueue"}"#.to_owned(), refused),
        (
            by_queue(&sources(1)).replace("byQueue", "allowAll"),
            refused,
        ),
        (by_queue(&sources(1)).replace("byQueue", "denyAll"), refused),
        (
            by_queue(&sources(1)).replace("byQueue", "some"),
            unsupported,
        ),
        ("{}".to_owned(), unsupported),
        ("no".to_owned(), unsupported),
        (
            r#"{"redrivePermission":"denyAll","more":1}"#.to_owned(),
            unsupported,
        ),
        (String::new(), "no error"),
    ] {
        let told = set(&client, &url, &[("RedriveAllowPolicy", &policy)]).await;
        assert_eq!(told, expected, "{policy}");
        if expected == "no error" && !policy.is_empty() {
            assert_eq!(shown(&client, &url).await["RedriveAllowPolicy"], policy);
        }
    }
    assert!(
        !shown(&client, &url)
            .await
            .contains_key("RedriveAllowPolicy")
    );
}

#[tokio::test]
async fn a_dead_letter_queue_chooses_its_sources() {
    let (_dir, client) = fresh();
    let dlq = queue(&client, "dlq", &[]).await;
    let plain = queue(&client, "plain", &[]).await;
    let to_dlq = redrive("dlq");
    for (policy, a, plain_may) in [
        (
            r#"{"redrivePermission":"denyAll"}"#.to_owned(),
            false,
            false,
        ),
        (by_queue(&[arn("a")]), true, false),
        (by_queue(&[arn("b"), arn("plain")]), false, true),
        (r#"{"redrivePermission":"allowAll"}"#.to_owned(), true, true),
    ] {
        let told = set(&client, &dlq, &[("RedriveAllowPolicy", &policy)]).await;
        assert_eq!(told, "no error");
        let expected = |may| {
            if may {
                "no error"
            } else {
                "InvalidParameterValue"
            }
        };
        if !a {
            // A queue that is made names it as well as one that is changed.
            let told = create(&client, "a", &[("RedrivePolicy", &to_dlq)]).await;
            assert_eq!(told, expected(a), "{policy}");
        }
        let told = set(&client, &plain, &[("RedrivePolicy", &to_dlq)]).await;
        assert_eq!(told, expected(plain_may), "{policy}");
        let clear = set(&client, &plain, &[("RedrivePolicy", "")]).await;
        assert_eq!(clear, "no error");
    }
    let told = create(&client, "a", &[("RedrivePolicy", &to_dlq)]).await;
    assert_eq!(told, "no error");
    // What is wired stays wired.
    let deny = r#"{"redrivePermission":"denyAll"}"#;
    let told = set(&client, &dlq, &[("RedriveAllowPolicy", deny)]).await;
    assert_eq!(told, "no error");
    let listed = client.list_dead_letter_source_queues().queue_url(&dlq);
    let listed = listed.send().await.unwrap().queue_urls;
    assert_eq!(listed, [dlq.replace("dlq", "a")]);
}

#[tokio::test]
async fn some_attributes_are_of_fifo_queues_only() {
    let (_dir, client) = fresh();
    let standard = queue(&client, "orders", &[]).await;
    let per_group = ("FifoThroughputLimit", "perMessageGroupId");
    let group = ("DeduplicationScope", "messageGroup");
    for pair in [
        FIFO,
        ("ContentBasedDeduplication", "true"),
        ("DeduplicationScope", "queue"),
        ("FifoThroughputLimit", "perQueue"),
    ] {
        let told = set(&client, &standard, &[pair]).await;
        assert_eq!(told, "InvalidAttributeName", "{pair:?}");
    }
    let told = create(&client, "orders.fifo", &[FIFO, per_group]).await;
    assert_eq!(told, "InvalidParameterValue");
    let fifo = queue(&client, "orders.fifo", &[FIFO]).await;
    for (pairs, expected) in [
        (&[per_group][..], "InvalidParameterValue"),
        (&[per_group, group], "no error"),
        (&[("DeduplicationScope", "queue")], "InvalidParameterValue"),
        (&[("DeduplicationScope", "group")], "InvalidAttributeValue"),
        (
            &[
                ("DeduplicationScope", "queue"),
                ("FifoThroughputLimit", "perQueue"),
            ],
            "no error",
        ),
        (
            &[("ContentBasedDeduplication", "maybe")],
            "InvalidAttributeValue",
        ),
        (&[("ContentBasedDeduplication", "true")], "no error"),
    ] {
        assert_eq!(set(&client, &fifo, pairs).await, expected, "{pairs:?}");
    }
}

#[tokio::test]
async fn a_policy_is_a_document_of_limited_size() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    let policy = |sid: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{sid}","Effect":"Allow","Principal":{{"Service":"sns.amazonaws.com"}},"Action":"sqs:SendMessage","Resource":"*"}}]}}"#
        )
    };
    let whole = policy("topics");
    for (document, expected) in [
        (whole.clone(), "no error"),
        (policy(&"s".repeat(8_192)), "InvalidAttributeValue"),
        ("{".to_owned(), "InvalidAttributeValue"),
        (whole.replace("Allow", "Perhaps"), "InvalidAttributeValue"),
    ] {
        let told = set(&client, &url, &[("Policy", &document)]).await;
        assert_eq!(told, expected, "{document:.60}");
    }
    assert_eq!(shown(&client, &url).await["Policy"], whole);
    assert_eq!(set(&client, &url, &[("Policy", "")]).await, "no error");
    assert!(!shown(&client, &url).await.contains_key("Policy"));
}

#[tokio::test]
async fn a_bad_attribute_leaves_the_others_as_they_were() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    let before = shown(&client, &url).await;
    let mixed = [("VisibilityTimeout", "60"), ("DelaySeconds", "901")];
    assert_eq!(set(&client, &url, &mixed).await, "InvalidAttributeValue");
    assert_eq!(shown(&client, &url).await, before);
}
