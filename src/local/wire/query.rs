//! The query protocol: a form comes in, XML goes out.

use serde_json::{Map, Value};

use super::{Protocol, Reply, Route};
use crate::local::error::ApiError;
use crate::local::service::Service;

pub fn route(body: &[u8], region: String) -> Route {
    let form = input(body);
    let operation = form["Action"].as_str().unwrap_or_default().to_owned();
    let service = (form["Version"] == "2011-06-15").then_some(Service::Sts);
    Route {
        protocol: Protocol::Query,
        service,
        operation,
        region,
    }
}

/// The form's fields, flat and all of them strings.
pub fn input(body: &[u8]) -> Value {
    String::from_utf8_lossy(body)
        .split('&')
        .filter_map(|field| field.split_once('='))
        .map(|(name, value)| (decode(name), Value::String(decode(value))))
        .collect::<Map<_, _>>()
        .into()
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
        Ok(output) => (200, success(&route.operation, &request_id, output)),
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

fn success(operation: &str, request_id: &str, output: &Value) -> String {
    format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>{}</{operation}Result>\
         <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>",
        elements(output)
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
        escape(&error.code),
        escape(&error.message)
    )
}

/// Flat: no operation here answers with more than text members.
fn elements(output: &Value) -> String {
    output
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name, value.as_str()?)))
        .map(|(name, text)| format!("<{name}>{}</{name}>", escape(text)))
        .collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
