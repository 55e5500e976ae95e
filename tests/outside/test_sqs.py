"""Queues and their messages."""

import json
import threading
import time
import unittest

from support import ACCOUNT, REGION, Sqs, md5, md5_of_attributes


class Queues(Sqs):
    def test_life_of_a_queue(self):
        url = self.queue("life", VisibilityTimeout="60")
        self.assertEqual(url, self.sqs.get_queue_url(QueueName="life")["QueueUrl"])
        owned = self.sqs.get_queue_url(QueueName="life", QueueOwnerAWSAccountId=ACCOUNT)
        self.assertEqual(url, owned["QueueUrl"])
        self.assertEqual(url, self.queue("life", VisibilityTimeout="60"))
        self.assertEqual(url, self.queue("life"))
        with self.assertRaises(self.sqs.exceptions.QueueNameExists):
            self.queue("life", VisibilityTimeout="61")
        self.assertIn(url, self.sqs.list_queues(QueueNamePrefix="li")["QueueUrls"])
        self.sqs.delete_queue(QueueUrl=url)
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist) as caught:
            self.sqs.get_queue_url(QueueName="life")
        error = caught.exception.response["Error"]
        self.assertEqual("AWS.SimpleQueueService.NonExistentQueue", error["Code"])
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist):
            self.send(url, "late")
        with self.assertRaises(self.sqs.exceptions.QueueDeletedRecently):
            self.queue("life")
        self.later("61s")
        self.assertEqual(url, self.queue("life"))

    def test_attributes_of_a_new_queue(self):
        url = self.queue("fresh")
        seen = self.attributes(url)
        for name, value in {
            "VisibilityTimeout": "30",
            "MessageRetentionPeriod": "345600",
            "DelaySeconds": "0",
            "MaximumMessageSize": "1048576",
            "ReceiveMessageWaitTimeSeconds": "0",
            "SqsManagedSseEnabled": "true",
            "ApproximateNumberOfMessages": "0",
            "ApproximateNumberOfMessagesNotVisible": "0",
            "ApproximateNumberOfMessagesDelayed": "0",
            "QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:fresh",
        }.items():
            self.assertEqual(value, seen.get(name), name)
        # In seconds, not milliseconds.
        self.assertEqual(10, len(seen["CreatedTimestamp"]))
        self.assertEqual(10, len(seen["LastModifiedTimestamp"]))
        for absent in ("FifoQueue", "RedrivePolicy", "Policy", "KmsMasterKeyId"):
            self.assertNotIn(absent, seen)
        self.assertEqual({}, self.attributes(url, "Policy"))

    def test_attributes_are_set_and_checked(self):
        url = self.queue()
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "7"})
        self.assertEqual({"DelaySeconds": "7"}, self.attributes(url, "DelaySeconds"))
        with self.assertRaises(self.sqs.exceptions.InvalidAttributeName):
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Colour": "red"})
        with self.assertRaises(self.sqs.exceptions.InvalidAttributeName):
            self.attributes(url, "Colour")
        for name, value in (
            ("VisibilityTimeout", "43201"),
            ("MessageRetentionPeriod", "59"),
            ("DelaySeconds", "901"),
            ("MaximumMessageSize", "1023"),
            ("ReceiveMessageWaitTimeSeconds", "21"),
            ("ReceiveMessageWaitTimeSeconds", "soon"),
        ):
            with self.subTest(name), self.assertRaises(self.sqs.exceptions.InvalidAttributeValue):
                self.sqs.set_queue_attributes(QueueUrl=url, Attributes={name: value})

    def test_names(self):
        for name in ("", "a b", "a" * 81, "a.b"):
            with self.subTest(name), self.refused("InvalidParameterValue"):
                self.sqs.create_queue(QueueName=name)
        # FIFO is what ends in .fifo, and says so.
        with self.refused("InvalidParameterValue"):
            self.sqs.create_queue(QueueName="names.fifo")
        with self.refused("InvalidParameterValue"):
            self.sqs.create_queue(QueueName="names", Attributes={"FifoQueue": "true"})

    def test_pages_of_queues(self):
        for number in range(7):
            self.queue(f"pages-{number}")
        listed = self.sqs.list_queues(QueueNamePrefix="pages-")
        self.assertEqual(7, len(listed["QueueUrls"]))
        self.assertNotIn("NextToken", listed)
        paginator = self.sqs.get_paginator("list_queues")
        pages = list(paginator.paginate(QueueNamePrefix="pages-", PaginationConfig={"PageSize": 3}))
        self.assertEqual([3, 3, 1], [len(page["QueueUrls"]) for page in pages])
        names = [url.rpartition("/")[2] for page in pages for url in page["QueueUrls"]]
        self.assertEqual([f"pages-{number}" for number in range(7)], sorted(names))
        self.assertNotIn("QueueUrls", self.sqs.list_queues(QueueNamePrefix="nobody"))

    def test_encryption(self):
        url = self.queue(KmsMasterKeyId="alias/shop", KmsDataKeyReusePeriodSeconds="600")
        seen = self.attributes(url)
        self.assertEqual(("alias/shop", "600"), (seen["KmsMasterKeyId"], seen["KmsDataKeyReusePeriodSeconds"]))
        self.assertEqual("false", seen["SqsManagedSseEnabled"])
        # One or the other (API SetQueueAttributes).
        both = {"KmsMasterKeyId": "alias/shop", "SqsManagedSseEnabled": "true"}
        with self.assertRaises(self.sqs.exceptions.InvalidAttributeName):
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes=both)
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": ""})
        self.assertNotIn("KmsMasterKeyId", self.attributes(url))

    def test_tags(self):
        url = self.sqs.create_queue(QueueName="tags", tags={"a": "1", "b": "2"})["QueueUrl"]
        self.sqs.tag_queue(QueueUrl=url, Tags={"b": "3", "c": ""})
        self.sqs.untag_queue(QueueUrl=url, TagKeys=["a", "never"])
        self.assertEqual({"b": "3", "c": ""}, self.sqs.list_queue_tags(QueueUrl=url)["Tags"])

    def test_regions_are_apart(self):
        self.queue("here")
        there = self.server.client("sqs", region="eu-west-1")
        with self.assertRaises(there.exceptions.QueueDoesNotExist):
            there.get_queue_url(QueueName="here")
        url = there.create_queue(QueueName="here")["QueueUrl"]
        arn = there.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.assertEqual(f"arn:aws:sqs:eu-west-1:{ACCOUNT}:here", arn)

    def test_permissions(self):
        url = self.queue()
        grant = {"QueueUrl": url, "Label": "send", "AWSAccountIds": ["111122223333"], "Actions": ["SendMessage"]}
        self.sqs.add_permission(**grant)
        policy = json.loads(self.attributes(url, "Policy")["Policy"])
        (statement,) = policy["Statement"]
        self.assertEqual("send", statement["Sid"])
        self.assertEqual("Allow", statement["Effect"])
        self.assertEqual({"AWS": "arn:aws:iam::111122223333:root"}, statement["Principal"])
        self.assertEqual("SQS:SendMessage", statement["Action"])
        self.assertEqual(self.arn(url), statement["Resource"])
        with self.refused("InvalidParameterValue"):
            self.sqs.add_permission(**grant)
        two = {**grant, "Label": "two", "AWSAccountIds": ["111122223333", "444455556666"]}
        self.sqs.add_permission(**{**two, "Actions": ["ReceiveMessage", "DeleteMessage"]})
        self.sqs.remove_permission(QueueUrl=url, Label="send")
        policy = json.loads(self.attributes(url, "Policy")["Policy"])
        (statement,) = policy["Statement"]
        self.assertEqual(["SQS:DeleteMessage", "SQS:ReceiveMessage"], sorted(statement["Action"]))
        self.assertEqual(2, len(statement["Principal"]["AWS"]))
        with self.refused("InvalidParameterValue"):
            self.sqs.remove_permission(QueueUrl=url, Label="send")
        # These only the owner has (API AddPermission).
        for action in ("CreateQueue", "AddPermission", "TagQueue"):
            with self.subTest(action), self.refused("InvalidParameterValue"):
                self.sqs.add_permission(**{**grant, "Label": action, "Actions": [action]})


class Messages(Sqs):
    def test_a_message_with_attributes(self):
        url = self.queue()
        attributes = {
            "text": {"DataType": "String", "StringValue": "grüße"},
            "count": {"DataType": "Number.int", "StringValue": "42"},
            "data": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
        }
        trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
        sent = self.send(url, "hello ☃", MessageAttributes=attributes, MessageSystemAttributes=trace)
        self.assertEqual(md5("hello ☃"), sent["MD5OfMessageBody"])
        self.assertEqual(md5_of_attributes(attributes), sent["MD5OfMessageAttributes"])
        self.assertEqual(md5_of_attributes(trace), sent["MD5OfMessageSystemAttributes"])
        (message,) = self.receive(url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
        self.assertEqual("hello ☃", message["Body"])
        self.assertEqual(sent["MessageId"], message["MessageId"])
        self.assertEqual(md5("hello ☃"), message["MD5OfBody"])
        self.assertEqual(attributes, message["MessageAttributes"])
        self.assertEqual(md5_of_attributes(attributes), message["MD5OfMessageAttributes"])
        system = message["Attributes"]
        self.assertEqual("1", system["ApproximateReceiveCount"])
        self.assertEqual(trace["AWSTraceHeader"]["StringValue"], system["AWSTraceHeader"])
        # In milliseconds.
        self.assertEqual(13, len(system["SentTimestamp"]))
        self.assertEqual(13, len(system["ApproximateFirstReceiveTimestamp"]))
        self.assertIn("SenderId", system)

    def test_only_the_attributes_that_are_asked_for(self):
        url = self.queue(VisibilityTimeout="0")
        attributes = {name: {"DataType": "String", "StringValue": name} for name in ("a.x", "a.y", "b")}
        self.send(url, "x", MessageAttributes=attributes)
        (message,) = self.receive(url)
        self.assertNotIn("MessageAttributes", message)
        self.assertNotIn("Attributes", message)
        for names, found in ((["a.*"], ["a.x", "a.y"]), (["b", "c"], ["b"]), ([".*"], ["a.x", "a.y", "b"])):
            (message,) = self.receive(url, MessageAttributeNames=names)
            self.assertEqual(found, sorted(message["MessageAttributes"]), names)
            # The digest is of those that are returned.
            some = {name: attributes[name] for name in found}
            self.assertEqual(md5_of_attributes(some), message["MD5OfMessageAttributes"])
        (message,) = self.receive(url, AttributeNames=["SentTimestamp"])
        self.assertEqual(["SentTimestamp"], list(message["Attributes"]))

    def test_visibility(self):
        url = self.queue(VisibilityTimeout="30")
        self.send(url, "x")
        (first,) = self.receive(url)
        self.assertEqual([], self.receive(url))
        self.assertEqual("1", self.attributes(url)["ApproximateNumberOfMessagesNotVisible"])
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
        (second,) = self.receive(url, MessageSystemAttributeNames=["ApproximateReceiveCount"])
        self.assertEqual("2", second["Attributes"]["ApproximateReceiveCount"])
        self.assertNotEqual(first["ReceiptHandle"], second["ReceiptHandle"])
        self.later("31s")
        (third,) = self.receive(url, VisibilityTimeout=600)
        self.later("31s")
        self.assertEqual([], self.receive(url))
        self.delete(url, third)
        self.delete(url, third)
        self.assertEqual("0", self.attributes(url)["ApproximateNumberOfMessagesNotVisible"])
        with self.assertRaises(self.sqs.exceptions.ReceiptHandleIsInvalid):
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle="nonsense")
        with self.refused("InvalidParameterValue"):
            self.sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=third["ReceiptHandle"], VisibilityTimeout=43201
            )

    def test_a_message_that_is_not_in_flight(self):
        url = self.queue(VisibilityTimeout="30")
        self.send(url, "x")
        (message,) = self.receive(url)
        self.later("31s")
        with self.assertRaises(self.sqs.exceptions.MessageNotInflight):
            self.sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=5
            )

    def test_twelve_hours_in_all(self):
        url = self.queue()
        self.send(url, "x")
        (message,) = self.receive(url, VisibilityTimeout=43_200)
        self.later("1h")
        change = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
        with self.refused("InvalidParameterValue", words="Total VisibilityTimeout"):
            self.sqs.change_message_visibility(**change, VisibilityTimeout=43_200)
        self.sqs.change_message_visibility(**change, VisibilityTimeout=39_000)

    def test_an_old_receipt_deletes_nothing(self):
        url = self.queue(VisibilityTimeout="30")
        self.send(url, "x")
        (first,) = self.receive(url)
        self.later("31s")
        (second,) = self.receive(url)
        # It succeeds, and the message may be received again (API DeleteMessage).
        self.delete(url, first)
        self.assertEqual("1", self.attributes(url)["ApproximateNumberOfMessagesNotVisible"])
        self.later("31s")
        # The newest is good even when its time is over.
        self.delete(url, second)
        self.assertEqual([], self.receive(url))

    def test_settings_reach_what_is_there_already(self):
        url = self.queue()
        self.send(url, "x")
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "900"})
        # Of a standard queue, only what is sent from then on is delayed (API SetQueueAttributes).
        self.assertEqual(["x"], self.bodies(url, VisibilityTimeout=0))
        self.later("2m")
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "60"})
        # Up to fifteen minutes.
        self.later("15m")
        self.assertEqual([], self.receive(url))

    def test_delay_and_retention(self):
        url = self.queue(DelaySeconds="10", MessageRetentionPeriod="60")
        self.send(url, "default")
        self.send(url, "now", DelaySeconds=0)
        self.assertEqual(["now"], self.bodies(url))
        self.assertEqual("1", self.attributes(url)["ApproximateNumberOfMessagesDelayed"])
        self.later("11s")
        self.assertEqual(["default"], self.bodies(url))
        self.later("61s")
        self.assertEqual("0", self.attributes(url)["ApproximateNumberOfMessagesNotVisible"])
        self.assertEqual([], self.receive(url))

    def test_what_is_no_message(self):
        url = self.queue(MaximumMessageSize="1024")
        with self.refused("InvalidParameterValue"):
            self.send(url, "x" * 1025)
        size = {"big": {"DataType": "String", "StringValue": "x" * 1000}}
        with self.refused("InvalidParameterValue"):
            self.send(url, "x" * 30, MessageAttributes=size)
        with self.assertRaises(self.sqs.exceptions.InvalidMessageContents):
            self.send(url, "a\x00b")
        with self.refused("MissingParameter"):
            self.send(url, "")
        for attribute in (
            {"DataType": "Text", "StringValue": "x"},
            {"DataType": "Number", "StringValue": "many"},
            {"DataType": "String", "StringValue": ""},
        ):
            with self.subTest(attribute), self.refused("InvalidParameterValue"):
                self.send(url, "x", MessageAttributes={"a": attribute})
        eleven = {f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}
        with self.refused("InvalidParameterValue"):
            self.send(url, "x", MessageAttributes=eleven)
        for count in (0, 11):
            with self.refused("InvalidParameterValue"):
                self.receive(url, MaxNumberOfMessages=count)
        with self.refused("InvalidParameterValue"):
            self.receive(url, WaitTimeSeconds=21)
        self.assertEqual([], self.receive(url))

    def test_long_polling(self):
        url = self.queue()
        begun = time.monotonic()
        self.assertEqual([], self.receive(url, WaitTimeSeconds=1))
        self.assertGreater(time.monotonic() - begun, 0.9)
        later = threading.Timer(0.5, lambda: self.send(url, "at last"))
        later.start()
        begun = time.monotonic()
        self.assertEqual(["at last"], self.bodies(url, WaitTimeSeconds=10))
        self.assertLess(time.monotonic() - begun, 5)
        later.join()

    def test_purge(self):
        url = self.queue()
        self.send(url, "a")
        self.receive(url)
        self.send(url, "b")
        self.send(url, "c", DelaySeconds=5)
        self.sqs.purge_queue(QueueUrl=url)
        seen = self.attributes(url)
        for count in ("", "NotVisible", "Delayed"):
            self.assertEqual("0", seen[f"ApproximateNumberOfMessages{count}"])
        with self.assertRaises(self.sqs.exceptions.PurgeQueueInProgress):
            self.sqs.purge_queue(QueueUrl=url)
        self.later("61s")
        self.sqs.purge_queue(QueueUrl=url)

    def test_names_of_attributes(self):
        url = self.queue()
        text = {"DataType": "String", "StringValue": "x"}
        for name in ("AWS.x", "amazon.x", ".x", "x.", "a..b", "a b", "a" * 257):
            with self.subTest(name), self.refused("InvalidParameterValue"):
                self.send(url, "x", MessageAttributes={name: text})

    def test_groups_of_a_standard_queue(self):
        # Fair queues: a tenant's name, without order or deduplication (DG sqs-fair-queues).
        url = self.queue()
        for body in ("a", "b"):
            self.send(url, body, MessageGroupId="tenant")
        messages = self.receive(url, MessageSystemAttributeNames=["MessageGroupId"])
        self.assertEqual(["a", "b"], sorted(message["Body"] for message in messages))
        self.assertEqual("tenant", messages[0]["Attributes"]["MessageGroupId"])

    def test_a_receipt_is_of_its_queue(self):
        here, there = self.queue("receipt-here"), self.queue("receipt-there")
        self.send(here, "x")
        (message,) = self.receive(here)
        with self.assertRaises(self.sqs.exceptions.ReceiptHandleIsInvalid):
            self.delete(there, message)
