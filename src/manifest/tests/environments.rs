//! Overlays and the choice between them.

use super::*;

const ENVIRONMENTS: &str = "\
version: 1
project: shop
naming: \"{env}-{name}\"
environments:
  dev: {queues: {a: {delay: 16m}, b: }}
  prod: {tables: {Orders: {partition_key: 5}}}
queues: {a: {delay: 1s}, b: {visibility_timeout: 1m}}
";

#[test]
fn faults_of_an_overlay_point_into_it_and_are_told_once() {
    assert_eq!(
        faults(ENVIRONMENTS),
        [
            "5:29 queues.a.delay: warning: 16m is above the known maximum (AWS took 15m at most when this version was made, and may refuse it)",
            "6:43 tables.Orders.partition_key: `partition_key` cannot be `5` (write an attribute's name, or {name: order_id, type: S})",
        ]
    );
    let (system, warnings) = load_source(source(ENVIRONMENTS), Some("dev")).unwrap();
    assert_eq!(system.env.as_deref(), Some("dev"));
    assert_eq!(system.targets()[0].name, "dev-a");
    assert_eq!(warnings.len(), 1);
    assert!(load_source(source(ENVIRONMENTS), Some("prod")).is_err());
}

#[test]
fn an_empty_overlay_changes_nothing_and_an_empty_field_undeclares() {
    let text = "\
version: 1
project: shop
environments: {dev: {queues: {a: {delay: }, b: , c: {redrive_policy: }}, tables: }}
queues:
  a: {delay: 1s}
  b: {delay: 2s}
  c: {redrive_policy: {dead_letter_queue: nowhere}}
tables: {Cart: {partition_key: id}}
";
    let system = system(text, Some("dev"));
    assert_eq!(system.targets().len(), 4);
    let scope = Scope {
        partition: String::new(),
        account: String::new(),
        region: String::new(),
    };
    let delays: Vec<_> = system
        .resources(&scope)
        .iter()
        .filter_map(|resource| match &resource.desired {
            Desired::Queue(queue) => Some((queue.delay, queue.redrive_policy.is_some())),
            Desired::Table(_) => None,
        })
        .collect();
    assert_eq!(
        delays,
        [(None, false), (Some(Seconds(2)), false), (None, false)]
    );
}

#[test]
fn an_environment_must_be_chosen_from_those_declared() {
    let refused = |text: &str, env: Option<&str>| {
        let error = load_source(source(text), env).unwrap_err();
        let LoadErrorKind::EnvironmentNeeded { environments } = error.kind else {
            panic!("{error:?}");
        };
        (
            error.message,
            error.help.unwrap_or_default(),
            environments.join(" "),
        )
    };
    let (message, help, names) = refused(ENVIRONMENTS, None);
    assert_eq!(message, "shop.yaml has environments: one must be chosen");
    assert_eq!(help, "pass --env with one of dev, prod");
    assert_eq!(names, "dev prod");
    let (message, help, _) = refused(ENVIRONMENTS, Some("prd"));
    assert_eq!(message, "shop.yaml has no environment `prd`");
    assert_eq!(help, "did you mean `prod`?");
    let (message, ..) = refused(HEAD, Some("dev"));
    assert_eq!(
        message,
        "shop.yaml has no environments, so --env dev means nothing"
    );
    let with_default = format!("default_environment: dev\n{ENVIRONMENTS}");
    assert_eq!(system(&with_default, None).env.as_deref(), Some("dev"));
    let wrong = format!("default_environment: deev\n{HEAD}environments: {{dev: }}\n");
    assert_eq!(
        faults(&wrong),
        ["1:22 default_environment: there is no environment `deev` (did you mean `dev`?)"]
    );
}

#[test]
fn the_sections_of_environments_are_checked() {
    let text = format!("{HEAD}environments: {{dev: {{version: 1}}, 'a b': , c: 5}}\n");
    let found = faults(&text);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("3:22 environments.dev.version: `version` cannot differ"));
    assert!(found[1].starts_with("3:35 environments.a b: `a b` cannot be an environment"));
    assert!(found[2].starts_with("3:47 environments.c: an environment must be a map"));
}
