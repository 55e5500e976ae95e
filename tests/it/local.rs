//! `local`: served to other clients, looked at, emptied; and the clock that all of them share.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::support::{Aws, Shop, eventually, served};

/// A server that dies with its test.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn of(shop: &Shop, args: &[&str]) -> Server {
        let mut command = shop.command(&[&["local", "serve", "--port", "0"], args].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let stdout = BufReader::new(child.stdout.as_mut().unwrap());
        stdout.take(200).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("export AWS_ENDPOINT_URL=");
        let url = url.unwrap_or_else(|| panic!("{line}")).to_owned();
        Server { child, url }
    }

    fn port(&self) -> &str {
        self.url.rsplit(':').next().unwrap()
    }

    fn aws(&self) -> Aws {
        served(&self.url)
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = std::process::Command::new("kill")
            .args([signal, &pid])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Exit code and stderr.
    fn end(mut self) -> (Option<i32>, String) {
        let mut text = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        (self.child.wait().unwrap().code(), text)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn bodies(aws: &Aws, url: &str) -> Vec<String> {
    let request = aws.sqs().receive_message().queue_url(url);
    let answer = request.max_number_of_messages(10).send().await.unwrap();
    let messages = answer.messages.unwrap_or_default().into_iter();
    messages.filter_map(|message| message.body).collect()
}

async fn send(aws: &Aws, url: &str, body: &str) -> bool {
    let request = aws.sqs().send_message().queue_url(url);
    request.message_body(body).send().await.is_ok()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

async fn put(aws: &Aws, id: &str) -> bool {
    let request = aws.dynamodb().put_item().table_name("Users");
    let request = request.item("id", text(id));
    request.send().await.is_ok()
}

async fn ids(aws: &Aws) -> BTreeSet<String> {
    let pages = aws
        .dynamodb()
        .scan()
        .table_name("Users")
        .consistent_read(true);
    let items = pages.into_paginator().items().send();
    let items = items.collect::<Result<Vec<_>, _>>().await.unwrap();
    let ids = items.iter().map(|item| item["id"].as_s().unwrap().clone());
    ids.collect()
}

const MANIFEST: &str = "
version: 1
project: shop
region: us-east-1
queues: {orders: {}}
tables: {Users: {partition_key: id}}
";

fn shop() -> Shop {
    let shop = Shop::with(MANIFEST);
    shop.run(&["create", "--all"]).expect(0);
    shop
}

#[tokio::test]
async fn clients_of_the_port_and_in_process_see_the_same() {
    let shop = shop();
    let server = Server::of(&shop, &[]);
    let (outside, inside) = (server.aws(), shop.aws());
    let url = outside.url("orders").await;
    assert_eq!(url, format!("{}/000000000000/orders", server.url));
    assert!(send(&outside, &url, "from outside").await);
    assert_eq!(bodies(&inside, &url).await, ["from outside"]);
    let url = inside.url("orders").await;
    assert_eq!(
        url,
        "https://sqs.us-east-1.amazonaws.com/000000000000/orders"
    );
    assert!(send(&inside, &url, "from inside").await);
    assert_eq!(bodies(&outside, &url).await, ["from inside"]);
    assert!(put(&inside, "a").await && put(&outside, "b").await);
    for aws in [&inside, &outside] {
        assert_eq!(ids(aws).await, ["a", "b"].map(str::to_owned).into());
    }
}

#[test]
fn shopctl_itself_is_a_client() {
    let mut shop = Shop::with(MANIFEST);
    let server = Server::of(&shop, &[]);
    shop.set("SHOPCTL_LOCAL", "0");
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        shop.set(name, "local");
    }
    let at = ["--endpoint-url", &server.url];
    shop.run(&[&["create", "--all"], &at[..]].concat())
        .expect(0);
    let plan = [&["plan", "--detailed-exitcode"], &at[..]].concat();
    shop.run(&plan).expect(0);
    shop.set("SHOPCTL_LOCAL", "1");
    shop.settled();
}

#[tokio::test]
async fn a_killed_server_has_lost_nothing_that_it_acknowledged() {
    let shop = shop();
    let (mut sent, mut stored) = (0, BTreeSet::new());
    for round in 0..8_u64 {
        let server = Server::of(&shop, &[]);
        let aws = server.aws();
        let url = aws.url("orders").await;
        let client = async {
            loop {
                let id = format!("{round}-{}", stored.len());
                let (message, item) =
                    futures_util::future::join(send(&aws, &url, "x"), put(&aws, &id)).await;
                sent += u64::from(message);
                if item {
                    stored.insert(id);
                }
                if !(message && item) {
                    break;
                }
            }
        };
        let killer = async {
            tokio::time::sleep(Duration::from_millis(60 + 37 * round)).await;
            server.signal("-KILL");
        };
        futures_util::future::join(client, killer).await;
    }
    assert!(sent > 8 && stored.len() > 8, "{sent} {}", stored.len());
    let aws = shop.aws();
    let kept = aws.attributes("orders").await["ApproximateNumberOfMessages"].clone();
    let kept: u64 = kept.parse().unwrap();
    // What was under way when the server died may be there too: one in a round.
    assert!(
        (sent..=sent + 8).contains(&kept),
        "{sent} sent, {kept} kept"
    );
    let lost: Vec<_> = stored.difference(&ids(&aws).await).cloned().collect();
    assert_eq!(lost, Vec::<String>::new());
}

#[test]
fn it_ends_when_it_is_told_to() {
    for signal in ["-INT", "-TERM"] {
        let shop = Shop::with(MANIFEST);
        let server = Server::of(&shop, &[]);
        let status = shop
            .run(&["local", "status", "-o", "json"])
            .expect(0)
            .json();
        assert_eq!(status["endpoint_urls"][0], server.url.as_str());
        server.signal(signal);
        let (code, stderr) = server.end();
        assert_eq!(code, Some(0), "{stderr}");
        let status = shop
            .run(&["local", "status", "-o", "json"])
            .expect(0)
            .json();
        assert_eq!(status["endpoint_urls"], serde_json::json!([]));
    }
}

#[test]
fn what_it_prints_is_to_be_copied_or_parsed() {
    let shop = Shop::with(MANIFEST);
    let server = Server::of(&shop, &[]);
    server.signal("-INT");
    let port = server.port().to_owned();
    let (_, stderr) = server.end();
    insta::assert_snapshot!(stderr.replace(&port, "[port]"), @"The local AWS in .shopctl/local (account 000000000000) answers at http://127.0.0.1:[port] until Ctrl-C; its state stays.");

    let mut command = shop.command(&["local", "serve", "--port", "0", "-q", "-o", "json"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let document: Vec<_> = stdout.lines().map(Result::unwrap).take(7).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let document: serde_json::Value = serde_json::from_str(&document.join("\n")).unwrap();
    assert_eq!(document["region"], "us-east-1");
    assert!(
        document["endpoint_url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
}

#[test]
fn the_account_is_the_manifest_s_or_the_one_that_is_given() {
    let shop = Shop::with(&format!("{MANIFEST}account: \"123456789012\"\n"));
    for (args, account) in [
        (vec![], "123456789012"),
        (vec!["--account", "210987654321"], "210987654321"),
    ] {
        let server = Server::of(&shop, &args);
        server.signal("-INT");
        let (_, stderr) = server.end();
        assert!(stderr.contains(account), "{stderr}");
    }
    let refused = shop.run(&["local", "serve", "--account", "12"]).expect(1);
    assert!(
        refused.stderr.contains("twelve digits"),
        "{}",
        refused.stderr
    );
}

#[tokio::test]
async fn every_request_is_told() {
    let shop = shop();
    let server = Server::of(&shop, &["--log"]);
    let aws = server.aws();
    aws.url("orders").await;
    assert!(
        aws.sqs()
            .get_queue_url()
            .queue_name("none")
            .send()
            .await
            .is_err()
    );
    server.signal("-INT");
    let (_, stderr) = server.end();
    let times = regex_lite::Regex::new(r"(?m)^\d\d:\d\d:\d\d|\d+\.\d ms").unwrap();
    let lines: Vec<_> = stderr.lines().skip(1).collect();
    insta::assert_snapshot!(times.replace_all(&lines.join("\n"), "[time]"));
}

#[test]
fn a_port_that_is_taken_is_said() {
    let shop = Shop::with(MANIFEST);
    let server = Server::of(&shop, &[]);
    let twice = shop
        .run(&["local", "serve", "--port", server.port()])
        .expect(1);
    insta::assert_snapshot!(twice.shown().replace(server.port(), "[port]"));
    let other = Shop::with(MANIFEST);
    let taken = other
        .run(&["local", "serve", "--port", server.port()])
        .expect(1);
    assert!(
        taken.stderr.contains("--port another one"),
        "{}",
        taken.stderr
    );
}

/// The whole answer to a request of one line.
fn raw(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    let request = format!("{request}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn only_this_machine_is_answered_and_only_by_its_name() {
    let shop = Shop::with(MANIFEST);
    let server = Server::of(&shop, &[]);
    let answer = raw(&server, "GET / HTTP/1.1\r\nHost: localhost");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = raw(
        &server,
        "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: AWS4",
    );
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    let answer = raw(&server, "GET / HTTP/1.1\r\nHost: shop.example.com");
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let answer = raw(
        &server,
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0",
    );
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[test]
fn a_request_too_long_is_refused_unsent_and_half_a_request_is_not_answered() {
    let shop = Shop::with(MANIFEST);
    let server = Server::of(&shop, &[]);
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length:";
    let answer = raw(&server, &format!("{head} 99999999999"));
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    stream
        .write_all(format!("{head} 9\r\n\r\nhalf").as_bytes())
        .unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "");
}

#[cfg(target_os = "linux")]
#[test]
fn no_other_machine_can_reach_it() {
    let shop = Shop::with(MANIFEST);
    let server = Server::of(&shop, &[]);
    let port = format!(":{:04X}", server.port().parse::<u16>().unwrap());
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let listening = sockets.lines().filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        // The kernel's number for LISTEN.
        (fields[3] == "0A" && fields[1].ends_with(&port)).then(|| fields[1].to_owned())
    });
    let listening: Vec<_> = listening.collect();
    assert_eq!(listening, [format!("0100007F{port}")]);
}

#[tokio::test]
async fn a_fault_breaks_the_connection_of_an_outside_client_too() {
    let mut shop = shop();
    shop.set("SHOPCTL_LOCAL_FAULTS", "ListQueues=reset");
    let server = Server::of(&shop, &[]);
    let aws = server.aws();
    let error = aws.sqs().list_queues().send().await.unwrap_err();
    assert!(
        matches!(error, aws_sdk_sqs::error::SdkError::DispatchFailure(_)),
        "{error:?}"
    );
    aws.url("orders").await;
}

#[tokio::test]
async fn time_passes_for_a_server_that_runs() {
    let shop = shop();
    let server = Server::of(&shop, &[]);
    let aws = server.aws();
    let url = aws.url("orders").await;
    assert!(send(&aws, &url, "x").await);
    let clock = shop
        .run(&["local", "clock", "+3d", "-o", "json"])
        .expect(0)
        .json();
    assert!(clock["ahead_ms"].as_u64().unwrap() >= 3 * 86_400_000);
    let held = |attributes: &std::collections::BTreeMap<String, String>| {
        attributes["ApproximateNumberOfMessages"].clone()
    };
    assert_eq!(held(&aws.attributes("orders").await), "1");
    shop.run(&["local", "clock", "+2d"]).expect(0);
    assert_eq!(held(&aws.attributes("orders").await), "0");
    // 20 s of waiting pass in a fifth of a second.
    shop.run(&["local", "clock", "x100"]).expect(0);
    let begun = std::time::Instant::now();
    let receive = aws
        .sqs()
        .receive_message()
        .queue_url(&url)
        .wait_time_seconds(20);
    assert!(receive.send().await.unwrap().messages.is_none());
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_clock_says_what_it_shows_and_what_it_does_not_take() {
    let shop = Shop::empty();
    let told = |args: &[&str]| shop.run(args).expect(0).stdout;
    assert_eq!(told(&["local", "clock"]), "Its clock is the machine's.\n");
    let fast = told(&["local", "clock", "+4d", "x60"]);
    assert!(
        fast.contains("4 d 0 h ahead, and runs 60 times as fast"),
        "{fast}"
    );
    let wrong = shop.run(&["local", "clock", "soon"]).expect(64);
    insta::assert_snapshot!(wrong.shown());
}

#[tokio::test]
async fn a_reset_empties_it_under_a_server_that_runs() {
    let shop = shop();
    let server = Server::of(&shop, &[]);
    let aws = server.aws();
    assert!(send(&aws, &aws.url("orders").await, "x").await && put(&aws, "a").await);
    shop.run(&["local", "clock", "+1d"]).expect(0);
    let status = shop.run(&["local", "status"]).expect(0).stdout;
    let (_, table) = status.split_once("\n\n").unwrap();
    insta::assert_snapshot!(table);

    let asked = shop.run(&["local", "reset"]).expect(4);
    assert!(asked.stderr.contains("--yes"), "{}", asked.stderr);
    assert!(put(&aws, "b").await);
    let reset = shop.run(&["local", "reset", "--yes"]).expect(0).stdout;
    assert_eq!(
        reset,
        "Deleted from .shopctl/local: 1 queue with 1 message, 1 table with 2 items, 0 backups.\n"
    );
    assert!(!put(&aws, "c").await);
    let status = shop.run(&["local", "status"]).expect(0).stdout;
    assert!(
        status.ends_with("Its clock is the machine's.\nIt is empty.\n"),
        "{status}"
    );
    // The names are free at once, and nothing of before shows through.
    shop.run(&["create", "--all"]).expect(0);
    assert!(put(&aws, "d").await);
    assert_eq!(ids(&aws).await, ["d".to_owned()].into());
}

#[test]
fn where_nothing_is_nothing_is_made() {
    let shop = Shop::empty();
    shop.run(&["local", "status"]).expect(0);
    shop.run(&["local", "reset", "--yes"]).expect(0);
    eventually("no folder", || !shop.path().join(".shopctl").exists());
}

#[test]
fn what_cannot_be_used_is_named_and_nothing_else() {
    let mut shop = Shop::empty();
    shop.set("SHOPCTL_LOCAL_CLOCK", "soon");
    let told = shop.run(&["local", "status"]).expect(1).stderr;
    assert!(told.contains("SHOPCTL_LOCAL_CLOCK"), "{told}");
    assert!(!told.contains("SHOPCTL_LOCAL_DIR"), "{told}");
    shop.set("SHOPCTL_LOCAL_CLOCK", "");
    std::fs::write(shop.path().join("state"), "a file").unwrap();
    shop.set("SHOPCTL_LOCAL_DIR", "state");
    for command in [&["local", "status"][..], &["local", "reset", "--yes"]] {
        let told = shop.run(command).expect(1).stderr;
        assert!(told.contains("SHOPCTL_LOCAL_DIR"), "{told}");
    }
}
