//! The manual page.

use crate::support::Shop;

fn page() -> String {
    let shop = Shop::empty();
    let run = shop.run(&["man"]).expect(0);
    assert_eq!(run.stderr, "");
    assert_eq!(shop.calls(), Vec::<String>::new());
    run.stdout
}

/// The arguments of every use of a macro.
fn uses(page: &str, name: &str) -> Vec<String> {
    let lines = page.lines().filter_map(|line| line.strip_prefix(name));
    lines
        .map(|rest| rest.trim().trim_matches('"').replace('\\', ""))
        .collect()
}

#[test]
fn it_has_the_sections_of_a_manual_page() {
    let sections = [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "COMMANDS",
        "GLOBAL OPTIONS",
        "HAZARDS",
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
        "EXAMPLES",
    ];
    assert_eq!(uses(&page(), ".SH"), sections);
}

#[test]
fn nothing_but_macros_begins_with_a_control_character() {
    for line in page().lines() {
        if line.starts_with(['.', '\'']) {
            let name = line.split(' ').next().unwrap_or_default();
            let known = [".ie", ".el", ".TH", ".SH", ".SS", ".TP", ".PP"];
            assert!(known.contains(&name), "{line}");
        }
    }
}

#[test]
fn every_command_has_a_part_with_its_own_options_and_the_global_ones_come_once() {
    let page = page().replace('\\', "");
    let help = Shop::empty().run(&["--help"]).expect(0).stdout;
    let commands = help
        .split("\n\n")
        .find(|part| part.starts_with("Commands:"));
    for line in commands.unwrap().lines().skip(1) {
        let command = line.split_whitespace().next().unwrap();
        let heads = uses(&page, ".SS");
        // A third word without brackets is a command of the command.
        let is_it = |head: &&String| {
            let mut words = head.split(' ').skip(1);
            let named = words.next() == Some(command);
            named && words.next().is_none_or(|word| word.starts_with(['[', '<']))
        };
        assert_eq!(
            heads.iter().filter(is_it).count(),
            1,
            "{command}: {heads:?}"
        );
    }
    let count = |head: &str| page.lines().filter(|line| line.starts_with(head)).count();
    assert_eq!(count("fB-ffR, fB--manifestfR fIFILEfR"), 1);
    assert_eq!(count("fB--parallelismfR"), 1);
    assert_eq!(count("fB--detailed-exitcodefR"), 1);
    assert_eq!(count("fBSHELLfR") + count("fISHELLfR"), 1);
    assert_eq!(count("fB64fR"), 1);
}
