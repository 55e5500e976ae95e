//! Completion, as each shell asks for it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Run, Shop, finish};

const SCRIPTS: [(&str, &str); 5] = [
    ("bash", "completions/shopctl.bash"),
    ("zsh", "completions/_shopctl"),
    ("fish", "completions/shopctl.fish"),
    ("powershell", "completions/_shopctl.ps1"),
    ("elvish", "completions/shopctl.elv"),
];

const COMPONENTS: [&str; 6] = [
    "archive",
    "create-queues",
    "create-tables",
    "dynamodb",
    "payment",
    "sqs",
];

/// A manifest with components and environments, another with others, and profiles.
fn shop() -> Shop {
    let shop = Shop::with(
        "version: 1
project: shop
environments: {dev: {}, prod: {queues: {audit: {component: archive}}}}
queues: {orders: {component: payment}, audit: }
",
    );
    let write = |path: &str, text: &str| fs::write(shop.path().join(path), text).unwrap();
    write(
        "other.yaml",
        "version: 1\nproject: other\nqueues: {bills: {component: billing}}\n",
    );
    write(
        "faulty.yaml",
        "version: 1\nproject: other\nqueues: {bills: {component: }}\n  : [",
    );
    fs::create_dir(shop.path().join(".aws")).unwrap();
    write(
        ".aws/config",
        "[default]\n[profile staging]\nregion = eu-west-1\n[sso-session s]\n",
    );
    write(".aws/credentials", "[spare]\naws_access_key_id = x\n");
    shop
}

/// What bash offers for these words, the last of them unfinished. bash itself breaks them at `=`.
fn bash(shop: &Shop, words: &str) -> Run {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let binary = Path::new(env!("CARGO_BIN_EXE_shopctl"));
    let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
    let script = r#"
        source "$SCRIPT"
        COMP_WORDS=(LINE)
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        set -- $(complete -p shopctl)
        while [ "$1" != -F ]; do shift; done
        "$2" shopctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        [ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}""#;
    let mut command = Command::new("bash");
    command
        .args(["--norc", "-c", &script.replace("LINE", words)])
        .current_dir(shop.path())
        .env_clear()
        .env("PATH", path)
        .env("HOME", shop.path())
        .env("SCRIPT", root.join("completions/shopctl.bash"))
        .stdin(Stdio::null());
    finish(command)
}

#[test]
fn bash_completes() {
    let shop = shop();
    for (words, offered) in [
        ("shopctl pl", &["plan"][..]),
        ("shopctl create --comp", &["--component"]),
        ("shopctl create --component ''", &COMPONENTS),
        ("shopctl plan --component sqs,pa", &["sqs,payment"]),
        ("shopctl plan --component = pa", &["payment"]),
        ("shopctl --env ''", &["dev", "prod"]),
        ("shopctl plan --env = p", &["prod"]),
        ("shopctl -f oth", &["other.yaml"]),
        ("shopctl -f other.yaml plan --component b", &["billing"]),
        (
            "shopctl plan --manifest = other.yaml --component b",
            &["billing"],
        ),
        ("shopctl -f '~/other.yaml' plan --component b", &["billing"]),
        ("shopctl -f other.yaml --env ''", &[]),
        ("shopctl -f missing.yaml plan --component ''", &[]),
        ("shopctl -f faulty.yaml plan --component ''", &[]),
        (
            "shopctl create --allow weaken,lose-",
            &["weaken,lose-messages", "weaken,lose-items"],
        ),
        ("shopctl --profile ''", &["default", "spare", "staging"]),
        ("shopctl --region eu-n", &["eu-north-1"]),
        ("shopctl completions p", &["powershell"]),
        ("shopctl --output ''", &["table", "json", "markdown"]),
    ] {
        let run = bash(&shop, words);
        let lines: Vec<_> = run.stdout.lines().collect();
        assert_eq!(lines, offered, "{words}\n{}", run.stderr);
        assert_eq!(run.stderr, "", "{words}");
    }
    assert_eq!(shop.calls(), Vec::<String>::new());
}

/// The environment that the script of `shell` sets.
fn ask(shop: &Shop, shell: &str, words: &[&str]) -> String {
    let mut command = shop.command(&["--"]);
    command
        .args(words)
        .env("COMPLETE", shell)
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    let run = finish(command).expect(0);
    assert_eq!(run.stderr, "", "{shell} {words:?}");
    run.stdout.trim_end().to_owned()
}

#[test]
fn every_shell_is_answered_in_its_own_form() {
    let mut shop = shop();
    let weaken = "encryption, deletion protection or point-in-time recovery is switched off";
    for (shell, with_help) in [
        ("zsh", format!("weaken:{weaken}")),
        ("fish", format!("weaken\t{weaken}")),
        ("powershell", format!("weaken\t{weaken}")),
        ("elvish", "weaken".to_owned()),
        ("bash", "weaken".to_owned()),
    ] {
        let all = ask(&shop, shell, &["shopctl", "create", "--component", ""]);
        assert_eq!(all, COMPONENTS.join("\n"), "{shell}");
        let joined = ask(&shop, shell, &["shopctl", "plan", "--component=sqs,pa"]);
        assert_eq!(joined, "--component=sqs,payment", "{shell}");
        let hazard = ask(&shop, shell, &["shopctl", "create", "--allow", "w"]);
        assert_eq!(hazard, with_help, "{shell}");
    }
    shop.set("SHOPCTL_MANIFEST", "other.yaml");
    let named = ask(&shop, "fish", &["shopctl", "plan", "--component", "b"]);
    assert_eq!(named, "billing");
    assert_eq!(shop.calls(), Vec::<String>::new());
}

#[test]
fn the_committed_scripts_are_what_the_command_prints() {
    let shop = Shop::empty();
    for (shell, path) in SCRIPTS {
        let printed = shop.run(&["completions", shell]).expect(0);
        let committed = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
        assert_eq!(
            committed.unwrap_or_default(),
            printed.stdout,
            "refresh it with: cargo run -q -- completions {shell} > {path}"
        );
        assert_eq!(printed.stderr, "");
    }
    assert_eq!(shop.calls(), Vec::<String>::new());
}

#[test]
fn a_shell_that_nobody_knows_is_a_usage_error() {
    let mut shop = Shop::empty();
    shop.set("COMPLETE", "csh");
    let run = shop.run(&["--", "shopctl", ""]).expect(64);
    assert_eq!(run.stdout, "");
    for (shell, _) in SCRIPTS {
        assert!(run.stderr.contains(shell), "{shell}: {}", run.stderr);
    }
}
