//! The same tests on an AWS emulator that somebody else wrote: what ours and we both take for AWS's way, and is not,
//! shows there. `tests/outside/second` starts one; without `SHOPCTL_TEST_ENDPOINT` nothing is run.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::Command;

use elsewhere::ELSEWHERE;

pub mod elsewhere;

/// What holds on both.
const RUN: &[&str] = &[
    "behind::a_changed_attribute_is_set_back",
    "behind::a_deleted_table_is_made_again",
    "behind::a_removed_index_is_built_again",
    "behind::changed_tags_are_set_back",
    "check::a_broken_redrive_policy_is_said_exactly",
    "check::a_part_is_tested_by_component_and_by_name",
    "check::config_writes_nothing",
    "check::nothing_there_is_said_without_a_copy",
    "check::the_shopping_system_passes_on_copies_and_is_not_touched",
    "check::what_people_read",
    "create::a_source_is_made_after_its_dead_letter_queue",
    "create::dry_run_writes_nothing_and_no_wait_reads_nothing_back",
    "create::parts_are_created_apart_and_make_the_whole",
    "create::the_shopping_system_is_created_once_and_then_left_alone",
    "create::the_tables_have_their_keys_indexes_and_expiry",
    "create::what_create_prints",
    "edits::a_fifo_queue_changes_its_deduplication",
    "edits::a_lower_retention",
    "edits::a_queue_and_a_table_more",
    "edits::a_visibility_timeout",
    "edits::an_attribute_of_two_indexes_gets_another_type",
    "edits::an_index_on_another_key_is_made_anew",
    "edits::indexes_added_and_removed_in_one_run",
    "edits::protection_and_recovery_switched_off",
    "edits::redrive_moved_to_another_queue_that_is_new",
    "edits::streams_switched_on_off_and_to_another_view",
    "edits::table_classes_changed",
    "edits::tags_alone",
    "edits::time_to_live_turned_on",
    "faults::hundreds_of_queues_wait_their_turn",
    "fields::local_indexes_are_for_the_life_of_a_table",
    "guard::a_partial_run_names_what_it_misses",
    "guard::another_local_index_is_a_replacement",
    "guard::environments_of_one_project_are_apart",
    "guard::every_hazard_is_refused_by_its_name_and_silence_is_no_consent",
    "guard::what_belongs_to_another_project_is_never_touched",
    "guard::what_was_made_by_hand_is_adopted_only_when_granted_and_confirmed",
    "monitor::a_part_is_watched_with_its_dead_letter_queues_alone",
    "monitor::thresholds_stand_in_the_manifest",
    "output::a_pipe_gets_no_escape_codes_unless_asked_for",
    "output::a_plan_survives_its_json",
    "output::a_report_is_one_document_and_progress_stays_off_stdout",
    "output::detailed_exit_codes",
    "output::quiet_is_quiet",
    "queues::a_redrive_policy_taken_out_stays_and_reset_goes",
    "queues::everything_changed_behind_our_back_is_set_back",
    "queues::plain_settings",
    "queues::policies",
    "queues::settings_of_fifo_queues",
    "queues::what_aws_adds_is_shown_by_its_name_and_left_alone",
    "queues::who_may_redrive_here",
    "removal::a_protected_table_is_replaced_only_where_that_is_allowed_too",
    "saved::a_file_that_holds_no_plan",
    "saved::a_path_that_cannot_be_written_is_told_before_aws_is_asked",
    "saved::a_plan_that_is_carried_out_already_has_nothing_to_do",
    "saved::a_tag_of_ownership_that_was_removed",
    "saved::an_attribute_that_changed_behind_our_back",
    "saved::an_unchanged_resource_that_drifted",
    "saved::counters_and_what_nobody_declares_may_move",
    "saved::markdown_is_for_plans_only",
    "saved::what_was_made_or_deleted_meanwhile",
    "written::an_empty_tag_is_removed_and_an_undeclared_one_stays",
    "written::what_is_ignored_is_set_once_and_then_left_alone",
];

/// What the other one, ministack 1.5.33, cannot: these are run too, and must fail for as long as it cannot.
const FAIL: &[(&str, &[&str])] = &[
    (
        "no Application Auto Scaling",
        &[
            "behind::capacity_and_stream_are_set_back",
            "behind::capacity_that_a_scalable_target_manages_is_left_to_it",
            "check::fifo_queues_and_keys_of_every_type_pass",
            "edits::capacities_raised_and_lowered",
            "edits::on_demand_to_provisioned_while_indexes_go_and_come",
            "edits::provisioned_to_on_demand_with_maxima",
            "round_trip::every_scenario_ends_alike_from_its_file_and_from_its_manifest",
        ],
    ),
    (
        "keeps the maxima of an index that UpdateTable removes",
        &["edits::on_demand_maxima_set_and_removed"],
    ),
    (
        "has no period of point-in-time recovery",
        &["edits::recovery_periods_changed_and_one_left_alone"],
    ),
    (
        "shows the alias of the key that AWS manages, not its ARN",
        &["edits::encryption_with_other_keys"],
    ),
    (
        "says nothing of the SSE-SQS that a new queue has",
        &["queues::encryption"],
    ),
    (
        "has no ListDeadLetterSourceQueues",
        &["removal::what_the_manifest_no_longer_names_is_pruned_with_a_grant"],
    ),
];

/// What only ours can be asked for. A whole module where all of it is so.
const SKIP: &[(&str, &[&str])] = &[
    (
        "needs our clock",
        &[
            "behind::a_deleted_queue_is_made_again",
            "behind::capacity_that_may_not_fall_yet_holds_up_nothing_else",
            "behind::recovery_and_expiry_are_switched_on_again",
            "fields::other_settings",
            "fields::throughput_and_indexes",
            "matrix::tables_become_others_or_are_refused_with_a_reason",
        ],
    ),
    (
        "needs our faults or delays",
        &[
            "check::all_take_as_long_as_the_slowest",
            "check_ends::",
            "faults::",
            "guard::what_the_manifest_no_longer_names_is_noted_and_left_alone",
            "removal::a_killed_replacement_is_continued_by_the_same_command",
            "removal::a_table_is_replaced_with_a_backup_first",
        ],
    ),
    (
        "needs our metrics, faults or delays, or watches longer than this suite waits",
        &["monitor::"],
    ),
    (
        "reads what is said without -vv, which this suite adds",
        &["check::what_was_changed_behind_our_back_is_found"],
    ),
    (
        "is about local mode",
        &[
            "guard::another_account_is_refused_before_the_first_write",
            "local::",
            "saved::a_plan_is_saved_whole_for_its_owner_and_the_next_step_is_said",
            "saved::another_account_is_refused",
            "saved::hazards_adoptions_and_conflicts_need_what_they_always_need",
            "saved::the_plan_says_where_and_the_command_line_may_not_say_otherwise",
        ],
    ),
    (
        "asks no AWS, or only what ours is set up to refuse",
        &[
            "completions::",
            "input::",
            "layers::",
            "man::",
            "matrix::every_shape_is_a_valid_manifest",
            "output::a_reader_that_leaves_is_no_failure",
            "second::",
        ],
    ),
];

/// This very binary, as somebody else would start it.
fn suite() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

fn each(
    groups: &'static [(&'static str, &'static [&'static str])],
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let one = |(reason, names): &(&'static str, &'static [&'static str])| {
        let reason = *reason;
        names.iter().map(move |name| (*name, reason))
    };
    groups.iter().flat_map(one)
}

#[test]
fn every_test_is_placed() {
    let list = stdout(suite().arg("--list"));
    let tests: Vec<_> = list
        .lines()
        .filter_map(|it| it.strip_suffix(": test"))
        .collect();
    let placed = RUN.iter().copied();
    let placed = placed.chain(each(FAIL).chain(each(SKIP)).map(|(name, _)| name));
    let mut counts: BTreeMap<_, _> = placed.map(|name| (name, 0)).collect();
    for test in &tests {
        let module = test.split_inclusive("::").next().unwrap();
        let place = if counts.contains_key(test) {
            test
        } else {
            module
        };
        let count = counts.get_mut(place);
        *count.unwrap_or_else(|| panic!("{test}: nobody has placed it in RUN, FAIL or SKIP")) += 1;
    }
    let gone: Vec<_> = counts.iter().filter(|(_, count)| **count == 0).collect();
    assert!(
        gone.is_empty(),
        "placed, but there is no such test: {gone:?}"
    );
}

#[test]
fn the_suite_on_a_second_emulator() {
    // What a test prints is shown only where it fails; this is for everybody to see.
    let mut told = std::io::stderr();
    let Ok(endpoint) = std::env::var("SHOPCTL_TEST_ENDPOINT") else {
        writeln!(
            told,
            "SHOPCTL_TEST_ENDPOINT is not set: skipped what runs on a second emulator"
        )
        .unwrap();
        return;
    };
    for (name, reason) in each(SKIP) {
        writeln!(told, "{name}: skipped: {reason}").unwrap();
    }
    let names = RUN.iter().copied().chain(each(FAIL).map(|(name, _)| name));
    let mut suite = suite();
    suite.arg("--exact").args(names);
    suite.env(ELSEWHERE, endpoint).env("INSTA_UPDATE", "no");
    let output = stdout(suite.env("RUST_BACKTRACE", "0"));
    let passed = |name: &str| output.contains(&format!("\ntest {name} ... ok\n"));
    let broken = RUN.iter().filter(|name| !passed(name));
    let mut wrong: Vec<_> = broken.map(|name| format!("{name} fails")).collect();
    for (name, reason) in each(FAIL) {
        writeln!(told, "{name}: expected to fail: {reason}").unwrap();
        if passed(name) {
            wrong.push(format!(
                "{name} passes: the gap is closed, take it off the list ({reason})"
            ));
        }
    }
    assert!(wrong.is_empty(), "{output}\n{}", wrong.join("\n"));
}
