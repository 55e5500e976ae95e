//! GetMetricData and GetMetricStatistics.

use std::time::Duration;

use aws_sdk_cloudwatch::operation::get_metric_statistics::builders::GetMetricStatisticsFluentBuilder;
use aws_sdk_cloudwatch::types::{MetricDatum, ScanBy, StandardUnit, StatusCode};

use super::{
    Client, DAY, HOUR, MINUTE, NAMESPACE, at, expression, fresh, get, later, now, put, put_minutes,
    query, start, values,
};
use crate::support::code;

#[tokio::test]
async fn periods_are_counted_from_the_start_that_is_rounded_down_to_the_minute() {
    let (_dir, client) = fresh();
    put_minutes(&client, "Sold", &[1.0, 2.0, 4.0, 8.0, 16.0]).await;
    let queries = [query("m1", "Sold", "Sum", 120)];
    let output = get(&client, queries.clone(), start() + 70, start() + 4 * MINUTE).await;
    let result = &output.metric_data_results()[0];
    assert_eq!(
        result.timestamps(),
        [at(start() + MINUTE), at(start() + 3 * MINUTE)]
    );
    assert_eq!(result.values(), [6.0, 8.0]);
    assert_eq!((result.id(), result.label()), (Some("m1"), Some("Sold")));
    assert_eq!(result.status_code(), Some(&StatusCode::Complete));
    let end = get(&client, queries, start(), start() + 4 * MINUTE + 1).await;
    assert_eq!(end.metric_data_results()[0].values(), [3.0, 12.0, 16.0]);
}

#[tokio::test]
async fn old_data_can_be_had_in_long_periods_only() {
    let (dir, client) = fresh();
    put_minutes(&client, "Sold", &[1.0, 2.0]).await;
    for (days, lengths) in [
        (14, [1, 1, 2]),
        (16, [0, 1, 1]),
        (64, [0, 0, 1]),
        (456, [0, 0, 0]),
    ] {
        let later = later(dir.path(), Duration::from_secs(days * 86_400));
        let [minute, five, hour] = lengths;
        assert_eq!(
            values(&later, "Sold", "Sum", 3_600).await.len(),
            hour.min(1),
            "{days}"
        );
        assert_eq!(
            values(&later, "Sold", "Sum", 300).await.len(),
            five,
            "{days}"
        );
        assert_eq!(
            values(&later, "Sold", "Sum", 60).await.len(),
            minute * 2,
            "{days}"
        );
    }
}

#[tokio::test]
async fn the_newest_come_first_unless_said_otherwise() {
    let (_dir, client) = fresh();
    put_minutes(&client, "Sold", &[1.0, 2.0]).await;
    let request = client
        .get_metric_data()
        .metric_data_queries(query("m1", "Sold", "Sum", 60));
    let request = request.start_time(at(start())).end_time(at(start() + HOUR));
    let values = async |scan: Option<ScanBy>| {
        let output = request.clone().set_scan_by(scan).send().await.unwrap();
        output.metric_data_results()[0].values().to_vec()
    };
    assert_eq!(values(None).await, [2.0, 1.0]);
    assert_eq!(values(Some(ScanBy::TimestampDescending)).await, [2.0, 1.0]);
    assert_eq!(values(Some(ScanBy::TimestampAscending)).await, [1.0, 2.0]);
}

#[tokio::test]
async fn pages_hold_as_many_datapoints_as_are_wanted() {
    let (_dir, client) = fresh();
    put_minutes(&client, "Sold", &[1.0, 2.0, 3.0]).await;
    put_minutes(&client, "Visitors", &[10.0, 20.0]).await;
    let request = client.get_metric_data().max_datapoints(2);
    let request = request.start_time(at(start())).end_time(at(start() + HOUR));
    let request = request
        .metric_data_queries(query("m1", "Sold", "Sum", 60))
        .metric_data_queries(query("m2", "Visitors", "Sum", 60));
    let pages = request.clone().into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let shown: Vec<_> = pages
        .iter()
        .map(|page| {
            let results = page.metric_data_results().iter();
            results
                .map(|it| (it.values().to_vec(), it.status_code().unwrap().as_str()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        shown,
        [
            [(vec![3.0, 2.0], "PartialData"), (vec![], "PartialData")],
            [(vec![1.0], "Complete"), (vec![20.0], "PartialData")],
            [(vec![], "Complete"), (vec![10.0], "Complete")],
        ]
    );
    let math = request
        .clone()
        .metric_data_queries(expression("e1", "m1+m2"))
        .send()
        .await
        .unwrap();
    assert_eq!(math.next_token(), None);
    let bad = request
        .next_token("bad")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(bad.is_invalid_next_token());
}

#[tokio::test]
async fn labels_are_given_or_tell_metrics_apart() {
    let (_dir, client) = fresh();
    let mut given = query("m4", "Visitors", "Sum", 60);
    given.label = Some("People".to_owned());
    let queries = [
        query("m1", "Sold", "Sum", 60),
        query("m2", "Sold", "p90", 60),
        query("m3", "Visitors", "Sum", 60),
        given,
    ];
    let output = get(&client, queries, start(), start() + HOUR).await;
    let labels: Vec<_> = output
        .metric_data_results()
        .iter()
        .map(|it| it.label().unwrap())
        .collect();
    assert_eq!(labels, ["Sold Sum", "Sold p90", "Visitors", "People"]);
}

#[tokio::test]
async fn queries_that_cannot_be_answered_are_validation_errors() {
    let (_dir, client) = fresh();
    let good = || query("m1", "Sold", "Sum", 60);
    let mut both = good();
    both.expression = Some("m2".to_owned());
    let mut neither = good();
    neither.metric_stat = None;
    let mut unit = good();
    unit.metric_stat.as_mut().unwrap().unit = Some(StandardUnit::from("Bottles"));
    let refused = [
        vec![],
        vec![good(), good()],
        vec![query("M1", "Sold", "Sum", 60)],
        vec![query("m-1", "Sold", "Sum", 60)],
        vec![query("", "Sold", "Sum", 60)],
        vec![query("m1", "Sold", "sum", 60)],
        vec![query("m1", "Sold", "Sum", 45)],
        vec![query("m1", "", "Sum", 60)],
        vec![both],
        vec![neither],
        vec![unit],
        (0..501)
            .map(|n| query(&format!("m{n}"), "Sold", "Sum", 60))
            .collect(),
    ];
    let request = client
        .get_metric_data()
        .start_time(at(start()))
        .end_time(at(start() + HOUR));
    for queries in refused {
        let answer = request
            .clone()
            .set_metric_data_queries(Some(queries.clone()))
            .send()
            .await;
        assert_eq!(code(answer), "ValidationError", "{queries:?}");
    }
    let request = request.metric_data_queries(good());
    for request in [
        request.clone().end_time(at(start())),
        request.clone().max_datapoints(0),
        request.clone().max_datapoints(100_801),
        request.clone().scan_by("Sideways".into()),
    ] {
        assert_eq!(code(request.send().await), "ValidationError");
    }
    request.send().await.unwrap();
}

fn statistics(client: &Client) -> GetMetricStatisticsFluentBuilder {
    let request = client
        .get_metric_statistics()
        .namespace(NAMESPACE)
        .metric_name("Sold");
    request
        .start_time(at(start()))
        .end_time(at(start() + HOUR))
        .period(300)
}

#[tokio::test]
async fn statistics_are_given_together() {
    let (_dir, client) = fresh();
    put_minutes(&client, "Sold", &[1.0, 2.0, 6.0]).await;
    let names = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
    let names = names.map(Into::into).to_vec();
    let output = statistics(&client)
        .set_statistics(Some(names))
        .send()
        .await
        .unwrap();
    assert_eq!(output.label(), Some("Sold"));
    let [point] = output.datapoints() else {
        panic!("{output:?}");
    };
    assert_eq!(point.timestamp(), Some(&at(start())));
    assert_eq!(point.unit(), Some(&StandardUnit::None));
    assert_eq!(
        [point.sample_count(), point.average(), point.sum()],
        [3.0, 3.0, 9.0].map(Some)
    );
    assert_eq!([point.minimum(), point.maximum()], [1.0, 6.0].map(Some));
    let request = statistics(&client)
        .extended_statistics("p50")
        .extended_statistics("TM(0%:50%)");
    let output = request.send().await.unwrap();
    let extended = output.datapoints()[0].extended_statistics().unwrap();
    assert_eq!([extended["p50"], extended["TM(0%:50%)"]], [2.0, 1.5]);
}

#[tokio::test]
async fn data_in_several_units_are_not_added_up() {
    let (_dir, client) = fresh();
    for (unit, value) in [
        (StandardUnit::Seconds, 1.0),
        (StandardUnit::Milliseconds, 500.0),
    ] {
        let datum = MetricDatum::builder()
            .metric_name("Sold")
            .timestamp(at(start()));
        put(&client, [datum.value(value).unit(unit).build()]).await;
    }
    let all = statistics(&client).statistics("Sum".into());
    let output = all.clone().send().await.unwrap();
    let points = output.datapoints().iter();
    let points: Vec<_> = points
        .map(|it| (it.unit().unwrap().as_str(), it.sum().unwrap()))
        .collect();
    assert_eq!(points, [("Milliseconds", 500.0), ("Seconds", 1.0)]);
    let seconds = all
        .clone()
        .unit(StandardUnit::Seconds)
        .send()
        .await
        .unwrap();
    assert_eq!(seconds.datapoints().len(), 1);
    assert!(
        all.unit(StandardUnit::Count)
            .send()
            .await
            .unwrap()
            .datapoints()
            .is_empty()
    );
    let mut query = query("m1", "Sold", "Sum", 60);
    query.metric_stat.as_mut().unwrap().unit = Some(StandardUnit::Seconds);
    let output = get(&client, [query], start(), start() + HOUR).await;
    assert_eq!(output.metric_data_results()[0].values(), [1.0]);
}

#[tokio::test]
async fn statistics_that_cannot_be_given_are_refused() {
    let (_dir, client) = fresh();
    let sum = || statistics(&client).statistics("Sum".into());
    sum()
        .period(60)
        .start_time(at(now() - DAY))
        .end_time(at(now() - 60))
        .send()
        .await
        .unwrap();
    let error = sum()
        .period(60)
        .start_time(at(start() - DAY))
        .send()
        .await
        .unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_invalid_parameter_combination_exception());
    let words = "You have requested up to 1500 datapoints, which exceeds the limit of 1440.";
    assert!(format!("{error:?}").contains(words), "{error:?}");
    for (request, expected) in [
        (statistics(&client), "MissingParameter"),
        (
            sum().extended_statistics("p90"),
            "InvalidParameterCombination",
        ),
        (sum().end_time(at(start())), "InvalidParameterCombination"),
        (sum().period(90), "InvalidParameterValue"),
        (sum().statistics("p90".into()), "InvalidParameterValue"),
        (
            statistics(&client).extended_statistics("Sum"),
            "InvalidParameterValue",
        ),
        (sum().unit("Bottles".into()), "InvalidParameterValue"),
        (
            statistics(&client).set_statistics(Some(vec!["Sum".into(); 6])),
            "InvalidParameterValue",
        ),
        (
            statistics(&client).set_extended_statistics(Some(vec!["p1".to_owned(); 11])),
            "InvalidParameterValue",
        ),
        (sum().namespace(":x"), "InvalidParameterValue"),
    ] {
        assert_eq!(code(request.send().await), expected);
    }
}
