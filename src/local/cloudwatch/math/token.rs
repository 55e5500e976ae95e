//! An expression's words.

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Number(f64),
    /// An id, a function or an option: all of them letters, digits and underscores.
    Word(String),
    Text(String),
    /// An operator, a bracket or a comma.
    Sign(&'static str),
}

/// Two characters before one, so that `<=` is not taken for `<`.
const SIGNS: [&str; 20] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",",
    "{", "}",
];

/// # Errors
/// Says which character has no meaning.
pub fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '0'..='9' | '.' => number(rest)?,
            'a'..='z' | 'A'..='Z' | '_' => {
                let length = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                (Token::Word(rest[..length].to_owned()), length)
            }
            '"' | '\'' => {
                let length = rest[1..]
                    .find(first)
                    .ok_or("a quotation mark is not closed")?;
                (Token::Text(rest[1..=length].to_owned()), length + 2)
            }
            _ => SIGNS
                .into_iter()
                .find(|sign| rest.starts_with(sign))
                .map(|sign| (Token::Sign(sign), sign.len()))
                .ok_or_else(|| format!("Unexpected character '{first}'"))?,
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// `12`, `.5`, `1e-36`.
fn number(rest: &str) -> Result<(Token, usize), String> {
    let bytes = rest.as_bytes();
    let digits = |from: usize| {
        let more = bytes[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit() || **byte == b'.');
        from + more.count()
    };
    let mut length = digits(0);
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        if exponent > length + 1 + sign {
            length = exponent;
        }
    }
    let text = &rest[..length];
    let number = text
        .parse()
        .map_err(|_| format!("'{text}' is not a number"))?;
    Ok((Token::Number(number), length))
}
