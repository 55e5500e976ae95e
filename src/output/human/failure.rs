//! An error and its next steps, for stderr.

use anstyle::Style;

use super::page::Page;
use crate::output::problem::Problem;
use crate::output::style::Styles;

/// `error: …`, then a `hint: …` for each next step.
pub fn render(problem: &Problem, width: usize, styles: &Styles) -> String {
    let mut page = Page::new(width, styles);
    page.led(
        (0, "error:"),
        styles.hazard,
        Style::new(),
        &problem.sentence,
    );
    for reason in &problem.reasons {
        let id = format!("{}:", reason.id);
        page.led((2, &id), styles.name, Style::new(), &reason.why);
        hints(&mut page, 4, reason.hint.as_deref());
    }
    hints(&mut page, 2, problem.hint.as_deref());
    page.into_text()
}

/// A hint a line.
pub(super) fn hints(page: &mut Page<'_>, indent: usize, hint: Option<&str>) {
    for hint in hint.unwrap_or_default().lines() {
        page.led((indent, "hint:"), page.styles.name, Style::new(), hint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::{Failure, FailureKind};

    #[test]
    fn an_error_says_why_and_what_next() {
        let mut failure = Failure::new(
            FailureKind::AccessDenied,
            "user arn:aws:iam::123456789012:user/ci is not authorised to perform sqs:CreateQueue on order-processing-queue",
        )
        .with_hint("grant sqs:CreateQueue to this identity\nor run with another --profile");
        failure.operation = Some("CreateQueue".into());
        failure.code = Some("AccessDenied".into());
        failure.request_id = Some("7a62c49f-347e-4fc4-9331-6e8e7a96aa73".into());
        insta::assert_snapshot!(render(&Problem::from(&failure), 80, &Styles::default()), @r"
    error: CreateQueue: user arn:aws:iam::123456789012:user/ci is not authorised to
      perform sqs:CreateQueue on order-processing-queue (AccessDenied, request
      7a62c49f-347e-4fc4-9331-6e8e7a96aa73)
      hint: grant sqs:CreateQueue to this identity
      hint: or run with another --profile
    ");
    }

    #[test]
    fn an_error_cannot_steer_the_terminal() {
        let problem = Problem::new("refused", "queue \u{1b}]0;owned\u{7} is\nbusy");
        assert_eq!(
            render(&problem, 80, &Styles::default()),
            "error: queue \\u{1b}]0;owned\\u{7} is busy\n"
        );
    }
}
