//! Which rows are well: rules over a row and the manifest's thresholds. Pure.

use crate::model::thresholds::Thresholds;
use crate::model::tick::{Health, Loss, QueueRow, Sample, TableRow};
use crate::model::units::Seconds;

/// How many receives a message gets, and how long each may take.
#[derive(Clone, Copy, Debug)]
pub struct Attempts {
    pub count: u32,
    pub visibility_timeout: Seconds,
}

/// A verdict with its reasons; the worst reason decides.
#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    pub health: Health,
    pub reasons: Vec<String>,
}

impl Verdict {
    fn add(&mut self, health: Health, reason: impl Into<String>) {
        self.health = self.health.max(health);
        self.reasons.push(reason.into());
    }
}

/// `attempts`: of a queue with a dead-letter queue. `missing`: AWS says that there is no such queue.
pub fn of_queue(
    row: &QueueRow,
    attempts: Option<Attempts>,
    missing: bool,
    thresholds: &Thresholds,
) -> Verdict {
    let mut verdict = of_sample(&row.sample, thresholds);
    if missing {
        verdict.add(Health::Critical, "there is no such queue");
        return verdict;
    }
    if row.is_dead_letter_queue {
        match row.held() {
            Some(held) if held > thresholds.dead_letters => {
                verdict.add(Health::Critical, dead_letters(held, row.loss));
            }
            _ => {}
        }
        return verdict;
    }
    let limit = thresholds.oldest_age.or_else(|| {
        let attempts = attempts?;
        let all = attempts.visibility_timeout.0 * u64::from(attempts.count);
        Some(Seconds(all))
    });
    // A visibility timeout of zero leaves no time at all: then age says nothing.
    if let (Some(age), Some(limit)) = (row.oldest_age, limit.filter(|limit| limit.0 > 0))
        && age > limit
    {
        let why = match (thresholds.oldest_age, attempts) {
            (None, Some(attempts)) => format!(
                "longer than {} attempts of {}",
                attempts.count, attempts.visibility_timeout
            ),
            _ => format!("longer than {limit}"),
        };
        verdict.add(
            Health::Warning,
            format!("the oldest message waits {}, {why}", age.in_short()),
        );
    }
    verdict
}

/// `missing`: AWS says that there is no such table.
pub fn of_table(row: &TableRow, missing: bool, thresholds: &Thresholds) -> Verdict {
    let mut verdict = of_sample(&row.sample, thresholds);
    if missing {
        verdict.add(Health::Critical, "there is no such table");
        return verdict;
    }
    if let Some(status) = row.status.as_deref().filter(|status| *status != "ACTIVE") {
        // Its items can be read and written meanwhile (API TableDescription).
        let health = match status {
            "UPDATING" => Health::Warning,
            _ => Health::Critical,
        };
        verdict.add(health, format!("the table is {status}"));
    }
    for index in &row.indexes {
        let percent = index
            .percent
            .map(|percent| format!(", {percent:.0} % filled"));
        let percent = percent.unwrap_or_default();
        let reason = format!("index {} is {}{percent}", index.name, index.status);
        verdict.add(Health::Warning, reason);
    }
    let throttled = row.throttled_per_second.unwrap_or(0.0) * 60.0;
    if throttled.round() as u64 > thresholds.throttles {
        let reason = format!("{throttled:.0} requests throttled in a minute");
        verdict.add(Health::Warning, reason);
    }
    verdict
}

fn of_sample(sample: &Sample, thresholds: &Thresholds) -> Verdict {
    let mut verdict = Verdict::default();
    if sample.count == 0 {
        verdict.health = Health::Unknown;
    }
    let Some(why) = &sample.stale else {
        return verdict;
    };
    if sample.age >= thresholds.stale {
        verdict.add(
            Health::Critical,
            format!("not seen for {}: {why}", sample.age.in_short()),
        );
    } else {
        verdict.reasons.push(match sample.count {
            0 => format!("not seen yet: {why}"),
            _ => format!("stale for {}: {why}", sample.age.in_short()),
        });
    }
    verdict
}

fn dead_letters(held: u64, loss: Option<Loss>) -> String {
    let (noun, oldest) = match held {
        1 => ("dead letter", "it"),
        _ => ("dead letters", "the oldest"),
    };
    let Some(Loss { at_least, at_most }) = loss else {
        return format!("{held} {noun}");
    };
    let when = match (at_least, at_most) {
        (_, Seconds(0)) => "now".to_owned(),
        (Seconds(0), most) => format!("within {}", most.in_short()),
        (least, most) if least == most => format!("in {}", most.in_short()),
        (least, most) => format!("in {} to {}", least.in_short(), most.in_short()),
    };
    format!("{held} {noun}; {oldest} expires {when}")
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
