"""Metrics: what a client puts there, and what queues and tables tell of themselves."""

import datetime
import math

from support import Outside, definitions, schema

MINUTE = datetime.timedelta(minutes=1)


def dimensions(**values):
    return [{"Name": name, "Value": value} for name, value in values.items()]


REFUSALS = ("InvalidParameterValue", "InvalidParameterCombination", "MissingParameter", "ValidationError")


class CloudWatch(Outside):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cloudwatch = cls.server.client("cloudwatch")
        # A whole minute that is over.
        cls.start = cls.now().replace(second=0, microsecond=0) - 60 * MINUTE

    def put(self, namespace, *data):
        self.cloudwatch.put_metric_data(Namespace=namespace, MetricData=list(data))

    def statistics(self, namespace, name, *, minutes=10, period=60, **more):
        answer = self.cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            StartTime=self.start,
            EndTime=self.start + minutes * MINUTE,
            Period=period,
            **more,
        )
        return sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])

    def data(self, *queries, minutes=10, **more):
        answer = self.cloudwatch.get_metric_data(
            MetricDataQueries=list(queries), StartTime=self.start, EndTime=self.start + minutes * MINUTE, **more
        )
        return {result["Id"]: result for result in answer["MetricDataResults"]}


def query(name, namespace, metric, stat="Sum", period=60, returned=True, **more):
    metric = {"Namespace": namespace, "MetricName": metric, **more}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}, "ReturnData": returned}


def expression(name, text, **more):
    return {"Id": name, "Expression": text, **more}


class Custom(CloudWatch):
    def test_statistics(self):
        for second, value in ((0, 1), (20, 5), (40, 3), (60, 10)):
            at = self.start + datetime.timedelta(seconds=second)
            self.put("Shop", {"MetricName": "Sold", "Timestamp": at, "Value": value, "Unit": "Count"})
        every = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"]
        first, second = self.statistics("Shop", "Sold", Statistics=every)
        self.assertEqual(self.start, first["Timestamp"])
        self.assertEqual("Count", first["Unit"])
        self.assertEqual([3, 9, 3, 1, 5], [first[name] for name in every])
        self.assertEqual([1, 10, 10, 10, 10], [second[name] for name in every])
        (both,) = self.statistics("Shop", "Sold", Statistics=["Sum"], period=3600)
        self.assertEqual(19, both["Sum"])
        self.assertNotIn("Average", both)
        self.assertEqual([], self.statistics("Shop", "Sold", Statistics=["Sum"], Unit="Bytes"))
        self.assertEqual([], self.statistics("Shop", "Sold", Statistics=["Sum"], Dimensions=dimensions(a="b")))
        # The end is not included.
        self.assertEqual(1, len(self.statistics("Shop", "Sold", Statistics=["Sum"], minutes=1)))

    def test_values_with_their_counts_and_sets(self):
        at = {"Timestamp": self.start}
        self.put("Many", {"MetricName": "Values", **at, "Values": [1, 2, 10], "Counts": [5, 4, 1]})
        (point,) = self.statistics("Many", "Values", Statistics=["Average", "SampleCount"])
        self.assertEqual((10, 2.3), (point["SampleCount"], point["Average"]))
        (point,) = self.statistics("Many", "Values", ExtendedStatistics=["p50", "p100"])
        self.assertLessEqual(point["ExtendedStatistics"]["p50"], 2)
        self.assertAlmostEqual(10, point["ExtendedStatistics"]["p100"], delta=0.5)
        summary = {"SampleCount": 4, "Sum": 20, "Minimum": 2, "Maximum": 9}
        self.put("Many", {"MetricName": "Set", **at, "StatisticValues": summary})
        (point,) = self.statistics("Many", "Set", Statistics=["Average", "Maximum", "Minimum"])
        self.assertEqual((5, 9, 2), (point["Average"], point["Maximum"], point["Minimum"]))
        # Of a set no percentile can be had, but where all its values are one (API GetMetricStatistics).
        self.assertEqual([], self.statistics("Many", "Set", ExtendedStatistics=["p50"]))

    def test_what_is_no_datum(self):
        one = {"SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1}
        wrong = (
            {"MetricName": "x"},
            {"MetricName": "x", "Value": 1, "StatisticValues": one},
            {"MetricName": "x", "Values": [1, 2], "Counts": [1]},
            {"MetricName": "x", "Value": 2.0**361},
            {"MetricName": "x", "Value": 1, "StorageResolution": 7},
            {"MetricName": "x", "Value": 1, "Timestamp": self.now() - datetime.timedelta(days=15)},
            {"MetricName": "x", "Value": 1, "Timestamp": self.now() + datetime.timedelta(hours=3)},
            {"MetricName": "x", "Value": 1, "Dimensions": dimensions(**{f"d{n}": "v" for n in range(31)})},
        )
        for datum in wrong:
            with self.subTest(datum), self.refused(*REFUSALS):
                self.put("Wrong", datum)
        # What begins so belongs to AWS.
        with self.refused(*REFUSALS):
            self.put("AWS/SQS", {"MetricName": "x", "Value": 1})
        self.assertEqual([], self.cloudwatch.list_metrics(Namespace="Wrong")["Metrics"])

    def test_what_cannot_be_asked(self):
        def asked(**more):
            request = {
                "Namespace": "Shop",
                "MetricName": "x",
                "StartTime": self.start,
                "EndTime": self.start + 10 * MINUTE,
                "Period": 60,
                "Statistics": ["Sum"],
                **more,
            }
            self.cloudwatch.get_metric_statistics(**{name: it for name, it in request.items() if it is not None})

        combination = self.cloudwatch.exceptions.InvalidParameterCombinationException
        with self.assertRaises(self.cloudwatch.exceptions.InvalidParameterValueException):
            asked(Period=61)
        with self.refused(*REFUSALS):
            asked(EndTime=self.start - MINUTE)
        with self.refused(*REFUSALS):
            asked(Statistics=None)
        # At most 1,440 points (API GetMetricStatistics).
        with self.assertRaises(combination):
            asked(EndTime=self.start + 1441 * MINUTE)
        with self.refused(*REFUSALS):
            self.data(query("Upper", "Shop", "x"))
        with self.refused(*REFUSALS):
            self.data(expression("e", "nobody + 1"))
        with self.refused(*REFUSALS):
            self.data(query("a", "Shop", "x"), query("a", "Shop", "y"))
        with self.refused(*REFUSALS):
            # A number is no series (UG using-metric-math).
            self.data(query("a", "Shop", "x"), expression("most", "MAX(a)"))

    def test_lists(self):
        for number in range(3):
            self.put("Lists", {"MetricName": "x", "Value": 1, "Dimensions": dimensions(a=str(number), b="same")})
        self.put("Lists", {"MetricName": "y", "Value": 1})
        paginator = self.cloudwatch.get_paginator("list_metrics")

        def listed(**filters):
            return [metric for page in paginator.paginate(Namespace="Lists", **filters) for metric in page["Metrics"]]

        self.assertEqual(4, len(listed()))
        self.assertEqual(3, len(listed(MetricName="x")))
        (one,) = listed(Dimensions=dimensions(a="1"))
        self.assertEqual({"a": "1", "b": "same"}, {it["Name"]: it["Value"] for it in one["Dimensions"]})
        self.assertEqual(3, len(listed(Dimensions=[{"Name": "b"}])))
        self.assertEqual(4, len(listed(RecentlyActive="PT3H")))

    def test_many_metrics_are_listed_in_pages(self):
        for first in range(0, 600, 200):
            self.put("Pages", *({"MetricName": f"m{n}", "Value": n} for n in range(first, first + 200)))
        page = self.cloudwatch.list_metrics(Namespace="Pages")
        self.assertEqual(500, len(page["Metrics"]))
        rest = self.cloudwatch.list_metrics(Namespace="Pages", NextToken=page["NextToken"])
        self.assertEqual(100, len(rest["Metrics"]))
        self.assertNotIn("NextToken", rest)

    def test_queries_and_mathematics(self):
        for number, value in enumerate((2, 4, 8)):
            at = self.start + number * MINUTE
            self.put("Math", {"MetricName": "a", "Timestamp": at, "Value": value})
            if number != 1:
                self.put("Math", {"MetricName": "b", "Timestamp": at, "Value": 2})
        seen = self.data(
            query("a", "Math", "a"),
            query("b", "Math", "b", returned=False),
            expression("ratio", "a / b", Label="a ratio"),
            expression("filled", "a + FILL(b, 0)"),
            expression("total", "SUM([a, b])"),
            expression("most", "a * 0 + MAX(a)"),
            expression("rate", "a / PERIOD(a)"),
            expression("picked", "IF(a > 3, a, 0)"),
            ScanBy="TimestampAscending",
        )
        self.assertNotIn("b", seen)
        times = [self.start + number * MINUTE for number in range(3)]
        self.assertEqual((times, [2, 4, 8]), (seen["a"]["Timestamps"], seen["a"]["Values"]))
        self.assertEqual("Complete", seen["a"]["StatusCode"])
        # Nothing is divided by what is missing.
        self.assertEqual(([times[0], times[2]], [1, 4]), (seen["ratio"]["Timestamps"], seen["ratio"]["Values"]))
        self.assertEqual("a ratio", seen["ratio"]["Label"])
        self.assertEqual([4, 4, 10], seen["filled"]["Values"][:3])
        self.assertEqual([4, 4, 10], seen["total"]["Values"])
        self.assertEqual([8, 8, 8], seen["most"]["Values"])
        for value, rate in zip((2, 4, 8), seen["rate"]["Values"]):
            self.assertTrue(math.isclose(value / 60, rate))
        self.assertEqual([0, 4, 8], seen["picked"]["Values"])
        # The newest first unless asked otherwise (API GetMetricData).
        self.assertEqual([8, 4, 2], self.data(query("a", "Math", "a"))["a"]["Values"])

    def test_points_come_in_pages(self):
        for number in range(7):
            self.put("Points", {"MetricName": "x", "Timestamp": self.start + number * MINUTE, "Value": number})
        paginator = self.cloudwatch.get_paginator("get_metric_data")
        pages = paginator.paginate(
            MetricDataQueries=[query("x", "Points", "x")],
            StartTime=self.start,
            EndTime=self.start + 10 * MINUTE,
            ScanBy="TimestampAscending",
            MaxDatapoints=3,
        )
        values = [value for page in pages for result in page["MetricDataResults"] for value in result["Values"]]
        self.assertEqual([0, 1, 2, 3, 4, 5, 6], values)

    def test_a_long_request_comes_compressed(self):
        # boto3 compresses what is longer than 10 KiB.
        data = [
            {"MetricName": "long", "Value": 1, "Dimensions": dimensions(n=str(number), pad="x" * 90)}
            for number in range(300)
        ]
        self.put("Long", *data)
        listed = self.cloudwatch.get_paginator("list_metrics").paginate(Namespace="Long")
        self.assertEqual(300, sum(len(page["Metrics"]) for page in listed))


class OfServices(CloudWatch):
    def last(self, namespace, name, stat="Sum", **named):
        """Over the last quarter of an hour."""
        answer = self.cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=dimensions(**named),
            StartTime=self.now() - 15 * MINUTE,
            EndTime=self.now() + MINUTE,
            Period=900,
            Statistics=[stat],
        )
        together = {"Minimum": min, "Maximum": max}.get(stat, sum)
        return together(point[stat] for point in answer["Datapoints"]) if answer["Datapoints"] else None

    def test_queues(self):
        sqs = self.server.client("sqs")
        url = sqs.create_queue(QueueName="measured")["QueueUrl"]
        for body in ("a", "bb", "ccc"):
            sqs.send_message(QueueUrl=url, MessageBody=body)
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.later("5m")

        def seen(name, stat="Sum"):
            return self.last("AWS/SQS", name, stat, QueueName="measured")

        self.assertEqual(3, seen("NumberOfMessagesSent"))
        self.assertEqual(1, seen("NumberOfMessagesReceived"))
        self.assertEqual(1, seen("NumberOfMessagesDeleted"))
        self.assertEqual(6, seen("SentMessageSize"))
        self.assertEqual(2, seen("ApproximateNumberOfMessagesVisible", "Minimum"))
        self.assertGreaterEqual(seen("ApproximateAgeOfOldestMessage", "Maximum"), 60)
        listed = self.cloudwatch.list_metrics(Namespace="AWS/SQS", Dimensions=dimensions(QueueName="measured"))
        self.assertIn("NumberOfEmptyReceives", {metric["MetricName"] for metric in listed["Metrics"]})

    def test_tables(self):
        dynamodb = self.server.client("dynamodb")
        dynamodb.create_table(
            TableName="measured",
            KeySchema=schema("id"),
            AttributeDefinitions=definitions(id="S"),
            BillingMode="PAY_PER_REQUEST",
        )
        for number in range(3):
            dynamodb.put_item(TableName="measured", Item={"id": {"S": str(number)}})
        dynamodb.get_item(TableName="measured", Key={"id": {"S": "1"}}, ConsistentRead=True)
        with self.assertRaises(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.delete_item(
                TableName="measured", Key={"id": {"S": "1"}}, ConditionExpression="attribute_not_exists(id)"
            )
        self.later("5m")
        # A write that a condition refuses is paid for too (DG WorkingWithItems).
        self.assertEqual(4, self.last("AWS/DynamoDB", "ConsumedWriteCapacityUnits", TableName="measured"))
        self.assertEqual(1, self.last("AWS/DynamoDB", "ConsumedReadCapacityUnits", TableName="measured"))
        failed = self.last("AWS/DynamoDB", "ConditionalCheckFailedRequests", TableName="measured")
        self.assertEqual(1, failed)
        latency = {"TableName": "measured", "Operation": "PutItem"}
        self.assertEqual(3, self.last("AWS/DynamoDB", "SuccessfulRequestLatency", "SampleCount", **latency))
