//! The command line as people meet it: help, and what is said of a wrong one.

#[test]
fn cmd() {
    trycmd::TestCases::new()
        .env("COLUMNS", "100")
        .case("tests/cmd/*.md");
}
