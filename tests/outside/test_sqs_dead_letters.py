"""Messages that fail, where they go, and how they come back."""

import json

from support import ACCOUNT, REGION, Sqs


class DeadLetters(Sqs):
    def pair(self, name):
        dead = self.queue(f"{name}-dead")
        redrive = json.dumps({"deadLetterTargetArn": self.arn(dead), "maxReceiveCount": 2})
        return self.queue(name, RedrivePolicy=redrive, VisibilityTimeout="0"), dead

    def fill(self, source, count):
        for number in range(count):
            self.send(source, str(number))
        for _ in range(3):
            self.receive(source)

    def test_failed_messages_arrive(self):
        source, dead = self.pair("failing")
        sent = self.send(source, "poison")["MessageId"]
        for _ in range(2):
            self.assertEqual(1, len(self.receive(source)))
        self.assertEqual([], self.receive(source))
        (message,) = self.receive(dead, MessageSystemAttributeNames=["All"])
        self.assertEqual(sent, message["MessageId"])
        self.assertEqual(self.arn(source), message["Attributes"]["DeadLetterQueueSourceArn"])
        sources = self.sqs.get_paginator("list_dead_letter_source_queues")
        pages = list(sources.paginate(QueueUrl=dead))
        self.assertEqual([source], [url for page in pages for url in page["queueUrls"]])

    def test_who_may_redrive(self):
        dead = self.queue("closed-dead", RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"}))
        redrive = {"deadLetterTargetArn": self.arn(dead), "maxReceiveCount": 2}
        with self.refused("InvalidParameterValue"):
            self.queue("closed", RedrivePolicy=json.dumps(redrive))
        redrive["deadLetterTargetArn"] = f"arn:aws:sqs:{REGION}:{ACCOUNT}:nobody"
        with self.refused("InvalidParameterValue"):
            self.queue("closed", RedrivePolicy=json.dumps(redrive))

    def test_a_dead_letter_queue_is_of_the_same_kind(self):
        dead = self.queue("kind-dead.fifo", FifoQueue="true")
        redrive = json.dumps({"deadLetterTargetArn": self.arn(dead), "maxReceiveCount": 2})
        with self.refused("InvalidParameterValue"):
            self.queue("kind", RedrivePolicy=redrive)

    def tasks(self, dead, **more):
        return self.sqs.list_message_move_tasks(SourceArn=self.arn(dead), **more).get("Results", [])

    def ended(self, dead):
        def so():
            self.later("5s")
            (task,) = self.tasks(dead)
            return task if task["Status"] != "RUNNING" else None

        return self.eventually("the task ends", so)

    def test_messages_move_back(self):
        source, dead = self.pair("moving")
        self.fill(source, 3)
        self.assertEqual("3", self.attributes(dead)["ApproximateNumberOfMessages"])
        handle = self.sqs.start_message_move_task(SourceArn=self.arn(dead))["TaskHandle"]
        self.assertTrue(handle)
        task = self.ended(dead)
        self.assertEqual("COMPLETED", task["Status"])
        self.assertEqual(self.arn(dead), task["SourceArn"])
        self.assertEqual(3, task["ApproximateNumberOfMessagesMoved"])
        self.assertEqual(3, task["ApproximateNumberOfMessagesToMove"])
        # A handle is there only while the task is running (API ListMessageMoveTasks).
        self.assertNotIn("TaskHandle", task)
        self.assertGreater(task["StartedTimestamp"], 1_000_000_000_000)
        self.assertEqual(["0", "1", "2"], sorted(self.bodies(source)))
        with self.refused("AWS.SimpleQueueService.UnsupportedOperation", "ResourceNotFoundException"):
            self.sqs.cancel_message_move_task(TaskHandle=handle)

    def test_messages_move_elsewhere(self):
        source, dead = self.pair("moving-on")
        self.fill(source, 2)
        other = self.queue("elsewhere")
        self.sqs.start_message_move_task(SourceArn=self.arn(dead), DestinationArn=self.arn(other))
        task = self.ended(dead)
        self.assertEqual(self.arn(other), task["DestinationArn"])
        self.assertEqual(["0", "1"], sorted(self.bodies(other)))
        self.assertEqual("0", self.attributes(dead)["ApproximateNumberOfMessages"])

    def test_a_slow_move_is_cancelled(self):
        source, dead = self.pair("slowly")
        self.fill(source, 10)
        arn = self.arn(dead)
        handle = self.sqs.start_message_move_task(SourceArn=arn, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
        (task,) = self.tasks(dead)
        self.assertEqual("RUNNING", task["Status"])
        self.assertEqual(handle, task["TaskHandle"])
        self.assertEqual(1, task["MaxNumberOfMessagesPerSecond"])
        # AWS documents UnsupportedOperation, and has been seen to say the other.
        with self.refused("AWS.SimpleQueueService.UnsupportedOperation", "InvalidParameterValue"):
            self.sqs.start_message_move_task(SourceArn=arn)
        self.later("4s")
        moved = self.sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
        self.assertTrue(3 <= moved <= 9, moved)
        task = self.ended(dead)
        self.assertIn(task["Status"], ("CANCELLING", "CANCELLED"))
        left = int(self.attributes(dead)["ApproximateNumberOfMessages"])
        self.assertEqual(10, moved + left)

    def test_what_cannot_be_moved(self):
        plain = self.queue("plain")
        nobody = f"arn:aws:sqs:{REGION}:{ACCOUNT}:nobody"
        missing = self.sqs.exceptions.ResourceNotFoundException
        with self.assertRaises(missing):
            self.sqs.start_message_move_task(SourceArn=nobody)
        with self.assertRaises(missing):
            self.sqs.list_message_move_tasks(SourceArn=nobody)
        # Of no other queue the dead-letter queue.
        with self.refused("InvalidParameterValue", "AWS.SimpleQueueService.UnsupportedOperation"):
            self.sqs.start_message_move_task(SourceArn=self.arn(plain))
        _, dead = self.pair("unmoved")
        with self.assertRaises(missing):
            self.sqs.start_message_move_task(SourceArn=self.arn(dead), DestinationArn=nobody)
        for speed in (0, 501):
            with self.refused("InvalidParameterValue"):
                self.sqs.start_message_move_task(SourceArn=self.arn(dead), MaxNumberOfMessagesPerSecond=speed)
        with self.refused("InvalidParameterValue"):
            self.tasks(dead, MaxResults=11)
