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
create index if not exists sqs_messages_in_order on sqs_messages (queue_id, id, visible_at, group_id);
create index if not exists sqs_messages_by_age on sqs_messages (queue_id, enqueued_at);
create index if not exists sqs_messages_received on sqs_messages (queue_id, receives) where receives > 0;

-- When a message came to its dead-letter queue.
create table if not exists sqs_dead_letters (
    message integer primary key references sqs_messages (id) on delete cascade,
    moved_at integer not null
);

create table if not exists sqs_deduplications (
    queue_id integer not null references sqs_queues (id) on delete cascade,
    key text not null,
    message_id text not null,
    sequence_number text not null,
    sent_at integer not null,
    primary key (queue_id, key)
) without rowid;
create index if not exists sqs_deduplications_by_age on sqs_deduplications (queue_id, sent_at);

-- What a receive with a ReceiveRequestAttemptId has handed out: ids of messages and their receipt handles.
create table if not exists sqs_attempts (
    queue_id integer not null references sqs_queues (id) on delete cascade,
    attempt text not null,
    received_at integer not null,
    visible_at integer not null,
    receipts text not null,
    primary key (queue_id, attempt)
) without rowid;

-- `next_at` is when the next message is due.
create table if not exists sqs_move_tasks (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    handle text not null unique,
    queue_id integer not null references sqs_queues (id) on delete cascade,
    destination_arn text,
    rate integer,
    started_at integer not null,
    next_at integer not null,
    to_move integer not null,
    moved integer not null default 0,
    status text not null default 'RUNNING',
    cancelled_at integer,
    failure_reason text
);
create index if not exists sqs_move_tasks_by_queue on sqs_move_tasks (queue_id);
create index if not exists sqs_move_tasks_running on sqs_move_tasks (account, region, next_at)
    where status = 'RUNNING';

-- What CloudWatch is told of a queue goes by its name, and outlives it. Times are those of minutes' starts:
-- `recorded_until` is the first whose gauges are not known yet, `active_at` that of the last access.
create table if not exists sqs_meters (
    id integer primary key,
    account text not null,
    region text not null,
    queue text not null,
    recorded_until integer not null,
    active_at integer not null,
    unique (account, region, queue)
);

-- The gauges are as of the minute's end.
create table if not exists sqs_minutes (
    meter integer not null references sqs_meters (id) on delete cascade,
    minute integer not null,
    received integer not null default 0,
    deleted integer not null default 0,
    empty_receives integer not null default 0,
    deduplicated integer not null default 0,
    visible integer,
    not_visible integer,
    delayed integer,
    age integer,
    groups_in_flight integer,
    primary key (meter, minute)
) without rowid;

-- Both the sizes and the number of the messages sent.
create table if not exists sqs_sent_sizes (
    meter integer not null references sqs_meters (id) on delete cascade,
    minute integer not null,
    bytes integer not null,
    messages integer not null,
    primary key (meter, minute, bytes)
) without rowid;
";
