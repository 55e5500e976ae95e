//! What goes wrong on AWS and on the desk: throttling, 5xx, resets, slow tables, cooldowns, Ctrl-C, kill -9.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Shop, eventually, finish};

fn signal(child: &Child, signal: &str) {
    let status = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
}

fn start(shop: &Shop, args: &[&str]) -> Child {
    let mut command = shop.command(args);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn throttling_errors_and_resets_are_tried_again() {
    for faults in [
        "CreateQueue=throttle:0.4,CreateTable=throttle:0.4,DescribeTimeToLive=throttle:x2",
        "*=error:0.1",
        "*=reset:0.1",
        "UpdateTimeToLive=error:x2,DescribeTable=reset:x3",
    ] {
        let mut shop = Shop::shopping();
        shop.set("SHOPCTL_LOCAL_FAULTS", faults);
        let run = shop.run(&["create", "--all"]);
        assert_eq!(run.code, 0, "{faults}: {}", run.shown());
        shop.set("SHOPCTL_LOCAL_FAULTS", "");
        shop.settled();
    }
}

/// Longer than the SDK is patient: seven attempts a call.
#[test]
fn throttling_that_lasts_is_waited_out() {
    let mut shop = Shop::with("version: 1\nproject: shop\nqueues:\n  orders:\n");
    shop.set(
        "SHOPCTL_LOCAL_FAULTS",
        "CreateQueue=throttle:x8,GetQueueAttributes=throttle:x8",
    );
    let run = shop.run(&["create", "--all"]).expect(0);
    assert!(
        run.stderr.contains("AWS asks for fewer calls"),
        "{}",
        run.shown()
    );
    shop.set("SHOPCTL_LOCAL_FAULTS", "");
    shop.settled();
}

/// Published rates hold hundreds of requests back for longer than the SDK lets a request stand still.
#[test]
fn hundreds_of_queues_wait_their_turn() {
    let queues: String = (0..450).map(|n| format!("  queue-{n}:\n")).collect();
    let shop = Shop::with(&format!("version: 1\nproject: shop\nqueues:\n{queues}"));
    let run = shop.run(&["create", "--all", "-q"]).expect(0);
    assert!(run.stdout.contains("created 450 queues"), "{}", run.shown());
}

/// The consent holds for the whole action, and a second attempt does not undo what the first has done.
#[test]
fn a_hazardous_action_goes_on_after_lasting_throttling() {
    let manifest = |rest: &str| {
        format!("version: 1\nproject: shop\ntables:\n  Cart:\n    partition_key: id\n{rest}")
    };
    let mut shop = Shop::with(&manifest(
        "    point_in_time_recovery: true\n    global_secondary_indexes: {by-a: {partition_key: a}}\n",
    ));
    shop.converge(&[]);
    shop.write(&manifest("    point_in_time_recovery: false\n    time_to_live: at\n    global_secondary_indexes: {by-a: {partition_key: b}}\n"));
    shop.set("SHOPCTL_LOCAL_FAULTS", "UpdateTimeToLive=throttle:x8");
    shop.forget();
    let grants = ["--allow", "weaken,delete-index", "--yes"];
    shop.run(&[&["create", "--all"][..], &grants].concat())
        .expect(0);
    let updates = shop
        .writes()
        .into_iter()
        .filter(|call| call == "UpdateTable");
    assert_eq!(updates.count(), 2, "one index removed, one made, once each");
    shop.set("SHOPCTL_LOCAL_FAULTS", "");
    shop.settled();
}

/// What was made in the place of the old table is not taken for it by a second attempt.
#[test]
fn a_table_is_replaced_once_however_long_it_is_throttled() {
    let manifest = |key: &str| {
        format!(
            "version: 1\nproject: shop\ntables:\n  Cart: {{partition_key: {key}, point_in_time_recovery: true}}\n"
        )
    };
    let mut shop = Shop::with(&manifest("id"));
    shop.converge(&[]);
    shop.write(&manifest("cart_id"));
    shop.set(
        "SHOPCTL_LOCAL_FAULTS",
        "UpdateContinuousBackups=throttle:x8",
    );
    shop.forget();
    shop.run(&["create", "--all", "--allow", "replace", "--yes"])
        .expect(0);
    let once = |operation: &str| shop.writes().iter().filter(|it| *it == operation).count();
    for operation in ["CreateBackup", "DeleteTable"] {
        assert_eq!(once(operation), 1, "{operation}: {:?}", shop.writes());
    }
    shop.set("SHOPCTL_LOCAL_FAULTS", "");
    shop.settled();
}

#[test]
fn throttled_reading_is_waited_out_too() {
    let mut shop = Shop::with("version: 1\nproject: shop\nqueues:\n  orders:\n");
    shop.set("SHOPCTL_LOCAL_FAULTS", "GetQueueUrl=throttle:x8");
    shop.run(&["plan", "--detailed-exitcode"]).expect(2);
}

/// A table that is still being made is not "as declared": the run after a killed one waits for it.
#[test]
fn what_a_killed_run_left_under_way_is_waited_for() {
    let mut shop =
        Shop::with("version: 1\nproject: shop\ntables:\n  Orders: {partition_key: id}\n");
    shop.set("SHOPCTL_LOCAL_TABLE_DELAY", "2s");
    shop.run(&["create", "--all", "--no-wait"]).expect(0);
    // It waits for AWS, not for a change.
    let plan = shop.run(&["plan", "--detailed-exitcode"]).expect(0);
    assert!(
        plan.stdout.contains("settle table Orders"),
        "{}",
        plan.shown()
    );
    shop.forget();
    let run = shop.run(&["create", "--all"]).expect(0);
    assert!(
        run.stdout.contains("settled  table/Orders"),
        "{}",
        run.shown()
    );
    assert_eq!(shop.writes(), Vec::<String>::new());
    shop.settled();
}

/// Time to live takes one change an hour; everything else of the table goes on meanwhile.
#[tokio::test]
async fn a_time_to_live_in_its_cooldown_holds_up_nothing_else() {
    let manifest = |ttl: &str, indexes: &str| {
        format!(
            "version: 1\nproject: shop\ntables:\n  Cart:\n    partition_key: id\n    time_to_live: {ttl}\n    global_secondary_indexes: {{{indexes}}}\n"
        )
    };
    let mut shop = Shop::with(&manifest("old", ""));
    shop.converge(&[]);
    shop.write(&manifest("new", "by-a: {partition_key: a}"));
    let run = shop.run(&["create", "--all", "--timeout", "3s"]).expect(1);
    assert!(
        run.stdout.contains("AWS takes one change"),
        "{}",
        run.shown()
    );
    assert_eq!(shop.aws().indexes("Cart").await, ["by-a"]);
    for hours in ["+1h", "+3h"] {
        shop.set("SHOPCTL_LOCAL_CLOCK", hours);
        shop.run(&["create", "--all", "--timeout", "3s"]);
    }
    shop.settled();
}

/// The SDK makes a call again when its answer was lost; the second time AWS says that it is there already.
#[test]
fn a_call_whose_answer_was_lost_is_not_taken_for_somebody_else_s() {
    let manifest = |indexes: &str, ttl: &str| {
        format!(
            "version: 1\nproject: shop\nqueues:\n  orders: {{visibility_timeout: 5m}}\ntables:\n  Orders:\n    partition_key: id\n    point_in_time_recovery: true\n    time_to_live: {ttl}\n    global_secondary_indexes: {{{indexes}}}\n"
        )
    };
    let mut shop = Shop::with(&manifest("by-a: {partition_key: a}", "expires_at"));
    let writes = "CreateQueue=lost:x1,CreateTable=lost:x1,UpdateTable=lost:x2,UpdateTimeToLive=lost:x1,UpdateContinuousBackups=lost:x1";
    shop.set("SHOPCTL_LOCAL_FAULTS", writes);
    shop.run(&["create", "--all"]).expect(0);
    assert_eq!(
        shop.writes()
            .iter()
            .filter(|call| *call == "CreateTable")
            .count(),
        2
    );
    shop.write(&manifest(
        "by-b: {partition_key: b}, by-c: {partition_key: c}",
        "expires_at",
    ));
    shop.set("SHOPCTL_LOCAL_INDEX_DELAY", "100ms");
    shop.run(&["create", "--all", "--allow", "delete-index", "--yes"])
        .expect(0);
    shop.set("SHOPCTL_LOCAL_FAULTS", "");
    shop.settled();
}

#[test]
fn ctrl_c_while_reading_writes_nothing() {
    let mut shop = Shop::shopping();
    shop.set("SHOPCTL_LOCAL_LATENCY", "3s");
    for (args, by) in [
        (&["plan"][..], "-INT"),
        (&["create", "--all"], "-INT"),
        (&["create", "--all"], "-TERM"),
    ] {
        let child = start(&shop, args);
        // Long enough to listen, far shorter than the first answer takes.
        std::thread::sleep(Duration::from_millis(300));
        signal(&child, by);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{output:?}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(shop.writes(), Vec::<String>::new());
}

#[test]
fn what_keeps_failing_fails_alone_and_a_rerun_continues() {
    let mut shop = Shop::shopping();
    shop.set("SHOPCTL_LOCAL_FAULTS", "UpdateTimeToLive=denied");
    let run = shop.run(&["create", "--all", "-q"]).expect(77);
    assert!(
        run.stdout.contains("dynamodb:UpdateTimeToLive"),
        "{}",
        run.shown()
    );
    assert!(
        run.stdout.contains("11 created, 1 failed"),
        "{}",
        run.shown()
    );
    shop.set("SHOPCTL_LOCAL_FAULTS", "");
    shop.forget();
    shop.run(&["create", "--all"]).expect(0);
    assert_eq!(shop.writes(), ["UpdateTimeToLive"]);
    shop.settled();
}

#[test]
fn a_failed_dead_letter_queue_holds_back_its_source_and_nothing_else() {
    let mut shop = Shop::with(
        "version: 1\nproject: shop\nqueues:\n  a-source: {redrive_policy: {dead_letter_queue: dead}}\n  dead: {message_retention_period: 14d}\ntables:\n  Tab: {partition_key: id}\n",
    );
    shop.set("SHOPCTL_LOCAL_FAULTS", "CreateQueue=denied:x1");
    let run = shop
        .run(&["create", "--all", "-o", "json"])
        .expect(77)
        .json();
    let entries = run["entries"].as_array().unwrap();
    let status = |id: &str| {
        let entry = entries.iter().find(|entry| entry["id"] == id).unwrap();
        entry["outcome"]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status("queue/dead"), "failed");
    assert_eq!(status("queue/a-source"), "skipped");
    assert_eq!(status("table/Tab"), "done");
    shop.set("SHOPCTL_LOCAL_FAULTS", "");
    shop.converge(&[]);
}

#[test]
fn a_slow_table_holds_up_only_what_needs_it() {
    let mut shop = Shop::shopping();
    shop.set("SHOPCTL_LOCAL_TABLE_DELAY", "1500ms");
    let run = shop.run(&["create", "--all", "-o", "json"]).expect(0);
    assert!(
        run.stderr.contains("the table is CREATING"),
        "{}",
        run.shown()
    );
    let report = run.json();
    for entry in report["entries"].as_array().unwrap() {
        let elapsed = entry["outcome"]["elapsed_ms"].as_u64().unwrap();
        let queue = entry["id"].as_str().unwrap().starts_with("queue/");
        assert_eq!(elapsed < 1_400, queue, "{entry}");
    }
    // Four tables at once, one after another would be six seconds.
    assert!(report["elapsed_ms"].as_u64().unwrap() < 4_000, "{report}");
    shop.settled();
}

#[test]
fn indexes_are_built_one_after_another_however_long_each_takes() {
    let table = |indexes: &str| {
        format!(
            "version: 1\nproject: shop\ntables:\n  Tab:\n    partition_key: id\n    global_secondary_indexes: {{{indexes}}}\n"
        )
    };
    let mut shop = Shop::with(&table("by-a: {partition_key: a}"));
    shop.converge(&[]);
    shop.set("SHOPCTL_LOCAL_INDEX_DELAY", "300ms");
    shop.write(&table(
        "by-b: {partition_key: b}, by-c: {partition_key: c}, by-d: {partition_key: d}",
    ));
    shop.converge(&["--allow", "delete-index", "--yes"]);
}

#[tokio::test]
async fn a_name_in_its_cooldown_is_waited_for_with_a_countdown() {
    let mut shop = Shop::shopping();
    shop.converge(&[]);
    // Deleted 57 s ago by the emulator's clock: three are left.
    let url = shop.aws().url("order-processing-dlq").await;
    let earlier = shop.aws();
    earlier
        .sqs()
        .delete_queue()
        .queue_url(url)
        .send()
        .await
        .unwrap();
    shop.set("SHOPCTL_LOCAL_CLOCK", "+57s");
    let start = Instant::now();
    let run = shop.run(&["create", "--all"]).expect(0);
    assert!(run.stderr.contains("unusable for 60 s"), "{}", run.shown());
    assert!(start.elapsed() > Duration::from_secs(1));
    shop.settled();
}

#[tokio::test]
async fn a_cooldown_beyond_the_deadline_is_named_and_everything_else_is_done() {
    let shop = Shop::shopping();
    shop.converge(&[]);
    let url = shop.aws().url("order-processing-dlq").await;
    shop.aws()
        .sqs()
        .delete_queue()
        .queue_url(url)
        .send()
        .await
        .unwrap();
    shop.aws()
        .dynamodb()
        .delete_table()
        .table_name("Cart")
        .send()
        .await
        .unwrap();
    let run = shop.run(&["create", "--all", "--timeout", "2s"]).expect(1);
    assert!(run.stdout.contains("unusable for 60 s"), "{}", run.shown());
    assert!(run.stdout.contains("table/Cart"), "{}", run.shown());
    let plan = shop.run(&["plan", "-o", "json"]).expect(0).json();
    assert_eq!(plan["actions"].as_array().map(Vec::len), Some(1), "{plan}");
}

#[test]
fn ctrl_c_finishes_what_runs_and_begins_nothing_new() {
    stopped_in_the_middle("-INT");
}

/// As a CI system ends a job that somebody cancels.
#[test]
fn a_cancelled_job_ends_like_ctrl_c() {
    stopped_in_the_middle("-TERM");
}

fn stopped_in_the_middle(by: &str) {
    let mut shop = Shop::with(
        "version: 1\nproject: shop\nqueues:\n  a: {redrive_policy: {dead_letter_queue: b}}\n  b: {redrive_policy: {dead_letter_queue: c}}\n  c: {message_retention_period: 14d}\ntables:\n  Tab: {partition_key: id}\n",
    );
    shop.set("SHOPCTL_LOCAL_LATENCY", "250ms");
    let child = start(&shop, &["create", "--all"]);
    eventually("the first write is sent", || {
        shop.writes().contains(&"CreateTable".to_owned())
    });
    signal(&child, by);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(5), "{stdout}{stderr}");
    assert!(stderr.contains("stopping"), "{stderr}");
    assert!(stdout.contains("created  table/Tab"), "{stdout}");
    assert!(stdout.contains("skipped queue/a"), "{stdout}");
    shop.set("SHOPCTL_LOCAL_LATENCY", "");
    shop.converge(&[]);
}

#[test]
fn a_second_ctrl_c_quits_at_once() {
    let mut shop = Shop::with("version: 1\nproject: shop\ntables:\n  Tab: {partition_key: id}\n");
    shop.set("SHOPCTL_LOCAL_TABLE_DELAY", "60s");
    let child = start(&shop, &["create", "--all"]);
    eventually("the table is made", || {
        shop.writes().contains(&"CreateTable".to_owned())
    });
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    signal(&child, "-INT");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(5));
    assert!(start.elapsed() < Duration::from_secs(2));
}

/// What is under way is finished, what cannot be undone is not begun.
#[test]
fn ctrl_c_deletes_nothing_that_is_not_deleted_yet() {
    let mut shop = Shop::with(
        "version: 1\nproject: shop\nqueues: {jobs: {}}\ntables: {Tab: {partition_key: id}}\n",
    );
    shop.converge(&[]);
    shop.write("version: 1\nproject: shop\n");
    shop.set("SHOPCTL_LOCAL_BACKUP_DELAY", "2s");
    shop.forget();
    let child = start(&shop, &["create", "--all", "--prune", "--yes"]);
    eventually("the backup is begun", || {
        shop.writes().contains(&"CreateBackup".to_owned())
    });
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(5), "{stdout}");
    assert!(stdout.contains("kept of table/Tab"), "{stdout}");
    let interrupted = stdout.matches("interrupted before it was deleted");
    assert_eq!(interrupted.count(), 2, "{stdout}");
    assert_eq!(shop.writes(), ["CreateBackup"]);
}

/// Kills the run after each number of requests in turn; the same command again must always converge.
#[test]
fn a_killed_run_is_repaired_by_running_it_again() {
    let mut total = 0;
    for requests in [1, 9, 21, 25, 29, 33, 37, 41, 48, 60] {
        let mut shop = Shop::shopping();
        shop.set("SHOPCTL_LOCAL_LATENCY", "5ms");
        let mut child = start(&shop, &["create", "--all"]);
        while shop.calls().len() < requests && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        // It may just have ended: then there is nothing to kill.
        let _ = child.kill();
        let status = child.wait().unwrap();
        total += usize::from(!status.success());
        shop.set("SHOPCTL_LOCAL_LATENCY", "");
        shop.converge(&[]);
    }
    assert!(total >= 6, "only {total} runs were killed in time");
}

#[test]
fn two_runs_at_once_do_no_harm() {
    let mut shop = Shop::shopping();
    shop.set("SHOPCTL_LOCAL_LATENCY", "5ms");
    let other = start(&shop, &["create", "--all"]);
    let mine = finish(shop.command(&["create", "--all"]));
    let theirs = other.wait_with_output().unwrap();
    // Whoever comes second may be told that somebody made a table meanwhile; never anything worse.
    assert!(matches!(mine.code, 0 | 1), "{}", mine.shown());
    assert!(matches!(theirs.status.code(), Some(0 | 1)));
    shop.set("SHOPCTL_LOCAL_LATENCY", "");
    shop.converge(&[]);
}

/// AWS takes one change of time to live an hour: who stops the run does not wait for the next.
#[test]
fn ctrl_c_does_not_wait_out_a_cooldown() {
    let with = |ttl: &str| {
        format!(
            "version: 1\nproject: shop\ntables:\n  Tab: {{partition_key: id, time_to_live: {ttl}}}\n"
        )
    };
    let shop = Shop::with(&with("then"));
    shop.converge(&[]);
    shop.write(&with("other"));
    shop.forget();
    let child = start(&shop, &["create", "--all"]);
    eventually("it is refused", || {
        shop.calls().contains(&"UpdateTimeToLive".to_owned())
    });
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(5), "{stdout}");
    assert!(
        stdout.contains("interrupted while AWS refused it"),
        "{stdout}"
    );
}
