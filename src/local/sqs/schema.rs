//! How queues and messages are kept.

/// `create table if not exists …`, run at every opening.
pub const SCHEMA: &str = "
create table if not exists sqs_queues (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    name text not null,
    created_at integer not null,
    modified_at integer not null,
    purged_at integer,
    attributes text not null,
    tags text not null,
    dead_letter_target text,
    unique (account, region, name)
);
create index if not exists sqs_queues_by_target on sqs_queues (dead_letter_target);

create table if not exists sqs_deletions (
    account text not null,
    region text not null,
    name text not null,
    deleted_at integer not null,
    primary key (account, region, name)
) without rowid;

-- `enqueued_at` is where retention counts from: the first sending, also after a move to a standard dead-letter queue.
-- `receives` counts within this queue, `receive_count` over all of them.
create table if not exists sqs_messages (
    id integer primary key autoincrement,
    queue_id integer not null references sqs_queues (id) on delete cascade,
    message_id text not null,
    body text not null,
    attributes text,
    trace_header text,
    group_id text,
    deduplication_id text,
    sent_at integer not null,
    enqueued_at integer not null,
    visible_at integer not null,
    receives integer not null default 0,
    receive_count integer not null default 0,
    first_received_at integer,
    receipt text,
    source_arn text
);
create index if not exists sqs_messages_by_visibility on sqs_messages (queue_id, visible_at);

create table if not exists sqs_deduplications (
    queue_id integer not null references sqs_queues (id) on delete cascade,
    key text not null,
    message_id text not null,
    sequence_number text not null,
    sent_at integer not null,
    primary key (queue_id, key)
) without rowid;
";
