//! The functions that tell a date, in UTC.

const DAY: i64 = 86_400;

/// Of seconds since the epoch.
pub fn part(name: &str) -> Option<fn(i64) -> f64> {
    Some(match name {
        "MINUTE" => |at| number(at.div_euclid(60).rem_euclid(60)),
        "HOUR" => |at| number(at.div_euclid(3_600).rem_euclid(24)),
        // Monday is 1; the epoch was a Thursday.
        "DAY" => |at| number((at.div_euclid(DAY) + 3).rem_euclid(7) + 1),
        "DATE" => |at| number(date(at)[2]),
        "MONTH" => |at| number(date(at)[1]),
        "YEAR" => |at| number(date(at)[0]),
        "EPOCH" => number,
        _ => return None,
    })
}

fn number(integer: i64) -> f64 {
    integer as f64
}

/// Year, month and day, in a calendar whose years begin with March, so that a leap day is the last.
fn date(at: i64) -> [i64; 3] {
    let days = at.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let january_or_later = i64::from(month >= 10);
    [
        era * 400 + year_of_era + january_or_later,
        month + 3 - 12 * january_or_later,
        day,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_certain_seconds() {
        // 1970-01-01, 2000-02-29T12:34:56, 2024-12-31T23:59:59, 2100-03-01.
        for (at, expected) in [
            (0, [0, 0, 4, 1, 1, 1970]),
            (951_827_696, [34, 12, 2, 29, 2, 2000]),
            (1_735_689_599, [59, 23, 2, 31, 12, 2024]),
            (4_107_542_400, [0, 0, 1, 1, 3, 2100]),
        ] {
            let names = ["MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR"];
            let told = names.map(|name| part(name).unwrap()(at));
            assert_eq!(told, expected.map(f64::from), "{at}");
        }
    }
}
