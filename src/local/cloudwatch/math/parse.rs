//! From an expression's text to its structure.

use super::token::{Token, tokens};

#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Number(f64),
    Text(String),
    /// Of a metric or of another expression, or an option of a function, such as `REPEAT`.
    Word(String),
    Array(Vec<Expression>),
    Negative(Box<Expression>),
    /// Operators of the same rank, from left to right; flat, so that a long sum is not a deep one.
    Chain(Box<Expression>, Vec<(Operator, Expression)>),
    Call(String, Vec<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

use Operator::{
    Add, And, Divide, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Multiply, NotEqual, Or,
    Power, Subtract,
};

/// What binds least comes first.
const RANKS: [&[(&str, Operator)]; 6] = [
    &[("OR", Or), ("||", Or)],
    &[("AND", And), ("&&", And)],
    &[
        ("==", Equal),
        ("!=", NotEqual),
        ("<", Less),
        ("<=", LessOrEqual),
        (">", Greater),
        (">=", GreaterOrEqual),
    ],
    &[("+", Add), ("-", Subtract)],
    &[("*", Multiply), ("/", Divide)],
    &[("^", Power)],
];

/// Each level is several on our own stack.
const DEPTH: usize = 50;

/// # Errors
/// Says what is not understood, without naming the expression.
pub fn parse(text: &str) -> Result<Expression, String> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let expression = parser.expression()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expression),
        Some(token) => Err(unexpected(token)),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

fn unexpected(token: &Token) -> String {
    let shown = match token {
        Token::Number(number) => number.to_string(),
        Token::Word(word) | Token::Text(word) => word.clone(),
        Token::Sign(sign) => (*sign).to_owned(),
    };
    format!("Unexpected '{shown}'")
}

impl Parser {
    fn expression(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("The expression is nested too deeply".to_owned());
        }
        let expression = self.ranked(0);
        self.depth -= 1;
        expression
    }

    fn ranked(&mut self, rank: usize) -> Result<Expression, String> {
        let Some(operators) = RANKS.get(rank) else {
            return self.operand();
        };
        // A sign before a power is that of the power.
        if operators.contains(&("^", Power)) && self.takes("-") {
            self.depth += 1;
            if self.depth > DEPTH {
                return Err("The expression is nested too deeply".to_owned());
            }
            let negative = self.ranked(rank)?;
            self.depth -= 1;
            return Ok(Expression::Negative(negative.into()));
        }
        let first = self.ranked(rank + 1)?;
        let mut more = Vec::new();
        while let Some(operator) = self.operator(operators) {
            let next = if operator == Power && self.takes("-") {
                Expression::Negative(self.operand()?.into())
            } else {
                self.ranked(rank + 1)?
            };
            more.push((operator, next));
        }
        if more.is_empty() {
            return Ok(first);
        }
        Ok(Expression::Chain(first.into(), more))
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        let sign = match self.tokens.get(self.at)? {
            Token::Sign(sign) => sign,
            Token::Word(word) => word.as_str(),
            _ => return None,
        };
        let (_, operator) = operators.iter().find(|(name, _)| *name == sign)?;
        self.at += 1;
        Some(*operator)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let takes = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(takes);
        takes
    }

    fn operand(&mut self) -> Result<Expression, String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            None => Err("Unexpected end of the expression".to_owned()),
            Some(Token::Number(number)) => Ok(Expression::Number(number)),
            Some(Token::Text(text)) => Ok(Expression::Text(text)),
            Some(Token::Word(word)) if self.takes("(") => {
                Ok(Expression::Call(word, self.list(")")?))
            }
            Some(Token::Word(word)) => Ok(Expression::Word(word)),
            Some(Token::Sign("[")) => Ok(Expression::Array(self.list("]")?)),
            Some(Token::Sign("(")) => {
                let inner = self.expression()?;
                if self.takes(")") {
                    return Ok(inner);
                }
                Err("Missing ')'".to_owned())
            }
            Some(other) => Err(unexpected(&other)),
        }
    }

    fn list(&mut self, close: &str) -> Result<Vec<Expression>, String> {
        let mut items = Vec::new();
        if self.takes(close) {
            return Ok(items);
        }
        loop {
            items.push(self.expression()?);
            if self.takes(close) {
                return Ok(items);
            }
            if !self.takes(",") {
                return Err(format!("Missing '{close}'"));
            }
        }
    }
}

impl Expression {
    /// The ids that it speaks of; options of functions are written in capitals, ids begin with a small letter.
    pub fn ids(&self) -> Vec<&str> {
        match self {
            Expression::Number(_) | Expression::Text(_) => Vec::new(),
            Expression::Word(word) if word.starts_with(|c: char| c.is_ascii_lowercase()) => {
                vec![word]
            }
            Expression::Word(_) => Vec::new(),
            Expression::Negative(inner) => inner.ids(),
            Expression::Array(items) | Expression::Call(_, items) => {
                items.iter().flat_map(Expression::ids).collect()
            }
            Expression::Chain(first, more) => {
                let mut ids = first.ids();
                ids.extend(more.iter().flat_map(|(_, operand)| operand.ids()));
                ids
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With every bracket that is implied.
    fn shown(expression: &Expression) -> String {
        match expression {
            Expression::Number(number) => number.to_string(),
            Expression::Text(text) => format!("{text:?}"),
            Expression::Word(word) => word.clone(),
            Expression::Negative(inner) => format!("-({})", shown(inner)),
            Expression::Array(items) => format!("[{}]", list(items)),
            Expression::Call(name, items) => format!("{name}({})", list(items)),
            Expression::Chain(first, more) => {
                let first = shown(first);
                let open = "(".repeat(more.len());
                more.iter().fold(open + &first, |left, (operator, right)| {
                    format!("{left} {operator:?} {})", shown(right))
                })
            }
        }
    }

    fn list(items: &[Expression]) -> String {
        items.iter().map(shown).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn operators_bind_by_rank() {
        for (text, expected) in [
            ("m1", "m1"),
            ("-5*m1", "(-(5) Multiply m1)"),
            ("m1 - -m2", "(m1 Subtract -(m2))"),
            ("a+b*c^2-d", "((a Add (b Multiply (c Power 2))) Subtract d)"),
            ("a-b-c", "((a Subtract b) Subtract c)"),
            ("-a^-2", "-((a Power -(2)))"),
            ("(a+b)*.5", "((a Add b) Multiply 0.5)"),
            ("a/(b+1e-3)", "(a Divide (b Add 0.001))"),
            (
                "a>1 AND b<=2||c!=3",
                "(((a Greater 1) And (b LessOrEqual 2)) Or (c NotEqual 3))",
            ),
            ("SUM([m1,m2]/m3)", "SUM(([m1, m2] Divide m3))"),
            ("METRICS('err')", "METRICS(\"err\")"),
            ("SORT(METRICS(), AVG, DESC)", "SORT(METRICS(), AVG, DESC)"),
        ] {
            assert_eq!(
                parse(text).map(|it| shown(&it)),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_without_a_panic() {
        let deep = [
            "(".repeat(2_000),
            "-".repeat(2_000),
            "[".repeat(2_000),
            "1^-".repeat(700),
        ];
        let bad = [
            "", "m1+", "+m1", "(m1", "m1)", "[m1", "SUM(m1", "SUM(m1,)", "m1 m2", "1.2.3", "\"a",
            "m1 % 2", "m1 = 2", "{}", "\u{e9}", "'\u{e9}",
        ];
        for text in deep.iter().map(String::as_str).chain(bad) {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_long_sum_is_not_a_deep_one() {
        let text = "m1+".repeat(1_000) + "m1";
        assert_eq!(parse(&text).unwrap().ids().len(), 1_001);
    }

    #[test]
    fn ids_are_told_from_options() {
        let expression = parse("FILL(m1, REPEAT) + IF(e1 > -x, [y, 1])").unwrap();
        assert_eq!(expression.ids(), ["m1", "e1", "x", "y"]);
    }
}
