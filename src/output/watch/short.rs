//! Values in few columns.

use crate::model::tick::Loss;
use crate::model::units::Seconds;
use crate::output::glyphs::Glyphs;

/// Up to five digits as they are, then thousands, millions, billions.
pub fn number(number: u64) -> String {
    match number {
        0..100_000 => number.to_string(),
        100_000..10_000_000 => format!("{}k", number / 1_000),
        10_000_000..10_000_000_000 => format!("{}M", number / 1_000_000),
        _ => format!("{}G", number / 1_000_000_000),
    }
}

/// Bytes in the unit that leaves less than a thousand.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64;
    let mut unit = "";
    for name in UNITS {
        if size < 1_000.0 {
            break;
        }
        (size, unit) = (size / 1_024.0, name);
    }
    match size < 10.0 {
        true => format!("{size:.1} {unit}"),
        false => format!("{size:.0} {unit}"),
    }
}

/// Per second: below ten with a tenth.
pub fn rate(rate: f64) -> String {
    match rate {
        0.0 => "0".to_owned(),
        rate if rate < 0.05 => "<0.1".to_owned(),
        rate if rate < 9.95 => format!("{rate:.1}"),
        rate => number(rate.round() as u64),
    }
}

pub fn loss(loss: Loss, glyphs: &Glyphs) -> String {
    let most = loss.at_most.in_short();
    match loss.at_least {
        least if least == loss.at_most => most,
        Seconds(0) => format!("<{most}"),
        least => format!("{}{}{most}", least.in_whole(), glyphs.to),
    }
}

/// The middle goes first: names differ at both ends.
pub fn cut_middle(name: &str, columns: usize, glyphs: &Glyphs) -> String {
    let length = name.chars().count();
    if length <= columns {
        return name.to_owned();
    }
    let kept = columns.saturating_sub(glyphs.cut.chars().count());
    let head: String = name.chars().take(kept.div_ceil(2)).collect();
    let tail: String = name.chars().skip(length - kept / 2).collect();
    format!("{head}{}{tail}", glyphs.cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::glyphs::{ASCII, UNICODE};

    #[test]
    fn numbers_sizes_and_rates_stay_narrow() {
        for (value, shown) in [
            (0, "0"),
            (99_999, "99999"),
            (123_456, "123k"),
            (9_999_999, "9999k"),
            (1_234_567_890, "1234M"),
            (12_345_678_901, "12G"),
        ] {
            assert_eq!(number(value), shown);
        }
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 KiB"),
            (999_999, "977 KiB"),
            (1 << 21, "2.0 MiB"),
            (5 << 40, "5.0 TiB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
        for (value, shown) in [
            (0.0, "0"),
            (0.016, "<0.1"),
            (0.06, "0.1"),
            (9.94, "9.9"),
            (9.96, "10"),
            (250_000.0, "250k"),
        ] {
            assert_eq!(rate(value), shown);
        }
    }

    #[test]
    fn a_loss_is_a_time_or_its_bounds() {
        const DAY: u64 = 86_400;
        for (least, most, shown) in [
            (9 * DAY, 13 * DAY, "9d–13d"),
            (13 * DAY, 13 * DAY, "13d"),
            (0, DAY / 2, "<12h"),
            (0, 0, "0s"),
        ] {
            let bounds = Loss {
                at_least: Seconds(least),
                at_most: Seconds(most),
            };
            assert_eq!(loss(bounds, &UNICODE), shown);
        }
    }

    #[test]
    fn a_long_name_keeps_both_ends() {
        assert_eq!(cut_middle("orders", 6, &UNICODE), "orders");
        assert_eq!(
            cut_middle("order-processing-dlq", 10, &UNICODE),
            "order…-dlq"
        );
        assert_eq!(cut_middle("order-processing-dlq", 5, &ASCII), "or~lq");
        assert_eq!(cut_middle("orders", 1, &UNICODE), "…");
    }
}
