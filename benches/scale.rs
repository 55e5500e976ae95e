//! A manifest of 250 queue pairs and 100 tables that are as declared: requests, time and memory of `plan`,
//! by `--parallelism`: `cargo bench --bench scale`.
//!
//! The embedded AWS adds 30 ms to every request. The bound is one and a half times what the requests would take
//! if they went `--parallelism` at a time without a gap.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const BIN: &str = env!("CARGO_BIN_EXE_shopctl");
const LATENCY: Duration = Duration::from_millis(30);
const PAIRS: usize = 250;
const TABLES: usize = 100;
const RUNS: usize = 5;
const PARALLELISMS: [usize; 5] = [8, 16, 32, 64, 128];
const BOUND: f64 = 1.5;

struct Run {
    elapsed: Duration,
    /// At the peak, of the whole process, the embedded AWS included.
    kib: u64,
    requests: BTreeMap<String, usize>,
}

fn main() {
    let folder = folder();
    let folder = folder.path();
    let manifest = folder.join("scale.yaml");
    write(&manifest, &declared());
    let made = run(folder, &["create", "--all", "-q"], Duration::ZERO);
    println!(
        "{PAIRS} queue pairs and {TABLES} tables: made in {:.1} s without latency",
        made.elapsed.as_secs_f64()
    );
    println!(
        "plan, nothing to do, {} ms added to every request, median of {RUNS}",
        LATENCY.as_millis()
    );
    println!(
        "{:>13} {:>9} {:>9} {:>9} {:>7} {:>9}",
        "--parallelism", "requests", "time", "at most", "of it", "memory"
    );
    let mut requests = BTreeMap::new();
    for parallelism in PARALLELISMS {
        let number = parallelism.to_string();
        let args = ["plan", "-q", "--parallelism", &number];
        let mut runs: Vec<_> = (0..RUNS).map(|_| run(folder, &args, LATENCY)).collect();
        runs.sort_by_key(|run| run.elapsed);
        let median = runs.swap_remove(RUNS / 2);
        let count: usize = median.requests.values().sum();
        let shared = count.div_ceil(parallelism);
        let bound = LATENCY.mul_f64(BOUND * shared as f64);
        println!(
            "{parallelism:>13} {count:>9} {:>6.0} ms {:>6.0} ms {:>6.0}% {:>5.1} MiB",
            millis(median.elapsed),
            millis(bound),
            100.0 * median.elapsed.as_secs_f64() / bound.as_secs_f64(),
            median.kib as f64 / 1024.0
        );
        requests = median.requests;
    }
    println!();
    for (operation, count) in requests {
        println!("{count:>13} {operation}");
    }
}

fn declared() -> String {
    let mut text = "version: 1\nproject: scale\nqueues:\n".to_owned();
    for pair in 0..PAIRS {
        let _ = writeln!(
            text,
            "  orders-{pair}: {{visibility_timeout: 5m, redrive_policy: {{dead_letter_queue: orders-{pair}-dlq, max_receive_count: 3}}}}\n  orders-{pair}-dlq: {{message_retention_period: 14d}}"
        );
    }
    text.push_str("tables:\n");
    for table in 0..TABLES {
        let _ = writeln!(
            text,
            "  Orders-{table}: {{partition_key: id, sort_key: at, global_secondary_indexes: {{by-user: {{partition_key: user}}}}}}"
        );
    }
    text
}

fn run(folder: &Path, args: &[&str], latency: Duration) -> Run {
    let log = folder.join("requests.log");
    let _ = fs::remove_file(&log);
    let mut command = Command::new(BIN);
    command
        .args(args)
        .current_dir(folder)
        .env("SHOPCTL_LOCAL", "1")
        .env("SHOPCTL_MANIFEST", "scale.yaml")
        .env(
            "SHOPCTL_LOCAL_LATENCY",
            format!("{}ms", latency.as_millis()),
        )
        .env("SHOPCTL_LOCAL_LOG", &log)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let start = Instant::now();
    let (ok, kib) = watch(spawn(&mut command));
    let elapsed = start.elapsed();
    assert!(ok, "{command:?} failed");
    Run {
        elapsed,
        kib,
        requests: count(&fs::read_to_string(&log).unwrap_or_default()),
    }
}

/// Whether it succeeded, and the most memory that it had, as far as the system tells.
fn watch(mut child: Child) -> (bool, u64) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return (status.success(), peak);
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kib.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn count(log: &str) -> BTreeMap<String, usize> {
    let mut requests = BTreeMap::new();
    for line in log.lines() {
        let operation = line.split("\"operation\":\"").nth(1);
        let operation = operation.and_then(|rest| rest.split('"').next());
        *requests
            .entry(operation.unwrap_or("?").to_owned())
            .or_default() += 1;
    }
    requests
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[expect(
    clippy::expect_used,
    reason = "a bench that cannot start has nothing to measure"
)]
fn spawn(command: &mut Command) -> Child {
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
