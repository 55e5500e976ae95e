//! `monitor` end to end: pipes, documents, gates, faults, and the screen on a terminal of its own.

mod faults;
mod gates;
mod screen;

use std::process::{Child, Stdio};

use aws_sdk_sqs::types::QueueAttributeName;

use crate::support::{Run, Shop, eventually};

/// Signs, and nothing of the machine's own width.
fn shop() -> Shop {
    let mut shop = Shop::shopping();
    shop.set("LANG", "C.UTF-8");
    shop.run(&["create", "--all", "-q"]).expect(0);
    shop
}

/// Puts so many messages into the queue.
async fn send(shop: &Shop, queue: &str, messages: usize) {
    let aws = shop.aws();
    let url = aws.url(queue).await;
    for number in 0..messages {
        let request = aws.sqs().send_message().queue_url(&url);
        let request = request.message_body(format!("order {number}"));
        request.send().await.unwrap();
    }
}

/// Receives the queue's messages without success until they are in its dead-letter queue.
async fn fail_messages(shop: &Shop, queue: &str, dead: &str, messages: usize) {
    let aws = shop.aws();
    let url = aws.url(queue).await;
    for _ in 0..50 {
        let held = aws.attributes(dead).await["ApproximateNumberOfMessages"].parse();
        if held == Ok(messages) {
            return;
        }
        let request = aws.sqs().receive_message().queue_url(&url);
        let request = request.visibility_timeout(0).max_number_of_messages(10);
        request.send().await.unwrap();
    }
    panic!("the messages did not move");
}

async fn purge(shop: &Shop, queue: &str) {
    let aws = shop.aws();
    let url = aws.url(queue).await;
    loop {
        let request = aws.sqs().receive_message().queue_url(&url);
        let answer = request.max_number_of_messages(10).send().await.unwrap();
        let Some(messages) = answer.messages else {
            return;
        };
        for message in messages {
            let receipt = message.receipt_handle.unwrap();
            let request = aws.sqs().delete_message().queue_url(&url);
            request.receipt_handle(receipt).send().await.unwrap();
        }
    }
}

/// The documents of a stream.
fn documents(run: &Run) -> Vec<serde_json::Value> {
    let lines = run.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn row<'a>(document: &'a serde_json::Value, id: &str) -> &'a serde_json::Value {
    let kind = if id.starts_with("queue/") {
        "queues"
    } else {
        "tables"
    };
    let rows = document[kind].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap()
}

/// What the clock and the minute decide is left out.
fn still(run: &Run) -> String {
    let time = regex_lite::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let trend = regex_lite::Regex::new(" +[▁▂▃▄▅▆▇█]+").unwrap();
    let shown = run.shown();
    let shown = time.replace_all(&shown, "[------- time -----]");
    trend.replace_all(&shown, "  [trend]").into_owned()
}

/// Without CloudWatch nothing depends on the time: ages and rates have their own test.
fn without_cloudwatch(shop: &mut Shop) {
    shop.set("SHOPCTL_LOCAL_FAULTS", "GetMetricData=denied");
}

#[tokio::test]
async fn a_pipe_gets_one_block_of_a_healthy_shop_and_of_one_with_dead_letters() {
    let mut shop = shop();
    without_cloudwatch(&mut shop);
    for state in ["healthy", "failing"] {
        if state == "failing" {
            send(&shop, "order-processing-queue", 3).await;
            fail_messages(&shop, "order-processing-queue", "order-processing-dlq", 3).await;
        }
        for columns in ["80", "140"] {
            shop.set("COLUMNS", columns);
            let run = shop.run(&["monitor", "--once"]).expect(0);
            assert!(!run.stdout.contains('\u{1b}'));
            insta::assert_snapshot!(format!("monitor_{state}_{columns}"), still(&run));
        }
    }
}

#[tokio::test]
async fn a_document_tells_counts_ages_and_the_loss_countdown() {
    const DAY: u64 = 86_400;
    let shop = shop();
    send(&shop, "order-processing-queue", 2).await;
    fail_messages(&shop, "order-processing-queue", "order-processing-dlq", 2).await;
    send(&shop, "order-processing-queue", 5).await;
    let run = shop.run(&["monitor", "--once", "-o", "json"]).expect(0);
    let [document] = &documents(&run)[..] else {
        panic!("{}", run.stdout);
    };
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["health"], "critical");
    assert_eq!(document["account"], "000000000000");
    assert_eq!(document["totals"]["dead_letters"], 2);
    assert_eq!(document["stale"], serde_json::json!([]));
    assert_eq!(document["gaps"], serde_json::json!([]));
    let source = row(document, "queue/order-processing-queue");
    assert_eq!(source["visible"], 5);
    assert_eq!(source["dead_letters"]["messages"], 2);
    assert_eq!(source["health"], "healthy");
    let dead = row(document, "queue/order-processing-dlq");
    assert_eq!(dead["health"], "critical");
    assert_eq!(dead["trend"].as_array().unwrap().last().unwrap(), 2);
    // Fourteen days, of which the source may have had four; a minute has not passed.
    let most = dead["loss"]["at_most"].as_u64().unwrap();
    assert!((14 * DAY - 60..=14 * DAY).contains(&most), "{most}");
    assert_eq!(dead["loss"]["at_least"].as_u64().unwrap(), most - 4 * DAY);
    assert_eq!(row(document, "table/Orders")["status"], "ACTIVE");
}

#[test]
fn a_part_is_watched_with_its_dead_letter_queues_alone() {
    let shop = shop();
    shop.write(
        "version: 1\nproject: shopping\nqueues:\n  order-processing-queue: {component: orders}\n  inventory-update-queue:\n",
    );
    let run = shop
        .run(&["monitor", "--once", "-o", "json", "--component", "orders"])
        .expect(0);
    let document = run.json();
    let rows = document["queues"].as_array().unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        ["queue/order-processing-queue", "queue/order-processing-dlq"]
    );
    assert_eq!(document["tables"], serde_json::json!([]));
}

#[test]
fn what_is_not_there_is_critical() {
    let mut shop = Shop::shopping();
    shop.set("LANG", "C.UTF-8");
    without_cloudwatch(&mut shop);
    let run = shop
        .run(&["monitor", "--once", "--component", "dynamodb"])
        .expect(0);
    insta::assert_snapshot!("monitor_missing", still(&run));
}

#[tokio::test]
async fn thresholds_stand_in_the_manifest() {
    let shop = shop();
    send(&shop, "order-processing-queue", 2).await;
    fail_messages(&shop, "order-processing-queue", "order-processing-dlq", 2).await;
    let health = || shop.run(&["monitor", "--once", "-o", "json"]).json()["health"].clone();
    assert_eq!(health(), "critical");
    let path = shop.path().join("manifests/shopping.yaml");
    let manifest = std::fs::read_to_string(path).unwrap();
    shop.write(&format!("{manifest}\nmonitor: {{dead_letters: 2}}\n"));
    assert_eq!(health(), "healthy");
    shop.write(&format!(
        "{manifest}\nmonitor: {{dead_letters: few, oldest: 5m}}\n"
    ));
    let run = shop.run(&["monitor", "--once"]).expect(65);
    assert!(
        run.stderr.contains("dead_letters") && run.stderr.contains("oldest_age"),
        "{}",
        run.shown()
    );
}

#[test]
fn an_index_that_is_being_built_tells_how_far_it_is() {
    let table = "version: 1\nproject: shop\ntables:\n  Orders:\n    partition_key: id\n";
    let mut shop = Shop::with(table);
    shop.run(&["create", "--all", "-q"]).expect(0);
    let index = "    global_secondary_indexes: {by-user: {partition_key: user}}\n";
    shop.write(&format!("{table}{index}"));
    shop.set("SHOPCTL_LOCAL_INDEX_DELAY", "20s");
    let mut create = shop.command(&["create", "--all", "-q"]);
    let mut create = create.stdout(Stdio::null()).spawn().unwrap();
    let look = || shop.run(&["monitor", "--once", "-o", "json"]).json();
    eventually("it is being built", || {
        row(&look(), "table/Orders")["indexes"][0].is_object()
    });
    let document = look();
    create.kill().unwrap();
    create.wait().unwrap();
    let row = row(&document, "table/Orders");
    let building = &row["indexes"][0];
    assert_eq!(building["name"], "by-user");
    assert_eq!(building["status"], "CREATING");
    assert!(building["percent"].is_number(), "{row:#}");
    let reasons = row["reasons"].to_string();
    assert!(reasons.contains("index by-user is CREATING, "), "{reasons}");
}

#[test]
fn a_reader_that_leaves_ends_it() {
    let shop = shop();
    let mut command = shop.command(&["monitor", "--interval", "20ms", "-o", "json"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(code(&mut child), 0);
}

/// Within a while.
#[track_caller]
fn code(child: &mut Child) -> i32 {
    eventually("it ended", || child.try_wait().unwrap().is_some());
    child.wait().unwrap().code().unwrap_or(-1)
}

#[test]
fn wrong_credentials_and_accounts_are_told_before_anything_is_watched() {
    let mut shop = shop();
    shop.set("SHOPCTL_LOCAL_FAULTS", "GetCallerIdentity=expired");
    shop.run(&["monitor"]).expect(77);
    let run = shop.run(&["monitor", "-o", "json"]).expect(77);
    assert_eq!(documents(&run).len(), 1);
}

#[test]
fn a_timeout_is_for_what_has_an_end() {
    let mut shop = shop();
    let run = shop.run(&["monitor", "--timeout", "5s"]).expect(64);
    assert!(run.stderr.contains("--until"), "{}", run.shown());
    shop.run(&["monitor", "--once", "--timeout", "1m"])
        .expect(0);
    shop.set("SHOPCTL_LOCAL_LATENCY", "GetQueueAttributes=5s");
    let run = shop
        .run(&["monitor", "--once", "--timeout", "1s"])
        .expect(1);
    assert!(
        run.stderr.contains("looking took longer than 1s"),
        "{}",
        run.shown()
    );
}

#[tokio::test]
async fn a_dead_letter_queue_s_retention_is_read_from_the_live_queue() {
    let shop = shop();
    let aws = shop.aws();
    let url = aws.url("order-processing-dlq").await;
    let request = aws.sqs().set_queue_attributes().queue_url(url);
    let request = request.attributes(QueueAttributeName::MessageRetentionPeriod, "432000");
    request.send().await.unwrap();
    send(&shop, "order-processing-queue", 1).await;
    fail_messages(&shop, "order-processing-queue", "order-processing-dlq", 1).await;
    let document = shop.run(&["monitor", "--once", "-o", "json"]).json();
    let loss = &row(&document, "queue/order-processing-dlq")["loss"];
    assert!(loss["at_most"].as_u64().unwrap() <= 432_000, "{loss}");
}
