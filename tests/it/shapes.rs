//! Tables as a manifest declares them: at random, valid, and the same for the same seed.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Draws one table. Shapes share their attributes, indexes and keys, so that two of them often can become each
/// other.
pub fn table(random: &mut Rng) -> Value {
    let density = [0.15, 0.5, 0.85][random.usize(..3)];
    Draw {
        random,
        density,
        types: BTreeMap::new(),
        table: Map::new(),
    }
    .whole()
}

struct Draw<'a> {
    random: &'a mut Rng,
    /// How likely a setting is declared at all.
    density: f64,
    /// An attribute has one type throughout a table.
    types: BTreeMap<&'static str, &'static str>,
    table: Map<String, Value>,
}

const LOCAL: [&str; 3] = ["l-size", "l-kind", "i-kind"];
const GLOBAL: [&str; 4] = ["i-kind", "i-size", "i-owner", "i-at"];
const ATTRIBUTES: [&str; 5] = ["kind", "size", "owner", "at", "id"];
const KEY: &str = "arn:aws:kms:us-east-1:000000000000:key/";
const KEY_ID: &str = "11111111-2222-3333-4444-555555555555";
const OTHER_KEY_ID: &str = "99999999-8888-7777-6666-555555555555";
const IGNORABLE: [&str; 14] = [
    "global_secondary_indexes",
    "local_secondary_indexes",
    "billing_mode",
    "read_capacity",
    "write_capacity",
    "max_read_request_units",
    "max_write_request_units",
    "point_in_time_recovery",
    "time_to_live",
    "stream",
    "encryption",
    "table_class",
    "deletion_protection",
    "tags.team",
];

impl Draw<'_> {
    fn whole(mut self) -> Value {
        // Most agree in their keys, which no update changes.
        let partition = self.mostly("id", "owner");
        self.table_key("partition_key", partition);
        if self.chance(0.92) {
            let sort = self.mostly("at", "size");
            self.table_key("sort_key", sort);
            if self.chance(self.density * 0.3) {
                self.local_indexes(partition);
            }
        }
        let mode = self.billing_mode();
        if self.chance(self.density + 0.1) {
            self.global_indexes(mode);
        }
        self.time_to_live();
        self.settings();
        if self.chance(0.2) {
            let ignored: Vec<_> = (0..=self.random.usize(..3))
                .map(|_| self.of(&IGNORABLE))
                .collect();
            self.table.insert("ignore".into(), json!(ignored));
        }
        self.table.into()
    }

    fn chance(&mut self, of: f64) -> bool {
        self.random.f64() < of
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.random.usize(..all.len())]
    }

    fn mostly(&mut self, this: &'static str, other: &'static str) -> &'static str {
        if self.chance(0.96) { this } else { other }
    }

    fn table_key(&mut self, field: &str, name: &'static str) {
        let other = self.of(&["N", "B"]);
        let drawn = self.mostly("S", other);
        self.types.insert(name, drawn);
        let key = self.key(name);
        self.table.insert(field.into(), key);
    }

    fn key(&mut self, name: &'static str) -> Value {
        let drawn = self.of(&["S", "S", "N", "B"]);
        let attribute_type = *self.types.entry(name).or_insert(drawn);
        match attribute_type {
            "S" if self.chance(0.8) => json!(name),
            _ => json!({"name": name, "type": attribute_type}),
        }
    }

    fn projection(&mut self, index: &mut Value) {
        let names = ["note", "price", "state"];
        let some: Vec<_> = names.into_iter().filter(|_| self.chance(0.6)).collect();
        match self.random.usize(..5) {
            0 => index["projection"] = json!("ALL"),
            1 => index["projection"] = json!("KEYS_ONLY"),
            2 if !some.is_empty() => index["projection"] = json!(some),
            _ => {}
        }
    }

    fn local_indexes(&mut self, partition: &str) {
        let mut indexes = Map::new();
        for name in LOCAL {
            if self.chance(0.3) {
                let others: Vec<_> = ATTRIBUTES.iter().filter(|it| **it != partition).collect();
                let sort = self.of(&others);
                let mut index = json!({"sort_key": self.key(sort)});
                self.projection(&mut index);
                indexes.insert(name.into(), index);
            }
        }
        let all = self.or_default(indexes.into());
        self.table.insert("local_secondary_indexes".into(), all);
    }

    fn global_indexes(&mut self, mode: &str) {
        let mut indexes = Map::new();
        for name in GLOBAL {
            let taken = self.table.get("local_secondary_indexes");
            let taken = taken.is_some_and(|indexes| indexes.get(name).is_some());
            if taken || self.chance(0.5) {
                continue;
            }
            // The attribute that the name says, more often than not.
            let partition = match self.random.usize(..4) {
                0 => self.of(&ATTRIBUTES),
                _ => *ATTRIBUTES.iter().find(|it| name.ends_with(**it)).unwrap(),
            };
            let mut index = json!({"partition_key": self.key(partition)});
            let sort = self.of(&ATTRIBUTES);
            if sort != partition && self.chance(0.4) {
                index["sort_key"] = self.key(sort);
            }
            self.projection(&mut index);
            self.throughput(mode, index.as_object_mut().unwrap());
            indexes.insert(name.into(), index);
        }
        let all = self.or_default(indexes.into());
        self.table.insert("global_secondary_indexes".into(), all);
    }

    fn billing_mode(&mut self) -> &'static str {
        let mode = match self.chance(self.density) {
            true => self.of(&["PROVISIONED", "PROVISIONED", "PAY_PER_REQUEST", "default"]),
            false => "",
        };
        if !mode.is_empty() {
            self.table.insert("billing_mode".into(), json!(mode));
        }
        let mut table = std::mem::take(&mut self.table);
        self.throughput(mode, &mut table);
        self.table = table;
        mode
    }

    fn throughput(&mut self, mode: &str, part: &mut Map<String, Value>) {
        for (capacity, maximum) in [
            ("read_capacity", "max_read_request_units"),
            ("write_capacity", "max_write_request_units"),
        ] {
            if mode == "PROVISIONED" {
                part.insert(capacity.into(), json!(self.random.u32(1..6)));
                if self.chance(0.1) {
                    part.insert(maximum.into(), json!("default"));
                }
            } else if self.chance(self.density * 0.4) {
                let units = json!(self.random.u32(1..4) * 10);
                let units = self.or_default(units);
                part.insert(maximum.into(), units);
            }
        }
    }

    fn or_default(&mut self, value: Value) -> Value {
        match self.chance(0.1) {
            true => json!("default"),
            false => value,
        }
    }

    /// A key that is not a number cannot be it.
    fn time_to_live(&mut self) {
        let mut choices = vec![json!("expires"), json!("until"), json!(false)];
        if self.types.get("size").is_none_or(|it| *it == "N") {
            choices.push(json!("size"));
        }
        self.setting("time_to_live", &choices);
    }

    fn settings(&mut self) {
        let days = |days: &str| json!({"recovery_period": days});
        let kms = |key: String| json!({"kms_key": key});
        let all = [
            (
                "point_in_time_recovery",
                vec![
                    json!(false),
                    json!(true),
                    days("1d"),
                    days("7d"),
                    days("35d"),
                ],
            ),
            (
                "stream",
                vec![
                    json!(false),
                    json!("NEW_IMAGE"),
                    json!("OLD_IMAGE"),
                    json!("NEW_AND_OLD_IMAGES"),
                    json!("KEYS_ONLY"),
                ],
            ),
            (
                "encryption",
                vec![
                    json!("aws_owned"),
                    json!("aws_managed"),
                    kms(format!("{KEY}{KEY_ID}")),
                    kms(KEY_ID.to_owned()),
                    kms(format!("{KEY}{OTHER_KEY_ID}")),
                    kms("alias/orders".to_owned()),
                ],
            ),
            (
                "table_class",
                vec![json!("STANDARD"), json!("STANDARD_INFREQUENT_ACCESS")],
            ),
            ("deletion_protection", vec![json!(false), json!(true)]),
        ];
        for (field, choices) in all {
            self.setting(field, &choices);
        }
        let mut tags = Map::new();
        for key in ["team", "cost"] {
            if self.chance(self.density * 0.7) {
                let values = [json!("a"), json!("b"), Value::Null];
                tags.insert(key.into(), values[self.random.usize(..3)].clone());
            }
        }
        if !tags.is_empty() {
            self.table.insert("tags".into(), tags.into());
        }
    }

    fn setting(&mut self, field: &str, choices: &[Value]) {
        if self.chance(self.density) {
            let drawn = choices[self.random.usize(..choices.len())].clone();
            let value = self.or_default(drawn);
            self.table.insert(field.into(), value);
        }
    }
}
