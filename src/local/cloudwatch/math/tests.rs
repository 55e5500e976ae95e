use std::collections::BTreeMap;

use super::*;
use crate::local::cloudwatch::series::Range;

/// 2024-01-01T00:00:00Z, a Monday.
const START: i64 = 1_704_067_200_000;

/// By the minute; `None` where there is no value.
fn series(label: &str, values: &[Option<f64>]) -> Series {
    let points = (0..).map(|index| START + index * 60_000).zip(values);
    Series {
        label: label.to_owned(),
        period: 60,
        points: points
            .filter_map(|(at, value)| Some((at, (*value)?)))
            .collect(),
    }
}

fn value(text: &str) -> Result<Value, String> {
    let metrics = [
        ("m1", [Some(30.0), Some(20.0), Some(0.0), Some(0.0)]),
        ("m2", [Some(20.0), None, Some(20.0), None]),
        ("m3", [None, Some(4.0), Some(-2.5), None]),
        ("none", [None; 4]),
    ];
    let ids = metrics.map(|(id, _)| id.to_owned());
    let values: BTreeMap<String, Value> = metrics
        .into_iter()
        .map(|(id, values)| (id.to_owned(), Value::Series(series(id, &values))))
        .collect();
    let search = |text: &str, statistic: &str, period: Option<i64>| {
        let label = format!("{text} {statistic} {period:?}");
        Ok(vec![series(&label, &[Some(1.0)])])
    };
    let scope = Scope {
        values: &values,
        metrics: &ids,
        range: Range {
            from: START,
            to: START + 240_000,
        },
        now: START + 300_000,
        period: 60,
        search: &search,
    };
    evaluate(&parse(text)?, &scope)
}

/// `30 20 - 0`, several series parted by `|`.
fn shown(text: &str) -> String {
    let one = |series: &Series| {
        let values = (0..4).map(|index| match series.at(START + index * 60_000) {
            Some(value) => format!("{}", (value * 1_000.0).round() / 1_000.0),
            None => "-".to_owned(),
        });
        values.collect::<Vec<_>>().join(" ")
    };
    match value(text) {
        Ok(Value::Number(number)) => format!("={number}"),
        Ok(Value::Series(series)) => one(&series),
        Ok(Value::Array(all)) => all.iter().map(one).collect::<Vec<_>>().join(" | "),
        Err(error) => error,
    }
}

fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(shown(text), *expected, "{text}");
    }
}

#[test]
fn arithmetic() {
    check(&[
        ("2+3*4^2", "=50"),
        ("m1", "30 20 0 0"),
        ("5*m1", "150 100 0 0"),
        ("m1-10", "20 10 -10 -10"),
        ("-m1", "-30 -20 0 0"),
        ("m1+m2", "50 20 20 0"),
        ("m1/m2", "1.5 - 0 -"),
        ("m2/m1", "0.667 0 - -"),
        ("m1/0", "- - - -"),
        ("m1^m2^0", "1 1 1 1"),
        ("[m1,m2]*2", "60 40 0 0 | 40 - 40 -"),
        ("100/[m1, m2]", "3.333 5 - - | 5 - 5 -"),
        ("[m1,m2]/m1", "1 1 - - | 0.667 0 - -"),
        ("m1-[m2]", "10 20 -20 0"),
        ("-[m1,m2]", "-30 -20 0 0 | -20 - -20 -"),
    ]);
}

/// The user guide's own examples, in part.
#[test]
fn comparisons_and_logic() {
    check(&[
        ("m1 < m2", "0 0 1 0"),
        ("m1 >= 30", "1 0 0 0"),
        ("m1 > 15 AND m2 > 15", "1 0 0 0"),
        ("m1 > 15 || m2 > 15", "1 1 1 0"),
        ("m1 == 0", "0 0 1 1"),
        ("m1 != m2", "1 1 1 0"),
        ("m1 <= 20 && m1 > 0", "0 1 0 0"),
        ("(2 > 1) + (1 == 2) + (1 OR 0)", "=2"),
    ]);
}

#[test]
fn reductions() {
    check(&[
        ("AVG(m1)", "=12.5"),
        ("SUM(m2)", "=40"),
        ("MIN(m3)", "=-2.5"),
        ("MAX(m3)", "=4"),
        ("STDDEV(m2)", "=0"),
        ("STDDEV(m3)", "=3.25"),
        ("DATAPOINT_COUNT(m2)", "=2"),
        ("DATAPOINT_COUNT(none)", "=0"),
        ("SUM(none)", "=0"),
        ("m1 - AVG(none)", "- - - -"),
        ("m1-MIN(m1)", "30 20 0 0"),
        ("SUM([m1,m2])", "50 20 20 0"),
        ("AVG([m1,m2])", "25 10 10 0"),
        ("MAX([m1,m2])", "30 20 20 0"),
        ("MIN([m1,m2])", "20 20 0 0"),
        ("DATAPOINT_COUNT([m1,m2,none])", "2 1 2 1"),
        ("STDDEV([m1,m2])", "5 0 10 0"),
        ("SUM(METRICS())", "50 24 17.5 0"),
        ("SUM(METRICS(\"2\"))", "20 - 20 -"),
        ("SUM([METRICS('1'), METRICS('3')])", "30 24 -2.5 0"),
        ("m1/METRIC_COUNT(METRICS())", "7.5 5 0 0"),
    ]);
}

#[test]
fn functions_of_points() {
    check(&[
        ("ABS(m3)", "- 4 2.5 -"),
        ("CEIL(m3)", "- 4 -2 -"),
        ("FLOOR([m3])", "- 4 -3 -"),
        ("LOG10(m1*100)", "3.477 3.301 - -"),
        ("LOG(m1)", "3.401 2.996 - -"),
        ("DIFF(m1)", "- -10 -20 0"),
        ("DIFF(m2)", "- - 0 -"),
        ("DIFF_TIME(m2)", "- - 120 -"),
        ("RATE(m1)", "- -0.167 -0.333 0"),
        ("RUNNING_SUM(m1)", "30 50 50 50"),
        ("RUNNING_SUM([m2,m3])", "20 - 40 - | - 4 1.5 -"),
        ("m1/PERIOD(m1)", "0.5 0.333 0 0"),
        ("TIME_SERIES(MAX(m1))", "30 30 30 30"),
        ("MINUTE(m2)", "0 1 2 3"),
        ("HOUR(m1)", "0 0 0 0"),
        ("DAY(none)", "1 1 1 1"),
        ("DATE(m1)+MONTH(m1)", "2 2 2 2"),
        ("YEAR(m1)", "2024 2024 2024 2024"),
        ("EPOCH(m1)-1704067200", "0 60 120 180"),
    ]);
}

#[test]
fn filling() {
    check(&[
        ("FILL(m2, 7)", "20 7 20 7"),
        ("FILL(none, 0)", "0 0 0 0"),
        ("FILL(m3, REPEAT)", "- 4 -2.5 -2.5"),
        ("FILL(m2, LINEAR)", "20 20 20 -"),
        ("FILL([m2*2], LINEAR)", "40 40 40 -"),
        ("FILL(m2, m1)", "20 20 20 0"),
        ("FILL(m2, MIN(m1))", "20 0 20 0"),
        ("FILL([m2,m3],1)", "20 1 20 1 | 1 4 -2.5 1"),
    ]);
}

#[test]
fn conditions() {
    check(&[
        ("IF(m1, m2, m3)", "20 0 -2.5 -"),
        ("IF(m1, 5, m2)", "5 5 20 -"),
        ("IF(m1, m2, 5)", "20 0 5 5"),
        ("IF(m1 > 15, m1)", "30 20 - -"),
        ("IF(m2 > 15, 1, 0)", "1 - 1 -"),
        ("IF(1, m2, m1)", "20 - 20 -"),
        ("IF(0, m2, m1)", "30 20 0 0"),
        ("IF(0, m2)", "- - - -"),
    ]);
}

#[test]
fn arrays() {
    check(&[
        ("FIRST([m1,m2])", "30 20 0 0"),
        ("LAST([m1,m2])", "20 - 20 -"),
        ("REMOVE_EMPTY([none,m2])", "20 - 20 -"),
        ("SLICE([m1,m2,m3], 1)", "20 - 20 - | - 4 -2.5 -"),
        ("SLICE([m1,m2,m3], 1, 2)", "20 - 20 -"),
        ("SORT([m3,m1,m2], SUM, DESC, 2)", "30 20 0 0 | 20 - 20 -"),
        ("SORT([m1,m2], MIN, ASC)", "30 20 0 0 | 20 - 20 -"),
        ("SORT([m1,m2], AVG, DESC)", "20 - 20 - | 30 20 0 0"),
    ]);
    let Ok(Value::Array(found)) = value("SEARCH('{N} x', 'Sum', 60)") else {
        panic!("a search is an array");
    };
    assert_eq!(found[0].label, "{N} x Sum Some(60)");
}

#[test]
fn refusals() {
    check(&[
        ("m9", "Unrecognized identifier 'm9'"),
        ("NONSENSE(m1)", "Function 'NONSENSE' not found"),
        ("ABS()", "Function 'ABS' takes 1 argument(s)"),
        (
            "AVG(1)",
            "Function 'AVG' does not support an argument of type Scalar",
        ),
        (
            "FIRST(m1)",
            "Function 'FIRST' does not support an argument of type TimeSeries",
        ),
        (
            "FIRST([])",
            "Function 'FIRST' needs at least one time series",
        ),
        (
            "HOUR([m1])",
            "Function 'HOUR' does not support an argument of type TimeSeries[]",
        ),
        (
            "[m1]+[m2]",
            "Unsupported operand type(s) for Add: 'TimeSeries[]' and 'TimeSeries[]'",
        ),
        ("[1]", "An array can hold only time series"),
        (
            "SORT([m1], STDDEV, ASC)",
            "Function 'SORT' cannot sort by 'STDDEV'",
        ),
        ("SORT([m1], SUM, UP)", "Function 'SORT' has no order 'UP'"),
        ("SLICE([m1], 0-1)", "Function 'SLICE' does not support -1"),
        (
            "IF(m1, [m2])",
            "Function 'IF' does not support an argument of type TimeSeries[]",
        ),
        (
            "TIME_SERIES(m1)",
            "Function 'TIME_SERIES' does not support an argument of type TimeSeries",
        ),
    ]);
    let many = format!("[{}m1]", "m1,".repeat(500));
    check(&[(&many, "An array can hold at most 500 time series")]);
}

#[test]
fn made_up_expressions_do_not_panic() {
    let words = [
        "m1",
        "m2",
        "none",
        "1",
        "0",
        "-",
        "+",
        "/",
        "^",
        "<",
        "AND",
        "(",
        ")",
        "[",
        "]",
        ",",
        "SUM(",
        "FILL(",
        "REPEAT",
        "LINEAR",
        "IF(",
        "SORT(",
        "AVG",
        "DESC",
        "SLICE(",
        "FIRST(",
        "HOUR(",
        "METRICS()",
        "'x'",
    ];
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..30_000 {
        let text: String = (0..random.usize(1..12))
            .map(|_| words[random.usize(..words.len())])
            .collect();
        let _ = value(&text);
    }
}
