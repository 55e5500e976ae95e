//! However a test ends, no copy stays; and what it writes for machines.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName;

use crate::check::{counts, names};
use crate::support::{Shop, eventually};

const SMALL: &str = "version: 1
project: shop
queues:
  jobs: {redrive_policy: {dead_letter_queue: dead, max_receive_count: 2}}
  dead:
tables:
  Tab: {partition_key: id}
";

fn created() -> Shop {
    let shop = Shop::with(SMALL);
    shop.run(&["create", "--all"]).expect(0);
    shop.forget();
    shop
}

fn start(shop: &Shop, args: &[&str]) -> Child {
    let mut command = shop.command(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn interrupt(child: &Child) {
    signal(child, "-INT");
}

fn signal(child: &Child, which: &str) {
    let status = Command::new("kill")
        .args([which, &child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
}

async fn copies(shop: &Shop) -> Vec<String> {
    names(&shop.aws()).await.1
}

#[tokio::test]
async fn a_fault_fails_its_check_and_the_copies_go_all_the_same() {
    for (faults, told) in [
        ("DeleteMessage=error", "queue/jobs: delete (probe)"),
        ("SendMessage=error", "queue/jobs: send and receive (probe)"),
        (
            "TransactWriteItems=error",
            "table/Tab: transaction over two items (probe)",
        ),
        ("CreateTable=error", "table/Tab: copy (probe)"),
    ] {
        let mut shop = created();
        shop.set("SHOPCTL_LOCAL_FAULTS", faults);
        let run = shop.run(&["test", "-q"]).expect(3);
        assert!(run.stdout.contains(told), "{faults}: {}", run.shown());
        assert_eq!(copies(&shop).await, Vec::<String>::new(), "{faults}");
    }
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    for (operation, permission) in [
        ("PutItem", "dynamodb:PutItem"),
        ("CreateQueue", "sqs:CreateQueue"),
        ("GetQueueAttributes", "sqs:GetQueueAttributes"),
    ] {
        let mut shop = created();
        shop.set("SHOPCTL_LOCAL_FAULTS", &format!("{operation}=denied"));
        let run = shop.run(&["test", "-q"]).expect(77);
        assert!(run.shown().contains(permission), "{}", run.shown());
        assert_eq!(copies(&shop).await, Vec::<String>::new());
    }
    // What is only for tests on other machines is a note.
    let mut shop = created();
    shop.set("SHOPCTL_LOCAL_FAULTS", "GetResources=denied");
    let run = shop.run(&["test", "-q"]).expect(0);
    assert!(
        run.stdout.contains("note: not looked for"),
        "{}",
        run.shown()
    );
    shop.run(&["test", "--clean"]).expect(77);
}

#[tokio::test]
async fn throttling_and_lost_answers_are_no_failure() {
    for faults in [
        "*=throttle:0.2",
        "CreateTable=lost:x1,CreateQueue=lost:x1,PutItem=lost:x1",
    ] {
        let mut shop = created();
        shop.set("SHOPCTL_LOCAL_FAULTS", faults);
        let run = shop.run(&["test", "-o", "json"]).expect(0);
        assert_eq!(counts(&run).1, 0, "{}", run.shown());
        assert_eq!(copies(&shop).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_killed_test_is_cleared_up_by_the_next() {
    let mut killed = 0;
    for requests in [12, 14, 16, 18, 20, 24, 30, 40] {
        let mut shop = created();
        shop.set("SHOPCTL_LOCAL_LATENCY", "20ms");
        shop.set("SHOPCTL_LOCAL_TABLE_DELAY", "200ms");
        let mut child = start(&shop, &["test"]);
        while shop.calls().len() < requests && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let left = copies(&shop).await;
        killed += usize::from(!left.is_empty());
        shop.set("SHOPCTL_LOCAL_LATENCY", "");
        let run = shop.run(&["test", "-o", "json"]).expect(0);
        let removed = run.json()["removed"].as_array().unwrap().len();
        assert_eq!(removed, left.len(), "{left:?} {}", run.shown());
        eventually_gone(&shop).await;
    }
    assert!(killed > 4, "only {killed} tests were killed in time");
}

/// A table that is being deleted is listed for a while.
async fn eventually_gone(shop: &Shop) {
    for _ in 0..100 {
        if copies(shop).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("still there: {:?}", copies(shop).await);
}

#[tokio::test]
async fn ctrl_c_removes_the_copies_and_reports() {
    for which in ["-INT", "-TERM"] {
        stops_and_clears_up(which).await;
    }
}

async fn stops_and_clears_up(which: &str) {
    let mut shop = created();
    shop.set("SHOPCTL_LOCAL_LATENCY", "50ms");
    let child = start(&shop, &["test"]);
    eventually("a message is sent", || {
        shop.calls().contains(&"SendMessage".to_owned())
    });
    signal(&child, which);
    let output = child.wait_with_output().unwrap();
    let (stdout, stderr) = (
        String::from_utf8(output.stdout),
        String::from_utf8(output.stderr),
    );
    let (stdout, stderr) = (stdout.unwrap(), stderr.unwrap());
    assert_eq!(output.status.code(), Some(5), "{stdout}{stderr}");
    assert!(stdout.contains("Interrupted: 3 resources"), "{stdout}");
    assert!(stderr.contains("stopping: removing"), "{stderr}");
    assert_eq!(copies(&shop).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_second_ctrl_c_names_what_is_left() {
    let mut shop = created();
    shop.set("SHOPCTL_LOCAL_TABLE_DELAY", "3s");
    let child = start(&shop, &["test"]);
    eventually("the table is made", || {
        shop.calls().contains(&"CreateTable".to_owned())
    });
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(200));
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{stderr}");
    assert!(stderr.contains("left: table/shopctl-probe-"), "{stderr}");
    shop.set("SHOPCTL_LOCAL_TABLE_DELAY", "");
    shop.run(&["test", "--clean"]).expect(0);
    eventually_gone(&shop).await;
}

#[tokio::test]
async fn a_test_whose_time_is_up_fails_and_clears_up() {
    let mut shop = created();
    shop.set("SHOPCTL_LOCAL_LATENCY", "SendMessage=4s");
    let run = shop.run(&["test", "-q", "--timeout", "2s"]).expect(3);
    assert!(
        run.stdout.contains("not proven within --timeout"),
        "{}",
        run.shown()
    );
    assert_eq!(copies(&shop).await, Vec::<String>::new());
}

async fn plant(shop: &Shop, name: &str, tags: &[(&str, &str)]) {
    let create = shop.aws().sqs().create_queue().queue_name(name);
    let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    create.set_tags(Some(tags.collect())).send().await.unwrap();
}

#[tokio::test]
async fn only_old_copies_of_this_project_are_leftovers() {
    let shop = created();
    let of = "shopctl:probe-of";
    let old = ("shopctl:probe", "2020-01-01T00:00:00Z");
    let young = ("shopctl:probe", "2120-01-01T00:00:00Z");
    plant(&shop, "shopctl-probe-0000000a-old", &[old, (of, "shop")]).await;
    plant(
        &shop,
        "shopctl-probe-0000000b-young",
        &[young, (of, "shop")],
    )
    .await;
    plant(
        &shop,
        "shopctl-probe-0000000c-other",
        &[old, (of, "billing")],
    )
    .await;
    plant(&shop, "shopctl-probe-0000000d-untagged", &[]).await;
    plant(&shop, "not-a-probe", &[old, (of, "shop")]).await;
    let run = shop.run(&["test", "--clean"]).expect(0);
    insta::assert_snapshot!(run.stdout, @r"
    ✓ removed  queue/shopctl-probe-0000000a-old

    Done: 1 removed.
    ");
    let again = shop.run(&["test", "--clean"]).expect(0);
    assert!(
        again.stdout.starts_with("Nothing to remove"),
        "{}",
        again.shown()
    );
    let all = shop
        .run(&["test", "--clean", "--older-than", "0s", "-o", "json"])
        .expect(0);
    assert_eq!(
        all.json()["removed"],
        serde_json::json!(["queue/shopctl-probe-0000000b-young"])
    );
    let (real, copies) = names(&shop.aws()).await;
    assert_eq!(
        copies,
        [
            "shopctl-probe-0000000c-other",
            "shopctl-probe-0000000d-untagged"
        ]
    );
    assert!(real.contains(&"not-a-probe".to_owned()));
}

#[test]
fn junit_is_written_beside_the_result() {
    let shop = created();
    let run = shop
        .run(&["test", "-q", "--config", "--junit", "junit.xml"])
        .expect(0);
    assert!(run.stdout.contains("3 resources"), "{}", run.shown());
    let document = std::fs::read_to_string(shop.path().join("junit.xml")).unwrap();
    let document = regex_lite::Regex::new(r#"time="[0-9.]+""#)
        .unwrap()
        .replace_all(&document, r#"time="-""#)
        .into_owned();
    insta::assert_snapshot!(document);
    let wrong = shop
        .run(&["test", "--config", "--junit", "no/such/folder.xml"])
        .expect(1);
    assert!(
        wrong.stderr.contains("give --junit a file"),
        "{}",
        wrong.shown()
    );
}

#[tokio::test]
async fn live_goes_through_the_real_ones_and_takes_nothing_else() {
    let shop = created();
    let aws = shop.aws();
    let item = |id: &str| [("id".to_owned(), AttributeValue::S(id.to_owned()))].into();
    let put = aws.dynamodb().put_item().table_name("Tab");
    put.set_item(Some(item("theirs"))).send().await.unwrap();
    let run = shop.run(&["test", "--live", "-o", "json"]).expect(0);
    assert!(!shop.calls().iter().any(|call| call.starts_with("Create")));
    assert_eq!(counts(&run).2, 0, "{}", run.shown());
    for queue in ["jobs", "dead"] {
        let attributes = aws.attributes(queue).await;
        assert_eq!(attributes["ApproximateNumberOfMessages"], "0");
        assert_eq!(attributes["ApproximateNumberOfMessagesNotVisible"], "0");
    }
    let items = aws
        .dynamodb()
        .scan()
        .table_name("Tab")
        .send()
        .await
        .unwrap();
    assert_eq!(items.items(), [item("theirs")]);
    // Somebody's message stays, unreceived.
    let url = aws.url("jobs").await;
    let send = aws.sqs().send_message().queue_url(&url);
    send.message_body("theirs").send().await.unwrap();
    shop.forget();
    let run = shop
        .run(&["test", "--live", "-q", "--only", "jobs"])
        .expect(0);
    assert!(
        run.stdout.contains("it holds approximately 1 visible"),
        "{}",
        run.shown()
    );
    assert!(!shop.calls().contains(&"ReceiveMessage".to_owned()));
}

#[tokio::test]
async fn live_leaves_nothing_where_a_call_fails() {
    let mut shop = created();
    shop.set(
        "SHOPCTL_LOCAL_FAULTS",
        "DeleteMessage=error:x7,Query=error:x9",
    );
    shop.run(&["test", "--live", "-q"]).expect(3);
    let aws = shop.aws();
    let request = aws
        .sqs()
        .get_queue_attributes()
        .queue_url(aws.url("jobs").await);
    let answer = request
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let attributes = answer.attributes.unwrap();
    let items = aws
        .dynamodb()
        .scan()
        .table_name("Tab")
        .send()
        .await
        .unwrap();
    assert!(items.items().is_empty());
    assert_eq!(
        attributes[&QueueAttributeName::ApproximateNumberOfMessages],
        "0"
    );
}

#[tokio::test]
async fn live_finishes_what_it_began_when_it_is_stopped() {
    let mut shop = created();
    shop.set("SHOPCTL_LOCAL_LATENCY", "150ms");
    let child = start(&shop, &["test", "--live", "--only", "jobs"]);
    eventually("a message is received", || {
        shop.calls().contains(&"ReceiveMessage".to_owned())
    });
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let attributes = shop.aws().attributes("jobs").await;
    assert_eq!(attributes["ApproximateNumberOfMessages"], "0");
    assert_eq!(attributes["ApproximateNumberOfMessagesNotVisible"], "0");
}

#[test]
fn live_leaves_a_queue_alone_that_gives_a_message_one_chance() {
    let shop = Shop::with(&SMALL.replace("max_receive_count: 2", "max_receive_count: 1"));
    shop.run(&["create", "--all"]).expect(0);
    shop.forget();
    let run = shop
        .run(&["test", "--live", "-q", "--only", "jobs"])
        .expect(0);
    assert!(
        run.stdout.contains("with max_receive_count 1"),
        "{}",
        run.shown()
    );
    assert!(!shop.calls().contains(&"SendMessage".to_owned()));
}

#[tokio::test]
async fn a_test_that_runs_is_left_alone_by_others() {
    let mut shop = created();
    shop.set("SHOPCTL_LOCAL_LATENCY", "30ms");
    let running = start(&shop, &["test", "-o", "json"]);
    eventually("a message is sent", || {
        shop.calls().contains(&"SendMessage".to_owned())
    });
    shop.set("SHOPCTL_LOCAL_LATENCY", "");
    let clean = shop
        .run(&["test", "--clean", "--older-than", "0s"])
        .expect(0);
    assert!(
        clean.stdout.starts_with("Nothing to remove"),
        "{}",
        clean.shown()
    );
    shop.run(&["test"]).expect(0);
    let output = running.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(copies(&shop).await, Vec::<String>::new());
}
