//! Durations and sizes as a manifest writes them: `90s`, `5m`, `4d`, `256KiB`, or a plain number.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// Of an interval between two looks.
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(3_600);

const SECONDS_HINT: &str = "seconds, or a duration such as 90s, 5m, 12h, 4d";
const BYTES_HINT: &str = "bytes, or a size such as 2048, 256KiB, 1MiB";

/// A whole number of seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Seconds(pub u64);

/// A whole number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

type Unit = (&'static str, u64);
/// Largest unit first: the first that divides a value is the one that is shown.
const TIME_UNITS: [Unit; 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
const SIZE_UNITS: [Unit; 3] = [("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let factor = match unit {
        "" => 1,
        unit => units.iter().find(|(name, _)| *name == unit)?.1,
    };
    number.checked_mul(factor)
}

fn show(value: u64, units: &[(&str, u64)]) -> String {
    let smallest = units.len() - 1;
    let (name, factor) = units
        .iter()
        .find(|(_, factor)| value > 0 && value.is_multiple_of(*factor))
        .unwrap_or(&units[smallest]);
    format!("{}{name}", value / factor)
}

/// The time between two looks: as [`Seconds`], or in milliseconds; not zero.
///
/// # Errors
/// Says what to write instead.
pub fn interval(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let millis = text
        .strip_suffix("ms")
        .and_then(|number| number.parse().ok());
    let interval = match millis {
        Some(millis) => Some(Duration::from_millis(millis)),
        None => parse(text, &TIME_UNITS).map(Duration::from_secs),
    };
    let interval = interval.filter(|interval| (SHORTEST..=LONGEST).contains(interval));
    interval.ok_or_else(|| "expected 10ms to 1h, such as 500ms, 5s, 1m".to_owned())
}

macro_rules! unit {
    ($name:ident, $units:ident, $hint:ident, $pattern:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&show(self.0, &$units))
            }
        }

        impl From<$name> for u64 {
            fn from(value: $name) -> u64 {
                value.0
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                parse(text.trim(), &$units)
                    .map($name)
                    .ok_or_else(|| format!("expected {}", $hint))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl de::Visitor<'_> for Visitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($hint)
                    }

                    fn visit_u64<E: de::Error>(self, value: u64) -> Result<$name, E> {
                        Ok($name(value))
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse()
                            .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
                    }
                }
                deserializer.deserialize_any(Visitor)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": $hint,
                    "anyOf": [
                        {"type": "integer", "minimum": 0},
                        {"type": "string", "pattern": $pattern},
                    ],
                })
            }
        }
    };
}

impl Seconds {
    /// The largest whole unit, and below ten of it the next: `40s`, `9m 5s`, `25m`, `3h 5m`, `13d`.
    pub fn in_short(self) -> String {
        let ((name, unit), next) = self.largest();
        let whole = self.0 / unit;
        match next {
            Some((next, part)) if whole < 10 && self.0 % unit / part > 0 => {
                format!("{whole}{name} {}{next}", self.0 % unit / part)
            }
            _ => format!("{whole}{name}"),
        }
    }

    /// The largest whole unit alone.
    pub fn in_whole(self) -> String {
        let ((name, unit), _) = self.largest();
        format!("{}{name}", self.0 / unit)
    }

    /// The largest unit that fits, and the next smaller one.
    fn largest(self) -> (Unit, Option<Unit>) {
        let fits = TIME_UNITS.iter().position(|(_, unit)| self.0 >= *unit);
        let at = fits.unwrap_or(TIME_UNITS.len() - 1);
        (TIME_UNITS[at], TIME_UNITS.get(at + 1).copied())
    }
}

unit!(Seconds, TIME_UNITS, SECONDS_HINT, "^[0-9]+[smhd]?$");
unit!(Bytes, SIZE_UNITS, BYTES_HINT, "^[0-9]+(B|KiB|MiB)?$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_show() {
        for (text, seconds, shown) in [
            ("90s", 90, "90s"),
            ("5m", 300, "5m"),
            ("300", 300, "5m"),
            ("4d", 345_600, "4d"),
            ("24h", 86_400, "1d"),
            ("0", 0, "0s"),
            ("25h", 90_000, "25h"),
        ] {
            assert_eq!(text.parse(), Ok(Seconds(seconds)), "{text}");
            assert_eq!(Seconds(seconds).to_string(), shown);
        }
        for text in ["", "m", "5 m", "1.5h", "-1", "5w", "99999999999999999999d"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_in_short_has_two_units_at_most() {
        for (seconds, shown, whole) in [
            (0, "0s", "0s"),
            (40, "40s", "40s"),
            (545, "9m 5s", "9m"),
            (600, "10m", "10m"),
            (11_100, "3h 5m", "3h"),
            (90_059, "1d 1h", "1d"),
            (1_123_200, "13d", "13d"),
        ] {
            assert_eq!(Seconds(seconds).in_short(), shown);
            assert_eq!(Seconds(seconds).in_whole(), whole);
        }
    }

    #[test]
    fn an_interval_is_neither_zero_nor_endless() {
        for (text, millis) in [
            ("50ms", Some(50)),
            ("5s", Some(5_000)),
            ("5", Some(5_000)),
            ("1h", Some(3_600_000)),
            ("0", None),
            ("9ms", None),
            ("2h", None),
            ("ms", None),
            ("5 s", None),
        ] {
            let millis = millis.map(Duration::from_millis);
            assert_eq!(interval(text).ok(), millis, "{text}");
        }
    }

    #[test]
    fn sizes_read_and_show() {
        assert_eq!("256KiB".parse(), Ok(Bytes(262_144)));
        assert_eq!("1MiB".parse(), Ok(Bytes(1_048_576)));
        assert_eq!(Bytes(262_144).to_string(), "256KiB");
        assert_eq!(Bytes(1_025).to_string(), "1025B");
        assert!("256KB".parse::<Bytes>().is_err());
    }

    #[test]
    fn json_holds_plain_numbers() {
        assert_eq!(serde_json::to_string(&Seconds(300)).unwrap(), "300");
        assert_eq!(
            serde_json::from_str::<Seconds>("300").unwrap(),
            Seconds(300)
        );
        assert_eq!(
            serde_json::from_str::<Seconds>("\"5m\"").unwrap(),
            Seconds(300)
        );
    }
}
