//! What a test that was killed leaves noted.

use super::*;

fn entry(id: &str) -> Entry {
    Entry {
        id: id.to_owned(),
        scope: Scope::sample(),
        endpoint: "aws".to_owned(),
        copies: vec![ResourceId::queue(format!("shopctl-probe-{id}-orders"))],
    }
}

#[test]
fn a_note_is_free_once_its_test_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probes");
    assert!(read(&path).abandoned.is_empty());
    let running = Journal::begin(&path, entry("00000001")).unwrap();
    let finished = Journal::begin(&path, entry("00000002")).unwrap();
    finished.finish();
    let seen = read(&path);
    assert_eq!(seen.running, ["00000001"]);
    assert!(seen.abandoned.is_empty());
    // As the end of the process does, whatever ended it.
    drop(running);
    let seen = read(&path);
    assert!(seen.running.is_empty());
    let found: Vec<_> = seen.abandoned.iter().map(|it| it.entry.clone()).collect();
    assert_eq!(found, [entry("00000001")]);
    // Taken: another test leaves it alone.
    assert_eq!(read(&path).running, ["00000001"]);
    seen.abandoned.into_iter().for_each(Journal::finish);
    assert!(read(&path).abandoned.is_empty());
}

#[test]
fn what_is_no_note_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.json"), "{").unwrap();
    fs::write(folder.path().join("readme"), "").unwrap();
    let seen = read(folder.path());
    assert!(seen.abandoned.is_empty() && seen.running.is_empty());
    assert!(folder.path().join("x.json").exists());
}
