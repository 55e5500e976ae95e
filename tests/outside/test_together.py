"""Several at once on one state: boto3, the AWS CLI, shopctl's own local mode; and a server that is killed."""

import os
import random
import signal
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from support import Outside, Server, definitions, schema

MANIFEST = """version: 1
project: shop
queues:
  orders: {visibility_timeout: 5m}
tables:
  Orders: {partition_key: id, point_in_time_recovery: true}
"""


class Together(Outside):
    def declare(self, text):
        path = os.path.join(self.folder, "manifest.yaml")
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_what_one_makes_the_others_see(self):
        manifest = self.declare(MANIFEST)
        local = ["--local", "-f", manifest]
        sqs = self.server.client("sqs")
        dynamodb = self.server.client("dynamodb")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        self.assertIn(url, self.aws("sqs", "list-queues")["QueueUrls"])
        # Made by hand: to be adopted, and set as declared.
        self.shopctl(*local, "create", "--all", code=4)
        self.shopctl(*local, "create", "--all", "--adopt", "--yes")
        asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        self.assertEqual("300", asked["Attributes"]["VisibilityTimeout"])
        self.assertEqual("adopted", sqs.list_queue_tags(QueueUrl=url)["Tags"]["shopctl:origin"])
        self.assertEqual("ACTIVE", dynamodb.describe_table(TableName="Orders")["Table"]["TableStatus"])
        dynamodb.put_item(TableName="Orders", Item={"id": {"S": "1"}})
        # Through the server the same is there, and nothing is left to do.
        again = self.shopctl("-f", manifest, "--endpoint-url", self.server.url, "create", "--all")
        self.assertTrue(again.startswith("Nothing to do"), again)
        self.aws("sqs", "set-queue-attributes", "--queue-url", url, "--attributes", "VisibilityTimeout=7")
        plan = self.shopctl(*local, "plan", "--detailed-exitcode", code=2)
        self.assertIn("visibility_timeout: 7s → 5m", plan)
        self.shopctl("-f", manifest, "--endpoint-url", self.server.url, "create", "--all")
        self.shopctl(*local, "plan", "--detailed-exitcode")
        self.assertEqual(1, dynamodb.scan(TableName="Orders")["Count"])

    def test_two_servers_of_one_state(self):
        other = Server(self.folder)
        self.addCleanup(other.stop)
        url = self.server.client("sqs").create_queue(QueueName="shared")["QueueUrl"]
        there = other.client("sqs")
        there.send_message(QueueUrl=url.replace(self.server.url, other.url), MessageBody="x")
        (message,) = self.server.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
        self.assertEqual("x", message["Body"])
        here, there = self.server.client("dynamodb"), other.client("dynamodb")
        here.create_table(
            TableName="shared",
            KeySchema=schema("id"),
            AttributeDefinitions=definitions(id="S"),
            BillingMode="PAY_PER_REQUEST",
        )

        def add(client):
            for _ in range(25):
                client.update_item(
                    TableName="shared",
                    Key={"id": {"S": "n"}},
                    UpdateExpression="ADD n :one",
                    ExpressionAttributeValues={":one": {"N": "1"}},
                )

        threads = [threading.Thread(target=add, args=[client]) for client in (here, there, here, there)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = there.get_item(TableName="shared", Key={"id": {"S": "n"}}, ConsistentRead=True)
        self.assertEqual("100", found["Item"]["n"]["N"])

    def test_a_clock_that_is_set_at_the_start(self):
        sqs = self.server.client("sqs")
        sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName="again")["QueueUrl"])
        with self.assertRaises(sqs.exceptions.QueueDeletedRecently):
            sqs.create_queue(QueueName="again")
        ahead = Server(self.folder, SHOPCTL_LOCAL_CLOCK="+61s")
        self.addCleanup(ahead.stop)
        ahead.client("sqs").create_queue(QueueName="again")

    def test_it_ends_when_told(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            server = Server(self.folder)
            server.client("sqs").list_queues()
            self.assertEqual(0, server.stop(how))


class Killed(Outside):
    ROUNDS = 12

    def writer(self, server, number, acknowledged):
        """Writes until the server is gone; notes what it was told is done."""
        sqs, dynamodb = server.client("sqs"), server.client("dynamodb")
        try:
            url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
            for count in range(100_000):
                body = f"{number}-{count}"
                sqs.send_message(QueueUrl=url, MessageBody=body)
                acknowledged["messages"].add(body)
                dynamodb.put_item(TableName="orders", Item={"id": {"S": body}, "kind": {"S": "a"}})
                acknowledged["items"].add(body)
                if count % 20 == 19:
                    sqs.create_queue(QueueName=f"made-{body}")
                    acknowledged["queues"].add(f"made-{body}")
        except (BotoCoreError, ClientError):
            return

    def test_what_was_acknowledged_is_there(self):
        index = {"IndexName": "by-kind", "KeySchema": schema("kind"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        self.server.client("sqs").create_queue(QueueName="orders")
        self.server.client("dynamodb").create_table(
            TableName="orders",
            KeySchema=schema("id"),
            AttributeDefinitions=definitions(id="S", kind="S"),
            BillingMode="PAY_PER_REQUEST",
            GlobalSecondaryIndexes=[index],
        )
        acknowledged = {"messages": set(), "items": set(), "queues": set()}
        chance = random.Random(7)
        for turn in range(self.ROUNDS):
            writers = [
                threading.Thread(target=self.writer, args=[self.server, f"{turn}-{number}", acknowledged])
                for number in range(3)
            ]
            for writer in writers:
                writer.start()
            some = len(acknowledged["items"]) + 20
            self.eventually("they write", lambda: len(acknowledged["items"]) > some)
            time.sleep(chance.uniform(0, 0.2))
            self.server.stop(signal.SIGKILL)
            for writer in writers:
                writer.join()
            self.__class__.server = Server(self.folder)
            self.check(acknowledged)

    def check(self, acknowledged):
        dynamodb = self.server.client("dynamodb")
        for more in ({}, {"IndexName": "by-kind"}):
            pages = dynamodb.get_paginator("scan").paginate(TableName="orders", **more)
            items = {item["id"]["S"] for page in pages for item in page["Items"]}
            self.assertEqual(set(), acknowledged["items"] - items, more)
        sqs = self.server.client("sqs")
        pages = sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 1000})
        queues = {url.rpartition("/")[2] for page in pages for url in page.get("QueueUrls", [])}
        self.assertEqual(set(), acknowledged["queues"] - queues)
        url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        count = int(asked["Attributes"]["ApproximateNumberOfMessages"])
        # A writer may have died between the two, once a round each.
        sent = len(acknowledged["messages"])
        self.assertTrue(sent <= count <= sent + 3 * self.ROUNDS, (sent, count))
