//! What holds for every service: state, regions, faults, latency, the log.

use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::RequestId;
use shopctl::local::connector::LocalAws;
use shopctl::local::latency::Latency;
use shopctl::local::options::Options;

use crate::support::{code, config, fresh, options, queue, sqs};

async fn names(client: &Client) -> Vec<String> {
    let urls = client.list_queues().send().await.unwrap().queue_urls;
    let name = |url: String| url.rsplit('/').next().unwrap_or_default().to_owned();
    urls.unwrap_or_default().into_iter().map(name).collect()
}

#[tokio::test]
async fn two_handles_on_one_folder_see_each_other_s_writes() {
    let (dir, first) = fresh();
    let second = sqs(options(dir.path()));
    let url = queue(&first, "orders", &[]).await;
    assert_eq!(names(&second).await, ["orders"]);
    let send = second.send_message().queue_url(&url).message_body("x");
    send.send().await.unwrap();
    let received = first
        .receive_message()
        .queue_url(&url)
        .send()
        .await
        .unwrap();
    assert_eq!(received.messages().len(), 1);
    second.delete_queue().queue_url(&url).send().await.unwrap();
    assert!(names(&first).await.is_empty());
}

#[tokio::test]
async fn concurrent_writers_lose_nothing() {
    let (dir, first) = fresh();
    let url = queue(&first, "orders", &[]).await;
    let writers = (0..4).map(|_| {
        let (dir, url) = (dir.path().to_owned(), url.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(async {
                let client = sqs(options(&dir));
                for _ in 0..25 {
                    let send = client.send_message().queue_url(&url).message_body("x");
                    send.send().await.unwrap();
                }
            });
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.join().unwrap();
    }
    let name = aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessages;
    let request = first.get_queue_attributes().queue_url(&url);
    let output = request.attribute_names(name.clone()).send().await.unwrap();
    assert_eq!(output.attributes.unwrap()[&name], "100");
}

#[test]
fn a_folder_may_be_opened_for_the_first_time_by_several_at_once() {
    for _ in 0..60 {
        let dir = tempfile::tempdir().unwrap();
        let openers = (0..8).map(|_| {
            let dir = dir.path().to_owned();
            std::thread::spawn(move || {
                (0..5).try_for_each(|_| LocalAws::open(options(&dir)).map(|_| ()))
            })
        });
        for opener in openers.collect::<Vec<_>>() {
            opener.join().unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn regions_and_accounts_do_not_see_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let aws = LocalAws::open(options(dir.path())).unwrap();
    let east = Client::new(&config(aws.clone(), "us-east-1"));
    let west = Client::new(&config(aws, "eu-west-1"));
    queue(&east, "orders", &[]).await;
    assert!(names(&west).await.is_empty());
    let url = queue(&west, "orders", &[("DelaySeconds", "5")]).await;
    assert!(
        url.starts_with("https://sqs.eu-west-1.amazonaws.com/"),
        "{url}"
    );
    let other = sqs(Options::new(dir.path()));
    assert!(names(&other).await.is_empty());
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_an_unknown_operation_a_code() {
    let (dir, client) = fresh();
    let listed = client.list_queues().send().await.unwrap();
    let id = listed.request_id().unwrap().to_owned();
    assert_eq!(id.len(), 36);
    let refused = client.get_queue_url().queue_name("none").send().await;
    let refused = refused.unwrap_err();
    assert!(refused.request_id().is_some_and(|other| other != id));
    let config = config(LocalAws::open(options(dir.path())).unwrap(), "us-east-1");
    let tagging = aws_sdk_resourcegroupstagging::Client::new(&config);
    let unknown = tagging.describe_report_creation().send().await;
    assert_eq!(code(unknown), "UnknownOperationException");
}

#[tokio::test]
async fn faults_strike_as_they_are_set() {
    let dir = tempfile::tempdir().unwrap();
    let client = sqs(Options {
        faults: "CreateQueue=throttle:x1,ListQueues=error:x1,GetQueueUrl=denied,DeleteQueue=expired,PurgeQueue=reset:1x1"
            .parse()
            .unwrap(),
        ..options(dir.path())
    });
    let create = client.create_queue().queue_name("orders");
    assert_eq!(code(create.clone().send().await), "RequestThrottled");
    let url = create.send().await.unwrap().queue_url.unwrap();
    let failed = client.list_queues().send().await.unwrap_err();
    assert_eq!(failed.raw_response().unwrap().status().as_u16(), 500);
    assert_eq!(names(&client).await, ["orders"]);
    assert_eq!(
        code(client.get_queue_url().queue_name("orders").send().await),
        "AccessDeniedException"
    );
    assert_eq!(
        code(client.delete_queue().queue_url(&url).send().await),
        "ExpiredToken"
    );
    let broken = client
        .purge_queue()
        .queue_url(&url)
        .send()
        .await
        .unwrap_err();
    assert!(matches!(
        &broken,
        aws_sdk_sqs::error::SdkError::DispatchFailure(failure) if failure.is_io()
    ));
    assert_eq!(
        code(client.purge_queue().queue_url(&url).send().await),
        "no error"
    );
}

#[tokio::test]
async fn latency_is_added_to_each_request_and_overlaps() {
    let dir = tempfile::tempdir().unwrap();
    let client = sqs(Options {
        latency: Latency::of_all(Duration::from_millis(200)),
        ..options(dir.path())
    });
    let started = Instant::now();
    let calls = (0..10).map(|_| client.list_queues().send());
    for answer in futures_util::future::join_all(calls).await {
        answer.unwrap();
    }
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(200), "{took:?}");
    assert!(took < Duration::from_millis(1_000), "{took:?}");
}

#[tokio::test]
async fn the_log_has_a_line_per_request() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("requests.jsonl");
    let client = sqs(Options {
        log: Some(log.clone()),
        faults: "PurgeQueue=reset".parse().unwrap(),
        ..options(dir.path())
    });
    queue(&client, "orders", &[]).await;
    let _ = client.get_queue_url().queue_name("none").send().await;
    let _ = client.purge_queue().queue_url("a/b").send().await;
    let lines: Vec<serde_json::Value> = std::fs::read_to_string(&log)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<_> = lines
        .iter()
        .map(|it| (it["operation"].as_str().unwrap(), it["status"].as_u64()))
        .collect();
    assert_eq!(
        told,
        [
            ("CreateQueue", Some(200)),
            ("GetQueueUrl", Some(400)),
            ("PurgeQueue", None)
        ]
    );
    assert_eq!(lines[1]["error"], "QueueDoesNotExist");
    assert_eq!(lines[0]["service"], "sqs");
    assert_eq!(lines[0]["region"], "us-east-1");
    assert!(lines[0]["milliseconds"].is_number() && lines[0]["time"].is_string());
}

#[test]
fn a_folder_that_cannot_be_used_is_said_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = LocalAws::open(options(&file)).unwrap_err();
    assert!(
        error.contains("file") && error.contains("written"),
        "{error}"
    );
    std::fs::create_dir_all(dir.path().join("state/control.sqlite3")).unwrap();
    let error = LocalAws::open(options(&dir.path().join("state"))).unwrap_err();
    assert!(error.contains("control.sqlite3"), "{error}");
}
