//! DynamoDB's limits in time are for us to wait out.
//!
//! The SDK takes `LimitExceededException` for throttling and makes the call again seven times, without a word. Here
//! it means that a change is not allowed yet (API UpdateTable, CreateTable): nothing else of that table should wait
//! meanwhile, and whoever looks on should hear why.

use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::update_table::UpdateTableError;

#[derive(Debug)]
pub struct NoRetryOfLimits;

impl ClassifyRetry for NoRetryOfLimits {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = match context.output_or_error() {
            Some(Err(error)) => error.as_operation_error(),
            Some(Ok(_)) | None => None,
        };
        let limit = error.is_some_and(|error| {
            let create = error.downcast_ref::<CreateTableError>();
            let update = error.downcast_ref::<UpdateTableError>();
            create.is_some_and(CreateTableError::is_limit_exceeded_exception)
                || update.is_some_and(UpdateTableError::is_limit_exceeded_exception)
        });
        match limit {
            true => RetryAction::RetryForbidden,
            false => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "DynamoDB's limits"
    }
}
