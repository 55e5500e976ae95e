//! Tables at random become others at random, in one run of the built binary, or are refused with a reason.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::shapes;
use crate::support::{Run, Shop};

type Tables = BTreeMap<String, Value>;

const GRANTS: [&str; 5] = ["create", "--all", "--allow", "delete-index,weaken", "--yes"];
const REPLACE: [&str; 3] = ["--allow", "replace,delete-index,weaken", "--yes"];

fn draw(random: &mut Rng, count: usize) -> Tables {
    let names = (0..count).map(|n| format!("Table{n}"));
    names.map(|name| (name, shapes::table(random))).collect()
}

/// JSON is YAML, but for the word that only means something without quotes.
fn manifest(tables: &Tables) -> String {
    let manifest = json!({"version": 1, "project": "shop", "tables": tables});
    let json = serde_json::to_string_pretty(&manifest).unwrap();
    json.replace(r#""default""#, "default")
}

#[test]
fn every_shape_is_a_valid_manifest() {
    let shop = Shop::with(&manifest(&draw(&mut Rng::with_seed(1), 400)));
    let told = shop.run(&["validate"]).expect(0);
    assert!(told.stdout.contains("400 tables"), "{}", told.shown());
}

#[test]
fn tables_become_others_or_are_refused_with_a_reason() {
    let mut counts = [0; 3];
    for seed in 0..12 {
        let mut random = Rng::with_seed(seed);
        let (before, after) = (draw(&mut random, 5), draw(&mut random, 5));
        let mut shop = Shop::with(&manifest(&before));
        shop.converge(&[]);
        let (impossible, replaced) = refused(&shop, &after);
        let without = |refused: &[&Refusals]| -> Tables {
            let is = |name: &String| refused.iter().any(|it| it.contains_key(name));
            let all = after.iter().map(|(name, table)| match is(name) {
                true => (name.clone(), before[name].clone()),
                false => (name.clone(), table.clone()),
            });
            all.collect()
        };
        shop.write(&manifest(&without(&[&impossible, &replaced])));
        let changed = carry_out(&mut shop, seed);
        shop.write(&manifest(&without(&[&impossible])));
        shop.converge(&REPLACE);
        for (count, more) in counts
            .iter_mut()
            .zip([impossible.len(), replaced.len(), changed])
        {
            *count += more;
        }
    }
    let [impossible, replaced, changed] = counts;
    assert!(impossible > 1 && replaced > 5 && changed > 15, "{counts:?}");
}

/// By the table's name, what the refusal has to say.
type Refusals = BTreeMap<String, String>;

/// Asks for all at once. The tables that cannot become what is declared, then those that would be made anew:
/// nothing is written where there is one.
#[track_caller]
fn refused(shop: &Shop, after: &Tables) -> (Refusals, Refusals) {
    shop.write(&manifest(after));
    shop.forget();
    let plan = shop.run(&["plan", "-o", "json"]).expect(0).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let conflicts = plan["conflicts"].as_array().unwrap().iter();
    let impossible: Refusals = conflicts
        .map(|it| (text(&it["name"]), text(&it["reason"])))
        .collect();
    let actions = plan["actions"].as_array().unwrap().iter();
    let replaced: Refusals = actions
        .filter(|it| it["verb"] == "replace")
        .map(|it| (text(&it["name"]), "replace: the table is".to_owned()))
        .collect();
    if impossible.is_empty() && replaced.is_empty() {
        return (impossible, replaced);
    }
    let told = shop.run(&GRANTS).expect(4).shown();
    assert_eq!(shop.writes(), Vec::<String>::new());
    // Where lines break is the terminal's business.
    let words: Vec<_> = told.split_whitespace().collect();
    for reason in impossible.values().chain(replaced.values()) {
        let said = words.join(" ").contains(reason.as_str());
        assert!(said, "{reason} is not in\n{told}");
    }
    (impossible, replaced)
}

/// Another attribute for time to live takes AWS an hour: the run ends and says so, and a later one goes on.
#[track_caller]
fn carry_out(shop: &mut Shop, seed: u64) -> usize {
    shop.set("SHOPCTL_LOCAL_CLOCK", "+2h");
    let plan = shop.run(&["plan", "-o", "json"]).expect(0).json();
    let count = plan["actions"].as_array().unwrap().len();
    let mut done: Run = shop.run(&[&GRANTS[..], &["--timeout", "3s"]].concat());
    if done.code == 1 {
        assert!(
            done.shown().contains("time to live"),
            "seed {seed}: {}",
            done.shown()
        );
        shop.set("SHOPCTL_LOCAL_CLOCK", "+4h");
        done = shop.run(&GRANTS);
    }
    assert_eq!(done.code, 0, "seed {seed}: {}", done.shown());
    shop.settled();
    count
}
