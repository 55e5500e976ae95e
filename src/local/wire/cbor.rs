//! Smithy RPC v2 CBOR.

use std::convert::Infallible;

use aws_smithy_types::base64;
use minicbor::data::{IanaTag, Int, Type};
use minicbor::decode::Error;
use minicbor::{Decoder, Encoder, encode};
use serde_json::{Map, Number, Value};

use super::json::{error_body, query_error};
use super::{Incoming, Protocol, Reply, Route};
use crate::local::error::ApiError;
use crate::local::service::Service;

/// No operation's input comes near it; each level is one on our own stack.
const DEPTH: usize = 32;

/// By `…/service/NAME/operation/OPERATION`, whatever stands before it (Smithy RPC v2 CBOR, "Requests").
pub fn route(incoming: &Incoming<'_>, region: String) -> Route {
    let path = incoming.uri.split('?').next().unwrap_or_default();
    let mut segments = path.rsplit('/');
    let operation = segments.next().unwrap_or_default().to_owned();
    let service = match [segments.next(), segments.next(), segments.next()] {
        [Some("operation"), Some(name), Some("service")] => Service::from_target(name),
        _ => None,
    };
    Route {
        protocol: Protocol::Cbor,
        service,
        operation,
        region,
    }
}

/// Bytes become base64, a timestamp the number of its seconds, and what JSON's numbers lack the text that AWS's JSON
/// protocols have for it.
pub fn input(body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    match value(&mut Decoder::new(body), 0) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(malformed("the request's body is not a CBOR map")),
        Err(error) => Err(malformed(format!(
            "the request's body is not CBOR: {error}"
        ))),
    }
}

fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::new("SerializationException", message)
}

fn value(decoder: &mut Decoder<'_>, depth: usize) -> Result<Value, Error> {
    if depth > DEPTH {
        return Err(Error::message("nested too deeply"));
    }
    Ok(match decoder.datatype()? {
        Type::Null => decoder.null().map(|()| Value::Null)?,
        Type::Undefined => decoder.undefined().map(|()| Value::Null)?,
        Type::Bool => decoder.bool()?.into(),
        Type::F16 => float(decoder.f16()?.into()),
        Type::F32 => float(decoder.f32()?.into()),
        Type::F64 => float(decoder.f64()?),
        Type::String | Type::StringIndef => text(decoder)?.into(),
        Type::Bytes | Type::BytesIndef => {
            let chunks = decoder.bytes_iter()?.collect::<Result<Vec<_>, _>>()?;
            base64::encode(chunks.concat()).into()
        }
        Type::Array | Type::ArrayIndef => {
            let mut length = decoder.array()?;
            let mut items = Vec::new();
            while another(decoder, &mut length)? {
                items.push(value(decoder, depth + 1)?);
            }
            items.into()
        }
        Type::Map | Type::MapIndef => {
            let mut length = decoder.map()?;
            let mut members = Map::new();
            while another(decoder, &mut length)? {
                let name = text(decoder)?;
                members.insert(name, value(decoder, depth + 1)?);
            }
            members.into()
        }
        Type::Tag => {
            decoder.tag()?;
            value(decoder, depth + 1)?
        }
        _ => integer(decoder.int()?),
    })
}

fn text(decoder: &mut Decoder<'_>) -> Result<String, Error> {
    decoder.str_iter()?.collect()
}

/// Whether an array or map goes on; one without a length ends with a break.
fn another(decoder: &mut Decoder<'_>, left: &mut Option<u64>) -> Result<bool, Error> {
    match left {
        Some(0) => Ok(false),
        Some(left) => {
            *left -= 1;
            Ok(true)
        }
        None if decoder.datatype()? == Type::Break => decoder.skip().map(|()| false),
        None => Ok(true),
    }
}

fn float(number: f64) -> Value {
    let word = match number {
        _ if number.is_nan() => "NaN",
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => return number.into(),
    };
    word.into()
}

fn integer(number: Int) -> Value {
    Number::from_i128(number.into()).map_or(Value::Null, Value::Number)
}

pub fn reply(route: &Route, request_id: String, answer: &Result<Value, ApiError>) -> Reply {
    let mut headers = vec![
        ("smithy-protocol", "rpc-v2-cbor".to_owned()),
        ("content-type", "application/cbor".to_owned()),
        ("x-amzn-requestid", request_id),
    ];
    let timestamps = route.service.map_or(&[][..], Service::timestamps);
    let (status, body) = match answer {
        Ok(output) => (200, encoded(output, timestamps)),
        Err(error) => {
            headers.extend(query_error(route, error));
            (error.status, encoded(&error_body(route, error), timestamps))
        }
    };
    Reply {
        status,
        headers,
        body,
    }
}

fn encoded(output: &Value, timestamps: &[&str]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    // There is nothing that a vector would not take.
    match write(&mut encoder, output, timestamps, false) {
        Ok(()) => encoder.into_writer(),
        Err(_) => Vec::new(),
    }
}

fn write(
    encoder: &mut Encoder<Vec<u8>>,
    value: &Value,
    timestamps: &[&str],
    timestamp: bool,
) -> Result<(), encode::Error<Infallible>> {
    match value {
        Value::Null => encoder.null()?,
        Value::Bool(flag) => encoder.bool(*flag)?,
        Value::String(text) => encoder.str(text)?,
        Value::Number(number) if timestamp => encoder
            .tag(IanaTag::Timestamp)?
            .f64(number.as_f64().unwrap_or_default())?,
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => encoder.i64(integer)?,
            (None, Some(integer)) => encoder.u64(integer)?,
            (None, None) => encoder.f64(number.as_f64().unwrap_or_default())?,
        },
        Value::Array(items) => {
            encoder.array(items.len() as u64)?;
            for item in items {
                write(encoder, item, timestamps, timestamp)?;
            }
            encoder
        }
        Value::Object(members) => {
            encoder.map(members.len() as u64)?;
            for (name, member) in members {
                encoder.str(name)?;
                let timestamp = timestamps.contains(&name.as_str());
                write(encoder, member, timestamps, timestamp)?;
            }
            encoder
        }
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Indefinite map, array and text, a tagged time, a half and a single float, bytes, and a negative integer.
    const BODY: &[u8] =
        b"\xbf\x61a\x9f\x01\x20\xff\x61t\xc1\x1a\x65\x00\x00\x00\x61x\x7f\x61y\x61z\xff\
        \x61h\xf9\x3c\x00\x61f\xfa\x7f\x80\x00\x00\x61b\x42hi\x61n\xf6\x61o\xa1\x61k\xf5\xff";

    #[test]
    fn a_map_without_a_length_is_read() {
        let expected = json!({
            "a": [1, -1], "t": 0x6500_0000, "x": "yz", "h": 1.0, "f": "Infinity", "b": "aGk=",
            "n": null, "o": { "k": true },
        });
        assert_eq!(input(BODY).unwrap(), expected);
    }

    #[test]
    fn what_is_cut_short_or_made_up_is_refused_without_a_panic() {
        for length in 1..BODY.len() {
            let error = input(&BODY[..length]).unwrap_err();
            assert_eq!(error.code, "SerializationException");
        }
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let mut body = BODY.to_vec();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(..body.len());
                body[at] = random.u8(..);
            }
            let _ = input(&body);
            let noise: Vec<u8> = (0..random.usize(..40)).map(|_| random.u8(..)).collect();
            let _ = input(&noise);
        }
    }

    #[test]
    fn depth_and_lengths_are_not_believed() {
        for body in [
            [b"\xa1\x61a".to_vec(), vec![0x81; 10_000]].concat(),
            vec![0xc1; 10_000],
            b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
            b"\xa1\x61a\x5b\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
            b"\x80".to_vec(),
        ] {
            assert_eq!(input(&body).unwrap_err().code, "SerializationException");
        }
    }

    #[test]
    fn a_timestamp_is_known_by_its_name_and_a_double_stays_one() {
        let output =
            json!({ "Timestamps": [1.5, 2], "Values": [2.0], "Period": 60, "Big": u64::MAX });
        let bytes = encoded(&output, &["Timestamps"]);
        let expected = b"\xa4\x6aTimestamps\x82\xc1\xfb\x3f\xf8\0\0\0\0\0\0\xc1\xfb\x40\0\0\0\0\0\0\0\
            \x66Values\x81\xfb\x40\0\0\0\0\0\0\0\x66Period\x18\x3c\x63Big\x1b\xff\xff\xff\xff\xff\xff\xff\xff";
        assert_eq!(bytes, expected);
    }

    fn route_of(uri: &str) -> Route {
        Route::of(&Incoming {
            uri,
            protocol: Some("rpc-v2-cbor"),
            target: None,
            authorization: None,
            content_type: None,
            content_encoding: None,
            body: b"",
        })
    }

    #[test]
    fn the_path_names_service_and_operation() {
        let path = "/service/GraniteServiceVersion20100801/operation/ListMetrics";
        for uri in [path.to_owned(), format!("https://host{path}?x=/y")] {
            let route = route_of(&uri);
            assert_eq!(route.service, Some(Service::CloudWatch), "{uri}");
            assert_eq!(route.operation, "ListMetrics");
            assert_eq!(route.protocol, Protocol::Cbor);
        }
        assert_eq!(route_of("/ListMetrics").service, None);
    }
}
