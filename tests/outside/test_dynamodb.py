"""Tables, and what is kept of them."""

import datetime

from support import ACCOUNT, REGION, DynamoDb, definitions, schema


class Tables(DynamoDb):
    def test_life_of_a_table(self):
        made = self.create("life")
        self.assertIn(made["TableStatus"], ("CREATING", "ACTIVE"))
        table = self.describe("life")
        self.assertEqual("ACTIVE", table["TableStatus"])
        self.assertEqual(f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/life", table["TableArn"])
        self.assertEqual("PAY_PER_REQUEST", table["BillingModeSummary"]["BillingMode"])
        self.assertEqual(0, table["ProvisionedThroughput"]["ReadCapacityUnits"])
        self.assertEqual(0, table["ItemCount"])
        self.assertEqual(made["TableId"], table["TableId"])
        self.assertIsInstance(table["CreationDateTime"], datetime.datetime)
        with self.assertRaises(self.errors.ResourceInUseException):
            self.create("life")
        self.dynamodb.delete_table(TableName="life")
        self.wait("life", "table_not_exists")
        for missing in (self.dynamodb.describe_table, self.dynamodb.delete_table):
            with self.assertRaises(self.errors.ResourceNotFoundException):
                missing(TableName="life")

    def test_protection(self):
        self.create("protected", DeletionProtectionEnabled=True)
        with self.invalid("protected"):
            self.dynamodb.delete_table(TableName="protected")
        self.dynamodb.update_table(TableName="protected", DeletionProtectionEnabled=False)
        self.wait("protected")
        self.dynamodb.delete_table(TableName="protected")

    def test_pages_of_tables(self):
        names = [f"pages-{number}" for number in range(5)]
        for name in names:
            self.create(name)
        paginator = self.dynamodb.get_paginator("list_tables")
        pages = list(paginator.paginate(PaginationConfig={"PageSize": 2}))
        listed = [name for page in pages for name in page["TableNames"]]
        self.assertEqual(sorted(listed), listed)
        self.assertTrue(all(len(page["TableNames"]) <= 2 for page in pages))
        self.assertLessEqual(set(names), set(listed))
        after = self.dynamodb.list_tables(ExclusiveStartTableName="pages-1", Limit=2)
        self.assertEqual(["pages-2", "pages-3"], after["TableNames"])
        self.assertEqual("pages-3", after["LastEvaluatedTableName"])

    def test_what_is_no_table(self):
        with self.invalid():
            self.create("ab")
        with self.invalid():
            self.create("a/b/c")
        with self.invalid():
            self.create(AttributeDefinitions=definitions(id="S", extra="S"))
        with self.invalid():
            self.create(AttributeDefinitions=definitions(other="S"))
        with self.invalid():
            self.create(BillingMode="PROVISIONED")
        units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
        with self.invalid():
            self.create(ProvisionedThroughput=units)

    def test_capacity(self):
        units = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3}
        self.create(BillingMode="PROVISIONED", ProvisionedThroughput=units)
        seen = self.describe()["ProvisionedThroughput"]
        self.assertEqual((2, 3), (seen["ReadCapacityUnits"], seen["WriteCapacityUnits"]))
        # AWS refuses an update that changes nothing.
        with self.invalid():
            self.dynamodb.update_table(TableName=self.name(), ProvisionedThroughput=units)
        self.dynamodb.update_table(TableName=self.name(), BillingMode="PAY_PER_REQUEST")
        self.wait(self.name())
        self.assertEqual("PAY_PER_REQUEST", self.describe()["BillingModeSummary"]["BillingMode"])

    def test_more_than_the_capacity(self):
        units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
        self.create(BillingMode="PROVISIONED", ProvisionedThroughput=units)
        put = {"TableName": self.name(), "Item": {"id": {"S": "x"}}}
        # What was not used for five minutes may be used at once, no more (DG burst-capacity).
        with self.assertRaises(self.errors.ProvisionedThroughputExceededException):
            for _ in range(1_000):
                self.dynamodb.put_item(**put)
        self.later("10s")
        self.dynamodb.put_item(**put)

    def test_indexes_come_and_go(self):
        self.create()
        name = self.name()

        def update(*changes, **types):
            self.dynamodb.update_table(
                TableName=name,
                AttributeDefinitions=definitions(id="S", **types),
                GlobalSecondaryIndexUpdates=list(changes),
            )

        def index(key):
            index = {"IndexName": f"by-{key}", "KeySchema": schema(key), "Projection": {"ProjectionType": "KEYS_ONLY"}}
            return {"Create": index}

        self.dynamodb.put_item(TableName=name, Item={"id": {"S": "1"}, "kind": {"S": "a"}, "size": {"N": "1"}})
        self.dynamodb.put_item(TableName=name, Item={"id": {"S": "2"}, "size": {"N": "1"}})
        # One at a time (API UpdateTable).
        with self.assertRaises(self.errors.LimitExceededException):
            update(index("kind"), index("size"), kind="S", size="N")
        update(index("kind"), kind="S")

        def active():
            indexes = self.describe().get("GlobalSecondaryIndexes", [])
            return [i["IndexName"] for i in indexes] if all(i["IndexStatus"] == "ACTIVE" for i in indexes) else None

        self.assertEqual(["by-kind"], self.eventually("the index is built", active))
        # It was built from what was there, but for the items without its key.
        found = self.dynamodb.query(
            TableName=name,
            IndexName="by-kind",
            KeyConditionExpression="kind = :k",
            ExpressionAttributeValues={":k": {"S": "a"}},
        )
        self.assertEqual([{"id": {"S": "1"}, "kind": {"S": "a"}}], found["Items"])
        self.assertEqual(1, self.dynamodb.scan(TableName=name, IndexName="by-kind")["Count"])
        self.dynamodb.update_table(
            TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-kind"}}]
        )
        self.eventually("the index is gone", lambda: not self.describe().get("GlobalSecondaryIndexes"))
        with self.invalid():
            self.dynamodb.scan(TableName=name, IndexName="by-kind")

    def test_an_index_is_never_read_consistently(self):
        index = {"IndexName": "by-kind", "KeySchema": schema("kind"), "Projection": {"ProjectionType": "ALL"}}
        self.create(AttributeDefinitions=definitions(id="S", kind="S"), GlobalSecondaryIndexes=[index])
        with self.invalid("Consistent"):
            self.dynamodb.scan(TableName=self.name(), IndexName="by-kind", ConsistentRead=True)
        # A key of an index has its type.
        with self.invalid():
            self.dynamodb.put_item(TableName=self.name(), Item={"id": {"S": "1"}, "kind": {"N": "1"}})

    def test_local_indexes(self):
        index = {"IndexName": "by-size", "KeySchema": schema("id", "size"), "Projection": {"ProjectionType": "ALL"}}
        self.create(
            KeySchema=schema("id", "at"),
            AttributeDefinitions=definitions(id="S", at="S", size="N"),
            LocalSecondaryIndexes=[index],
        )
        for at, size in (("1", "30"), ("2", "4"), ("3", "100")):
            item = {"id": {"S": "x"}, "at": {"S": at}, "size": {"N": size}}
            self.dynamodb.put_item(TableName=self.name(), Item=item)
        found = self.dynamodb.query(
            TableName=self.name(),
            IndexName="by-size",
            ConsistentRead=True,
            KeyConditionExpression="id = :i AND #s > :s",
            ExpressionAttributeNames={"#s": "size"},
            ExpressionAttributeValues={":i": {"S": "x"}, ":s": {"N": "5"}},
        )
        # By number, not by text.
        self.assertEqual(["30", "100"], [item["size"]["N"] for item in found["Items"]])

    def test_streams(self):
        def stream(on, view=None):
            specification = {"StreamEnabled": on, **({"StreamViewType": view} if view else {})}
            self.dynamodb.update_table(TableName=self.name(), StreamSpecification=specification)
            self.wait(self.name())
            return self.describe()

        made = self.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        first = made["LatestStreamArn"]
        self.assertIn(f"table/{self.name()}/stream/", first)
        self.assertTrue(first.endswith(made["LatestStreamLabel"]))
        with self.invalid():
            stream(True, "OLD_IMAGE")
        self.assertFalse(stream(False).get("StreamSpecification", {}).get("StreamEnabled", False))
        with self.invalid():
            stream(False)
        self.later("1s")
        again = stream(True, "KEYS_ONLY")
        self.assertEqual("KEYS_ONLY", again["StreamSpecification"]["StreamViewType"])
        self.assertNotEqual(first, again["LatestStreamArn"])

    def test_tags(self):
        arn = self.create(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])["TableArn"]
        self.dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "3"}, {"Key": "c", "Value": ""}])
        self.dynamodb.untag_resource(ResourceArn=arn, TagKeys=["a"])
        paginator = self.dynamodb.get_paginator("list_tags_of_resource")
        tags = [tag for page in paginator.paginate(ResourceArn=arn) for tag in page["Tags"]]
        self.assertEqual({"b": "3", "c": ""}, {tag["Key"]: tag["Value"] for tag in tags})
        with self.assertRaises(self.errors.ResourceNotFoundException):
            self.dynamodb.list_tags_of_resource(ResourceArn=f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/nobody")


    def test_regions_are_apart(self):
        self.create()
        there = self.server.client("dynamodb", region="eu-west-1")
        with self.assertRaises(there.exceptions.ResourceNotFoundException):
            there.describe_table(TableName=self.name())
        self.assertNotIn(self.name(), there.list_tables()["TableNames"])


class Keeping(DynamoDb):
    """Expiry, recovery and backups."""

    def time_to_live(self, on, attribute="until"):
        wanted = {"Enabled": on, "AttributeName": attribute}
        self.dynamodb.update_time_to_live(TableName=self.name(), TimeToLiveSpecification=wanted)

    def status(self):
        return self.dynamodb.describe_time_to_live(TableName=self.name())["TimeToLiveDescription"]

    def test_time_to_live(self):
        self.create()
        self.assertEqual({"TimeToLiveStatus": "DISABLED"}, self.status())
        with self.invalid():
            self.time_to_live(False)
        self.time_to_live(True)
        self.assertEqual("until", self.status()["AttributeName"])
        with self.invalid():
            self.time_to_live(False)
        self.later("1h")
        self.later("1s")
        self.assertEqual("ENABLED", self.status()["TimeToLiveStatus"])
        with self.invalid():
            self.time_to_live(True)
        with self.invalid():
            self.time_to_live(False, "other")
        self.time_to_live(False)
        self.later("61m")
        self.assertEqual("DISABLED", self.status()["TimeToLiveStatus"])

    def test_items_expire(self):
        self.create()
        self.time_to_live(True)
        self.later("61m")
        now = int(self.now().timestamp())
        for key, until in (("old", {"N": str(now - 60)}), ("new", {"N": str(now + 10 * 86_400)}), ("text", {"S": "1"})):
            self.dynamodb.put_item(TableName=self.name(), Item={"id": {"S": key}, "until": until})
        # What expired more than five years ago is taken for a mistake and stays (DG howitworks-ttl).
        ancient = {"id": {"S": "ancient"}, "until": {"N": str(now - 6 * 366 * 86_400)}}
        self.dynamodb.put_item(TableName=self.name(), Item=ancient)
        # Within a few days (DG howitworks-ttl).
        self.later("4d")
        left = self.dynamodb.scan(TableName=self.name())["Items"]
        self.assertEqual(["ancient", "new", "text"], sorted(item["id"]["S"] for item in left))
        found = self.dynamodb.get_item(TableName=self.name(), Key={"id": {"S": "old"}})
        self.assertNotIn("Item", found)

    def recovery(self, name=None):
        answer = self.dynamodb.describe_continuous_backups(TableName=name or self.name())
        return answer["ContinuousBackupsDescription"]

    def test_point_in_time_recovery(self):
        self.create()
        seen = self.recovery()
        self.assertEqual("ENABLED", seen["ContinuousBackupsStatus"])
        off = seen["PointInTimeRecoveryDescription"]
        self.assertEqual("DISABLED", off["PointInTimeRecoveryStatus"])
        self.assertNotIn("EarliestRestorableDateTime", off)

        def update(**wanted):
            self.dynamodb.update_continuous_backups(
                TableName=self.name(), PointInTimeRecoverySpecification=wanted
            )
            return self.recovery()["PointInTimeRecoveryDescription"]

        on = update(PointInTimeRecoveryEnabled=True)
        self.assertEqual("ENABLED", on["PointInTimeRecoveryStatus"])
        self.assertEqual(35, on["RecoveryPeriodInDays"])
        self.assertEqual(7, update(PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=7)["RecoveryPeriodInDays"])
        with self.invalid():
            update(PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=36)
        self.assertEqual("DISABLED", update(PointInTimeRecoveryEnabled=False)["PointInTimeRecoveryStatus"])
        with self.assertRaises(self.errors.TableNotFoundException):
            self.recovery("nobody")

    def test_how_far_back(self):
        self.create()
        name = self.name()
        on = {"PointInTimeRecoveryEnabled": True}
        self.dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=on)
        self.later("10m")
        window = self.recovery()["PointInTimeRecoveryDescription"]
        self.assertLess(window["EarliestRestorableDateTime"], window["LatestRestorableDateTime"])
        # About five minutes ago (API PointInTimeRecoveryDescription).
        behind = self.now() - window["LatestRestorableDateTime"]
        self.assertTrue(4 <= behind.total_seconds() / 60 <= 6, behind)

    def test_backups(self):
        self.create()
        name = self.name()
        self.dynamodb.put_item(TableName=name, Item={"id": {"S": "1"}, "more": {"BOOL": True}})
        arn = self.dynamodb.create_backup(TableName=name, BackupName="first")["BackupDetails"]["BackupArn"]
        self.assertIn(f"table/{name}/backup/", arn)
        self.dynamodb.put_item(TableName=name, Item={"id": {"S": "2"}})

        def available():
            backup = self.dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]
            return backup if backup["BackupDetails"]["BackupStatus"] == "AVAILABLE" else None

        backup = self.eventually("the backup is there", available)
        self.assertEqual("first", backup["BackupDetails"]["BackupName"])
        self.assertEqual(name, backup["SourceTableDetails"]["TableName"])
        self.dynamodb.create_backup(TableName=name, BackupName="second")
        paginator = self.dynamodb.get_paginator("list_backups")
        pages = paginator.paginate(TableName=name, PaginationConfig={"PageSize": 1})
        names = [one["BackupName"] for page in pages for one in page["BackupSummaries"]]
        self.assertEqual(["first", "second"], sorted(names))

        self.dynamodb.restore_table_from_backup(TargetTableName="restored", BackupArn=arn)
        self.wait("restored")
        restored = self.dynamodb.scan(TableName="restored")["Items"]
        self.assertEqual([{"id": {"S": "1"}, "more": {"BOOL": True}}], restored)
        with self.assertRaises(self.errors.TableAlreadyExistsException):
            self.dynamodb.restore_table_from_backup(TargetTableName="restored", BackupArn=arn)
        # A backup outlives its table.
        self.dynamodb.delete_table(TableName=name)
        self.wait(name, "table_not_exists")
        self.assertTrue(available())
        self.dynamodb.delete_backup(BackupArn=arn)
        with self.assertRaises(self.errors.BackupNotFoundException):
            self.dynamodb.delete_backup(BackupArn=arn)
        with self.assertRaises(self.errors.TableNotFoundException):
            self.dynamodb.create_backup(TableName=name, BackupName="late")
