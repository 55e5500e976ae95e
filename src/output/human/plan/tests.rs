//! Plans as they look, at several widths.

use proptest::prelude::*;

use super::*;
use crate::model::plan::Note;
use crate::output::samples;
use crate::output::text;

fn at(width: usize, plan: &Plan) -> String {
    render(plan, width, &Styles::default())
}

#[test]
fn creating_the_shopping_system_at_80_columns() {
    insta::assert_snapshot!(at(80, &samples::shopping()), @r"
    shopping in us-east-1, account 123456789012

    sqs · 8 to create
      + create queue order-processing-dlq
          message_retention_period 14d · tags.system shopping
      + create queue payment-processing-dlq
          message_retention_period 14d · tags.system shopping
      + create queue inventory-processing-dlq
          message_retention_period 14d · tags.system shopping
      + create queue email-processing-dlq
          message_retention_period 14d · tags.system shopping
      + create queue order-processing-queue
          visibility_timeout 5m · message_retention_period 4d · tags.system shopping
          redrive_policy {dead_letter_queue: order-processing-dlq,
            max_receive_count: 3}
      + create queue payment-processing-queue
          visibility_timeout 5m · message_retention_period 4d · tags.system shopping
          redrive_policy {dead_letter_queue: payment-processing-dlq,
            max_receive_count: 3}
      + create queue inventory-processing-queue
          visibility_timeout 2m · message_retention_period 4d · tags.system shopping
          redrive_policy {dead_letter_queue: inventory-processing-dlq,
            max_receive_count: 3}
      + create queue email-processing-queue
          visibility_timeout 1m · message_retention_period 4d · tags.system shopping
          redrive_policy {dead_letter_queue: email-processing-dlq,
            max_receive_count: 3}

    dynamodb · 4 to create
      + create table Products
          partition_key product_id · billing_mode PAY_PER_REQUEST
          global_secondary_indexes
            category-price-index {partition_key: category, sort_key: price}
            featured-sales_count-index {partition_key: featured, sort_key:
              sales_count}
      + create table Orders
          partition_key order_id · sort_key user_id · billing_mode PAY_PER_REQUEST
          point_in_time_recovery true
          global_secondary_indexes
            user_id-order_date-index {partition_key: user_id, sort_key: order_date}
      + create table Cart
          partition_key user_id · sort_key product_id · billing_mode PAY_PER_REQUEST
          time_to_live expires_at
      + create table Reviews
          partition_key product_id · sort_key review_id
          billing_mode PAY_PER_REQUEST

    Plan: 12 to create.
    ");
}

#[test]
fn creating_the_shopping_system_at_120_columns() {
    insta::assert_snapshot!(at(120, &samples::shopping()), @r"
    shopping in us-east-1, account 123456789012

    sqs · 8 to create
      + create queue order-processing-dlq
          message_retention_period 14d · tags.system shopping
      + create queue payment-processing-dlq
          message_retention_period 14d · tags.system shopping
      + create queue inventory-processing-dlq
          message_retention_period 14d · tags.system shopping
      + create queue email-processing-dlq
          message_retention_period 14d · tags.system shopping
      + create queue order-processing-queue
          visibility_timeout 5m · message_retention_period 4d · tags.system shopping
          redrive_policy {dead_letter_queue: order-processing-dlq, max_receive_count: 3}
      + create queue payment-processing-queue
          visibility_timeout 5m · message_retention_period 4d · tags.system shopping
          redrive_policy {dead_letter_queue: payment-processing-dlq, max_receive_count: 3}
      + create queue inventory-processing-queue
          visibility_timeout 2m · message_retention_period 4d · tags.system shopping
          redrive_policy {dead_letter_queue: inventory-processing-dlq, max_receive_count: 3}
      + create queue email-processing-queue
          visibility_timeout 1m · message_retention_period 4d · tags.system shopping
          redrive_policy {dead_letter_queue: email-processing-dlq, max_receive_count: 3}

    dynamodb · 4 to create
      + create table Products
          partition_key product_id · billing_mode PAY_PER_REQUEST
          global_secondary_indexes
            category-price-index {partition_key: category, sort_key: price}
            featured-sales_count-index {partition_key: featured, sort_key: sales_count}
      + create table Orders
          partition_key order_id · sort_key user_id · billing_mode PAY_PER_REQUEST · point_in_time_recovery true
          global_secondary_indexes
            user_id-order_date-index {partition_key: user_id, sort_key: order_date}
      + create table Cart
          partition_key user_id · sort_key product_id · billing_mode PAY_PER_REQUEST · time_to_live expires_at
      + create table Reviews
          partition_key product_id · sort_key review_id · billing_mode PAY_PER_REQUEST

    Plan: 12 to create.
    ");
}

#[test]
fn an_update_with_hazards_at_80_columns() {
    insta::assert_snapshot!(at(80, &samples::risky()), @r"
    shopping (prod) in us-east-1, account 123456789012

    sqs · 1 to create, 1 to update; 1 unchanged
      + create queue audit-queue              as prod-audit-queue
          visibility_timeout 5m
      ~ update queue payment-processing-queue as prod-payment-processing-queue
          visibility_timeout:       1m     → 5m
          message_retention_period: 14d    → 4d
            messages older than 4d are deleted within 15 minutes
          tags.team:                (none) → checkout
          tags.owner:               nobody → (none)
          ! lose-messages: approximately 12 messages wait in it, some may be older
            than 4d
          unmanaged: maximum_message_size 256KiB, kms_master_key_id alias/payments

    dynamodb · 1 to update; 1 unchanged
      ~ update table Products
          deletion_protection:               true  → false
          global_secondary_indexes.category-price-index.sort_key: price → rating
            the index is deleted and made anew; queries on it fail until it is
              built, and the building is charged as writes
          global_secondary_indexes.by-brand: {partition_key: brand} → (none)
          ! delete-index: index category-price-index is made anew, because its sort
            key changes
          ! delete-index: index by-brand is removed, and with it whatever queries it
          ! weaken: deletion protection is switched off
          after queue/payment-processing-queue

    Plan: 1 to create, 2 to update; 2 unchanged.
    Needs --allow lose-messages --allow delete-index --allow weaken: 4 hazards,
      marked ! above.
    ");
}

#[test]
fn an_update_with_hazards_at_120_columns() {
    insta::assert_snapshot!(at(120, &samples::risky()), @r"
    shopping (prod) in us-east-1, account 123456789012

    sqs · 1 to create, 1 to update; 1 unchanged
      + create queue audit-queue              as prod-audit-queue
          visibility_timeout 5m
      ~ update queue payment-processing-queue as prod-payment-processing-queue
          visibility_timeout:       1m     → 5m
          message_retention_period: 14d    → 4d
            messages older than 4d are deleted within 15 minutes
          tags.team:                (none) → checkout
          tags.owner:               nobody → (none)
          ! lose-messages: approximately 12 messages wait in it, some may be older than 4d
          unmanaged: maximum_message_size 256KiB, kms_master_key_id alias/payments

    dynamodb · 1 to update; 1 unchanged
      ~ update table Products
          deletion_protection:               true  → false
          global_secondary_indexes.category-price-index.sort_key: price → rating
            the index is deleted and made anew; queries on it fail until it is built, and the building is charged as writes
          global_secondary_indexes.by-brand: {partition_key: brand} → (none)
          ! delete-index: index category-price-index is made anew, because its sort key changes
          ! delete-index: index by-brand is removed, and with it whatever queries it
          ! weaken: deletion protection is switched off
          after queue/payment-processing-queue

    Plan: 1 to create, 2 to update; 2 unchanged.
    Needs --allow lose-messages --allow delete-index --allow weaken: 4 hazards, marked ! above.
    ");
}

#[test]
fn an_adoption() {
    insta::assert_snapshot!(at(80, &samples::adoption()), @r"
    shopping (prod) in us-east-1, account 123456789012

    sqs · 1 to adopt
      » adopt queue order-processing-queue
          visibility_timeout: 30s → 5m
          ownership tags:     added
          unmanaged: maximum_message_size 256KiB

    payment · 1 to adopt
      » adopt table Orders
          ownership tags: added

    Plan: 2 to adopt.
    Needs --adopt: 2 resources exist already without ownership tags; create takes
      them over.
    ");
}

#[test]
fn a_conflict() {
    insta::assert_snapshot!(at(80, &samples::conflict()), @r"
    shopping in us-east-1, account 123456789012

    conflicts
      ✗ queue orders as prod-orders: belongs to project billing
          hint: choose another name for it, or remove the tag shopctl:project if
            billing has let it go

    Plan: nothing to change; 1 unchanged.
    Refused: 1 conflict to be resolved first.
    ");
}

#[test]
fn only_tags() {
    insta::assert_snapshot!(at(80, &samples::tags_only()), @r"
    shopping in us-east-1, account 123456789012

    sqs · 2 to tag; 1 unchanged
      # tag queue orders
          tags.team: (none) → checkout
      # tag queue payments
          ownership tags: changed

    Plan: 2 to tag; 1 unchanged.
    ");
}

#[test]
fn nothing_to_do_and_what_is_worth_knowing() {
    insta::assert_snapshot!(at(80, &samples::settled_with_notes()), @r"
    Nothing to do: 4 resources are as declared.

    note: queue/q9: is ours and no longer declared; create --prune deletes it
    note: orphans were not looked for: tag:GetResources is not permitted

    Unmanaged settings, left as they are:
      kms_master_key_id alias/orders on queue/q1
      maximum_message_size 256KiB on 4 queues
    ");
}

fn without_codes(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| {
        kept + part.split_once('m').expect("a code ends in m").1
    })
}

#[test]
fn colour_changes_nothing_but_colour() {
    for plan in [
        samples::shopping(),
        samples::risky(),
        samples::adoption(),
        samples::conflict(),
    ] {
        let coloured = render(&plan, 80, &Styles::coloured());
        assert_ne!(coloured, at(80, &plan));
        assert_eq!(without_codes(&coloured), at(80, &plan));
    }
}

#[test]
fn a_note_on_many_is_said_once_and_names_what_nothing_above_names() {
    let mut plan = samples::plan();
    let note = |id: &str, text: &str| Note {
        id: Some(ResourceId::queue(id)),
        text: text.into(),
    };
    let orphans = ["jobs", "jobs-dlq", "mail", "mail-dlq"];
    plan.notes.extend(orphans.map(|id| note(id, "an orphan")));
    plan.notes.push(note("last", "may be an orphan"));
    plan.notes.extend(["a", "b"].map(|id| note(id, "busy")));
    insta::assert_snapshot!(at(50, &plan), @"
    Nothing to do: no resource is declared.

    note: each of 4 queues: an orphan
      queue/jobs, queue/jobs-dlq, queue/mail,
        queue/mail-dlq
    note: queue/last: may be an orphan
    note: each of queue/a, queue/b: busy
    ");
}

proptest! {
    #[test]
    fn no_plan_steers_the_terminal_or_overflows_it(plan in samples::any_plan(), width in 40_usize..140) {
        let text = at(width, &plan);
        prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        for line in text.lines() {
            prop_assert!(text::width(line) <= width, "{} columns: {line}", text::width(line));
        }
    }
}
