//! The live table on a terminal that Python makes.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use shopctl::monitor::screen::Screen;

use super::shop;
use crate::support::Shop;

const ENTER: &str = "\u{1b}[?1049h";
const LEAVE: &str = "\u{1b}[?1049l";
const SHOW_CURSOR: &str = "\u{1b}[?25h";

/// What a person who does `steps` on a terminal of this size gets.
fn on_terminal(shop: &Shop, size: [u16; 2], args: &[&str], steps: &Value) -> Value {
    drive(&shop.command(args), shop, size, steps)
}

fn drive(plain: &Command, shop: &Shop, size: [u16; 2], steps: &Value) -> Value {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/monitor/terminal.py");
    let mut command = Command::new("python3");
    command
        .arg(driver)
        .args(size.map(|number| number.to_string()))
        .arg(steps.to_string())
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(shop.path())
        .env("TERM", "xterm-256color");
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) if name != "PATH" => command.env(name, value),
            _ => &mut command,
        };
    }
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr))
    })
}

/// It ended with this code, and the terminal is as it was.
#[track_caller]
fn left(end: &Value, code: i32) {
    assert_eq!(end["missed"], Value::Null, "{end:#}");
    assert_eq!(end["code"], code, "{end:#}");
    let written = end["written"].as_str().unwrap();
    let place = |sign: &str| {
        written
            .rfind(sign)
            .unwrap_or_else(|| panic!("{sign:?}: {written:?}"))
    };
    assert!(place(ENTER) < place(LEAVE), "{written:?}");
    assert!(place(SHOW_CURSOR) > place(ENTER), "{written:?}");
    assert_eq!(end["restored"], true, "the terminal's modes");
}

#[test]
fn every_way_out_restores_the_terminal() {
    let shop = shop();
    for (way, code) in [
        (json!({"key": "q"}), 0),
        (json!({"key": "\u{3}"}), 0),
        (json!({"signal": 2}), 0),
        (json!({"signal": 15}), 0),
        (json!({"signal": 1}), 0),
    ] {
        let steps = json!([{"wait": "next in"}, way]);
        let end = on_terminal(&shop, [80, 24], &["monitor"], &steps);
        left(&end, code);
    }
}

#[test]
fn it_ends_with_its_terminal() {
    let shop = shop();
    let steps = json!([{"wait": "? help"}, {"for": 0.7}, {"close": true}]);
    let end = on_terminal(&shop, [80, 24], &["monitor"], &steps);
    assert_eq!(end["missed"], Value::Null, "{end:#}");
    // The signal tells it first, or a write that fails.
    assert!(end["code"] == 0 || end["code"] == 1, "{end:#}");
}

#[test]
fn a_gate_leaves_the_screen_and_then_says_what_is_wrong() {
    let shop = shop();
    let steps = json!([{"wait": "next in"}, {"key": "q"}]);
    left(
        &on_terminal(&shop, [80, 24], &["monitor", "--for", "1h"], &steps),
        5,
    );
    let shop = Shop::shopping();
    let args = ["monitor", "--interval", "30ms", "--fail-on", "unhealthy"];
    let end = on_terminal(&shop, [80, 24], &args, &json!([]));
    left(&end, 3);
    let written = end["written"].as_str().unwrap();
    let after = &written[written.rfind(LEAVE).unwrap()..];
    assert!(after.contains("there is no such table"), "{after}");
}

#[test]
fn keys_change_what_is_shown() {
    let shop = shop();
    let steps = json!([
        {"wait": "sort: worst first"},
        {"key": "s"}, {"wait": "sort: name"},
        {"key": "p"}, {"wait": "paused"},
        {"key": "p"}, {"wait": "next in"},
        {"key": "?"}, {"wait": "message expires"},
        {"key": "?"}, {"wait": "VISIBLE"},
        {"key": "/"}, {"wait": "filter:"},
        {"key": "cart\r"}, {"wait": "only with"},
        {"key": "q"},
    ]);
    left(&on_terminal(&shop, [80, 24], &["monitor"], &steps), 0);
}

#[test]
fn another_size_is_drawn_anew_and_a_small_one_scrolls() {
    let shop = shop();
    let steps = json!([
        {"wait": "next in"},
        {"size": [140, 40]}, {"wait": "DELAYED"},
        {"size": [60, 12]}, {"wait": "1-5 of"},
        {"key": "\u{1b}[B"}, {"wait": "2-6 of"},
        {"key": "q"},
    ]);
    left(&on_terminal(&shop, [80, 24], &["monitor"], &steps), 0);
}

#[test]
fn what_does_not_change_is_not_written() {
    let shop = shop();
    let steps =
        json!([{"wait": "next in"}, {"key": "p"}, {"wait": "paused"}, {"for": 1.6}, {"key": "q"}]);
    let end = on_terminal(&shop, [80, 24], &["monitor"], &steps);
    left(&end, 0);
    let written = end["written"].as_str().unwrap();
    let paused = &written[written.find("paused").unwrap()..written.rfind(LEAVE).unwrap()];
    let rest = &paused[paused.find("VISIBLE").unwrap_or(0)..];
    assert_eq!(
        rest.matches("order-processing-queue").count(),
        0,
        "{rest:?}"
    );
}

#[test]
fn faults_do_not_leave_the_screen() {
    let mut shop = shop();
    shop.set("SHOPCTL_LOCAL_FAULTS", "*=error:0.3,*=throttle:0.3");
    let steps = json!([{"wait": "stale for"}, {"for": 3.0}, {"key": "q"}]);
    let end = on_terminal(&shop, [100, 40], &["monitor", "--interval", "30ms"], &steps);
    left(&end, 0);
    let written = end["written"].as_str().unwrap();
    assert_eq!(written.matches(LEAVE).count(), 1);
}

/// Not a test by itself: the next one runs it on a terminal.
#[test]
#[ignore = "takes the terminal"]
fn panics_on_a_screen() {
    let _screen = Screen::enter().unwrap();
    panic!("as it was told to");
}

#[test]
fn a_panic_restores_the_terminal_before_it_is_told() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--ignored",
        "--exact",
        "--nocapture",
        "monitor::screen::panics_on_a_screen",
    ]);
    let end = drive(&command, &Shop::empty(), [80, 24], &json!([]));
    left(&end, 101);
    let written = end["written"].as_str().unwrap();
    let after = &written[written.find(LEAVE).unwrap()..];
    assert!(after.contains("as it was told to"), "{written}");
}
