//! How many round trips are on the critical path, and what a start costs: `cargo bench`.
//!
//! The embedded AWS adds 30 ms to every request. The same command without them is measured beside it, so that
//! the difference, divided by 30 ms, is the number of requests that had to wait for one another.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BIN: &str = env!("CARGO_BIN_EXE_shopctl");
const LATENCY: Duration = Duration::from_millis(30);
const TABLE: Duration = Duration::from_millis(600);
const RUNS: usize = 9;

struct Case {
    what: &'static str,
    args: &'static [&'static str],
    /// Whether everything exists already.
    exists: bool,
    table: Duration,
    /// The most round trips that it may take.
    budget: f64,
}

const CASES: [Case; 3] = [
    Case {
        what: "create --all, nothing there",
        args: &["create", "--all", "-q"],
        exists: false,
        table: Duration::ZERO,
        budget: 6.0,
    },
    Case {
        what: "create --all, tables take 600 ms",
        args: &["create", "--all", "-q"],
        exists: false,
        table: TABLE,
        budget: 6.0,
    },
    Case {
        what: "plan, nothing to do",
        args: &["plan", "-q"],
        exists: true,
        table: Duration::ZERO,
        budget: 3.0,
    },
];

fn main() {
    println!(
        "shopping manifest, {} ms added to every request, median of {RUNS}",
        LATENCY.as_millis()
    );
    println!(
        "{:<34} {:>9} {:>9} {:>9} {:>12} {:>7}",
        "", "requests", "with", "without", "round trips", "at most"
    );
    for case in CASES {
        let mut with = Vec::new();
        let mut without = Vec::new();
        let mut requests = 0;
        for _ in 0..RUNS {
            let (elapsed, sent) = measure(&case, LATENCY, case.table);
            requests = sent;
            with.push(elapsed);
            without.push(measure(&case, Duration::ZERO, Duration::ZERO).0);
        }
        let (with, without) = (median(with), median(without));
        let trips = (with.as_secs_f64() - without.as_secs_f64() - case.table.as_secs_f64())
            / LATENCY.as_secs_f64();
        println!(
            "{:<34} {requests:>9} {:>6.0} ms {:>6.0} ms {trips:>12.1} {:>7.0}",
            case.what,
            millis(with),
            millis(without),
            case.budget
        );
    }
    println!();
    println!("start-up, median of {RUNS}");
    for args in [
        &["--help"][..],
        &["--version"],
        &["validate"],
        &["schema"],
        &["--local", "plan"],
    ] {
        let folder = folder();
        let elapsed = median((0..RUNS).map(|_| run(folder.path(), args, &[])).collect());
        let nothing = median(
            (0..RUNS)
                .map(|_| timed(&mut Command::new("true")))
                .collect(),
        );
        println!(
            "{:<34} {:>6.1} ms, {:>4.1} times an empty program",
            args.join(" "),
            millis(elapsed),
            elapsed.as_secs_f64() / nothing.as_secs_f64()
        );
    }
}

/// One run in a new folder: how long, and how many requests.
fn measure(case: &Case, latency: Duration, table: Duration) -> (Duration, usize) {
    let folder = folder();
    if case.exists {
        run(folder.path(), &["create", "--all", "-q"], &[]);
    }
    let log = folder.path().join("requests.log");
    let variables = [
        (
            "SHOPCTL_LOCAL_LATENCY",
            format!("{}ms", latency.as_millis()),
        ),
        (
            "SHOPCTL_LOCAL_TABLE_DELAY",
            format!("{}ms", table.as_millis()),
        ),
        ("SHOPCTL_LOCAL_LOG", log.display().to_string()),
    ];
    let elapsed = run(folder.path(), case.args, &variables);
    let requests = std::fs::read_to_string(&log).map_or(0, |log| log.lines().count());
    (elapsed, requests)
}

fn run(folder: &Path, args: &[&str], variables: &[(&str, String)]) -> Duration {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/shopping.yaml");
    let mut command = Command::new(BIN);
    command
        .args(args)
        .current_dir(folder)
        .env("SHOPCTL_LOCAL", "1")
        .env("SHOPCTL_MANIFEST", manifest)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    timed(&mut command)
}

fn timed(command: &mut Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status();
    let elapsed = start.elapsed();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{command:?} failed"
    );
    elapsed
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[expect(
    clippy::expect_used,
    reason = "a bench without a folder has nothing to measure"
)]
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}
