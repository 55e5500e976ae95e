//! How the data that somebody has put are kept.

/// `create table if not exists …`, run at every opening. What services tell of themselves is with them.
pub const SCHEMA: &str = "
create table if not exists cloudwatch_metrics (
    id integer primary key,
    account text not null,
    region text not null,
    namespace text not null,
    name text not null,
    dimensions text not null,
    last_at integer not null,
    unique (account, region, namespace, name, dimensions)
);

-- `numbers` are doubles of eight bytes each, lowest first: the four of a statistic set, or values with their counts.
create table if not exists cloudwatch_data (
    metric_id integer not null references cloudwatch_metrics (id) on delete cascade,
    at integer not null,
    resolution integer not null,
    unit text not null,
    is_set integer not null,
    numbers blob not null
);
create index if not exists cloudwatch_data_by_time on cloudwatch_data (metric_id, at);
";
