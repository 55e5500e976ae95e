//! Values of type Number: 38 digits of precision, between 10⁻¹²⁸ and 10⁺¹²⁶ (DG sqs-message-metadata).

const DIGITS: usize = 38;
const LEAST: i64 = -128;
const MOST: i64 = 126;

pub fn is_valid(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => match exponent.parse::<i64>() {
            Ok(exponent) => (mantissa, exponent),
            Err(_) => return false,
        },
        None => (text, 0),
    };
    let mantissa = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let leading = digits.bytes().take_while(|byte| *byte == b'0').count();
    let significant = digits.trim_start_matches('0').trim_end_matches('0').len();
    if significant == 0 {
        return true;
    }
    let place = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    // Of the first digit that is not zero.
    let magnitude = exponent.saturating_add(place(whole.len()) - place(leading) - 1);
    significant <= DIGITS && (LEAST..=MOST).contains(&magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_form_a_precision_and_a_range() {
        let digits = "9".repeat(38);
        for good in [
            "0", "-1", "+1.50", ".5", "5.", "1e10", "1E-128", "9e126", "0e999", &digits,
        ] {
            assert!(is_valid(good), "{good}");
        }
        let zeros = format!("{digits}000.000");
        assert!(is_valid(&zeros), "{zeros}");
        let long = format!("{digits}1");
        for bad in [
            "", ".", "-", "1,5", "0x1", "NaN", "1e", "e1", "1e127", "1e-129", " 1", &long,
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
