//! DynamoDB.

/// `create table if not exists …`, run at every opening.
pub const SCHEMA: &str = "";

/// The open handles of the item files.
#[derive(Default)]
pub struct Doors;
