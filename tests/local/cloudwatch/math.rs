//! Expressions of GetMetricData.

use aws_sdk_cloudwatch::types::{MetricDataQuery, MetricDatum};

use super::{HOUR, at, dimension, expression, fresh, get, put, put_minutes, query, start};
use crate::support::code;

async fn shop() -> (tempfile::TempDir, aws_sdk_cloudwatch::Client) {
    let (dir, client) = fresh();
    put_minutes(&client, "Sold", &[4.0, 6.0, 0.0]).await;
    put_minutes(&client, "Visitors", &[8.0, 24.0]).await;
    (dir, client)
}

fn hidden(query: MetricDataQuery) -> MetricDataQuery {
    MetricDataQuery::builder()
        .set_id(query.id)
        .set_metric_stat(query.metric_stat)
        .set_expression(query.expression)
        .return_data(false)
        .build()
}

fn inputs() -> [MetricDataQuery; 2] {
    [
        query("m1", "Sold", "Sum", 60),
        query("m2", "Visitors", "Sum", 60),
    ]
}

#[tokio::test]
async fn an_expression_may_stand_before_what_it_speaks_of_which_need_not_be_returned() {
    let (_dir, client) = shop().await;
    let mut queries = vec![
        expression("e2", "e1*2"),
        hidden(expression("e1", "100*m1/m2")),
    ];
    queries.extend(inputs().map(hidden));
    let output = get(&client, queries, start(), start() + HOUR).await;
    let [result] = output.metric_data_results() else {
        panic!("{output:?}");
    };
    assert_eq!((result.id(), result.label()), (Some("e2"), Some("e2")));
    assert_eq!(result.values(), [100.0, 50.0]);
    assert_eq!(result.timestamps(), [at(start()), at(start() + 60)]);
}

#[tokio::test]
async fn an_array_gives_a_result_of_each_of_its_series() {
    let (_dir, client) = shop().await;
    let labelled = MetricDataQuery::builder()
        .id("e1")
        .label("Half")
        .expression("METRICS()/2");
    let mut queries = inputs().map(hidden).to_vec();
    queries.push(labelled.build());
    let output = get(&client, queries, start(), start() + HOUR).await;
    let shown = output.metric_data_results().iter();
    let shown: Vec<_> = shown
        .map(|result| {
            (
                result.id().unwrap(),
                result.label().unwrap(),
                result.values(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("e1", "Half Sold", &[2.0, 3.0, 0.0][..]),
            ("e1", "Half Visitors", &[4.0, 12.0][..])
        ]
    );
}

#[tokio::test]
async fn a_series_of_no_metric_has_the_period_that_is_given() {
    let (_dir, client) = fresh();
    let constant = MetricDataQuery::builder()
        .id("e1")
        .expression("TIME_SERIES(5)")
        .period(600);
    let output = get(&client, [constant.build()], start(), start() + HOUR).await;
    assert_eq!(output.metric_data_results()[0].values(), [5.0; 6]);
}

#[tokio::test]
async fn a_search_finds_metrics_by_schema_and_name() {
    let (_dir, client) = fresh();
    for (store, value) in [("north", 1.0), ("south", 2.0)] {
        let datum = MetricDatum::builder().metric_name("Stock").value(value);
        let datum = datum
            .timestamp(at(start()))
            .dimensions(dimension("Store", store));
        put(&client, [datum.build()]).await;
    }
    put_minutes(&client, "Stock", &[9.0]).await;
    let search = "SEARCH('{Shop,Store} MetricName=\"Stock\"', 'Sum', 60)";
    let queries = [
        expression("e1", search),
        expression("e2", &format!("SUM({search})")),
    ];
    let output = get(&client, queries, start(), start() + HOUR).await;
    let [north, south, sum] = output.metric_data_results() else {
        panic!("{output:?}");
    };
    assert_eq!(
        (north.label(), north.values()),
        (Some("north Stock"), &[1.0][..])
    );
    assert_eq!(
        (south.label(), south.values()),
        (Some("south Stock"), &[2.0][..])
    );
    assert_eq!(sum.values(), [3.0]);
}

#[tokio::test]
async fn what_cannot_be_computed_is_a_validation_error_that_names_the_expression() {
    let (_dir, client) = shop().await;
    let long = format!("m1{}", "+m1".repeat(683));
    for (text, words) in [
        (
            "m1+",
            "Error in expression 'e1': Unexpected end of the expression",
        ),
        (
            "m9",
            "Error in expression 'e1': Unrecognized identifier 'm9'",
        ),
        (
            "ANOMALY_DETECTOR(m1)",
            "Error in expression 'e1': Function 'ANOMALY_DETECTOR' not found",
        ),
        (
            "AVG(m1)",
            "Error in expression 'e1': The expression must return a time series",
        ),
        ("e1+1", "Circular dependency among the expressions: e1"),
        (
            &long,
            "Error in expression 'e1': It must be between 1 and 2048 characters long",
        ),
    ] {
        let request = client
            .get_metric_data()
            .start_time(at(start()))
            .end_time(at(start() + HOUR));
        let mut queries = inputs().to_vec();
        queries.push(expression("e1", text));
        let refused = request.set_metric_data_queries(Some(queries)).send().await;
        let said = format!("{:?}", refused.as_ref().unwrap_err());
        assert!(said.contains(words), "{said}");
        assert_eq!(code(refused), "ValidationError");
    }
}

#[tokio::test]
async fn a_series_is_not_made_up_without_end() {
    let (_dir, client) = fresh();
    let constant = MetricDataQuery::builder()
        .id("e1")
        .expression("TIME_SERIES(5)")
        .period(1);
    let request = client
        .get_metric_data()
        .metric_data_queries(constant.build());
    let request = request
        .start_time(at(start() - 100_800))
        .end_time(at(start() + 1));
    assert_eq!(code(request.send().await), "ValidationError");
}
