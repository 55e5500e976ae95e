//! Bodies that come packed, as the SDKs send a long PutMetricData.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::GzDecoder;

use super::Incoming;
use crate::local::error::ApiError;

/// Unpacked; the longest request that any service here takes is DynamoDB's of 16 MB.
const LONGEST: u64 = 16 << 20;

/// # Errors
/// For what is not gzip, or far longer than it looks.
pub fn unpacked<'a>(incoming: &Incoming<'a>) -> Result<Cow<'a, [u8]>, ApiError> {
    match incoming.content_encoding {
        None | Some("" | "identity") => Ok(incoming.body.into()),
        Some("gzip") => unpack(incoming.body).map(Cow::Owned),
        Some(other) => Err(ApiError::new(
            "SerializationException",
            format!("a body with the content-encoding {other:?} cannot be read; use gzip"),
        )),
    }
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    GzDecoder::new(packed)
        .take(LONGEST + 1)
        .read_to_end(&mut body)
        .map_err(|error| {
            ApiError::new(
                "SerializationException",
                format!("the request's body is not gzip: {error}"),
            )
        })?;
    if body.len() as u64 > LONGEST {
        return Err(ApiError::too_large(LONGEST));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn packed(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_body_is_unpacked() {
        assert_eq!(unpack(&packed(b"hello")).unwrap(), b"hello");
    }

    #[test]
    fn a_bomb_and_a_broken_stream_are_refused() {
        let bomb = packed(&vec![0; 17 << 20]);
        assert!(bomb.len() < 20_000);
        assert_eq!(unpack(&bomb).unwrap_err().status, 413);
        let cut = packed(b"hello");
        let error = unpack(&cut[..cut.len() - 3]).unwrap_err();
        assert_eq!(error.code, "SerializationException");
        assert_eq!(unpack(b"plain").unwrap_err().code, "SerializationException");
    }

    #[test]
    fn another_encoding_is_refused_and_none_is_none() {
        let incoming = |content_encoding| Incoming {
            uri: "/",
            protocol: None,
            target: None,
            authorization: None,
            content_type: None,
            content_encoding,
            body: b"{}",
        };
        assert_eq!(*unpacked(&incoming(None)).unwrap(), *b"{}");
        assert_eq!(*unpacked(&incoming(Some("identity"))).unwrap(), *b"{}");
        assert!(unpacked(&incoming(Some("br"))).is_err());
    }
}
