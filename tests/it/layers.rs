//! The floors: imports go downward only.

use std::fs;
use std::path::{Path, PathBuf};

/// Which floors a floor may import. `output` sees only the model; `local` sees nothing of ours.
fn below(floor: &str) -> &'static [&'static str] {
    match floor {
        "lib" | "commands" => &[
            "aws",
            "checks",
            "cli",
            "commands",
            "error",
            "exit",
            "local",
            "manifest",
            "model",
            "monitor",
            "output",
            "reconcile",
            "resources",
        ],
        "error" => &["exit", "manifest", "model", "reconcile"],
        "cli" => &["model", "output"],
        "manifest" => &["resources", "model"],
        "monitor" => &["resources", "aws", "model"],
        "reconcile" => &["resources", "aws", "model"],
        "checks" => &["resources", "aws", "model"],
        "resources" => &["aws", "model"],
        "aws" => &["model", "local"],
        "output" => &["model"],
        _ => &[],
    }
}

/// The door to the embedded AWS, and the command that offers it.
fn may_import_local(inside: &Path) -> bool {
    inside == Path::new("aws/clients.rs")
        || inside == Path::new("commands/local.rs")
        || inside.starts_with("commands/local")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// `use crate::a::b` and `crate::a::f()` in the text, as `a`.
fn imports(text: &str) -> Vec<String> {
    let pattern = regex_lite::Regex::new(r"\bcrate::\{?\s*([a-z_]+)").unwrap();
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| {
        let found: Vec<_> = pattern
            .captures_iter(line)
            .map(|c| c[1].to_owned())
            .collect();
        found
    })
    .collect()
}

#[test]
fn no_floor_imports_a_floor_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for path in sources(&root) {
        let inside = path.strip_prefix(&root).unwrap();
        let first = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap();
        let floor = first.trim_end_matches(".rs");
        for import in imports(&fs::read_to_string(&path).unwrap()) {
            let local = import == "local" && !may_import_local(inside);
            if import != floor && (local || !below(floor).contains(&import.as_str())) {
                wrong.push(format!("{} imports {import}", inside.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_file_is_too_long_to_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut long = Vec::new();
    for folder in ["src", "tests"] {
        for path in sources(&root.join(folder)) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            let test_table = path
                .file_stem()
                .is_some_and(|stem| stem.to_string_lossy().ends_with("_tests"));
            if lines > 500 && !test_table {
                long.push(format!("{}: {lines} lines", path.display()));
            }
        }
    }
    assert_eq!(long, Vec::<String>::new());
}
