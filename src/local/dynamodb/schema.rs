//! The tables of the state that DynamoDB keeps.

/// `create table if not exists …`, run at every opening.
pub const SCHEMA: &str = "
create table if not exists ddb_tables (
    account text not null,
    region text not null,
    name text not null,
    descriptor text not null,
    gone_at integer,
    primary key (account, region, name)
) without rowid;
create table if not exists ddb_mirrors (
    id text not null primary key,
    account text not null,
    region text not null,
    shape text not null
) without rowid;
create table if not exists ddb_generations (
    account text not null,
    region text not null,
    generation integer not null,
    primary key (account, region)
) without rowid;
create table if not exists ddb_backups (
    arn text not null primary key,
    account text not null,
    region text not null,
    name text not null,
    created integer not null,
    available_at integer not null,
    descriptor text not null
) without rowid;
create table if not exists ddb_pages (
    owner text not null,
    page integer not null,
    items text not null,
    primary key (owner, page)
);
create table if not exists ddb_meter (
    account text not null,
    region text not null,
    name text not null,
    table_name text not null,
    index_name text not null,
    operation text not null,
    minute integer not null,
    value real not null,
    occurred real not null,
    primary key (account, region, table_name, name, index_name, operation, minute, value)
) without rowid;
create index if not exists ddb_meter_by_minute on ddb_meter (minute);
create table if not exists ddb_provisioned (
    account text not null,
    region text not null,
    name text not null,
    since integer not null,
    units text not null,
    primary key (account, region, name, since)
) without rowid;
create table if not exists ddb_expiries (
    id text not null primary key,
    minute integer not null,
    next integer not null
) without rowid;
create table if not exists ddb_buckets (
    id text not null,
    index_name text not null,
    kind integer not null,
    level real not null,
    at integer not null,
    primary key (id, index_name, kind)
) without rowid;
create table if not exists ddb_streams (
    account text not null,
    region text not null,
    table_name text not null,
    label text not null,
    view text not null,
    key_schema text not null,
    disabled integer,
    primary key (account, region, table_name, label)
) without rowid;
create table if not exists ddb_tokens (
    account text not null,
    region text not null,
    token text not null,
    digest blob not null,
    at integer not null,
    primary key (account, region, token)
) without rowid;
create index if not exists ddb_tables_by_end on ddb_tables (gone_at) where gone_at is not null;
create table if not exists ddb_gone (id text not null primary key) without rowid;
create index if not exists ddb_tables_by_name on ddb_tables (account, region, name);
create table if not exists ddb_running (
    account text not null,
    region text not null,
    name text not null,
    until integer not null,
    indexed integer not null,
    primary key (account, region, name)
) without rowid;
";
