//! No text makes the loader panic, and every fault lies inside the text.

use proptest::prelude::*;

use super::*;
use crate::manifest::render;

const SEED: &str = include_str!("../../../manifests/shopping.yaml");

fn holds(text: &str) {
    let validation = validate_source(source(text));
    for fault in &validation.faults {
        assert!(fault.span.start <= fault.span.end);
        assert!(text.get(fault.span.clone()).is_some(), "{fault:?}");
        let lines = text.split('\n').count();
        assert!(
            (1..=lines).contains(&fault.line) && fault.column >= 1,
            "{fault:?}"
        );
    }
    for width in [0, 40, 80] {
        let rendered = render(&validation.faults, &validation.source, false, width);
        assert!(!rendered.contains('\u{1b}'));
    }
    let loaded = load_source(source(text), Some("dev"));
    assert!(loaded.is_err() || validation.systems.is_empty() || validation.is_valid());
}

fn fragment() -> impl Strategy<Value = String> {
    let words = [
        "version: 1\n",
        "project: shop\n",
        "queues:\n",
        "tables:\n",
        "  a:\n",
        "  b.fifo:",
        "    ",
        "\t",
        "\n",
        "delay: ",
        "5m",
        "redrive_policy: {dead_letter_queue: ",
        "a",
        "}",
        "{",
        "[",
        "]",
        "&x ",
        "*x",
        "<<: ",
        "partition_key: ",
        "environments: ",
        "dev: ",
        "'",
        "\"",
        "\u{1b}",
        "é",
        "!t ",
        "---\n",
        "? ",
        ": ",
        "- ",
        "naming: '{env}-{name}'\n",
        "|\n",
        "\r",
        "\u{feff}",
        "#",
        "null",
        "default",
        "\u{85}",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..40)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn never_panics_on_noise(text in "\\PC{0,200}") {
        holds(&text);
    }

    #[test]
    fn never_panics_on_fragments(text in fragment()) {
        holds(&text);
    }

    #[test]
    fn never_panics_on_a_damaged_manifest(at in 0..SEED.len(), cut in 0..40usize, put in fragment()) {
        let at = SEED.floor_char_boundary(at);
        let end = SEED.floor_char_boundary((at + cut).min(SEED.len()));
        holds(&format!("{}{put}{}", &SEED[..at], &SEED[end..]));
    }
}
