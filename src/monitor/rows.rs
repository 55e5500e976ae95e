//! From what is known to the rows of a tick, judged and counted. Calls nobody.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::model::tick::{
    DeadLetters, Health, IndexRow, QueueRow, SCHEMA_VERSION, TableRow, Tick, Totals,
};
use crate::model::units::Seconds;

use super::health::{self, Attempts};
use super::loss::{Expiry, loss};
use super::metrics::{self, BATCH};
use super::price::{self, Load};
use super::sample::{Moment, Sampler};
use super::watched::{Queue, Seen, Table};

/// API TableDescription: ItemCount, TableSizeBytes.
const COUNTED_EVERY: Seconds = Seconds(6 * 3_600);

impl Sampler {
    /// What is known now.
    pub(super) fn tick(&self, now: Moment) -> Tick {
        let sources = sources(&self.queues);
        let queues = self.queues.iter();
        let queues: Vec<_> = queues
            .map(|queue| self.queue_row(queue, &sources, now))
            .collect();
        let tables = self.tables.iter().map(|table| self.table_row(table, now));
        let tables: Vec<_> = tables.collect();
        let totals = totals(&queues, &tables);
        let stale_queues = queues.iter().map(|row| (&row.id, &row.sample));
        let stale_tables = tables.iter().map(|row| (&row.id, &row.sample));
        let stale = stale_queues.chain(stale_tables);
        let stale = stale.filter(|(_, sample)| sample.stale.is_some());
        Tick {
            schema_version: SCHEMA_VERSION,
            time: rfc3339(now),
            project: self.subject.project.clone(),
            env: self.subject.env.clone(),
            region: self.subject.region.clone(),
            account: self.account.clone(),
            health: worst(&queues, &tables),
            stale: stale.map(|(id, _)| id.clone()).collect(),
            totals,
            gaps: self.gaps(),
            rhythm: price::rhythm(self.load(), self.subject.interval),
            gate: None,
            queues,
            tables,
        }
    }

    fn queue_row(&self, queue: &Queue, sources: &Sources<'_>, now: Moment) -> QueueRow {
        let seen = queue.looks.there();
        let redrive = seen.and_then(|seen| seen.redrive.as_ref());
        let its_sources = sources.get(queue.name.as_str());
        let mut row = QueueRow {
            id: queue.id.clone(),
            name: queue.name.clone(),
            health: Health::default(),
            reasons: Vec::new(),
            visible: seen.map(|seen| seen.visible),
            in_flight: seen.map(|seen| seen.in_flight),
            delayed: seen.map(|seen| seen.delayed),
            oldest_age: queue.metrics.oldest_age,
            sent_per_second: queue.metrics.sent_per_second,
            deleted_per_second: queue.metrics.deleted_per_second,
            trend: queue.trend(metrics::minute(now.seconds_since_epoch())),
            dead_letters: redrive.map(|redrive| self.dead_letters(&redrive.queue)),
            is_dead_letter_queue: queue.declared_dead_letter || its_sources.is_some(),
            loss: None,
            sample: queue.looks.sample(now.instant),
        };
        if let (Some(seen), Some(age), Some(1..)) = (seen, row.oldest_age, row.held())
            && row.is_dead_letter_queue
        {
            row.loss = Some(loss(Expiry {
                retention: seen.retention,
                age,
                fifo: queue.is_fifo(),
                source_retention: its_sources.copied(),
            }));
        }
        let attempts = redrive.zip(seen).map(|(redrive, seen)| Attempts {
            count: redrive.attempts,
            visibility_timeout: seen.visibility_timeout,
        });
        let missing = queue.looks.seen == Seen::Missing;
        let verdict = health::of_queue(&row, attempts, missing, &self.subject.thresholds);
        (row.health, row.reasons) = (verdict.health, verdict.reasons);
        row
    }

    fn dead_letters(&self, name: &str) -> DeadLetters {
        let queue = self.queues.iter().find(|queue| queue.name == name);
        let seen = queue.and_then(|queue| queue.looks.there());
        DeadLetters {
            queue: name.to_owned(),
            messages: seen.map(|seen| seen.visible + seen.in_flight + seen.delayed),
        }
    }

    fn table_row(&self, table: &Table, now: Moment) -> TableRow {
        let seen = table.looks.there();
        let metrics = &table.metrics;
        let indexes = seen.map_or(&[][..], |seen| &seen.indexes).iter();
        let mut row = TableRow {
            id: table.id.clone(),
            name: table.name.clone(),
            health: Health::default(),
            reasons: Vec::new(),
            status: seen.map(|seen| seen.status.clone()),
            items: seen.map(|seen| seen.items),
            size_bytes: seen.map(|seen| seen.size_bytes),
            items_age_at_most: COUNTED_EVERY,
            read_units_per_second: metrics.read_units_per_second,
            write_units_per_second: metrics.write_units_per_second,
            throttled_per_second: metrics.throttled_per_second,
            indexes: indexes
                .map(|index| IndexRow {
                    percent: metrics.progress.get(&index.name).copied(),
                    ..index.clone()
                })
                .collect(),
            sample: table.looks.sample(now.instant),
        };
        let missing = table.looks.seen == Seen::Missing;
        let verdict = health::of_table(&row, missing, &self.subject.thresholds);
        (row.health, row.reasons) = (verdict.health, verdict.reasons);
        row
    }

    fn gaps(&self) -> Vec<String> {
        let failure = self.metrics_failure.iter();
        failure
            .map(|why| format!("ages and rates are not known: CloudWatch {why}"))
            .collect()
    }

    fn load(&self) -> Load {
        let fifo = self.queues.iter().filter(|queue| queue.is_fifo()).count();
        let metrics = metrics::queries(&self.queues, &self.tables).len();
        Load {
            standard_queues: self.queues.len() - fifo,
            fifo_queues: fifo,
            tables: self.tables.len(),
            table_ticks: self.table_ticks(),
            metrics,
            metric_calls: metrics.div_ceil(BATCH),
        }
    }
}

/// Of each dead-letter queue, by name, the longest retention of the queues that send there.
type Sources<'a> = BTreeMap<&'a str, Seconds>;

fn sources(queues: &[Queue]) -> Sources<'_> {
    let mut sources = Sources::new();
    for queue in queues {
        if let (Some(target), Some(seen)) = (queue.dead_letter_queue(), queue.looks.there()) {
            let longest = sources.entry(target.as_str()).or_default();
            *longest = seen.retention.max(*longest);
        }
    }
    sources
}

fn worst(queues: &[QueueRow], tables: &[TableRow]) -> Health {
    let queues = queues.iter().map(|row| row.health);
    let all = queues.chain(tables.iter().map(|row| row.health));
    all.max().unwrap_or_default()
}

fn totals(queues: &[QueueRow], tables: &[TableRow]) -> Totals {
    let mut totals = Totals::default();
    for row in queues {
        totals.visible += row.visible.unwrap_or(0);
        totals.in_flight += row.in_flight.unwrap_or(0);
        totals.delayed += row.delayed.unwrap_or(0);
        if row.is_dead_letter_queue {
            totals.dead_letters += row.held().unwrap_or(0);
        }
    }
    totals.items = tables.iter().filter_map(|row| row.items).sum();
    let queues = queues.iter().map(|row| row.health);
    for health in queues.chain(tables.iter().map(|row| row.health)) {
        *match health {
            Health::Critical => &mut totals.critical,
            Health::Warning => &mut totals.warning,
            Health::Unknown => &mut totals.unknown,
            Health::Healthy => &mut totals.healthy,
        } += 1;
    }
    totals
}

fn rfc3339(now: Moment) -> String {
    let time = DateTime::from_secs(now.seconds_since_epoch());
    time.fmt(Format::DateTime).unwrap_or_default()
}
