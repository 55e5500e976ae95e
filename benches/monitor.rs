//! 500 queues watched with 30 ms added to every request: how long a look at all of them takes, and that it fits into
//! the interval: `cargo bench --bench monitor`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BIN: &str = env!("CARGO_BIN_EXE_shopctl");
const LATENCY: Duration = Duration::from_millis(30);
const PAIRS: usize = 250;
const LOOKS: usize = 9;
/// `--interval` where nobody says.
const INTERVAL: Duration = Duration::from_secs(5);
const PARALLELISM: usize = 32;
/// Of what the requests would take without a gap.
const BOUND: f64 = 2.0;

fn main() {
    let folder = folder();
    let folder = folder.path();
    let manifest = folder.join("watch.yaml");
    write(&manifest, &declared());
    let made = command(folder, &["create", "--all", "-q"], Duration::ZERO).status();
    assert!(made.is_ok_and(|status| status.success()), "the queues");
    let mut looks = looks(folder);
    // The first asks for the queues' URLs as well.
    let first = looks.remove(0);
    looks.sort();
    let median = looks[looks.len() / 2];
    let requests = 2 * PAIRS;
    let bound = LATENCY.mul_f64(BOUND * requests.div_ceil(PARALLELISM) as f64);
    println!(
        "{requests} queues, {} ms added to every request, --parallelism {PARALLELISM}",
        LATENCY.as_millis()
    );
    println!(
        "a look {} ms (median of {}), the first {} ms; at most {} ms, and {} s from one to the next",
        median.as_millis(),
        looks.len(),
        first.as_millis(),
        bound.as_millis(),
        INTERVAL.as_secs()
    );
    assert!(median < bound && first < INTERVAL, "too slow");
}

/// How long each look took: with an interval that is shorter, one begins where the last ended.
fn looks(folder: &Path) -> Vec<Duration> {
    let args = ["monitor", "--interval", "10ms", "-o", "json"];
    let mut child = spawn(command(folder, &args, LATENCY).stdout(Stdio::piped()));
    let mut looks = Vec::new();
    let mut start = Instant::now();
    let lines = child.stdout.take().map(|out| BufReader::new(out).lines());
    for _ in lines.into_iter().flatten().take(LOOKS) {
        looks.push(start.elapsed());
        start = Instant::now();
    }
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(looks.len(), LOOKS, "it ended");
    looks
}

fn declared() -> String {
    let mut text = "version: 1\nproject: watch\nqueues:\n".to_owned();
    for pair in 0..PAIRS {
        let _ = writeln!(
            text,
            "  orders-{pair}: {{redrive_policy: {{dead_letter_queue: orders-{pair}-dlq, max_receive_count: 3}}}}\n  orders-{pair}-dlq: {{message_retention_period: 14d}}"
        );
    }
    text
}

fn command(folder: &Path, args: &[&str], latency: Duration) -> Command {
    let mut command = Command::new(BIN);
    command
        .args(args)
        .current_dir(folder)
        .env("SHOPCTL_LOCAL", "1")
        .env("SHOPCTL_MANIFEST", "watch.yaml")
        .env(
            "SHOPCTL_LOCAL_LATENCY",
            format!("{}ms", latency.as_millis()),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

#[expect(
    clippy::expect_used,
    reason = "a bench that cannot start has nothing to measure"
)]
fn spawn(command: &mut Command) -> std::process::Child {
    command.spawn().expect("the binary")
}

#[expect(
    clippy::expect_used,
    reason = "a bench without a folder has nothing to measure"
)]
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[expect(
    clippy::expect_used,
    reason = "a bench without a manifest has nothing to measure"
)]
fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a manifest");
}
