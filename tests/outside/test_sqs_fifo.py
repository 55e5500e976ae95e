"""FIFO queues: order and deduplication."""

from support import Sqs


class Fifo(Sqs):
    def fifo(self, **attributes):
        name = self.id().rpartition(".")[2] + ".fifo"
        return self.queue(name, FifoQueue="true", **attributes)

    def put(self, url, body, group="g", **more):
        return self.send(url, body, MessageGroupId=group, **more)

    def test_order_within_a_group(self):
        url = self.fifo(ContentBasedDeduplication="true")
        numbers = [self.put(url, f"{n}", group="ab"[n % 2])["SequenceNumber"] for n in range(6)]
        self.assertEqual(sorted(numbers, key=int), numbers)
        self.assertEqual(20, len(numbers[0]))
        (first,) = self.receive(url, MaxNumberOfMessages=1, MessageSystemAttributeNames=["All"])
        self.assertEqual("0", first["Body"])
        self.assertEqual("a", first["Attributes"]["MessageGroupId"])
        self.assertEqual(numbers[0], first["Attributes"]["SequenceNumber"])
        # What follows in its group waits for it; the other group does not.
        others = self.receive(url)
        self.assertEqual(["1", "3", "5"], [message["Body"] for message in others])
        self.assertEqual([], self.receive(url))
        self.delete(url, first)
        self.assertEqual(["2", "4"], self.bodies(url))

    def test_deduplication(self):
        url = self.fifo()
        first = self.put(url, "one", MessageDeduplicationId="d")
        again = self.put(url, "two", MessageDeduplicationId="d")
        self.assertEqual(first["MessageId"], again["MessageId"])
        (message,) = self.receive(url)
        self.assertEqual("one", message["Body"])
        self.delete(url, message)
        self.put(url, "three", MessageDeduplicationId="d")
        self.assertEqual([], self.receive(url))
        self.later("5m")
        self.later("1s")
        self.put(url, "four", MessageDeduplicationId="d")
        self.assertEqual(["four"], self.bodies(url))

    def test_deduplication_within_a_group(self):
        url = self.fifo(DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
        for group in "ab":
            self.put(url, group, group=group, MessageDeduplicationId="d")
            self.put(url, "again", group=group, MessageDeduplicationId="d")
        self.assertEqual(["a", "b"], sorted(self.bodies(url)))

    def test_a_receipt_that_is_too_old(self):
        url = self.fifo(ContentBasedDeduplication="true", VisibilityTimeout="30")
        self.put(url, "x")
        (message,) = self.receive(url)
        self.later("31s")
        with self.refused("InvalidParameterValue", words="expired"):
            self.delete(url, message)
        self.assertEqual(["x"], self.bodies(url))

    def test_a_delay_holds_for_what_is_there_already(self):
        url = self.fifo(ContentBasedDeduplication="true")
        self.put(url, "x")
        # (API SetQueueAttributes)
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "60"})
        self.assertEqual([], self.receive(url))
        self.later("61s")
        self.assertEqual(["x"], self.bodies(url))

    def test_what_a_fifo_queue_needs(self):
        url = self.fifo()
        with self.refused("MissingParameter", words="MessageGroupId"):
            self.send(url, "x")
        with self.refused("InvalidParameterValue", words="ContentBasedDeduplication"):
            self.put(url, "x")
        with self.refused("InvalidParameterValue"):
            self.put(url, "x", MessageDeduplicationId="d", DelaySeconds=5)
        self.assertEqual("true", self.attributes(url)["FifoQueue"])

    def test_the_same_attempt_receives_the_same(self):
        url = self.fifo(ContentBasedDeduplication="true", VisibilityTimeout="30")
        self.put(url, "x")
        (first,) = self.receive(url, ReceiveRequestAttemptId="try")
        (again,) = self.receive(url, ReceiveRequestAttemptId="try")
        self.assertEqual(first["MessageId"], again["MessageId"])
        self.assertEqual([], self.receive(url, ReceiveRequestAttemptId="other"))
