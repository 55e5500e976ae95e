//! Files, encodings, sizes, depths.

use super::*;

#[test]
fn bombs_and_depths_are_refused_quickly() {
    let mut bomb = format!("{HEAD}x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n");
    for level in 1..9 {
        let below = vec![format!("*x{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("x{level}: &x{level} [{below}]\n"));
    }
    let found = faults(&bomb);
    assert!(
        found.last().unwrap().contains("more than 200000 values"),
        "{found:?}"
    );
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        let deep = format!("a:\n  {}x{}\n", open.repeat(5_000), close.repeat(5_000));
        let found = faults(&deep);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].contains("nested deeper than 64 levels"),
            "{found:?}"
        );
    }
    let chain: String = (1..70)
        .map(|n| format!("y{n}: &y{n} [*y{}]\n", n - 1))
        .collect();
    let found = faults(&format!("y0: &y0 [a]\n{chain}"));
    assert!(
        found[0].contains("nested deeper than 64 levels"),
        "{found:?}"
    );
}

#[test]
fn files_that_are_no_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path| {
        let error = load(path, None).unwrap_err();
        assert_eq!(error.kind, LoadErrorKind::Unreadable);
        assert_eq!(validate_all(path).unwrap_err(), error);
        error
            .message
            .replace(&folder.path().display().to_string(), "")
    };
    assert!(refused(folder.path()).ends_with("it is a directory"));
    let file = folder.path().join("a.yaml");
    assert_eq!(
        refused(&file),
        "cannot read the manifest `/a.yaml`: no such file"
    );
    std::fs::write(&file, b"version: 1\nproject: \xff\n").unwrap();
    assert_eq!(
        refused(&file),
        "the manifest `/a.yaml` is not UTF-8: byte 20, in line 2"
    );
    std::fs::write(&file, "#".repeat(1_048_577)).unwrap();
    assert_eq!(
        refused(&file),
        "the manifest `/a.yaml` is larger than 1 MiB"
    );
    std::fs::write(&file, HEAD).unwrap();
    assert_eq!(load(&file, None).unwrap().0.project, "shop");
}

#[test]
fn bytes_before_the_text_do_not_move_it() {
    assert_eq!(faults(&format!("\u{feff}{HEAD}")), Vec::<String>::new());
    let crlf = format!("{HEAD}colour: é\nqueues: {{ä: {{dely: 1}}}}\n").replace('\n', "\r\n");
    let found = faults(&crlf);
    assert!(
        found[0].starts_with("3:1 colour: unknown field"),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|fault| fault.starts_with("4:14 queues.ä.dely")),
        "{found:?}"
    );
}
