//! An AWS of which every fifth call fails.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::shop;

const FAULTS: &str = "*=error:0.1,*=throttle:0.1";
/// Ten minutes of it: tests/outside/soak.
const TIME: Duration = Duration::from_secs(60);

/// In KiB.
#[cfg(target_os = "linux")]
fn memory(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn it_goes_on_and_takes_no_more_memory() {
    let mut shop = shop();
    shop.set("SHOPCTL_LOCAL_FAULTS", FAULTS);
    let mut command = shop.command(&["monitor", "--interval", "20ms", "-o", "json"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let start = Instant::now();
    let (mut ticks, mut stale, mut recovered) = (0, 0, 0);
    let mut settled = None;
    let mut was_stale = false;
    while start.elapsed() < TIME {
        let line = lines.next().unwrap().unwrap();
        let document: serde_json::Value = serde_json::from_str(&line).unwrap();
        let is_stale = document["stale"]
            .as_array()
            .is_some_and(|stale| !stale.is_empty());
        ticks += 1;
        stale += u32::from(is_stale);
        recovered += u32::from(was_stale && !is_stale);
        was_stale = is_stale;
        // Past the first quarter everything has happened once.
        if start.elapsed() > TIME / 4 && settled.is_none() {
            settled = Some(memory(&child));
        }
    }
    let (before, after) = (settled.unwrap(), memory(&child));
    assert!(child.try_wait().unwrap().is_none(), "it ended");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        ticks > 50 && stale > 3 && recovered > 2,
        "{ticks} {stale} {recovered}"
    );
    assert!(after < before + 4_096, "{before} KiB, then {after} KiB");
}

#[test]
fn a_row_that_could_not_be_seen_says_why() {
    let mut shop = shop();
    shop.set("LANG", "C.UTF-8");
    shop.set(
        "SHOPCTL_LOCAL_FAULTS",
        "GetQueueAttributes=denied,GetMetricData=denied",
    );
    let run = shop
        .run(&["monitor", "--once", "--component", "sqs"])
        .expect(0);
    assert!(
        run.stdout.contains("? 8 unknown   8 stale"),
        "{}",
        run.shown()
    );
    assert!(
        run.stdout
            .contains("not seen yet: GetQueueAttributes: access denied")
    );
    assert!(
        run.stdout
            .contains("ages and rates are not known: CloudWatch GetMetricData")
    );
}
