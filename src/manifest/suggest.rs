//! "Did you mean": the nearest of what is allowed, and quoting of what was written.

/// Longer quotations are cut: a message is a line.
const QUOTE_MAX: usize = 60;

/// In backticks, without control characters, which a terminal would obey.
pub(super) fn quote(text: &str) -> String {
    let mut shown = escape(text.chars().take(QUOTE_MAX));
    if text.chars().nth(QUOTE_MAX).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

pub(super) fn escape(text: impl IntoIterator<Item = char>) -> String {
    text.into_iter()
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_default());
            let kept = (!c.is_control()).then_some(c);
            escaped.into_iter().flatten().chain(kept)
        })
        .collect()
}

/// The candidate that `written` most likely stands for.
pub(super) fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = fold(written);
    candidates
        .into_iter()
        .map(|candidate| (distance(&wanted, &fold(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= tolerance(candidate.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `help: did you mean …`, else the list of what is allowed.
pub fn did_you_mean<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    if let Some(near) = nearest(written, candidates.clone()) {
        return Some(format!("did you mean {}?", quote(near)));
    }
    let list: Vec<_> = candidates.into_iter().map(quote).collect();
    match list.as_slice() {
        [] => None,
        [one] => Some(format!("write {one}")),
        _ => Some(format!("one of {}", list.join(", "))),
    }
}

/// How many slips a name of this length bears before it is another name.
fn tolerance(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=7 => 1,
        _ => length / 4,
    }
}

/// AWS spells `VisibilityTimeout`, others `visibility-timeout`: all the same name.
fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

fn distance(written: &str, candidate: &str) -> usize {
    /// Shorter parts occur in too many names to mean one.
    const PART_MIN: usize = 5;
    if written.len() > 2 * candidate.len() + 16 {
        return usize::MAX;
    }
    let part = |whole: &str, part: &str| part.len() >= PART_MIN && whole.contains(part);
    if part(candidate, written) || part(written, candidate) {
        return 1;
    }
    strsim::damerau_levenshtein(written, candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let fields = [
            "visibility_timeout",
            "message_retention_period",
            "delay",
            "tags",
        ];
        for (written, wanted) in [
            ("visibilty_timeout", Some("visibility_timeout")),
            ("VisibilityTimeout", Some("visibility_timeout")),
            ("retention", Some("message_retention_period")),
            ("delay_seconds", Some("delay")),
            ("tag", Some("tags")),
            ("colour", None),
            ("x", None),
            ("dela", Some("delay")),
        ] {
            assert_eq!(nearest(written, fields), wanted, "{written}");
        }
    }

    #[test]
    fn a_quotation_is_short_and_harmless() {
        assert_eq!(quote("a\u{1b}[31mb"), "`a\\u{1b}[31mb`");
        assert_eq!(quote(&"x".repeat(100)).chars().count(), 63);
    }
}
