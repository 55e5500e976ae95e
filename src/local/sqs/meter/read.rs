//! What CloudWatch asks of the meters.

use std::collections::BTreeMap;

use rusqlite::{Transaction, params};

use super::gauges::Gauges;
use super::{ACTIVE, DAY, Kept, minute_of, unrecorded};
use crate::local::call::Call;
use crate::local::error::ApiError;
use crate::local::metrics::{Datum, Metric, Observed};
use crate::local::sqs::moves;
use crate::local::sqs::queue::{self, Queue};

const NAMESPACE: &str = "AWS/SQS";
const DIMENSION: &str = "QueueName";
const SENT_MESSAGE_SIZE: &str = "SentMessageSize";
/// ListMetrics shows what has had data within that time (API ListMetrics).
const LISTED: i64 = 14 * DAY;

/// How a metric's value of a minute is had.
enum Source {
    /// By the sizes of what was sent.
    Sent,
    Counter(&'static str),
    Gauge(&'static str, fn(&Gauges) -> i64),
}

impl Source {
    /// The recorded minutes of meter ?1 from ?2 to before ?3.
    fn statement(&self) -> String {
        match self {
            Source::Sent => "select minute, sum(messages) from (
                    select minute, messages from sqs_sent_sizes
                    where meter = ?1 and minute >= ?2 and minute < ?3
                    union all select minute, 0 from sqs_minutes
                    where meter = ?1 and minute >= ?2 and minute < ?3)
                group by minute"
                .to_owned(),
            Source::Counter(column) | Source::Gauge(column, _) => format!(
                "select minute, {column} from sqs_minutes
                 where meter = ?1 and minute >= ?2 and minute < ?3 and {column} is not null"
            ),
        }
    }
}

struct Kind {
    name: &'static str,
    unit: &'static str,
    fifo_only: bool,
    source: Source,
}

const fn counter(name: &'static str, column: &'static str) -> Kind {
    Kind {
        name,
        unit: "Count",
        fifo_only: false,
        source: Source::Counter(column),
    }
}

const fn gauge(name: &'static str, column: &'static str, of: fn(&Gauges) -> i64) -> Kind {
    Kind {
        name,
        unit: "Count",
        fifo_only: false,
        source: Source::Gauge(column, of),
    }
}

const KINDS: [Kind; 10] = [
    Kind {
        name: "NumberOfMessagesSent",
        unit: "Count",
        fifo_only: false,
        source: Source::Sent,
    },
    counter("NumberOfMessagesReceived", "received"),
    counter("NumberOfMessagesDeleted", "deleted"),
    counter("NumberOfEmptyReceives", "empty_receives"),
    Kind {
        fifo_only: true,
        ..counter("NumberOfDeduplicatedSentMessages", "deduplicated")
    },
    gauge("ApproximateNumberOfMessagesVisible", "visible", |it| {
        it.visible
    }),
    gauge(
        "ApproximateNumberOfMessagesNotVisible",
        "not_visible",
        |it| it.not_visible,
    ),
    gauge("ApproximateNumberOfMessagesDelayed", "delayed", |it| {
        it.delayed
    }),
    Kind {
        unit: "Seconds",
        ..gauge("ApproximateAgeOfOldestMessage", "age", |it| it.age)
    },
    Kind {
        fifo_only: true,
        ..gauge(
            "ApproximateNumberOfGroupsWithInflightMessages",
            "groups_in_flight",
            |it| it.groups_in_flight,
        )
    },
];

/// The metrics that have had data within the last two weeks.
///
/// # Errors
/// When the state cannot be read.
pub fn metrics(call: &Call) -> Result<Vec<Metric>, ApiError> {
    moves::carry_on(call)?;
    let since = minute_of(call.now - LISTED);
    let queues: Vec<(String, bool)> = call.store.read(|transaction| {
        let queues = transaction
            .prepare_cached(
                "select meter.queue,
                        exists (select 1 from sqs_sent_sizes where meter = meter.id and minute >= ?3)
                 from sqs_meters as meter
                 left join sqs_queues as live on live.account = meter.account
                     and live.region = meter.region and live.name = meter.queue
                 where meter.account = ?1 and meter.region = ?2 and (
                     meter.active_at >= ?3 - iif(live.id is null, 0, ?4)
                     or exists (select 1 from sqs_messages where queue_id = live.id))
                 order by meter.queue",
            )?
            .query_map(params![call.account, call.region, since, ACTIVE], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<Result<_, _>>()?;
        Ok(queues)
    })?;
    Ok(queues
        .iter()
        .flat_map(|(queue, sent)| {
            names(queue, *sent).map(|name| Metric {
                namespace: NAMESPACE.to_owned(),
                name: name.to_owned(),
                dimensions: BTreeMap::from([(DIMENSION.to_owned(), queue.clone())]),
            })
        })
        .collect())
}

/// The size is told only once something was sent (DG sqs-available-cloudwatch-metrics).
fn names(queue: &str, sent: bool) -> impl Iterator<Item = &'static str> {
    let fifo = queue::is_fifo(queue);
    KINDS
        .iter()
        .filter(move |kind| fifo || !kind.fifo_only)
        .map(|kind| kind.name)
        .chain(sent.then_some(SENT_MESSAGE_SIZE))
}

/// What a metric showed in the minutes that start within `from` and before `to`; nothing for a metric not known.
///
/// # Errors
/// When the state cannot be read.
pub fn data(call: &Call, metric: &Metric, from: i64, to: i64) -> Result<Vec<Datum>, ApiError> {
    let Some(queue) = queue_of(metric) else {
        return Ok(Vec::new());
    };
    moves::carry_on(call)?;
    call.store.read(|transaction| {
        let Some(kept) = Kept::find(transaction, call, queue)? else {
            return Ok(Vec::new());
        };
        if metric.name == SENT_MESSAGE_SIZE {
            return sizes(transaction, &kept, from, to);
        }
        let of_type = |kind: &&Kind| queue::is_fifo(queue) || !kind.fifo_only;
        match KINDS
            .iter()
            .filter(of_type)
            .find(|it| it.name == metric.name)
        {
            Some(kind) => values(transaction, call, (&kept, queue), kind, (from, to)),
            None => Ok(Vec::new()),
        }
    })
}

fn queue_of(metric: &Metric) -> Option<&str> {
    let queue = metric.dimensions.get(DIMENSION)?;
    (metric.namespace == NAMESPACE && metric.dimensions.len() == 1).then_some(queue)
}

fn values(
    transaction: &Transaction<'_>,
    call: &Call,
    (kept, queue): (&Kept, &str),
    kind: &Kind,
    (from, to): (i64, i64),
) -> Result<Vec<Datum>, ApiError> {
    let mut values: BTreeMap<i64, i64> = transaction
        .prepare_cached(&kind.source.statement())?
        .query_map([kept.id, from, to], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    if to > kept.recorded_until
        && let Some(queue) = Queue::find(transaction, call, queue)?
    {
        for (minute, gauges) in unrecorded(transaction, &queue, kept, call.now)? {
            if (from..to).contains(&minute) {
                match kind.source {
                    Source::Sent | Source::Counter(_) => values.entry(minute).or_insert(0),
                    Source::Gauge(_, of) => values.entry(minute).or_insert(of(&gauges)),
                };
            }
        }
    }
    Ok(values
        .into_iter()
        .map(|(minute, value)| datum(minute, vec![(float(value), 1.0)], kind.unit))
        .collect())
}

fn sizes(
    transaction: &Transaction<'_>,
    kept: &Kept,
    from: i64,
    to: i64,
) -> Result<Vec<Datum>, ApiError> {
    let mut minutes: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
    let mut statement = transaction.prepare_cached(
        "select minute, bytes, messages from sqs_sent_sizes
         where meter = ?1 and minute >= ?2 and minute < ?3",
    )?;
    let mut rows = statement.query([kept.id, from, to])?;
    while let Some(row) = rows.next()? {
        let value = (float(row.get(1)?), float(row.get(2)?));
        minutes.entry(row.get(0)?).or_default().push(value);
    }
    Ok(minutes
        .into_iter()
        .map(|(minute, values)| datum(minute, values, "Bytes"))
        .collect())
}

fn datum(at: i64, values: Vec<(f64, f64)>, unit: &str) -> Datum {
    Datum {
        at,
        observed: Observed::Values(values),
        unit: Some(unit.to_owned()),
    }
}

/// Nothing that is counted here comes near 2⁵³.
fn float(value: i64) -> f64 {
    value as f64
}
