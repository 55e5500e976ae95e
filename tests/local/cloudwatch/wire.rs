//! What other clients send: AWS JSON, and the query protocol of old.

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use shopctl::local::connector::LocalAws;
use std::io::Write;

use super::{HOUR, NAMESPACE, fresh, put_minutes, start, values};
use crate::support::{code, options};

struct Answer {
    status: u16,
    query_error: Option<String>,
    body: String,
}

async fn send(
    dir: &std::path::Path,
    headers: &[(&'static str, &'static str)],
    body: Vec<u8>,
) -> Answer {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request
        .set_uri("https://monitoring.us-east-1.amazonaws.com/")
        .unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, *value);
    }
    let aws = LocalAws::open(options(dir)).unwrap();
    let response = HttpConnector::call(&aws, request).await.unwrap();
    Answer {
        status: response.status().as_u16(),
        query_error: response
            .headers()
            .get("x-amzn-query-error")
            .map(str::to_owned),
        body: String::from_utf8(response.body().bytes().unwrap().to_vec()).unwrap(),
    }
}

async fn json(dir: &std::path::Path, target: &'static str, input: &Value) -> (Answer, Value) {
    let headers = [
        ("x-amz-target", target),
        ("content-type", "application/x-amz-json-1.0"),
    ];
    let answer = send(dir, &headers, input.to_string().into_bytes()).await;
    let output = serde_json::from_str(&answer.body).unwrap();
    (answer, output)
}

async fn form(dir: &std::path::Path, operation: &str, fields: &str) -> Answer {
    let body = format!("Action={operation}&Version=2010-08-01&{fields}");
    let headers = [(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    )];
    send(dir, &headers, body.into_bytes()).await
}

#[tokio::test]
async fn aws_json_has_times_in_seconds_and_both_codes() {
    let (dir, client) = fresh();
    let datum = json!({ "MetricName": "Sold", "Value": 2, "Timestamp": start() as f64 + 0.5 });
    let input = json!({ "Namespace": NAMESPACE, "MetricData": [datum] });
    let (answer, output) = json(
        dir.path(),
        "GraniteServiceVersion20100801.PutMetricData",
        &input,
    )
    .await;
    assert_eq!((answer.status, output), (200, json!({})));
    assert_eq!(values(&client, "Sold", "Sum", 60).await, [2.0]);
    let mut input = json!({
        "Namespace": NAMESPACE, "MetricName": "Sold", "Period": 60, "Statistics": ["Sum"],
        "StartTime": start(), "EndTime": "2999-01-01T00:00:00Z",
    });
    let target = "GraniteServiceVersion20100801.GetMetricStatistics";
    let (answer, output) = json(dir.path(), target, &input).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.query_error.as_deref(),
        Some("InvalidParameterCombination;Sender")
    );
    let code = "com.amazonaws.cloudwatch.v2010_08_01#InvalidParameterCombinationException";
    assert_eq!(output["__type"], code);
    input["EndTime"] = (start() + HOUR).into();
    let (_, output) = json(dir.path(), target, &input).await;
    let point = json!({ "Sum": 2.0, "Timestamp": start(), "Unit": "None" });
    assert_eq!(output, json!({ "Label": "Sold", "Datapoints": [point] }));
}

#[tokio::test]
async fn numbers_that_json_lacks_come_as_text_and_are_refused() {
    let (dir, _) = fresh();
    let target = "GraniteServiceVersion20100801.PutMetricData";
    for (value, code) in [
        (json!("NaN"), "InvalidParameterValue;Sender"),
        (json!("Infinity"), "InvalidParameterValue;Sender"),
        (json!([]), "SerializationException;Sender"),
    ] {
        let input =
            json!({ "Namespace": "N", "MetricData": [{ "MetricName": "x", "Value": value }] });
        let (answer, _) = json(dir.path(), target, &input).await;
        assert_eq!(answer.query_error.as_deref(), Some(code));
    }
}

#[tokio::test]
async fn the_query_protocol_is_understood_packed_or_not() {
    let (dir, _) = fresh();
    let fields = format!(
        "Namespace={NAMESPACE}&MetricData.member.1.MetricName=Sold&MetricData.member.1.Value=2.5\
         &MetricData.member.1.Dimensions=\
         &MetricData.member.2.MetricName=Sold&MetricData.member.2.Timestamp=2001-01-01T00%3A00%3A00Z\
         &MetricData.member.2.Value=1"
    );
    let answer = form(dir.path(), "PutMetricData", &fields).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer
            .body
            .contains("<Type>Sender</Type><Code>InvalidParameterValue</Code>"),
        "{}",
        answer.body
    );
    let fields = format!(
        "Action=PutMetricData&Version=2010-08-01&Namespace={NAMESPACE}&MetricData.member.1.MetricName=Sold\
         &MetricData.member.1.StatisticValues.SampleCount=2&MetricData.member.1.StatisticValues.Sum=5\
         &MetricData.member.1.StatisticValues.Minimum=2&MetricData.member.1.StatisticValues.Maximum=3\
         &MetricData.member.1.Dimensions.member.1.Name=Store&MetricData.member.1.Dimensions.member.1.Value=a%26b"
    );
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(fields.as_bytes()).unwrap();
    let headers = [("content-encoding", "gzip")];
    let answer = send(dir.path(), &headers, packed.finish().unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = form(dir.path(), "ListMetrics", "Dimensions.member.1.Name=Store").await;
    let expected = format!(
        "<ListMetricsResult><Metrics><member><Namespace>{NAMESPACE}</Namespace><MetricName>Sold</MetricName>\
         <Dimensions><member><Name>Store</Name><Value>a&amp;b</Value></member></Dimensions></member></Metrics>\
         </ListMetricsResult>"
    );
    assert!(answer.body.contains(&expected), "{}", answer.body);
}

#[tokio::test]
async fn times_of_the_query_protocol_are_text() {
    let (dir, client) = fresh();
    put_minutes(&client, "Sold", &[7.0]).await;
    let time = super::at(start())
        .fmt(aws_smithy_types::date_time::Format::DateTime)
        .unwrap();
    let fields = format!(
        "StartTime={time}&EndTime=2999-01-01T00:00:00Z&MetricDataQueries.member.1.Id=m1\
         &MetricDataQueries.member.1.ReturnData=true&MetricDataQueries.member.1.MetricStat.Stat=Sum\
         &MetricDataQueries.member.1.MetricStat.Period=60\
         &MetricDataQueries.member.1.MetricStat.Metric.Namespace={NAMESPACE}\
         &MetricDataQueries.member.1.MetricStat.Metric.MetricName=Sold"
    );
    let answer = form(dir.path(), "GetMetricData", &fields).await;
    let expected = format!(
        "<Timestamps><member>{time}</member></Timestamps><Values><member>7.0</member></Values>"
    );
    assert!(answer.body.contains(&expected), "{}", answer.body);
}

#[tokio::test]
async fn an_operation_that_is_not_here_says_so() {
    let (_dir, client) = fresh();
    assert_eq!(
        code(client.list_metric_streams().send().await),
        "UnknownOperationException"
    );
}

#[tokio::test]
async fn faults_have_the_codes_of_the_service() {
    let dir = tempfile::tempdir().unwrap();
    let client = super::client(shopctl::local::options::Options {
        faults: "ListMetrics=throttle:x1,GetMetricData=denied,PutMetricData=expired"
            .parse()
            .unwrap(),
        ..options(dir.path())
    });
    assert_eq!(code(client.list_metrics().send().await), "Throttling");
    let denied = client.get_metric_data().send().await;
    let words = "is not authorized to perform: cloudwatch:GetMetricData";
    assert!(format!("{:?}", denied.as_ref().unwrap_err()).contains(words));
    assert_eq!(code(denied), "AccessDeniedException");
    assert_eq!(code(client.put_metric_data().send().await), "ExpiredToken");
}
