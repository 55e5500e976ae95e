//! Pages of what is listed.

use aws_smithy_types::base64;

use super::super::error::ApiError;
use super::invalid;

/// As much of a list as was asked for at once.
pub struct Page {
    limit: usize,
    after: String,
}

impl Page {
    pub fn of(wanted: Option<i64>, token: Option<&String>, most: usize) -> Result<Page, ApiError> {
        let limit = match wanted {
            None => most,
            Some(wanted) => usize::try_from(wanted)
                .ok()
                .filter(|wanted| (1..=most).contains(wanted))
                .ok_or_else(|| invalid(format!("MaxResults must be between 1 and {most}")))?,
        };
        let after = match token {
            None => String::new(),
            Some(token) => base64::decode(token)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| {
                    ApiError::new("InvalidNextTokenException", "the token is not valid")
                })?,
        };
        Ok(Page { limit, after })
    }

    /// Of what is sorted by its position; with the token of the next page.
    pub fn cut<T>(
        &self,
        mut all: Vec<T>,
        position: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        all.retain(|it| position(it) > self.after);
        let more = all.len() > self.limit;
        all.truncate(self.limit);
        let last = all.last().filter(|_| more);
        let token = last.map(|last| base64::encode(position(last)));
        (all, token)
    }
}
