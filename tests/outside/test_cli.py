"""The AWS CLI, and what it makes seen by boto3 and the other way round."""

import datetime
import json

from support import Outside


class Cli(Outside):
    def test_queues(self):
        create = ["sqs", "create-queue", "--queue-name", "orders"]
        url = self.aws(*create, "--attributes", "VisibilityTimeout=0")["QueueUrl"]
        self.assertEqual(url, self.aws("sqs", "get-queue-url", "--queue-name", "orders")["QueueUrl"])
        sqs = self.server.client("sqs")
        attribute = {"kind": {"DataType": "String", "StringValue": "test"}}
        send = ["sqs", "send-message", "--queue-url", url, "--message-body", "from the CLI"]
        sent = self.aws(*send, "--message-attributes", json.dumps(attribute))
        (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
        self.assertEqual((sent["MessageId"], "from the CLI"), (message["MessageId"], message["Body"]))
        self.assertEqual(attribute, message["MessageAttributes"])
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

        sqs.send_message(QueueUrl=url, MessageBody="from boto3")
        (message,) = self.aws("sqs", "receive-message", "--queue-url", url)["Messages"]
        self.assertEqual("from boto3", message["Body"])
        self.aws("sqs", "delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
        self.assertIsNone(self.aws("sqs", "receive-message", "--queue-url", url))

        batch = json.dumps([{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 901}])
        answer = self.aws("sqs", "send-message-batch", "--queue-url", url, "--entries", batch)
        self.assertEqual((1, 1), (len(answer["Successful"]), len(answer["Failed"])))
        self.aws("sqs", "tag-queue", "--queue-url", url, "--tags", "team=a")
        self.assertEqual({"team": "a"}, sqs.list_queue_tags(QueueUrl=url)["Tags"])
        self.assertEqual([url], self.aws("sqs", "list-queues")["QueueUrls"])
        self.aws("sqs", "delete-queue", "--queue-url", url)
        error = self.aws("sqs", "get-queue-url", "--queue-name", "orders", code=255)
        self.assertIn("AWS.SimpleQueueService.NonExistentQueue", error)

    def test_tables(self):
        self.aws(
            *"dynamodb create-table --table-name orders --billing-mode PAY_PER_REQUEST".split(),
            *"--key-schema AttributeName=id,KeyType=HASH".split(),
            *"--attribute-definitions AttributeName=id,AttributeType=S".split(),
        )
        self.aws(*"dynamodb wait table-exists --table-name orders".split())
        item = {"id": {"S": "1"}, "count": {"N": "1"}}
        on = ["--table-name", "orders"]
        self.aws("dynamodb", "put-item", *on, "--item", json.dumps(item))
        dynamodb = self.server.client("dynamodb")
        key = {"id": {"S": "1"}}
        self.assertEqual(item, dynamodb.get_item(TableName="orders", Key=key)["Item"])
        values = json.dumps({":one": {"N": "1"}})
        update = ["--update-expression", "ADD #c :one", "--expression-attribute-names", '{"#c": "count"}']
        updated = self.aws(
            *["dynamodb", "update-item", *on, "--key", json.dumps(key), *update],
            *["--expression-attribute-values", values, "--return-values", "ALL_NEW"],
        )
        self.assertEqual("2", updated["Attributes"]["count"]["N"])
        for number in range(2, 8):
            dynamodb.put_item(TableName="orders", Item={"id": {"S": str(number)}})
        # The CLI turns the pages by itself.
        scanned = self.aws("dynamodb", "scan", *on, "--page-size", "2")
        self.assertEqual((7, 7), (scanned["Count"], len(scanned["Items"])))
        refused = self.aws(
            *["dynamodb", "delete-item", *on, "--key", json.dumps(key)],
            *["--condition-expression", "attribute_not_exists(id)"],
            code=255,
        )
        self.assertIn("ConditionalCheckFailedException", refused)
        self.aws("dynamodb", "delete-item", *on, "--key", json.dumps(key))
        self.assertEqual(6, self.aws("dynamodb", "scan", *on, "--select", "COUNT")["Count"])
        self.aws("dynamodb", "delete-table", *on)
        self.aws("dynamodb", "wait", "table-not-exists", *on)
        self.assertEqual([], self.aws("dynamodb", "list-tables")["TableNames"])

    def test_who_is_asking(self):
        self.assertEqual("000000000000", self.aws("sts", "get-caller-identity")["Account"])

    def test_metrics(self):
        start = self.now().replace(second=0)
        end = start + datetime.timedelta(minutes=5)
        put = ["cloudwatch", "put-metric-data", "--namespace", "Cli", "--metric-name", "sold", "--unit", "Count"]
        self.aws(*put, "--value", "3", "--dimensions", "shop=a")
        self.aws(*put, "--value", "4", "--dimensions", "shop=a")
        (metric,) = self.aws("cloudwatch", "list-metrics", "--namespace", "Cli")["Metrics"]
        self.assertEqual([{"Name": "shop", "Value": "a"}], metric["Dimensions"])
        seen = self.aws(
            *"cloudwatch get-metric-statistics --namespace Cli --metric-name sold --statistics Sum".split(),
            *["--period", "3600", "--dimensions", "Name=shop,Value=a"],
            *["--start-time", start.isoformat(), "--end-time", end.isoformat()],
        )
        self.assertEqual(7, sum(point["Sum"] for point in seen["Datapoints"]))
