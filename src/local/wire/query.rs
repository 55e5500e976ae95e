//! The query protocol: a form comes in, XML goes out.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Map, Value};

use super::{Protocol, Reply, Route};
use crate::local::error::ApiError;
use crate::local::service::Service;

/// Deeper names than any operation's are cut off here.
const DEPTH: usize = 16;

pub fn route(body: &[u8], region: String) -> Route {
    let form = input(body);
    let operation = form["Action"].as_str().unwrap_or_default().to_owned();
    let service = form["Version"].as_str().and_then(Service::from_version);
    Route {
        protocol: Protocol::Query,
        service,
        operation,
        region,
    }
}

/// The form's fields as the structure that their names draw: `Tags.member.1.Key`. Everything in it is text.
pub fn input(body: &[u8]) -> Value {
    let mut form = Map::new();
    for field in String::from_utf8_lossy(body).split('&') {
        if let Some((name, value)) = field.split_once('=') {
            let name = decode(name);
            let path: Vec<&str> = name.splitn(DEPTH, '.').collect();
            place(&mut form, &path, decode(value));
        }
    }
    let members = form.into_iter();
    members
        .map(|(name, value)| (name, listed(value)))
        .collect::<Map<_, _>>()
        .into()
}

fn place(form: &mut Map<String, Value>, path: &[&str], value: String) {
    match path {
        [] => {}
        [name] => {
            form.insert((*name).to_owned(), value.into());
        }
        [name, rest @ ..] => {
            let below = form.entry(*name).or_insert_with(|| Map::new().into());
            if let Value::Object(below) = below {
                place(below, rest, value);
            }
        }
    }
}

/// `{"member": {"1": …, "2": …}}` is a list, `{"entry": {"1": {"key": …, "value": …}}}` a map.
fn listed(value: Value) -> Value {
    let Value::Object(mut members) = value else {
        return value;
    };
    let only = members.len() == 1;
    if only && let Some(Value::Object(items)) = members.get_mut("member") {
        return numbered(std::mem::take(items)).into();
    }
    if only && let Some(Value::Object(items)) = members.get_mut("entry") {
        let entries = numbered(std::mem::take(items));
        return entries.into_iter().filter_map(entry).collect();
    }
    let members = members.into_iter();
    members
        .map(|(name, value)| (name, listed(value)))
        .collect::<Map<_, _>>()
        .into()
}

fn numbered(items: Map<String, Value>) -> Vec<Value> {
    let mut items: Vec<(u32, Value)> = items
        .into_iter()
        .filter_map(|(number, item)| Some((number.parse().ok()?, listed(item))))
        .collect();
    items.sort_by_key(|(number, _)| *number);
    items.into_iter().map(|(_, item)| item).collect()
}

fn entry(mut entry: Value) -> Option<(String, Value)> {
    let key = entry["key"].as_str()?.to_owned();
    Some((key, entry["value"].take()))
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes().iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match escaped(rest.as_slice()) {
                Some(escaped) => {
                    rest.nth(1);
                    escaped
                }
                None => byte,
            },
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escaped(after_percent: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(after_percent.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

pub fn reply(route: &Route, request_id: String, answer: &Result<Value, ApiError>) -> Reply {
    let (status, body) = match answer {
        Ok(output) => (200, success(route, &request_id, output)),
        Err(error) => (error.status, failure(&request_id, error)),
    };
    Reply {
        status,
        headers: vec![
            ("content-type", "text/xml".to_owned()),
            ("x-amzn-requestid", request_id),
        ],
        body: body.into_bytes(),
    }
}

fn success(route: &Route, request_id: &str, output: &Value) -> String {
    let operation = &route.operation;
    let namespace = route.service.map_or("", Service::xml_namespace);
    let mut result = String::new();
    if let Some(members) = output.as_object().filter(|members| !members.is_empty()) {
        let content = elements(route.service, members);
        result = format!("<{operation}Result>{content}</{operation}Result>");
    }
    format!(
        "<{operation}Response xmlns=\"{namespace}\">{result}\
         <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
}

fn failure(request_id: &str, error: &ApiError) -> String {
    let fault = if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    format!(
        "<ErrorResponse><Error><Type>{fault}</Type><Code>{}</Code><Message>{}</Message></Error>\
         <RequestId>{request_id}</RequestId></ErrorResponse>",
        escape(error.query_code.as_deref().unwrap_or(&error.code)),
        escape(&error.message)
    )
}

fn elements(service: Option<Service>, members: &Map<String, Value>) -> String {
    members
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| format!("<{name}>{}</{name}>", content(service, name, value)))
        .collect()
}

fn content(service: Option<Service>, name: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::String(text) => escape(text),
        Value::Number(number) => match number.as_f64() {
            Some(seconds) if service.is_some_and(|it| it.timestamps().contains(&name)) => {
                timestamp(seconds)
            }
            _ => number.to_string(),
        },
        Value::Array(items) => items
            .iter()
            .map(|item| format!("<member>{}</member>", content(service, name, item)))
            .collect(),
        Value::Object(entries) if service.is_some_and(|it| it.maps().contains(&name)) => entries
            .iter()
            .map(|(key, value)| {
                let value = content(service, "", value);
                let key = escape(key);
                format!("<entry><key>{key}</key><value>{value}</value></entry>")
            })
            .collect(),
        Value::Object(members) => elements(service, members),
    }
}

/// ISO 8601 in UTC.
fn timestamp(seconds: f64) -> String {
    DateTime::from_secs_f64(seconds)
        .fmt(Format::DateTime)
        .unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_is_unescaped() {
        let form = input(b"Action=A&Name=a%20b+c%26d%C3%A9&Odd=%zz%4");
        assert_eq!(form["Action"], "A");
        assert_eq!(form["Name"], "a b c&d\u{e9}");
        assert_eq!(form["Odd"], "%zz%4");
    }

    #[test]
    fn another_service_s_form_is_not_taken_for_sts() {
        let route = route(b"Action=Publish&Version=2010-03-31", String::new());
        assert_eq!(route.service, None);
    }

    #[test]
    fn text_is_escaped_in_xml() {
        let body = failure("id", &ApiError::new("Code", "a<b & c"));
        assert!(body.contains("<Message>a&lt;b &amp; c</Message>"), "{body}");
    }

    #[test]
    fn dotted_names_draw_lists_structures_and_maps() {
        let form = input(
            b"Data.member.10.N=j&Data.member.2.Dims.member.1.Name=x&Data.member.2.N=b&Set.Sum=1\
              &Attributes.entry.1.key=k&Attributes.entry.1.value=v&A=1&A.B=2&.=&Data.member.x=",
        );
        assert_eq!(
            form["Data"],
            json!([{ "Dims": [{ "Name": "x" }], "N": "b" }, { "N": "j" }])
        );
        assert_eq!(form["Set"], json!({ "Sum": "1" }));
        assert_eq!(form["Attributes"], json!({ "k": "v" }));
        assert_eq!(form["A"], "1");
    }

    #[test]
    fn a_very_deep_name_is_harmless() {
        let name = "a.".repeat(100_000) + "b=c";
        assert!(input(name.as_bytes())["a"].is_object());
    }

    #[test]
    fn lists_maps_and_timestamps_have_their_own_elements() {
        let route = Route {
            protocol: Protocol::Query,
            service: Some(Service::CloudWatch),
            operation: "GetMetricStatistics".to_owned(),
            region: String::new(),
        };
        let output = json!({
            "Label": "<a>", "Gone": null,
            "Datapoints": [{ "Timestamp": 1.5, "Sum": 2.0, "ExtendedStatistics": { "p50": 1.0 } }],
        });
        assert_eq!(
            success(&route, "id", &output),
            "<GetMetricStatisticsResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">\
             <GetMetricStatisticsResult><Label>&lt;a&gt;</Label><Datapoints><member>\
             <Timestamp>1970-01-01T00:00:01.5Z</Timestamp><Sum>2.0</Sum><ExtendedStatistics><entry><key>p50</key>\
             <value>1.0</value></entry></ExtendedStatistics></member></Datapoints></GetMetricStatisticsResult>\
             <ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetMetricStatisticsResponse>"
        );
        assert!(!success(&route, "id", &json!({})).contains("Result>"));
    }

    #[test]
    fn an_error_bears_the_code_of_its_protocol() {
        let error = ApiError::new("InvalidParameterValueException", "")
            .with_query_code("InvalidParameterValue");
        assert!(failure("id", &error).contains("<Code>InvalidParameterValue</Code>"));
    }
}
