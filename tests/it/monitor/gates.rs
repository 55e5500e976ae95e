//! Exit codes that a deployment waits for.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{code, documents, fail_messages, purge, send, shop};
use crate::support::eventually;

const QUICK: [&str; 5] = ["monitor", "-o", "json", "--interval", "30ms"];

#[test]
fn healthy_is_met_after_three_looks() {
    let shop = shop();
    let run = shop
        .run(&[&QUICK[..], &["--until", "healthy"]].concat())
        .expect(0);
    let looks = documents(&run);
    assert_eq!(looks.len(), 3);
    assert_eq!(looks[1]["gate"]["passed"], serde_json::Value::Null);
    assert_eq!(looks[2]["gate"]["passed"], true);
}

#[tokio::test]
async fn what_is_not_so_in_time_ends_with_3_and_says_what() {
    let shop = shop();
    send(&shop, "order-processing-queue", 2).await;
    let start = Instant::now();
    let run = shop
        .run(&[&QUICK[..], &["--until", "empty", "--timeout", "1s"]].concat())
        .expect(3);
    assert!(start.elapsed() >= Duration::from_secs(1));
    let last = documents(&run).pop().unwrap();
    assert_eq!(last["error"]["kind"], "unhealthy");
    assert_eq!(
        last["error"]["reasons"][0]["id"],
        "queue/order-processing-queue"
    );
    insta::assert_snapshot!(run.stderr, @r"
    error: --until empty: not so within 1s
      queue/order-processing-queue: 2 visible, 0 in flight, 0 delayed
    ");
}

#[tokio::test]
async fn drained_waits_for_the_last_message_and_leaves_dead_letters_aside() {
    let shop = shop();
    send(&shop, "order-processing-queue", 1).await;
    fail_messages(&shop, "order-processing-queue", "order-processing-dlq", 1).await;
    send(&shop, "order-processing-queue", 4).await;
    let mut command =
        shop.command(&[&QUICK[..], &["--until", "drained", "--timeout", "60s"]].concat());
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none());
    purge(&shop, "order-processing-queue").await;
    assert_eq!(code(&mut child), 0);
    shop.run(&["monitor", "--once", "--until", "drained"])
        .expect(0);
    shop.run(&["monitor", "--once", "--until", "empty"])
        .expect(3);
}

#[tokio::test]
async fn a_dead_letter_that_comes_ends_the_watch_at_once() {
    let shop = shop();
    let args = [&QUICK[..], &["--for", "1h", "--fail-on", "dlq"]].concat();
    let mut child = shop.command(&args).stdout(Stdio::null()).spawn().unwrap();
    shop.forget();
    eventually("it looks", || shop.calls().len() > 30);
    assert!(child.try_wait().unwrap().is_none());
    send(&shop, "payment-processing-queue", 1).await;
    fail_messages(
        &shop,
        "payment-processing-queue",
        "payment-processing-dlq",
        1,
    )
    .await;
    assert_eq!(code(&mut child), 3);
}

#[test]
fn a_watch_that_saw_nothing_bad_ends_well() {
    let shop = shop();
    let start = Instant::now();
    let args = ["--for", "1s", "--fail-on", "unhealthy"];
    let run = shop.run(&[&QUICK[..], &args].concat()).expect(0);
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert!(documents(&run).len() > 3);
}

#[tokio::test]
async fn once_decides_by_one_look() {
    let shop = shop();
    shop.run(&["monitor", "--once", "--fail-on", "unhealthy"])
        .expect(0);
    shop.run(&["monitor", "--once", "--until", "healthy"])
        .expect(0);
    send(&shop, "order-processing-queue", 1).await;
    fail_messages(&shop, "order-processing-queue", "order-processing-dlq", 1).await;
    let run = shop
        .run(&["monitor", "--once", "--fail-on", "unhealthy", "-q"])
        .expect(3);
    assert!(
        run.stderr
            .contains("queue/order-processing-dlq: 1 dead letter"),
        "{}",
        run.shown()
    );
    shop.run(&["monitor", "--once", "--until", "healthy"])
        .expect(3);
}

#[test]
fn what_nobody_could_see_is_not_well() {
    let mut shop = shop();
    shop.set("SHOPCTL_LOCAL_FAULTS", "GetQueueAttributes=denied");
    for (state, time) in [
        ("unhealthy", &["--once"][..]),
        ("dlq", &["--once"]),
        ("dlq", &["--for", "1s", "--interval", "100ms"]),
    ] {
        let args = [&["monitor", "-q", "--fail-on", state], time].concat();
        let run = shop.run(&args).expect(3);
        let told = format!("--fail-on {state}: not everything was seen");
        assert!(run.stderr.contains(&told), "{}", run.shown());
        assert!(
            run.stderr.contains("queue/order-processing-dlq: not seen"),
            "{}",
            run.shown()
        );
    }
}

#[test]
fn expired_credentials_end_a_gate_and_not_a_plain_monitor() {
    let mut shop = shop();
    shop.set("SHOPCTL_LOCAL_FAULTS", "GetQueueAttributes=expired");
    shop.run(&[&QUICK[..], &["--until", "healthy"]].concat())
        .expect(77);
    shop.run(&[&QUICK[..], &["--for", "1h"]].concat())
        .expect(77);
    let mut child = shop.command(&QUICK).stdout(Stdio::null()).spawn().unwrap();
    shop.forget();
    eventually("it goes on", || {
        shop.calls()
            .iter()
            .filter(|call| *call == "GetQueueAttributes")
            .count()
            > 40
    });
    interrupt(&child);
    assert_eq!(code(&mut child), 0);
}

#[test]
fn ctrl_c_leaves_a_plain_monitor_and_interrupts_a_gate() {
    let shop = shop();
    for (args, wanted) in [(&[][..], 0), (&["--for", "1h"][..], 5)] {
        shop.forget();
        let mut command = shop.command(&[&QUICK[..], args].concat());
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        eventually("it looks", || shop.calls().len() > 30);
        interrupt(&child);
        assert_eq!(code(&mut child), wanted, "{args:?}");
    }
}

fn interrupt(child: &std::process::Child) {
    let mut kill = std::process::Command::new("kill");
    let status = kill.args(["-INT", &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}
