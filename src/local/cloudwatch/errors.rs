//! The refusals of CloudWatch, with the codes of its query protocol, which the SDKs know them by.

use crate::local::error::ApiError;

pub fn invalid_value(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValueException", message)
        .with_query_code("InvalidParameterValue")
}

pub fn invalid_combination(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterCombinationException", message)
        .with_query_code("InvalidParameterCombination")
}

pub fn missing(parameter: &str) -> ApiError {
    let message = format!("The parameter {parameter} is required.");
    ApiError::new("MissingRequiredParameterException", message).with_query_code("MissingParameter")
}

pub fn validation(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationException", message).with_query_code("ValidationError")
}

pub fn invalid_token() -> ApiError {
    ApiError::new("InvalidNextToken", "The NextToken is not valid.")
}

pub fn value_is_invalid(value: impl std::fmt::Display, parameter: &str) -> ApiError {
    invalid_value(format!(
        "The value {value} for parameter {parameter} is invalid."
    ))
}

/// For what must be given.
pub fn required<'a, T>(value: &'a Option<T>, parameter: &str) -> Result<&'a T, ApiError> {
    value.as_ref().ok_or_else(|| missing(parameter))
}
