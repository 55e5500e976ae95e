//! Reading, alike on every kind.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use crate::model::failure::{Failure, FailureKind};
use crate::model::id::Kind;

/// Reads each by its name, all at once; what is missing is absent from the answer.
///
/// # Errors
/// The first call that failed, with the resource that it was about.
pub async fn by_name<T>(
    kind: Kind,
    names: &[&str],
    read: impl AsyncFn(&str) -> Result<Option<T>, Failure>,
) -> Result<BTreeMap<String, T>, Failure> {
    let read = &read;
    let reads = names.iter().map(async |name| {
        let found = read(name).await;
        found.map_err(|failure| failure.about(format!("{} {name}", kind.noun())))
    });
    let lives = try_join_all(reads).await?;
    let found = names.iter().zip(lives);
    Ok(found
        .filter_map(|(name, live)| Some(((*name).to_owned(), live?)))
        .collect())
}

/// `None`: what was asked about is not there.
///
/// # Errors
/// Every other failure of the call.
pub fn present<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}
