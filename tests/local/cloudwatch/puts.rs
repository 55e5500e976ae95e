//! PutMetricData: what is taken, what is refused.

use std::time::Duration;

use aws_sdk_cloudwatch::operation::put_metric_data::PutMetricDataError;
use aws_sdk_cloudwatch::types::builders::MetricDatumBuilder;
use aws_sdk_cloudwatch::types::{
    Entity, EntityMetricData, MetricDatum, StandardUnit, StatisticSet,
};
use aws_sdk_cloudwatch::{Client, error::ProvideErrorMetadata};

use super::{
    DAY, HOUR, MINUTE, NAMESPACE, at, client, datum, dimension, fresh, get, later, now, put,
    put_minutes, query, start, values,
};
use crate::support::{code, options};

fn set(samples: f64, sum: f64, minimum: f64, maximum: f64) -> StatisticSet {
    let set = StatisticSet::builder().sample_count(samples).sum(sum);
    set.minimum(minimum).maximum(maximum).build()
}

fn nameless() -> MetricDatumBuilder {
    MetricDatum::builder().timestamp(at(start()))
}

fn named() -> MetricDatumBuilder {
    nameless().metric_name("Sold")
}

async fn refusal(client: &Client, data: Vec<MetricDatum>) -> (String, String) {
    let request = client.put_metric_data().namespace(NAMESPACE);
    let error = request
        .set_metric_data(Some(data))
        .send()
        .await
        .unwrap_err();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (text(error.code()), text(error.message()))
}

#[tokio::test]
async fn values_counts_and_sets_of_a_minute_are_added_up() {
    let (_dir, client) = fresh();
    let counted = named()
        .set_values(Some(vec![1.0, 5.0]))
        .set_counts(Some(vec![3.0, 1.0]));
    let uncounted = named().set_values(Some(vec![2.0, 4.0]));
    let summed = named().statistic_values(set(2.0, 20.0, 9.0, 11.0));
    let never = named()
        .set_values(Some(vec![70.0]))
        .set_counts(Some(vec![0.0]));
    let data = [counted, uncounted, summed, never].map(MetricDatumBuilder::build);
    put(&client, data).await;
    put(&client, [datum("Sold", start() + 59, 0.5)]).await;
    for (stat, value) in [
        ("SampleCount", 9.0),
        ("Sum", 34.5),
        ("Minimum", 0.5),
        ("Maximum", 11.0),
        ("Average", 34.5 / 9.0),
    ] {
        assert_eq!(values(&client, "Sold", stat, 60).await, [value], "{stat}");
    }
    assert!(values(&client, "Sold", "p50", 60).await.is_empty());
}

#[tokio::test]
async fn dimensions_and_regions_part_metrics_and_their_order_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let aws = shopctl::local::connector::LocalAws::open(options(dir.path())).unwrap();
    let east = Client::new(&crate::support::config(aws.clone(), "us-east-1"));
    let west = Client::new(&crate::support::config(aws, "eu-west-1"));
    let (a, b) = (dimension("A", "1"), dimension("B", "2"));
    let one = named()
        .value(1.0)
        .dimensions(a.clone())
        .dimensions(b.clone());
    let other = named()
        .value(2.0)
        .dimensions(b.clone())
        .dimensions(a.clone());
    put(
        &east,
        [
            one.build(),
            other.build(),
            named().value(8.0).dimensions(a.clone()).build(),
        ],
    )
    .await;
    let statistics = |client: &Client| {
        let request = client
            .get_metric_statistics()
            .namespace(NAMESPACE)
            .metric_name("Sold");
        let request = request
            .dimensions(b.clone())
            .dimensions(a.clone())
            .period(60);
        let request = request.start_time(at(start())).end_time(at(start() + HOUR));
        request.statistics("Sum".into())
    };
    let output = statistics(&east).send().await.unwrap();
    assert_eq!(output.datapoints()[0].sum(), Some(3.0));
    assert!(values(&east, "Sold", "Sum", 60).await.is_empty());
    assert!(
        statistics(&west)
            .send()
            .await
            .unwrap()
            .datapoints()
            .is_empty()
    );
}

#[tokio::test]
async fn errors_are_typed_and_worded() {
    let (_dir, client) = fresh();
    let request = client
        .put_metric_data()
        .namespace("AWS/Shop")
        .metric_data(datum("x", now(), 1.0));
    let error = request.send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    let PutMetricDataError::InvalidParameterValueException(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(
        error.message(),
        Some("The value AWS/ for parameter Namespace is invalid.")
    );
    let error = client.put_metric_data().namespace(NAMESPACE).send().await;
    assert!(
        error
            .unwrap_err()
            .into_service_error()
            .is_missing_required_parameter_exception()
    );
    let refused = refusal(&client, vec![named().build()]).await;
    assert_eq!(refused.0, "InvalidParameterCombination");
    assert!(
        refused
            .1
            .starts_with("At least one of the parameters MetricData.member.1.Value"),
        "{refused:?}"
    );
    let both = named()
        .value(1.0)
        .statistic_values(set(1.0, 1.0, 1.0, 1.0))
        .build();
    let refused = refusal(&client, vec![datum("x", now(), 1.0), both]).await;
    assert_eq!(
        refused.1,
        "The parameters MetricData.member.2.Value and MetricData.member.2.StatisticValues are mutually exclusive \
         and you have specified both."
    );
}

#[tokio::test]
async fn what_is_out_of_bounds_is_refused_and_nothing_of_its_request_kept() {
    let (_dir, client) = fresh();
    for datum in out_of_bounds() {
        let datum = datum.build();
        let said = refusal(&client, vec![named().value(1.0).build(), datum.clone()]).await;
        let codes = [
            "InvalidParameterValue",
            "InvalidParameterCombination",
            "MissingParameter",
        ];
        assert!(codes.contains(&said.0.as_str()), "{datum:?} {said:?}");
        assert!(said.1.contains("MetricData.member.2"), "{said:?}");
    }
    assert!(values(&client, "Sold", "Sum", 60).await.is_empty());
    let most = [MOST, -MOST].map(|value| named().value(value).build());
    put(&client, most).await;
    assert_eq!(values(&client, "Sold", "Maximum", 60).await, [MOST]);
}

/// Two to the 360th.
const MOST: f64 = (1u128 << 120) as f64 * (1u128 << 120) as f64 * (1u128 << 120) as f64;

fn out_of_bounds() -> Vec<MetricDatumBuilder> {
    vec![
        nameless().value(1.0),
        named().metric_name("").value(1.0),
        named().metric_name("x".repeat(256)).value(1.0),
        named().value(f64::NAN),
        named().value(f64::INFINITY),
        named().value(-MOST * 1.01),
        named().value(1.0).unit(StandardUnit::from("Bottles")),
        named().value(1.0).storage_resolution(30),
        named().value(1.0).timestamp(at(now() - 14 * DAY - 5)),
        named().value(1.0).timestamp(at(now() + 2 * HOUR + 60)),
        named().value(1.0).dimensions(dimension("", "x")),
        named().value(1.0).set_dimensions(Some(
            (0..31).map(|n| dimension(&format!("d{n}"), "x")).collect(),
        )),
        named().set_values(Some(vec![1.0; 151])),
        named()
            .set_values(Some(vec![1.0]))
            .set_counts(Some(vec![1.0, 1.0])),
        named()
            .set_values(Some(vec![1.0]))
            .set_counts(Some(vec![-1.0])),
        named().set_values(Some(vec![f64::NAN])),
        named().value(1.0).set_values(Some(vec![1.0])),
        named().statistic_values(set(0.0, 1.0, 1.0, 1.0)),
        named().statistic_values(set(1.0, 1.0, 2.0, 1.0)),
        named().statistic_values(StatisticSet::builder().sample_count(1.0).build()),
    ]
}

#[tokio::test]
async fn a_request_holds_a_thousand_metrics_gzipped_if_it_is_long() {
    let (_dir, client) = fresh();
    let long = "x".repeat(1_000);
    let data = |count: i32| {
        let each = (0..count).map(|n| {
            named()
                .value(f64::from(n))
                .dimensions(dimension("D", &long))
                .build()
        });
        Some(each.collect::<Vec<_>>())
    };
    let request = client.put_metric_data().namespace(NAMESPACE);
    request
        .clone()
        .set_metric_data(data(1_000))
        .send()
        .await
        .unwrap();
    let refused = request.clone().set_metric_data(data(1_001)).send().await;
    assert_eq!(code(refused), "InvalidParameterValue");
    let plain = aws_sdk_cloudwatch::config::Builder::new().disable_request_compression(true);
    let refused = request
        .set_metric_data(data(1_000))
        .customize()
        .config_override(plain)
        .send()
        .await;
    assert_eq!(
        refused
            .unwrap_err()
            .raw_response()
            .unwrap()
            .status()
            .as_u16(),
        413
    );
}

#[tokio::test]
async fn data_of_entities_are_data_too() {
    let (_dir, client) = fresh();
    let entity = Entity::builder().key_attributes("Type", "Service").build();
    let of_entity = EntityMetricData::builder()
        .entity(entity)
        .metric_data(named().value(3.0).build());
    let request = client
        .put_metric_data()
        .namespace(NAMESPACE)
        .strict_entity_validation(false);
    let request = request.entity_metric_data(of_entity.build());
    request.clone().send().await.unwrap();
    assert_eq!(values(&client, "Sold", "Sum", 60).await, [3.0]);
    let three = vec![EntityMetricData::builder().build(); 3];
    let refused = request
        .clone()
        .set_entity_metric_data(Some(three))
        .send()
        .await;
    assert_eq!(code(refused), "InvalidParameterValue");
    let request = request.set_metric_data(Some(vec![named().value(1.0).build(); 1_000]));
    assert_eq!(code(request.send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn only_a_high_resolution_metric_has_periods_below_a_minute_and_only_for_three_hours() {
    let (dir, client) = fresh();
    let fine = (0..60).map(|second| {
        let datum = named().metric_name("Fine").value(1.0).storage_resolution(1);
        datum.timestamp(at(start() + second)).build()
    });
    put(&client, fine).await;
    put_minutes(&client, "Coarse", &[1.0]).await;
    assert_eq!(values(&client, "Fine", "Sum", 10).await, [10.0; 6]);
    assert_eq!(values(&client, "Fine", "Sum", 1).await, [1.0; 60]);
    assert_eq!(values(&client, "Fine", "Sum", 60).await, [60.0]);
    assert!(values(&client, "Coarse", "Sum", 10).await.is_empty());
    let later = later(dir.path(), Duration::from_secs(3 * 3_600));
    assert!(values(&later, "Fine", "Sum", 10).await.is_empty());
    assert_eq!(values(&later, "Fine", "Sum", 60).await, [60.0]);
}

#[tokio::test]
async fn what_has_no_timestamp_is_of_the_emulator_s_now() {
    let dir = tempfile::tempdir().unwrap();
    let ahead = client(shopctl::local::options::Options {
        clock: Duration::from_secs(30 * 86_400),
        ..options(dir.path())
    });
    let datum = MetricDatum::builder()
        .metric_name("Sold")
        .value(1.0)
        .build();
    put(&ahead, [datum]).await;
    let then = now() + 30 * DAY;
    let output = get(
        &ahead,
        [query("m1", "Sold", "Sum", 60)],
        then - 2 * MINUTE,
        then + MINUTE,
    )
    .await;
    assert_eq!(output.metric_data_results()[0].values(), [1.0]);
    assert!(values(&ahead, "Sold", "Sum", 60).await.is_empty());
}
