//! The emulator's time. It belongs to the state, so that every process on it sees the same; a process may run ahead.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{OptionalExtension, Transaction, params};

use super::error::ApiError;
use super::store::Store;

/// `create table if not exists …`, run at every opening.
pub const SCHEMA: &str = "
create table if not exists local_clock (
    one integer primary key check (one = 1),
    machine integer not null,
    shown integer not null,
    speed real not null
) without rowid;
";

/// The machine's time and the state's at one moment, in milliseconds since the epoch, and how fast the state's runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    machine: i64,
    shown: i64,
    speed: f64,
}

/// The machine's own.
impl Default for Clock {
    fn default() -> Self {
        Clock {
            machine: 0,
            shown: 0,
            speed: 1.0,
        }
    }
}

impl Clock {
    /// # Errors
    /// When the state cannot be read.
    pub fn of(store: &Store) -> Result<Clock, ApiError> {
        store.read(Clock::read)
    }

    fn read(transaction: &Transaction<'_>) -> Result<Clock, ApiError> {
        let kept = transaction
            .prepare_cached("select machine, shown, speed from local_clock")?
            .query_row([], |row| {
                Ok(Clock {
                    machine: row.get(0)?,
                    shown: row.get(1)?,
                    speed: row.get(2)?,
                })
            })
            .optional()?;
        Ok(kept.unwrap_or_default())
    }

    /// Makes the state's clock go on from now as `change` says.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn set(store: &Store, change: Change) -> Result<Clock, ApiError> {
        store.write(|transaction| {
            let clock = Clock::read(transaction)?.changed(change, machine());
            transaction.execute(
                "insert or replace into local_clock (one, machine, shown, speed) values (1, ?, ?, ?)",
                params![clock.machine, clock.shown, clock.speed],
            )?;
            Ok(clock)
        })
    }

    fn changed(self, change: Change, machine: i64) -> Clock {
        Clock {
            machine,
            shown: self.at(machine).saturating_add(millis(change.ahead)),
            speed: change.speed.unwrap_or(self.speed),
        }
    }

    /// Milliseconds since the epoch.
    pub fn now(self) -> i64 {
        self.at(machine())
    }

    /// How far it is ahead of the machine's, in milliseconds.
    pub fn lead(self) -> i64 {
        let machine = machine();
        self.at(machine) - machine
    }

    pub fn speed(self) -> f64 {
        self.speed
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a float holds milliseconds exactly for 200,000 years"
    )]
    fn at(self, machine: i64) -> i64 {
        let passed = machine - self.machine;
        if self.speed == 1.0 {
            return self.shown.saturating_add(passed);
        }
        self.shown
            .saturating_add((passed as f64 * self.speed) as i64)
    }
}

/// `+2h`, `x60`, or both: a leap ahead, and another speed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change {
    pub ahead: Duration,
    pub speed: Option<f64>,
}

impl std::str::FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Change, String> {
        let mut change = Change::default();
        for word in text.split_whitespace() {
            match word.strip_prefix('x') {
                Some(speed) => change.speed = Some(parse_speed(speed).ok_or_else(|| not_so(text))?),
                None => change.ahead = parse_duration(word).ok_or_else(|| not_so(text))?,
            }
        }
        Ok(change)
    }
}

fn not_so(text: &str) -> String {
    format!("{text:?} does not set a clock; write +61s, +2h or +4d, or a speed such as x60")
}

/// At most a year in half a minute.
fn parse_speed(text: &str) -> Option<f64> {
    let speed: f64 = text.parse().ok()?;
    (0.001..=1_000_000.0).contains(&speed).then_some(speed)
}

/// `30ms`, `61s`, `5m`, `2h`, `4d`, with or without a leading plus; a bare `0`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "" if number == 0 => 0,
        _ => return None,
    };
    number.checked_mul(millis).map(Duration::from_millis)
}

fn machine() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    millis(since.unwrap_or_default())
}

/// A duration as the milliseconds that the state is kept in.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_units() {
        let cases = [
            ("30ms", Some(30)),
            ("+61s", Some(61_000)),
            ("5m", Some(300_000)),
            ("+2h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("0", Some(0)),
            ("5", None),
            ("-5s", None),
            ("s", None),
            ("1.5s", None),
            ("99999999999999999999d", None),
        ];
        for (text, millis) in cases {
            assert_eq!(
                parse_duration(text),
                millis.map(Duration::from_millis),
                "{text}"
            );
        }
    }

    #[test]
    fn a_change_is_a_leap_a_speed_or_both() {
        let change = |text: &str| text.parse::<Change>().unwrap();
        let both = Change {
            ahead: Duration::from_secs(7_200),
            speed: Some(60.0),
        };
        assert_eq!(change("+2h x60"), both);
        assert_eq!(change("x60").ahead, Duration::ZERO);
        assert_eq!(change("4d").speed, None);
        for text in ["soon", "x0", "x-1", "xNaN", "2", "x60 soon"] {
            assert!(
                text.parse::<Change>().unwrap_err().contains("x60"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_leap_and_a_speed_begin_where_the_clock_stands() {
        let fast = Clock::default().changed("+1m x60".parse().unwrap(), 1_000);
        assert_eq!(fast.at(1_000), 61_000);
        assert_eq!(fast.at(2_000), 121_000);
        let slow = fast.changed("x1".parse().unwrap(), 2_000);
        assert_eq!(slow.at(2_000), 121_000);
        assert_eq!(slow.at(3_000), 122_000);
    }

    #[test]
    fn an_unset_clock_is_the_machine_s() {
        assert_eq!(Clock::default().at(1_234), 1_234);
    }
}
