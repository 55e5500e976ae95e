//! Streams and forms: results on stdout, everything else on stderr, no colour in a pipe, JSON that survives.

use shopctl::output::json::{plan_document, read_plan};

use crate::support::Shop;

#[test]
fn a_plan_survives_its_json() {
    let shop = Shop::shopping();
    let text = shop.run(&["plan", "-o", "json"]).expect(0).stdout;
    let plan = read_plan(&text).unwrap();
    assert_eq!(plan.actions.len(), 12);
    assert_eq!(plan_document(&plan), text);
}

#[test]
fn a_report_is_one_document_and_progress_stays_off_stdout() {
    let shop = Shop::shopping();
    let run = shop.run(&["create", "--all", "-o", "json"]).expect(0);
    let report = run.json();
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["converged"], true);
    assert_eq!(report["entries"].as_array().map(Vec::len), Some(12));
    assert!(
        run.stderr.contains("created queue/order-processing-queue"),
        "{}",
        run.stderr
    );
    let again = shop
        .run(&["create", "--all", "-o", "json"])
        .expect(0)
        .json();
    assert_eq!(again["entries"], serde_json::json!([]));
    assert_eq!(again["unchanged"], 12);
}

#[test]
fn a_pipe_gets_no_escape_codes_unless_asked_for() {
    let shop = Shop::shopping();
    for args in [
        &["plan"][..],
        &["create", "--all"],
        &["plan", "-o", "json"],
        &["--help"],
    ] {
        let run = shop.run(args);
        assert!(
            !run.stdout.contains('\x1b') && !run.stderr.contains('\x1b'),
            "{args:?}"
        );
    }
    assert!(
        Shop::shopping()
            .run(&["plan", "--color", "always"])
            .stdout
            .contains('\x1b')
    );
}

#[test]
fn detailed_exit_codes() {
    let shop = Shop::shopping();
    shop.run(&["plan"]).expect(0);
    shop.run(&["plan", "--detailed-exitcode"]).expect(2);
    shop.run(&["create", "--all"]).expect(0);
    shop.run(&["plan", "--detailed-exitcode"]).expect(0);
}

#[test]
fn quiet_is_quiet() {
    let shop = Shop::shopping();
    assert_eq!(shop.run(&["create", "--all", "-q"]).expect(0).stderr, "");
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    use std::io::Read;
    use std::process::Stdio;
    let shop = Shop::shopping();
    let mut child = shop
        .command(&["schema"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert!(child.wait().unwrap().success());
}
