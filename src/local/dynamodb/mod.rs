//! DynamoDB.

/// `create table if not exists …`, run at every opening.
pub const SCHEMA: &str = "";
