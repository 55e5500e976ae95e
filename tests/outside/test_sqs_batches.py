"""Batches: some of it may fail, or all is refused."""

from support import Sqs, md5


class Batches(Sqs):
    def test_some_succeed(self):
        url = self.queue()
        entries = [
            {"Id": "good", "MessageBody": "1"},
            {"Id": "slow", "MessageBody": "2", "DelaySeconds": 901},
            {"Id": "odd", "MessageBody": "\x01"},
            {"Id": "also-good", "MessageBody": "3"},
        ]
        answer = self.sqs.send_message_batch(QueueUrl=url, Entries=entries)
        self.assertEqual(["good", "also-good"], [entry["Id"] for entry in answer["Successful"]])
        self.assertEqual(md5("1"), answer["Successful"][0]["MD5OfMessageBody"])
        failed = {entry["Id"]: entry for entry in answer["Failed"]}
        self.assertEqual({"slow", "odd"}, set(failed))
        self.assertEqual("InvalidParameterValue", failed["slow"]["Code"])
        self.assertEqual("InvalidMessageContents", failed["odd"]["Code"])
        self.assertTrue(all(entry["SenderFault"] for entry in failed.values()))
        messages = self.receive(url)
        self.assertEqual(["1", "3"], sorted(message["Body"] for message in messages))

        entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
        invisible = [{**entry, "VisibilityTimeout": 5 * 10 ** (4 * n)} for n, entry in enumerate(entries)]
        answer = self.sqs.change_message_visibility_batch(QueueUrl=url, Entries=invisible)
        self.assertEqual(["0"], [entry["Id"] for entry in answer["Successful"]])
        self.assertEqual(["1"], [entry["Id"] for entry in answer["Failed"]])
        bad = {"Id": "bad", "ReceiptHandle": "nonsense"}
        answer = self.sqs.delete_message_batch(QueueUrl=url, Entries=[*entries, bad])
        self.assertEqual(["0", "1"], [entry["Id"] for entry in answer["Successful"]])
        self.assertEqual("ReceiptHandleIsInvalid", answer["Failed"][0]["Code"])
        self.assertEqual("0", self.attributes(url)["ApproximateNumberOfMessagesNotVisible"])

    def test_all_are_refused(self):
        url = self.queue()

        def send(*entries):
            self.sqs.send_message_batch(QueueUrl=url, Entries=list(entries))

        def entry(name, body="x"):
            return {"Id": name, "MessageBody": body}

        refusals = self.sqs.exceptions
        with self.assertRaises(refusals.EmptyBatchRequest):
            send()
        with self.assertRaises(refusals.TooManyEntriesInBatchRequest):
            send(*(entry(str(number)) for number in range(11)))
        with self.assertRaises(refusals.BatchEntryIdsNotDistinct):
            send(entry("a"), entry("a"))
        for name in ("a b", "", "a" * 81):
            with self.subTest(name), self.assertRaises(refusals.InvalidBatchEntryId):
                send(entry(name))
        with self.assertRaises(refusals.BatchRequestTooLong):
            send(entry("a", "x" * 600_000), entry("b", "x" * 600_000))
        self.assertEqual([], self.receive(url))
