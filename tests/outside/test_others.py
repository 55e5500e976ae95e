"""STS, Resource Groups Tagging and Application Auto Scaling."""

from support import ACCOUNT, REGION, Outside, Server, definitions, schema


class Identity(Outside):
    def test_who_is_asking(self):
        identity = self.server.client("sts").get_caller_identity()
        self.assertEqual(ACCOUNT, identity["Account"])
        self.assertTrue(identity["Arn"].startswith(f"arn:aws:iam::{ACCOUNT}:"))
        self.assertTrue(identity["UserId"])


class Tagging(Outside):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tagging = cls.server.client("resourcegroupstaggingapi")
        sqs = cls.server.client("sqs")
        for number in range(5):
            tags = {"team": "a" if number % 2 else "b", "number": str(number)}
            sqs.create_queue(QueueName=f"q{number}", tags=tags)
        sqs.create_queue(QueueName="untagged")
        cls.server.client("dynamodb").create_table(
            TableName="orders",
            KeySchema=schema("id"),
            AttributeDefinitions=definitions(id="S"),
            BillingMode="PAY_PER_REQUEST",
            Tags=[{"Key": "team", "Value": "a"}],
        )

    def found(self, **filters):
        pages = self.tagging.get_paginator("get_resources").paginate(**filters)
        resources = [one for page in pages for one in page["ResourceTagMappingList"]]
        return sorted(one["ResourceARN"].rpartition(":")[2] for one in resources)

    def test_resources_by_their_tags(self):
        team = {"Key": "team", "Values": ["a"]}
        self.assertEqual(["q1", "q3", "table/orders"], self.found(TagFilters=[team]))
        self.assertEqual(["q1", "q3"], self.found(TagFilters=[team], ResourceTypeFilters=["sqs"]))
        self.assertEqual(["table/orders"], self.found(ResourceTypeFilters=["dynamodb:table"]))
        numbers = {"Key": "number", "Values": ["1", "2"]}
        self.assertEqual(["q1", "q2"], self.found(TagFilters=[numbers]))
        self.assertEqual(["q1"], self.found(TagFilters=[numbers, team]))
        self.assertEqual(["q0", "q1", "q2", "q3", "q4"], self.found(TagFilters=[{"Key": "number"}]))
        self.assertEqual([], self.found(TagFilters=[{"Key": "nobody"}]))
        # What never had a tag is not known here.
        self.assertNotIn("untagged", self.found())

    def test_pages_and_lists(self):
        first = self.tagging.get_resources(ResourcesPerPage=4)
        self.assertEqual(4, len(first["ResourceTagMappingList"]))
        self.assertTrue(first["PaginationToken"])
        rest = self.tagging.get_resources(ResourcesPerPage=4, PaginationToken=first["PaginationToken"])
        self.assertEqual(2, len(rest["ResourceTagMappingList"]))
        self.assertEqual("", rest["PaginationToken"])
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q3"
        (one,) = self.tagging.get_resources(ResourceARNList=[arn])["ResourceTagMappingList"]
        self.assertEqual({"team": "a", "number": "3"}, {tag["Key"]: tag["Value"] for tag in one["Tags"]})

    def test_tags_across_services(self):
        sqs = self.server.client("sqs")
        url = sqs.create_queue(QueueName="across")["QueueUrl"]
        queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:across"
        table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"
        nobody = f"arn:aws:sqs:{REGION}:{ACCOUNT}:nobody"
        failed = self.tagging.tag_resources(ResourceARNList=[queue, table, nobody], Tags={"across": "yes"})
        self.assertEqual([nobody], list(failed["FailedResourcesMap"]))
        self.assertEqual({"across": "yes"}, sqs.list_queue_tags(QueueUrl=url)["Tags"])
        self.assertEqual(["across", "table/orders"], self.found(TagFilters=[{"Key": "across"}]))
        pages = self.tagging.get_paginator("get_tag_keys").paginate()
        self.assertIn("across", [key for page in pages for key in page["TagKeys"]])
        pages = self.tagging.get_paginator("get_tag_values").paginate(Key="across")
        self.assertEqual(["yes"], [value for page in pages for value in page["TagValues"]])
        failed = self.tagging.untag_resources(ResourceARNList=[queue, table], TagKeys=["across"])
        self.assertEqual({}, failed["FailedResourcesMap"])
        self.assertEqual([], self.found(TagFilters=[{"Key": "across"}]))


class Scaling(Outside):
    def test_targets(self):
        scaling = self.server.client("application-autoscaling")
        target = {
            "ServiceNamespace": "dynamodb",
            "ResourceId": "table/orders",
            "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
        }
        self.server.client("dynamodb").create_table(
            TableName="orders",
            KeySchema=schema("id"),
            AttributeDefinitions=definitions(id="S"),
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        )
        scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=9)
        # Again changes it.
        scaling.register_scalable_target(**target, MaxCapacity=20)
        paginator = scaling.get_paginator("describe_scalable_targets")
        pages = paginator.paginate(ServiceNamespace="dynamodb", ResourceIds=["table/orders"])
        (seen,) = [one for page in pages for one in page["ScalableTargets"]]
        self.assertEqual((1, 20), (seen["MinCapacity"], seen["MaxCapacity"]))
        self.assertEqual(target, {name: seen[name] for name in target})
        self.assertTrue(seen["ScalableTargetARN"].startswith(f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:"))
        scaling.deregister_scalable_target(**target)
        self.assertEqual([], scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"])
        with self.assertRaises(scaling.exceptions.ObjectNotFoundException):
            scaling.deregister_scalable_target(**target)
        with self.assertRaises(scaling.exceptions.ValidationException):
            scaling.register_scalable_target(**target, MinCapacity=9, MaxCapacity=1)

    def test_policies(self):
        scaling = self.server.client("application-autoscaling")
        target = {
            "ServiceNamespace": "dynamodb",
            "ResourceId": "table/tracked",
            "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
        }
        self.server.client("dynamodb").create_table(
            TableName="tracked",
            KeySchema=schema("id"),
            AttributeDefinitions=definitions(id="S"),
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        )
        tracking = {
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBWriteCapacityUtilization"},
        }
        policy = {
            **target,
            "PolicyName": "track",
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": tracking,
        }
        with self.assertRaises(scaling.exceptions.ObjectNotFoundException):
            scaling.put_scaling_policy(**policy)
        scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=9)
        arn = scaling.put_scaling_policy(**policy)["PolicyARN"]
        tracking["TargetValue"] = 50.0
        self.assertEqual(arn, scaling.put_scaling_policy(**policy)["PolicyARN"])
        pages = scaling.get_paginator("describe_scaling_policies").paginate(ServiceNamespace="dynamodb")
        (seen,) = [one for page in pages for one in page["ScalingPolicies"]]
        self.assertEqual((arn, "track"), (seen["PolicyARN"], seen["PolicyName"]))
        self.assertEqual(tracking, seen["TargetTrackingScalingPolicyConfiguration"])
        scaling.delete_scaling_policy(PolicyName="track", **target)
        with self.assertRaises(scaling.exceptions.ObjectNotFoundException):
            scaling.delete_scaling_policy(PolicyName="track", **target)
        # Its policies go with a target (API DeregisterScalableTarget).
        scaling.put_scaling_policy(**policy)
        scaling.deregister_scalable_target(**target)
        left = scaling.describe_scaling_policies(ServiceNamespace="dynamodb")
        self.assertEqual([], left["ScalingPolicies"])


class Account(Outside):
    @classmethod
    def serve(cls):
        cls.server = Server(cls.folder, arguments=["--account", "123456789012"])

    def test_another_account(self):
        self.assertEqual("123456789012", self.server.client("sts").get_caller_identity()["Account"])
        sqs = self.server.client("sqs")
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        self.assertIn("/123456789012/", url)
        asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        self.assertEqual(f"arn:aws:sqs:{REGION}:123456789012:q", asked["Attributes"]["QueueArn"])
