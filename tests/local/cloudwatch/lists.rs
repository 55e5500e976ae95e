//! ListMetrics.

use std::time::Duration;

use aws_sdk_cloudwatch::operation::list_metrics::builders::ListMetricsFluentBuilder;
use aws_sdk_cloudwatch::types::{DimensionFilter, MetricDatum, RecentlyActive};

use super::{DAY, HOUR, NAMESPACE, datum, dimension, fresh, later, now, put};
use crate::support::code;

async fn names(request: ListMetricsFluentBuilder) -> Vec<String> {
    let output = request.send().await.unwrap();
    let metrics = output.metrics().iter();
    metrics
        .map(|metric| metric.metric_name().unwrap().to_owned())
        .collect()
}

fn filter(name: &str, value: Option<&str>) -> DimensionFilter {
    let filter = DimensionFilter::builder().name(name);
    filter.set_value(value.map(str::to_owned)).build()
}

fn of(name: &str, dimensions: &[(&str, &str)]) -> MetricDatum {
    let datum = MetricDatum::builder().metric_name(name).value(1.0);
    let dimensions = dimensions
        .iter()
        .map(|(name, value)| dimension(name, value));
    datum.set_dimensions(Some(dimensions.collect())).build()
}

#[tokio::test]
async fn metrics_are_found_by_namespace_name_and_dimensions() {
    let (_dir, client) = fresh();
    put(
        &client,
        [
            of("Sold", &[]),
            of("Stock", &[("Store", "north"), ("Item", "tea")]),
            of("Visitors", &[("Store", "south")]),
        ],
    )
    .await;
    let other = client
        .put_metric_data()
        .namespace("Other")
        .metric_data(of("Sold", &[]));
    other.send().await.unwrap();
    let list = || client.list_metrics();
    assert_eq!(names(list()).await, ["Sold", "Sold", "Stock", "Visitors"]);
    assert_eq!(
        names(list().namespace(NAMESPACE)).await,
        ["Sold", "Stock", "Visitors"]
    );
    assert_eq!(names(list().metric_name("Sold")).await, ["Sold", "Sold"]);
    assert_eq!(
        names(list().dimensions(filter("Store", None))).await,
        ["Stock", "Visitors"]
    );
    assert_eq!(
        names(list().dimensions(filter("Store", Some("south")))).await,
        ["Visitors"]
    );
    let both = list()
        .dimensions(filter("Store", None))
        .dimensions(filter("Item", Some("tea")));
    let output = both.clone().send().await.unwrap();
    let dimensions = output.metrics()[0].dimensions();
    assert_eq!(
        dimensions,
        [dimension("Item", "tea"), dimension("Store", "north")]
    );
    assert!(names(both.metric_name("Visitors")).await.is_empty());
}

#[tokio::test]
async fn five_hundred_are_a_page() {
    let (_dir, client) = fresh();
    put(
        &client,
        (0..600).map(|n| datum(&format!("m{n:03}"), now(), 1.0)),
    )
    .await;
    let first = client.list_metrics().send().await.unwrap();
    assert_eq!(first.metrics().len(), 500);
    let pages = client.list_metrics().into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let all = pages.iter().flat_map(|page| page.metrics());
    let names: Vec<_> = all.map(|metric| metric.metric_name().unwrap()).collect();
    let expected: Vec<_> = (0..600).map(|n| format!("m{n:03}")).collect();
    assert_eq!(names, expected);
    let bad = client.list_metrics().next_token("bad").send().await;
    assert_eq!(code(bad), "InvalidParameterValue");
}

#[tokio::test]
async fn metrics_without_data_are_forgotten() {
    let (dir, client) = fresh();
    put(
        &client,
        [
            datum("Old", now() - 4 * HOUR, 1.0),
            datum("New", now(), 1.0),
        ],
    )
    .await;
    let recent = client.list_metrics().recently_active(RecentlyActive::Pt3H);
    assert_eq!(names(recent).await, ["New"]);
    assert_eq!(names(client.list_metrics()).await, ["New", "Old"]);
    let thirteen_days = Duration::from_secs(13 * 86_400 + 23 * 3_600);
    assert_eq!(
        names(later(dir.path(), thirteen_days).list_metrics()).await,
        ["New"]
    );
    let fifteen_days = later(dir.path(), Duration::from_secs(15 * 86_400));
    assert!(names(fifteen_days.list_metrics()).await.is_empty());
    put(&fifteen_days, [datum("Old", now() + 15 * DAY, 1.0)]).await;
    assert_eq!(names(fifteen_days.list_metrics()).await, ["Old"]);
    let odd = client
        .list_metrics()
        .recently_active("PT4H".into())
        .send()
        .await;
    assert_eq!(code(odd), "InvalidParameterValue");
}

#[tokio::test]
async fn ten_filters_of_dimensions_are_taken_all_of_them_named() {
    let (_dir, client) = fresh();
    let filters = |count: usize| Some(vec![filter("Store", None); count]);
    let list = |count| client.list_metrics().set_dimensions(filters(count)).send();
    list(10).await.unwrap();
    assert_eq!(code(list(11).await), "InvalidParameterValue");
    let nameless = DimensionFilter::builder().value("north").build();
    let refused = client.list_metrics().dimensions(nameless).send().await;
    assert_eq!(code(refused), "MissingParameter");
}
