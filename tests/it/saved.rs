//! Saved plans: carried out where nothing moved, refused with what moved where something did.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use aws_sdk_dynamodb::types::Tag;
use aws_sdk_sqs::types::QueueAttributeName;

use crate::support::{Aws, Run, Shop};

const BEFORE: &str = "version: 1
project: shop
queues:
  orders: {visibility_timeout: 1m}
  steady: {visibility_timeout: 1m}
tables:
  Orders: {partition_key: id}
  Steady: {partition_key: id}
";
const AFTER: &str = "version: 1
project: shop
queues:
  orders: {visibility_timeout: 5m}
  steady: {visibility_timeout: 1m}
  fresh: {delay: 5s}
tables:
  Orders: {partition_key: id, point_in_time_recovery: true}
  Steady: {partition_key: id}
";

/// A plan that changes a queue and a table, makes a queue, and leaves one of each as it is.
fn planned() -> (Shop, PathBuf) {
    let shop = Shop::with(BEFORE);
    shop.converge(&[]);
    shop.write(AFTER);
    shop.run(&["plan", "--out", "plan.json"]).expect(0);
    shop.forget();
    let file = shop.path().join("plan.json");
    (shop, file)
}

const CARRY_OUT: [&str; 4] = ["create", "--plan", "plan.json", "--yes"];

async fn set(aws: &Aws, queue: &str, attribute: QueueAttributeName, value: &str) {
    let url = aws.url(queue).await;
    let set = aws.sqs().set_queue_attributes().queue_url(url);
    set.attributes(attribute, value).send().await.unwrap();
}

#[tokio::test]
async fn a_plan_is_saved_whole_for_its_owner_and_the_next_step_is_said() {
    let (shop, file) = planned();
    let seen = shop.run(&["plan", "--out", "it's here.json"]).expect(0);
    assert_eq!(seen.stdout, shop.run(&["plan"]).stdout);
    assert_eq!(
        seen.stderr,
        "Saved. Carry it out with:\n  shopctl create --plan 'it'\\''s here.json' --local\n"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let machine = shop
        .run(&["plan", "--out", "plan.json", "-o", "json"])
        .expect(0);
    assert_eq!(machine.stderr, "");
    assert_eq!(fs::read_to_string(&file).unwrap(), machine.stdout);
    let mut left: Vec<_> = fs::read_dir(shop.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("json"))
        .collect();
    left.sort();
    assert_eq!(left, ["it's here.json", "plan.json"]);
    // A plan that fails leaves the file as it was.
    let before = fs::read_to_string(&file).unwrap();
    shop.write("version: 1\n");
    shop.run(&["plan", "--out", "plan.json"]).expect(65);
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
}

#[test]
fn a_path_that_cannot_be_written_is_told_before_aws_is_asked() {
    let shop = Shop::with(BEFORE);
    fs::create_dir(shop.path().join("folder")).unwrap();
    for (path, code, said) in [
        ("-", 64, "-o json"),
        ("folder", 1, "to folder: it is there and not a regular file"),
        ("absent/plan.json", 1, "to absent/plan.json: "),
        ("..", 1, "to ..: it names no file"),
    ] {
        let refused = shop.run(&["plan", "--out", path]).expect(code);
        let words = refused
            .stderr
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(words.contains(said), "{}", refused.shown());
        assert_eq!(refused.stdout, "");
        assert_eq!(shop.calls(), Vec::<String>::new(), "{path}");
    }
}

#[tokio::test]
async fn counters_and_what_nobody_declares_may_move() {
    let (shop, _) = planned();
    let aws = shop.aws();
    for queue in ["orders", "steady"] {
        let url = aws.url(queue).await;
        let send = aws.sqs().send_message().queue_url(url).message_body("x");
        send.send().await.unwrap();
        set(
            &aws,
            queue,
            QueueAttributeName::ReceiveMessageWaitTimeSeconds,
            "7",
        )
        .await;
    }
    let done = shop.run(&CARRY_OUT).expect(0);
    assert!(
        done.stdout.contains("1 created, 2 updated"),
        "{}",
        done.shown()
    );
    shop.settled();
    assert_eq!(aws.attributes("orders").await["VisibilityTimeout"], "300");
    assert_eq!(
        aws.attributes("orders").await["ReceiveMessageWaitTimeSeconds"],
        "7"
    );
}

#[tokio::test]
async fn a_plan_that_is_carried_out_already_has_nothing_to_do() {
    let (shop, _) = planned();
    let checked = shop
        .run(&[&CARRY_OUT[..], &["--dry-run"]].concat())
        .expect(0);
    assert_eq!(checked.stdout, shop.run(&["plan"]).stdout);
    assert_eq!(shop.writes(), Vec::<String>::new());
    shop.run(&CARRY_OUT).expect(0);
    shop.forget();
    let again = shop.run(&CARRY_OUT).expect(0);
    assert!(
        again.stderr.contains("already carried out"),
        "{}",
        again.shown()
    );
    assert_eq!(
        again.stdout,
        "Nothing to do: 5 resources are as declared.\n"
    );
    let machine = shop
        .run(&[&CARRY_OUT[..], &["-o", "json"]].concat())
        .expect(0);
    assert_eq!(machine.json()["unchanged"], 5);
    assert_eq!(machine.json()["entries"], serde_json::json!([]));
    assert_eq!(shop.writes(), Vec::<String>::new());
}

/// Refused for exactly these reasons, and nothing written.
#[track_caller]
fn stale(shop: &Shop, reasons: &[(&str, &str)]) {
    shop.forget();
    let people = shop.run(&CARRY_OUT).expect(4);
    assert!(
        people.stderr.starts_with("error: the plan is stale: "),
        "{}",
        people.shown()
    );
    assert!(
        people.stderr.contains("shopctl plan --out"),
        "{}",
        people.shown()
    );
    let machine = shop
        .run(&[&CARRY_OUT[..], &["-o", "json"]].concat())
        .expect(4);
    let document = machine.json();
    assert_eq!(document["error"]["kind"], "stale_plan");
    let found = document["error"]["reasons"].as_array().unwrap().iter();
    let found: Vec<_> = found
        .map(|reason| {
            (
                reason["id"].as_str().unwrap(),
                reason["why"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, reasons);
    assert_eq!(shop.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn an_attribute_that_changed_behind_our_back() {
    let (shop, _) = planned();
    let aws = shop.aws();
    set(&aws, "orders", QueueAttributeName::VisibilityTimeout, "120").await;
    stale(&shop, &[("queue/orders", "visibility_timeout 1m → 2m")]);
    // Done by somebody else is moved too: what was looked at is not what is there.
    set(&aws, "orders", QueueAttributeName::VisibilityTimeout, "300").await;
    stale(&shop, &[("queue/orders", "visibility_timeout 1m → 5m")]);
}

#[tokio::test]
async fn an_unchanged_resource_that_drifted() {
    let (shop, _) = planned();
    set(
        &shop.aws(),
        "steady",
        QueueAttributeName::VisibilityTimeout,
        "2",
    )
    .await;
    stale(&shop, &[("queue/steady", "visibility_timeout 1m → 2s")]);
}

#[tokio::test]
async fn a_tag_of_ownership_that_was_removed() {
    let (shop, _) = planned();
    let aws = shop.aws();
    let url = aws.url("orders").await;
    let untag = aws.sqs().untag_queue().queue_url(url);
    untag.tag_keys("shopctl:origin").send().await.unwrap();
    let arn = aws.table("Steady").await.table_arn.unwrap();
    let untag = aws.dynamodb().untag_resource().resource_arn(&arn);
    untag.tag_keys("shopctl:project").send().await.unwrap();
    let arn = aws.table("Orders").await.table_arn.unwrap();
    let theirs = Tag::builder().key("shopctl:env").value("prod");
    let tag = aws.dynamodb().tag_resource().resource_arn(&arn);
    tag.tags(theirs.build().unwrap()).send().await.unwrap();
    stale(
        &shop,
        &[
            ("queue/orders", "tags.shopctl:origin created → (none)"),
            ("table/Orders", "tags.shopctl:env (none) → prod"),
            ("table/Steady", "tags.shopctl:project shop → (none)"),
        ],
    );
}

#[tokio::test]
async fn what_was_made_or_deleted_meanwhile() {
    let (shop, _) = planned();
    let aws = shop.aws();
    let make = aws.sqs().create_queue().queue_name("fresh");
    make.send().await.unwrap();
    let url = aws.url("steady").await;
    aws.sqs()
        .delete_queue()
        .queue_url(url)
        .send()
        .await
        .unwrap();
    let delete = aws.dynamodb().delete_table().table_name("Orders");
    delete.send().await.unwrap();
    stale(
        &shop,
        &[
            ("queue/fresh", "exists now, without ownership tags"),
            ("table/Orders", "does not exist any more"),
            ("queue/steady", "does not exist any more"),
        ],
    );
}

#[test]
fn hazards_adoptions_and_conflicts_need_what_they_always_need() {
    let shop = Shop::with(
        "version: 1\nproject: shop\nqueues:\n  orders: {message_retention_period: 4d}\n",
    );
    shop.converge(&[]);
    shop.write("version: 1\nproject: shop\nqueues:\n  orders: {message_retention_period: 1d}\n");
    let saved = shop.run(&["plan", "--out", "plan.json"]).expect(0);
    assert!(
        saved
            .stderr
            .ends_with("--plan plan.json --local --allow lose-messages\n")
    );
    shop.forget();
    shop.run(&CARRY_OUT).expect(4);
    let allow = ["create", "--plan", "plan.json", "--allow", "lose-messages"];
    let silent = shop.run(&allow).expect(4);
    assert!(silent.stderr.contains("give --yes"), "{}", silent.shown());
    assert_eq!(shop.writes(), Vec::<String>::new());
    shop.run(&[&allow[..], &["--yes"]].concat()).expect(0);
    shop.settled();

    shop.write("version: 1\nproject: other\nqueues:\n  orders:\n");
    let saved = shop.run(&["plan", "--out", "plan.json"]).expect(0);
    assert!(
        saved.stderr.contains("conflicts are resolved"),
        "{}",
        saved.shown()
    );
    let refused = shop.run(&CARRY_OUT).expect(4);
    assert!(
        refused.stderr.contains("belongs to project shop"),
        "{}",
        refused.shown()
    );
}

#[test]
fn the_plan_says_where_and_the_command_line_may_not_say_otherwise() {
    let shop = Shop::with(&format!(
        "{BEFORE}account: \"111122223333\"\nregion: eu-central-1\nenvironments: {{dev: {{}}, prod: {{}}}}\n"
    ));
    let args = ["plan", "--env", "dev", "--out", "plan.json"];
    shop.run(&args).expect(0);
    shop.forget();
    let with = |more: &[&str]| shop.run(&[&CARRY_OUT[..], more].concat());
    let region = with(&["--region", "us-east-1"]).expect(4);
    assert!(
        region.stderr.contains("for region eu-central-1"),
        "{}",
        region.shown()
    );
    let env = with(&["--env", "prod"]).expect(64);
    assert!(env.stderr.contains("environment dev"), "{}", env.shown());
    assert_eq!(shop.calls(), Vec::<String>::new());
    // Said again is not said otherwise; the manifest is not read at all.
    fs::remove_dir_all(shop.path().join("manifests")).unwrap();
    let done = with(&["--region", "eu-central-1", "--env", "dev", "-o", "json"]).expect(0);
    assert_eq!(done.json()["scope"]["account"], "111122223333");
    assert_eq!(done.json()["scope"]["region"], "eu-central-1");
}

/// An AWS that knows who is asking, and nothing else.
fn another_account() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let identity = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::999900001111:user/x</Arn>\
        <UserId>x</UserId><Account>999900001111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 16_384];
            let read = stream.read(&mut request).unwrap_or(0);
            let who = String::from_utf8_lossy(&request[..read])
                .contains("application/x-www-form-urlencoded");
            let (status, body) = if who {
                ("200 OK", identity)
            } else {
                ("403 Forbidden", "{}")
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn another_account_is_refused() {
    let (mut shop, _) = planned();
    for (name, value) in [
        ("SHOPCTL_LOCAL", "0"),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
    ] {
        shop.set(name, value);
    }
    let url = another_account();
    let refused = shop.run(&[&CARRY_OUT[..], &["--endpoint-url", &url]].concat());
    let refused = refused.expect(4);
    let words = refused
        .stderr
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let expected = "the plan is for account 000000000000, the credentials are of 999900001111";
    assert!(words.contains(expected), "{}", refused.shown());
}

#[test]
fn a_file_that_holds_no_plan() {
    let (shop, file) = planned();
    let plan = fs::read_to_string(&file).unwrap();
    let with = |from: &str, to: &str| {
        assert!(plan.contains(from), "{from}");
        plan.replacen(from, to, 1)
    };
    for (text, said) in [
        (String::new(), "not a JSON document"),
        ("{}".to_owned(), "it has no schema_version"),
        (BEFORE.to_owned(), "not a JSON document"),
        (
            with("\"schema_version\": 1", "\"schema_version\": 9"),
            "schema_version 9",
        ),
        (
            with("\"verb\": \"create\"", "\"verb\": \"paint\""),
            "unknown variant `paint`",
        ),
        (
            with("\"visibility_timeout\": 300", "\"colour\": 3"),
            "queue/orders: unknown field",
        ),
        (with("\"us-east-1\"", "\"moon\""), "`moon` is not a region"),
        // What it shows must be what it does.
        (
            with("\"desired\": \"5m\"", "\"desired\": \"6m\""),
            "queue/orders: the changes that it shows are not those that it would make",
        ),
        (
            with("\"desired\": \"5s\"", "\"desired\": \"6s\""),
            "queue/fresh: the changes that it shows are not those that it would make",
        ),
    ] {
        fs::write(&file, &text).unwrap();
        bad_file(shop.run(&CARRY_OUT), said);
    }
    fs::remove_file(&file).unwrap();
    bad_file(shop.run(&CARRY_OUT), "No such file");
    fs::create_dir(&file).unwrap();
    bad_file(shop.run(&CARRY_OUT), "directory");
    assert_eq!(shop.calls(), Vec::<String>::new());
}

#[track_caller]
fn bad_file(run: Run, said: &str) {
    let run = run.expect(65);
    let words = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.starts_with("error: the plan in plan.json cannot be carried out: "),
        "{words}"
    );
    assert!(words.contains(said), "{words}");
    assert!(
        words.ends_with("make it anew with shopctl plan --out FILE"),
        "{words}"
    );
}

#[test]
fn markdown_is_for_plans_only() {
    let (shop, _) = planned();
    let plan = shop.run(&["plan", "-o", "markdown"]).expect(0);
    assert!(
        plan.stdout
            .starts_with("### shopctl plan: shop — 1 to create, 2 to update\n"),
        "{}",
        plan.shown()
    );
    let dry = shop
        .run(&["create", "--all", "--dry-run", "-o", "markdown"])
        .expect(0);
    assert_eq!(dry.stdout, plan.stdout);
    let saved = shop
        .run(&[
            "create",
            "--plan",
            "plan.json",
            "--dry-run",
            "-o",
            "markdown",
        ])
        .expect(0);
    assert_eq!(saved.stdout, plan.stdout);
    shop.forget();
    for args in [
        &["create", "--all"][..],
        &["create-queues"],
        &CARRY_OUT,
        &["validate"],
        &["schema"],
    ] {
        let refused = shop.run(&[args, &["-o", "markdown"]].concat()).expect(64);
        assert!(
            refused
                .stderr
                .contains("shopctl plan, or with create --dry-run"),
            "{}",
            refused.shown()
        );
    }
    assert_eq!(shop.calls(), Vec::<String>::new());
}
