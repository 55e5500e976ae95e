//! Bad input and first contact: a clear message, the documented exit code, and nothing written.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Run, Shop};

const MANIFEST: &str = "version: 1
project: shop
queues:
  orders: {visibility_timeout: 5m}
tables:
  Orders: {partition_key: id}
";

/// Runs it for people and for machines: both end with `code` before anything is written, and machines get
/// one document that says the same. Returns what people see.
#[track_caller]
fn refused(shop: &Shop, args: &[&str], code: i32, kind: &str) -> Run {
    let seen = shop.run(args).expect(code);
    assert_eq!(seen.stdout, "", "{}", seen.shown());
    harmless(&seen);
    let machine = shop.run(&[args, &["-o", "json"]].concat()).expect(code);
    harmless(&machine);
    let document = machine.json();
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["error"]["kind"], kind, "{document:#}");
    assert!(
        document["error"]["message"]
            .as_str()
            .is_some_and(|m| !m.is_empty())
    );
    assert_eq!(shop.writes(), Vec::<String>::new());
    seen
}

/// The same where not even AWS may have been asked.
#[track_caller]
fn refused_unasked(shop: &Shop, args: &[&str], code: i32, kind: &str) -> Run {
    let seen = refused(shop, args, code, kind);
    assert_eq!(shop.calls(), Vec::<String>::new());
    assert!(!shop.path().join(".shopctl").exists());
    seen
}

/// No panic, nothing that would steer a terminal, nothing without end.
#[track_caller]
fn harmless(run: &Run) {
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    let steering = |c: char| c.is_control() && c != '\n';
    assert!(!run.stderr.contains(steering), "{:?}", run.stderr);
    assert!(run.stderr.ends_with('\n'), "{:?}", run.stderr);
}

/// Whatever the file is, `validate`, `plan` and `create` say the same of it.
#[track_caller]
fn bad_manifest(shop: &Shop) -> String {
    let [seen, plan, create] = [&["validate"][..], &["plan"], &["create", "--all"]]
        .map(|args| refused_unasked(shop, args, 65, "manifest"));
    assert_eq!(seen.stderr, plan.stderr);
    assert_eq!(seen.stderr, create.stderr);
    seen.stderr
}

#[test]
fn what_is_no_manifest() {
    let bytes = |content: &[u8]| {
        let shop = Shop::with("");
        fs::write(shop.path().join("manifests/shopping.yaml"), content).unwrap();
        shop
    };
    let folder = Shop::empty();
    fs::create_dir_all(folder.path().join("manifests/shopping.yaml")).unwrap();
    let bomb: String = (1..9)
        .map(|n| {
            format!(
                "a{n}: &a{n} [{}]\n",
                [&*format!("*a{}", n - 1); 9].join(", ")
            )
        })
        .collect();
    let cases = [
        ("missing", Shop::empty()),
        ("a directory", folder),
        ("empty", Shop::with("")),
        ("only a comment", Shop::with("# later\n")),
        ("10 MB of nesting", Shop::with(&"[".repeat(10_000_000))),
        ("1 MB of nesting", Shop::with(&"[".repeat(1_000_000))),
        (
            "a YAML bomb",
            Shop::with(&format!("a0: &a0 [x, x, x, x, x, x, x, x, x]\n{bomb}")),
        ),
        (
            "tabs",
            Shop::with("version: 1\nproject: shop\nqueues:\n\torders: {}\n"),
        ),
        ("not UTF-8", bytes(b"version: 1\nproject: caf\xe9\n")),
        ("UTF-16", bytes(b"\xff\xfev\0e\0r\0s\0i\0o\0n\0")),
        ("a NUL", Shop::with("version: 1\0\n")),
        (
            "an open bracket",
            Shop::with("version: 1\nproject: shop\nqueues: {orders: {}\ntables: {}\n"),
        ),
        ("a list", Shop::with("- version: 1\n")),
        (
            "an unknown key",
            Shop::with(&format!("{MANIFEST}quees: {{}}\n")),
        ),
        (
            "a misspelt region",
            Shop::with(&format!("{MANIFEST}region: us-east1\n")),
        ),
    ];
    let seen: Vec<_> = cases
        .iter()
        .map(|(case, shop)| format!("=== {case}\n{}", bad_manifest(shop)))
        .collect();
    insta::assert_snapshot!("no_manifest", seen.join("\n"));
}

#[test]
fn ten_errors_are_told_at_once() {
    let shop = Shop::with(
        "version: 2
project: My Shop
region: nowhere
queues:
  orders:
    visibilty_timeout: 5m
    delay: 5 minutes
    redrive_policy: {max_receive_count: 3}
  mail.fifo: {fifo_throughput_limit: perGroup}
tables:
  Orders: {partition_key: {name: id, type: string}}
  Cart: {sort_key: id}
  Reviews: {partition_key: id, point_in_time_recovery: maybe}
",
    );
    insta::assert_snapshot!("ten_errors", bad_manifest(&shop));
    let document = shop.run(&["validate", "-o", "json"]).expect(65).json();
    let lines: Vec<_> = details(&document).map(|fault| &fault["line"]).collect();
    assert_eq!(lines, [1, 2, 3, 6, 7, 8, 9, 11, 12, 13]);
}

fn details(document: &Value) -> impl Iterator<Item = &Value> {
    document["error"]["details"]
        .as_array()
        .into_iter()
        .flatten()
}

#[test]
fn five_hundred_errors_are_told_and_do_not_take_long() {
    let queues: String = (0..5_000)
        .map(|n| format!("  q{n}: {{colour: red}}\n"))
        .collect();
    let shop = Shop::with(&format!("version: 1\nproject: shop\nqueues:\n{queues}"));
    let start = Instant::now();
    let seen = bad_manifest(&shop);
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
    assert!(seen.ends_with("manifests/shopping.yaml has 500 errors or more\n"));
    let document = shop.run(&["validate", "-o", "json"]).expect(65).json();
    assert_eq!(details(&document).count(), 500);
}

#[test]
fn a_name_cannot_steer_the_terminal() {
    let escaped = Shop::with(
        "version: 1\nproject: \"\\e]0;owned\\a\"\nqueues:\n  \"a\\e[31m\": {\"\\e[2J\": 1}\n  \"b\\u009b1m\": {component: \"\\r\"}\n",
    );
    insta::assert_snapshot!("control_characters", bad_manifest(&escaped));
    for c in ['\u{1b}', '\u{9b}', '\u{85}', '\u{7f}', '\u{8}', '\r'] {
        bad_manifest(&Shop::with(&format!(
            "version: 1\nqueues: {{a{c}[31m: {{}}}}\n"
        )));
    }
    let shop = Shop::with(MANIFEST);
    refused_unasked(
        &shop,
        &["plan", "--env", "\u{1b}[31m"],
        64,
        "environment_needed",
    );
    refused_unasked(&shop, &["plan", "--component", "\u{1b}[31m"], 64, "usage");
    refused_unasked(&shop, &["plan", "--region", "\u{1b}[31m"], 64, "usage");
    let odd = "\u{1b}[31m.yaml";
    refused_unasked(&shop, &["plan", "-f", odd], 65, "manifest");
    fs::write(shop.path().join(odd), "version: 2\n").unwrap();
    refused_unasked(&shop, &["plan", "-f", odd], 65, "manifest");
}

#[test]
fn what_the_command_line_cannot_mean() {
    let shop = Shop::with(MANIFEST);
    let envs = Shop::with(&format!(
        "{MANIFEST}environments: {{dev: {{}}, prod: {{}}}}\n"
    ));
    let mut seen = vec![];
    for (shop, args, kind) in [
        (&shop, &["plan", "--env", "dev"][..], "environment_needed"),
        (&envs, &["plan"], "environment_needed"),
        (&envs, &["plan", "--env", "prd"], "environment_needed"),
        (&shop, &["create", "--component", "order"], "usage"),
        (&shop, &["plan", "--region", "nonsense"], "usage"),
        (&shop, &["plan", "--endpoint-url", "http://x"], "usage"),
    ] {
        let run = refused_unasked(shop, args, 64, kind);
        seen.push(format!("$ shopctl {}\n{}", args.join(" "), run.stderr));
    }
    insta::assert_snapshot!("command_line", seen.join("\n"));
    let mut remote = Shop::with(MANIFEST);
    remote.set("SHOPCTL_LOCAL", "0");
    for url in ["localhost:4566", "http://", "http://a b", "ftp://x"] {
        refused_unasked(&remote, &["plan", "--endpoint-url", url], 64, "usage");
    }
}

#[test]
fn the_command_line_of_clap_ends_alike() {
    let shop = Shop::with(MANIFEST);
    for args in [
        &["create"][..],
        &["create", "--al"],
        &["crate"],
        &["plan", "--timeout", "soon"],
        &["plan", "--parallelism", "0"],
        &["create", "--all", "--component", "sqs"],
        &["create", "--all", "--allow", "anything"],
        &["plan", "-q", "-v"],
        &[],
    ] {
        refused_unasked(&shop, args, 64, "usage");
    }
}

#[test]
fn a_state_folder_that_cannot_be_written() {
    let args = ["create", "--all"];
    let mut seen = vec![];
    let blocked = Shop::with(MANIFEST);
    fs::write(blocked.path().join(".shopctl"), "").unwrap();
    seen.push(refused(&blocked, &args, 1, "other").stderr);
    let mut elsewhere = Shop::with(MANIFEST);
    elsewhere.set("SHOPCTL_LOCAL_DIR", "manifests/shopping.yaml");
    seen.push(refused_unasked(&elsewhere, &args, 1, "other").stderr);
    // Each system says in its own words why nobody, not even root, may write there.
    elsewhere.set("SHOPCTL_LOCAL_DIR", "/proc/shopctl");
    let proc = refused_unasked(&elsewhere, &args, 1, "other").stderr;
    assert!(proc.contains("SHOPCTL_LOCAL_DIR"), "{proc}");
    let broken = Shop::with(MANIFEST);
    fs::create_dir_all(broken.path().join(".shopctl/local")).unwrap();
    let state = broken.path().join(".shopctl/local/control.sqlite3");
    fs::write(
        &state,
        "no database, but long enough to be looked at as one",
    )
    .unwrap();
    seen.push(refused(&broken, &args, 1, "other").stderr);
    assert!(
        fs::read_to_string(&state)
            .unwrap()
            .starts_with("no database")
    );
    insta::assert_snapshot!("state_folder", seen.join("\n"));
}

/// A shop that talks to AWS, on a machine that AWS has never heard of.
fn remote() -> Shop {
    let mut shop = Shop::with(&format!("{MANIFEST}region: us-east-1\n"));
    shop.set("SHOPCTL_LOCAL", "0");
    shop.set("AWS_EC2_METADATA_DISABLED", "true");
    shop
}

fn with_keys() -> Shop {
    let mut shop = remote();
    shop.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    shop.set(
        "AWS_SECRET_ACCESS_KEY",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    );
    shop
}

#[test]
fn no_credentials_end_at_once() {
    let shop = remote();
    let start = Instant::now();
    let seen = refused_unasked(&shop, &["create", "--all"], 77, "credentials");
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    insta::assert_snapshot!("no_credentials", seen.shown());
    // Half a pair is none.
    let mut half = remote();
    half.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    refused_unasked(&half, &["plan"], 77, "credentials");
}

#[test]
fn a_profile_that_is_asked_for_comes_before_keys_of_the_environment() {
    let shop = with_keys();
    let args = ["plan", "--profile", "prodd"];
    let seen = refused_unasked(&shop, &args, 77, "credentials");
    assert!(
        seen.stderr.contains("the profile is not defined"),
        "{}",
        seen.stderr
    );
    fs::create_dir(shop.path().join(".aws")).unwrap();
    let credentials = "[prod]\naws_access_key_id = a\naws_secret_access_key = b\n";
    fs::write(shop.path().join(".aws/credentials"), credentials).unwrap();
    let seen = refused_unasked(&shop, &args, 77, "credentials");
    assert!(
        seen.stderr.contains("`prodd` was not defined"),
        "{}",
        seen.stderr
    );
}

#[test]
fn no_region_and_a_region_that_is_none() {
    let mut shop = with_keys();
    shop.write(MANIFEST);
    let unset = refused_unasked(&shop, &["plan"], 1, "bad_request");
    assert!(unset.stderr.contains("give --region"), "{}", unset.stderr);
    shop.set("AWS_REGION", "us_east");
    let wrong = refused_unasked(&shop, &["plan"], 1, "bad_request");
    assert!(wrong.stderr.contains("AWS_REGION"), "{}", wrong.stderr);
}

#[test]
fn an_endpoint_that_nobody_serves() {
    let mut shop = with_keys();
    // Whichever call fails first is named: where the line breaks differs from run to run.
    shop.set("COLUMNS", "200");
    let start = Instant::now();
    let args = ["create", "--all", "--endpoint-url", "http://127.0.0.1:1"];
    let seen = refused_unasked(&shop, &args, 1, "network");
    assert!(
        start.elapsed() < Duration::from_secs(40),
        "{:?}",
        start.elapsed()
    );
    assert!(
        seen.stderr.contains("Connection refused"),
        "{}",
        seen.stderr
    );
    assert!(seen.stderr.contains("--endpoint-url"), "{}", seen.stderr);
}

/// Where a line breaks depends on times and ids, which differ from run to run.
fn wide() -> Shop {
    let mut shop = Shop::with(MANIFEST);
    shop.set("COLUMNS", "200");
    shop
}

#[test]
fn expired_credentials() {
    let mut shop = wide();
    shop.set("SHOPCTL_LOCAL_FAULTS", "*=expired");
    let seen = refused(&shop, &["create", "--all"], 77, "credentials");
    insta::assert_snapshot!("expired_credentials", seen.shown());
    refused(&shop, &["plan"], 77, "credentials");
}

#[test]
fn a_missing_permission_is_named_and_the_rest_is_done() {
    let mut shop = wide();
    shop.set("SHOPCTL_LOCAL_FAULTS", "CreateQueue=denied");
    let seen = shop.run(&["create", "--all", "-q"]).expect(77);
    insta::assert_snapshot!("access_denied", seen.shown());
    let report = shop
        .run(&["create", "--all", "-o", "json"])
        .expect(77)
        .json();
    let failure = &report["entries"][0]["outcome"]["failure"];
    assert_eq!(report["entries"][0]["id"], "queue/orders");
    assert_eq!(failure["kind"], "access_denied");
    assert!(
        failure["hint"]
            .as_str()
            .unwrap()
            .contains("sqs:CreateQueue")
    );
    assert_eq!(report["unchanged"], 1);
    shop.set("SHOPCTL_LOCAL_FAULTS", "");
    shop.converge(&[]);
}

#[test]
fn a_permission_that_is_missing_for_reading_stops_before_the_first_write() {
    for (fault, action) in [
        ("DescribeTable=denied", "dynamodb:DescribeTable"),
        ("GetQueueUrl=denied", "sqs:GetQueueUrl"),
        ("GetCallerIdentity=denied", "sts:GetCallerIdentity"),
    ] {
        let mut shop = Shop::with(MANIFEST);
        shop.set("SHOPCTL_LOCAL_FAULTS", fault);
        let seen = refused(&shop, &["create", "--all"], 77, "access_denied");
        assert!(seen.stderr.contains(action), "{}", seen.stderr);
    }
}

#[test]
fn what_needs_no_aws_asks_for_none() {
    let mut shop = Shop::with(MANIFEST);
    // A file where the state folder would be, so that an attempt to open it would fail.
    shop.set("SHOPCTL_LOCAL_DIR", "manifests/shopping.yaml");
    for args in [
        &["--help"][..],
        &["--version"],
        &["create", "--help"],
        &["schema"],
        &["validate"],
        &["validate", "-o", "json"],
    ] {
        let run = shop.run(args).expect(0);
        assert!(!run.stdout.is_empty() && run.stderr.is_empty(), "{args:?}");
    }
    let left: Vec<_> = fs::read_dir(shop.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["manifests"]);
}

#[test]
fn a_timeout_beyond_all_clocks_is_no_timeout() {
    let shop = Shop::with("version: 1\nproject: shop\nqueues:\n  orders:\n");
    let forever = u64::MAX.to_string();
    shop.run(&["create", "--all", "--timeout", &forever])
        .expect(0);
}
