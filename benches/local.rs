//! The embedded AWS with 2,000 queues and 1,000 tables: how long it takes to open, to list and to describe them, and
//! what one call costs: `cargo bench --bench local`.
//!
//! Each call is made by an AWS SDK client, one after another, so its time holds the SDK's own share.

use std::path::Path;
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use shopctl::local::connector::LocalAws;
use shopctl::local::options::Options;

const QUEUES: usize = 2_000;
const TABLES: usize = 1_000;
/// Of the calls whose median is told.
const CALLS: usize = 500;
/// What opening, listing or describing everything may take, and one GetQueueAttributes.
const ALL: Duration = Duration::from_secs(1);
const ONE: Duration = Duration::from_micros(200);

type Failure = Box<dyn std::error::Error>;

struct Aws {
    sqs: aws_sdk_sqs::Client,
    dynamodb: aws_sdk_dynamodb::Client,
}

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure())
}

async fn measure() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let started = Instant::now();
    fill(&open(folder.path())?).await?;
    println!(
        "{QUEUES} queues and {TABLES} tables, made in {:.1} s",
        started.elapsed().as_secs_f64()
    );
    let started = Instant::now();
    let aws = open(folder.path())?;
    within("open", started.elapsed(), ALL);
    everything(&aws).await?;
    one(&aws).await
}

async fn everything(aws: &Aws) -> Result<(), Failure> {
    let started = Instant::now();
    let queues = aws.sqs.list_queues().max_results(1_000).into_paginator();
    let queues = queues.items().send().collect::<Result<Vec<_>, _>>().await?;
    assert_eq!(queues.len(), QUEUES);
    within("list the queues", started.elapsed(), ALL);

    let started = Instant::now();
    let tables = aws.dynamodb.list_tables().into_paginator().items().send();
    let tables = tables.collect::<Result<Vec<_>, _>>().await?;
    assert_eq!(tables.len(), TABLES);
    within("list the tables", started.elapsed(), ALL);

    let started = Instant::now();
    for url in &queues {
        attributes(aws, url).await?;
    }
    within("describe every queue", started.elapsed(), ALL);

    let started = Instant::now();
    for name in &tables {
        aws.dynamodb
            .describe_table()
            .table_name(name)
            .send()
            .await?;
    }
    within("describe every table", started.elapsed(), ALL);
    Ok(())
}

async fn one(aws: &Aws) -> Result<(), Failure> {
    let url = queue_url(aws, 7).await?;
    let median = median(async || attributes(aws, &url).await).await?;
    within("one GetQueueAttributes", median, ONE);
    let told = median_of_writes(aws, &url).await?;
    for (name, median) in told {
        println!("{name:>28} {:>9.3} ms", millis(median));
    }
    Ok(())
}

async fn median_of_writes(aws: &Aws, url: &str) -> Result<[(&'static str, Duration); 4], Failure> {
    let send = async || {
        let request = aws.sqs.send_message().queue_url(url).message_body("x");
        request.send().await.map(drop).map_err(Failure::from)
    };
    let receive = async || {
        let answer = aws.sqs.receive_message().queue_url(url).send().await?;
        let handle = answer.messages()[0].receipt_handle().unwrap_or_default();
        let delete = aws.sqs.delete_message().queue_url(url);
        delete
            .receipt_handle(handle)
            .send()
            .await
            .map(drop)
            .map_err(Failure::from)
    };
    let put = async || {
        let request = aws.dynamodb.put_item().table_name(table(7));
        let request = request.item("id", AttributeValue::S("x".to_owned()));
        request.send().await.map(drop).map_err(Failure::from)
    };
    let get = async || {
        let request = aws.dynamodb.get_item().table_name(table(7));
        let request = request.key("id", AttributeValue::S("x".to_owned()));
        request.send().await.map(drop).map_err(Failure::from)
    };
    Ok([
        ("one SendMessage", median(send).await?),
        ("one receive and delete", median(receive).await?),
        ("one PutItem", median(put).await?),
        ("one GetItem", median(get).await?),
    ])
}

async fn median(mut call: impl AsyncFnMut() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let started = Instant::now();
        call().await?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times[CALLS / 2])
}

#[expect(clippy::panic, reason = "a bench that finds it too slow fails")]
fn within(what: &str, took: Duration, bound: Duration) {
    println!(
        "{what:>28} {:>9.3} ms, at most {} ms",
        millis(took),
        millis(bound)
    );
    if took > bound {
        panic!("{what}: too slow");
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn open(folder: &Path) -> Result<Aws, Failure> {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .http_client(LocalAws::open(Options::new(folder))?)
        .build();
    Ok(Aws {
        sqs: aws_sdk_sqs::Client::new(&config),
        dynamodb: aws_sdk_dynamodb::Client::new(&config),
    })
}

fn table(number: usize) -> String {
    format!("Table-{number:04}")
}

async fn queue_url(aws: &Aws, number: usize) -> Result<String, Failure> {
    let request = aws
        .sqs
        .get_queue_url()
        .queue_name(format!("queue-{number:04}"));
    Ok(request.send().await?.queue_url.unwrap_or_default())
}

async fn attributes(aws: &Aws, url: &str) -> Result<(), Failure> {
    let request = aws.sqs.get_queue_attributes().queue_url(url);
    let request = request.attribute_names(QueueAttributeName::All);
    request.send().await.map(drop).map_err(Failure::from)
}

async fn fill(aws: &Aws) -> Result<(), Failure> {
    for number in 0..QUEUES {
        let request = aws
            .sqs
            .create_queue()
            .queue_name(format!("queue-{number:04}"));
        request.tags("system", "bench").send().await?;
    }
    let definition = AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(ScalarAttributeType::S)
        .build()?;
    let key = KeySchemaElement::builder()
        .attribute_name("id")
        .key_type(KeyType::Hash)
        .build()?;
    for number in 0..TABLES {
        aws.dynamodb
            .create_table()
            .table_name(table(number))
            .attribute_definitions(definition.clone())
            .key_schema(key.clone())
            .billing_mode(BillingMode::PayPerRequest)
            .send()
            .await?;
    }
    Ok(())
}
