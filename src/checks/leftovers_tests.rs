//! How old a copy is.

use super::*;

#[test]
fn a_tag_tells_the_age() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let tags = |time: &str| -> Tags { [(ownership::PROBE.to_owned(), time.to_owned())].into() };
    for (time, expected) in [
        ("2023-11-14T22:13:20Z", Some(0)),
        ("2023-11-14T21:13:20Z", Some(3_600)),
        // A clock that goes ahead of ours.
        ("2023-11-14T23:13:20Z", Some(0)),
        ("yesterday", None),
    ] {
        let expected = expected.map(Duration::from_secs);
        assert_eq!(age(&tags(time), now), expected, "{time}");
    }
    assert_eq!(age(&Tags::new(), now), None);
    assert!(age(&tags(&super::now()), SystemTime::now()).is_some());
}
