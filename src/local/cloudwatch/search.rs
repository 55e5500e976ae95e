//! SEARCH, as far as its terms are joined by AND (UG "CloudWatch search expression syntax").

use std::collections::BTreeSet;

use super::answer::{default_label, of_stat};
use super::math::Series;
use super::query::Stat;
use super::series::{Range, is_period};
use super::statistic::Statistic;
use super::{DAY, sources};
use crate::local::call::Call;
use crate::local::metrics::Metric;

/// UG "Search expressions quotas".
const SERIES: usize = 500;

/// # Errors
/// Says what is not understood.
pub fn search(
    call: &Call,
    text: &str,
    statistic: &str,
    period: i64,
    range: Range,
) -> Result<Vec<Series>, String> {
    let search = Search::parse(text)?;
    let parsed = Statistic::parse(statistic)
        .ok_or_else(|| format!("'{statistic}' is not a valid statistic"))?;
    if !is_period(period) {
        return Err(format!("{period} is not a valid period"));
    }
    let mut metrics = sources::metrics(call, call.now - 14 * DAY).map_err(|it| it.to_string())?;
    metrics.retain(|metric| search.selects(metric));
    metrics.sort();
    metrics.truncate(SERIES);
    let stats: Vec<Stat> = metrics
        .into_iter()
        .map(|metric| Stat {
            metric,
            statistic: parsed,
            stat: statistic.to_owned(),
            period,
            unit: None,
        })
        .collect();
    let all: Vec<&Stat> = stats.iter().collect();
    all.iter()
        .map(|stat| {
            let label = default_label(stat, &all);
            of_stat(call, stat, label, range).map_err(|error| error.to_string())
        })
        .collect()
}

#[derive(Debug, PartialEq)]
struct Search {
    /// Namespace and names of all dimensions, if they are given.
    schema: Option<(String, BTreeSet<String>)>,
    terms: Vec<Term>,
}

#[derive(Debug, PartialEq)]
struct Term {
    /// `MetricName`, `Namespace` or a dimension; any of them and of the dimensions' names if none is given.
    property: Option<String>,
    value: String,
    /// Written in double quotes.
    exact: bool,
}

impl Search {
    fn parse(text: &str) -> Result<Search, String> {
        let mut rest = text.trim();
        let mut schema = None;
        if let Some(open) = rest.strip_prefix('{') {
            let (inside, after) = open.split_once('}').ok_or("Missing '}' in the search")?;
            let mut names = inside
                .split(',')
                .map(|name| name.trim().trim_matches('"').to_owned());
            let namespace = names.next().unwrap_or_default();
            schema = Some((namespace, names.collect()));
            rest = after.trim_start();
        }
        let mut terms = Vec::new();
        while !rest.is_empty() {
            let (term, after) = term(rest)?;
            terms.extend(term);
            rest = after.trim_start();
        }
        Ok(Search { schema, terms })
    }

    fn selects(&self, metric: &Metric) -> bool {
        let in_schema = self.schema.as_ref().is_none_or(|(namespace, dimensions)| {
            *namespace == metric.namespace && dimensions.iter().eq(metric.dimensions.keys())
        });
        in_schema && self.terms.iter().all(|term| term.matches(metric))
    }
}

/// `property=value`, `value`, or an `AND`, which is nothing of its own.
fn term(rest: &str) -> Result<(Option<Term>, &str), String> {
    let (first, quoted, after) = word(rest)?;
    if let Some(value) = after.trim_start().strip_prefix('=') {
        let (value, exact, after) = word(value.trim_start())?;
        let property = Some(first);
        return Ok((
            Some(Term {
                property,
                value,
                exact,
            }),
            after,
        ));
    }
    match first.as_str() {
        "AND" if !quoted => Ok((None, after)),
        "OR" | "NOT" if !quoted => Err(format!("'{first}' is not supported in a search here")),
        _ => Ok((
            Some(Term {
                property: None,
                value: first,
                exact: quoted,
            }),
            after,
        )),
    }
}

/// The next word, whether it was quoted, and what follows.
fn word(rest: &str) -> Result<(String, bool, &str), String> {
    if let Some(quoted) = rest.strip_prefix('"') {
        let (word, after) = quoted.split_once('"').ok_or("Missing '\"' in the search")?;
        return Ok((word.to_owned(), true, after));
    }
    let end = rest
        .find(|c: char| c.is_whitespace() || "=\"(){}".contains(c))
        .unwrap_or(rest.len());
    if end == 0 {
        let shown: String = rest.chars().take(1).collect();
        return Err(format!("Unexpected '{shown}' in the search"));
    }
    Ok((rest[..end].to_owned(), false, &rest[end..]))
}

impl Term {
    fn matches(&self, metric: &Metric) -> bool {
        let found: Vec<&String> = match self.property.as_deref() {
            Some("MetricName") => vec![&metric.name],
            Some("Namespace") => vec![&metric.namespace],
            Some(dimension) => metric.dimensions.get(dimension).into_iter().collect(),
            None => {
                let dimensions = metric
                    .dimensions
                    .iter()
                    .flat_map(|(name, value)| [name, value]);
                dimensions
                    .chain([&metric.name, &metric.namespace])
                    .collect()
            }
        };
        found.into_iter().any(|text| {
            *text == self.value
                || !self.exact && text.to_lowercase().contains(&self.value.to_lowercase())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_selects_by_schema_and_terms() {
        let metric = Metric {
            namespace: "AWS/SQS".to_owned(),
            name: "NumberOfMessagesSent".to_owned(),
            dimensions: [("QueueName".to_owned(), "orders-dlq".to_owned())].into(),
        };
        for (text, selected) in [
            ("{AWS/SQS,QueueName}", true),
            (
                "{AWS/SQS, QueueName} MetricName=\"NumberOfMessagesSent\"",
                true,
            ),
            ("{AWS/SQS,QueueName} MetricName=\"NumberOfMessages\"", false),
            (
                "{AWS/SQS,QueueName} MetricName=numberofmessages AND QueueName = orders",
                true,
            ),
            ("{AWS/SQS}", false),
            ("{\"AWS/SQS\",QueueName,Other}", false),
            ("Namespace=\"AWS/SQS\" dlq", true),
            ("\"dlq\"", false),
            ("TableName=orders", false),
            ("", true),
        ] {
            assert_eq!(
                Search::parse(text).unwrap().selects(&metric),
                selected,
                "{text}"
            );
        }
        for text in ["{AWS/SQS", "a OR b", "NOT a", "(a)", "a=", "\"a"] {
            assert!(Search::parse(text).is_err(), "{text}");
        }
    }
}
