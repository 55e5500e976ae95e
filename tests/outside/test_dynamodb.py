"""Tables and their items."""

import datetime
import decimal
import unittest

from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary

from support import ACCOUNT, REGION, Outside

D = decimal.Decimal


def schema(partition, sort=None):
    keys = [{"AttributeName": partition, "KeyType": "HASH"}]
    return keys if sort is None else [*keys, {"AttributeName": sort, "KeyType": "RANGE"}]


def definitions(**types):
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


class DynamoDb(Outside):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dynamodb = cls.server.client("dynamodb")
        cls.errors = cls.dynamodb.exceptions

    def name(self):
        return self.id().rpartition(".")[2]

    def create(self, name=None, **more):
        table = {
            "TableName": name or self.name(),
            "KeySchema": schema("id"),
            "AttributeDefinitions": definitions(id="S"),
            "BillingMode": "PAY_PER_REQUEST",
            **more,
        }
        description = self.dynamodb.create_table(**table)["TableDescription"]
        self.wait(table["TableName"])
        return description

    def wait(self, name, state="table_exists"):
        waiter = self.dynamodb.get_waiter(state)
        waiter.wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 5})

    def describe(self, name=None):
        return self.dynamodb.describe_table(TableName=name or self.name())["Table"]

    def invalid(self, words=""):
        return self.refused("ValidationException", words=words)


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
        self.assertEqual([{"id": {"S": "1"}, "more": {"BOOL": True}}], self.dynamodb.scan(TableName="restored")["Items"])
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


class Items(DynamoDb):
    def setUp(self):
        self.create(KeySchema=schema("id", "at"), AttributeDefinitions=definitions(id="S", at="N"))
        self.table = self.server.resource("dynamodb").Table(self.name())
        # Every client has classes of its own.
        self.errors = self.table.meta.client.exceptions

    def fill(self, count, **more):
        with self.table.batch_writer() as batch:
            for number in range(count):
                batch.put_item({"id": "x", "at": number, "even": number % 2 == 0, **more})

    def test_every_type_comes_back(self):
        item = {
            "id": "x",
            "at": D("-1.5"),
            "number": D("1234567890.0123456789"),
            "text": "grüße ☃",
            "empty": "",
            "data": Binary(b"\x00\xff"),
            "yes": True,
            "nothing": None,
            "list": ["a", D(1), [False], {"k": None}],
            "map": {"a": {"b": {"c": D("1E-100")}}},
            "texts": {"a", "b"},
            "numbers": {D(1), D("2.5")},
            "blobs": {Binary(b"a"), Binary(b"b")},
        }
        self.table.put_item(Item=item)
        self.assertEqual(item, self.table.get_item(Key={"id": "x", "at": D("-1.5")}, ConsistentRead=True)["Item"])
        self.assertNotIn("Item", self.table.get_item(Key={"id": "x", "at": 0}))
        some = self.table.get_item(
            Key={"id": "x", "at": D("-1.5")},
            ProjectionExpression="#m.a.b, #l[1], nobody",
            ExpressionAttributeNames={"#m": "map", "#l": "list"},
        )
        self.assertEqual({"map": {"a": {"b": {"c": D("1E-100")}}}, "list": [D(1)]}, some["Item"])

    def test_updates(self):
        key = {"id": "x", "at": 1}

        def update(expression, returned="ALL_NEW", names=None, **values):
            more = {"ExpressionAttributeValues": {f":{k}": v for k, v in values.items()}} if values else {}
            if names:
                more["ExpressionAttributeNames"] = names
            answer = self.table.update_item(Key=key, UpdateExpression=expression, ReturnValues=returned, **more)
            return {k: v for k, v in answer.get("Attributes", {}).items() if k not in key}

        self.assertEqual({"n": 1, "l": ["a"]}, update("SET n = :n, l = :l", n=1, l=["a"]))
        self.assertEqual({"n": 4, "l": ["a", "b"]}, update("SET n = n + :n, l = list_append(l, :l)", n=3, l=["b"]))
        self.assertEqual({"n": 4}, update("SET n = if_not_exists(n, :z), m = if_not_exists(m, :z)", "UPDATED_OLD", z=0))
        self.assertEqual({"m": 5, "s": {"a", "b"}}, update("ADD m :m, s :s", "UPDATED_NEW", m=5, s={"a", "b"}))
        self.assertEqual({"s": {"b"}}, update("DELETE s :s", "UPDATED_NEW", s={"a"}))
        old = update("REMOVE l[0], #n, s", "ALL_OLD", names={"#n": "n"})
        self.assertEqual(["a", "b"], old["l"])
        self.assertEqual({"l": ["b"], "m": 5}, update("SET m = m"))
        for wrong in ("SET id = :v", "SET m = nobody", "SET m = m + l", "ADD l :v", "SET a.b = :v", "SET m = :v, m = :v"):
            with self.subTest(wrong), self.invalid():
                update(wrong, **({"v": "x"} if ":v" in wrong else {}))
        with self.invalid():
            # A reserved word.
            update("SET size = :v", v=1)
        with self.invalid():
            update("SET a = :a", a=1, unused=2)

    def test_conditions(self):
        item = {"id": "x", "at": 1, "n": 5, "text": "hello", "tags": {"a"}}
        new = Attr("id").not_exists()
        self.table.put_item(Item=item, ConditionExpression=new)
        with self.assertRaises(self.errors.ConditionalCheckFailedException) as caught:
            self.table.put_item(Item=item, ConditionExpression=new, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        self.assertEqual({"N": "5"}, caught.exception.response["Item"]["n"])

        def holds(condition):
            try:
                self.table.update_item(
                    Key={"id": "x", "at": 1},
                    UpdateExpression="SET seen = :s",
                    ExpressionAttributeValues={":s": True},
                    ConditionExpression=condition,
                )
                return True
            except self.errors.ConditionalCheckFailedException:
                return False

        n, text = Attr("n"), Attr("text")
        for condition, expected in (
            (n.eq(5) & text.begins_with("hel"), True),
            (n.between(6, 9) | text.contains("ell"), True),
            (~n.is_in([4, 5]), False),
            (text.size().gt(4), True),
            (text.attribute_type("N"), False),
            (Attr("tags").contains("a"), True),
            (n.lt("6"), False),
            (Attr("nobody").ne(1), True),
        ):
            self.assertEqual(expected, holds(condition))
        with self.assertRaises(self.errors.ConditionalCheckFailedException):
            self.table.delete_item(Key={"id": "x", "at": 1}, ConditionExpression=n.eq(6))
        old = self.table.delete_item(Key={"id": "x", "at": 1}, ReturnValues="ALL_OLD")["Attributes"]
        self.assertEqual(5, old["n"])
        self.assertNotIn("Attributes", self.table.delete_item(Key={"id": "x", "at": 1}, ReturnValues="ALL_OLD"))

    def test_queries_and_their_pages(self):
        self.fill(25)
        of_x = Key("id").eq("x")
        found = self.table.query(KeyConditionExpression=of_x & Key("at").between(3, 6), ScanIndexForward=False)
        self.assertEqual([6, 5, 4, 3], [item["at"] for item in found["Items"]])
        paginator = self.dynamodb.get_paginator("query")
        pages = paginator.paginate(
            TableName=self.name(),
            KeyConditionExpression="id = :i",
            FilterExpression="even = :e",
            ExpressionAttributeValues={":i": {"S": "x"}, ":e": {"BOOL": True}},
            PaginationConfig={"PageSize": 10},
        )
        # The limit is on what is looked at, before the filter.
        counts = [(page["Count"], page["ScannedCount"]) for page in pages]
        self.assertEqual([(5, 10), (5, 10), (3, 5)], counts)
        counted = self.table.query(KeyConditionExpression=of_x, Select="COUNT")
        self.assertEqual(25, counted["Count"])
        self.assertNotIn("Items", counted)
        with self.invalid():
            self.table.query(KeyConditionExpression=Key("at").eq(1))
        with self.invalid():
            self.table.query(KeyConditionExpression=of_x, FilterExpression=Attr("at").eq(1))

    def test_scans(self):
        self.fill(10)
        segments = [self.table.scan(Segment=number, TotalSegments=3)["Items"] for number in range(3)]
        self.assertEqual(list(range(10)), sorted(item["at"] for items in segments for item in items))
        first = self.table.scan(Limit=4)
        rest = self.table.scan(ExclusiveStartKey=first["LastEvaluatedKey"])
        self.assertEqual(10, first["Count"] + rest["Count"])
        found = self.table.scan(FilterExpression=Attr("even").eq(True), ReturnConsumedCapacity="TOTAL")
        self.assertEqual((5, 10), (found["Count"], found["ScannedCount"]))
        self.assertGreater(found["ConsumedCapacity"]["CapacityUnits"], 0)

    def test_batches(self):
        with self.table.batch_writer(overwrite_by_pkeys=["id", "at"]) as batch:
            for number in range(60):
                batch.put_item({"id": "x", "at": number % 50, "n": number})
            batch.delete_item({"id": "x", "at": 0})
        self.assertEqual(49, self.table.scan(Select="COUNT")["Count"])
        keys = [{"id": {"S": "x"}, "at": {"N": str(number)}} for number in (0, 1, 2)]
        found = self.dynamodb.batch_get_item(RequestItems={self.name(): {"Keys": keys}})
        self.assertEqual(2, len(found["Responses"][self.name()]))
        self.assertEqual({}, found["UnprocessedKeys"])
        with self.invalid():
            self.dynamodb.batch_get_item(RequestItems={self.name(): {"Keys": [keys[0], keys[0]]}})
        puts = [{"PutRequest": {"Item": {"id": {"S": "y"}, "at": {"N": str(n)}}}} for n in range(26)]
        with self.invalid():
            self.dynamodb.batch_write_item(RequestItems={self.name(): puts})

    def test_what_is_no_item(self):
        for item in (
            {"id": "x"},
            {"id": 1, "at": 1},
            {"id": "", "at": 1},
            {"id": "x", "at": 1, "big": "x" * 410_000},
        ):
            with self.subTest(str(item)[:40]), self.invalid():
                self.table.put_item(Item=item)
        with self.invalid():
            self.table.get_item(Key={"id": "x", "at": 1, "more": 1})
        with self.refused("ResourceNotFoundException"):
            self.dynamodb.get_item(TableName="nobody", Key={"id": {"S": "x"}})

    def raw(self, **attributes):
        """Past what the resource checks by itself."""
        item = {"id": {"S": "x"}, "at": {"N": "1"}, **attributes}
        self.dynamodb.put_item(TableName=self.name(), Item=item)
        return self.dynamodb.get_item(TableName=self.name(), Key={"id": {"S": "x"}, "at": {"N": "1.0"}})["Item"]

    def test_numbers(self):
        for written, read in (("1.50", "1.5"), ("+7", "7"), ("1e2", "100"), ("-0", "0"), ("0010", "10"), (".5", "0.5")):
            self.assertEqual({"N": read}, self.raw(n={"N": written})["n"], written)
        for wrong in ("1" * 39, "1e126", "x", "", "NaN", "1e-131"):
            with self.subTest(wrong), self.invalid():
                self.raw(n={"N": wrong})
        self.assertEqual({"N": "1" * 38}, self.raw(n={"N": "1" * 38})["n"])

    def test_sets(self):
        for wrong in ({"SS": []}, {"SS": ["a", "a"]}, {"NS": ["1", "1.0"]}, {"NS": ["x"]}):
            with self.subTest(wrong), self.invalid():
                self.raw(s=wrong)
        deep = {"S": "x"}
        for _ in range(33):
            deep = {"L": [deep]}
        with self.invalid():
            self.raw(deep=deep)

    def test_what_is_asked_wrongly(self):
        with self.invalid("BETWEEN"):
            self.table.query(KeyConditionExpression=Key("id").eq("x") & Key("at").between(6, 3))
        with self.invalid():
            self.table.put_item(Item={"id": "x", "at": 1}, ReturnValues="ALL_NEW")
        with self.invalid():
            self.table.scan(Segment=3, TotalSegments=3)
        with self.invalid():
            self.table.query(KeyConditionExpression=Key("id").eq("x"), IndexName="nobody")
        with self.invalid():
            self.table.scan(FilterExpression="#a = :a", ExpressionAttributeValues={":a": 1})
        with self.invalid():
            self.table.scan(ProjectionExpression="a, a.b")

    # Not yet: a filter is looked at only when there is something to filter, and then not closely.
    @unittest.expectedFailure
    def test_a_filter_is_checked_before_it_filters(self):
        bounds = {":two": 2, ":one": 1}
        with self.invalid("not defined"):
            self.table.scan(FilterExpression="a = :a")
        with self.invalid("BETWEEN"):
            self.table.scan(FilterExpression="a BETWEEN :two AND :one", ExpressionAttributeValues=bounds)
        with self.invalid("distinct"):
            self.table.scan(FilterExpression="a = a")

    def test_what_it_costs(self):
        def cost(operation, **request):
            answer = operation(**request, ReturnConsumedCapacity="TOTAL")
            return answer["ConsumedCapacity"]["CapacityUnits"]

        def item(size, at=1):
            return {"id": "x", "at": at, "pad": "p" * size}

        self.assertEqual(1, cost(self.table.put_item, Item=item(900)))
        self.assertEqual(2, cost(self.table.put_item, Item=item(1_500)))
        key = {"id": "x", "at": 1}
        self.assertEqual(0.5, cost(self.table.get_item, Key=key))
        self.assertEqual(1, cost(self.table.get_item, Key=key, ConsistentRead=True))
        self.table.put_item(Item=item(5_000, at=2))
        self.assertEqual(2, cost(self.table.get_item, Key={"id": "x", "at": 2}, ConsistentRead=True))
        # Both are read, and their sizes summed before they are rounded up (DG on reads).
        of_x = Key("id").eq("x")
        self.assertEqual(2, cost(self.table.query, KeyConditionExpression=of_x, ConsistentRead=True))
        self.assertEqual(5, cost(self.table.delete_item, Key={"id": "x", "at": 2}))
        self.assertEqual(1, cost(self.table.delete_item, Key={"id": "x", "at": 2}))

    def test_the_old_words(self):
        """Of before there were expressions; still in the API."""
        key = {"id": {"S": "x"}, "at": {"N": "1"}}
        on = {"TableName": self.name()}
        self.dynamodb.put_item(**on, Item=key, Expected={"id": {"Exists": False}})
        with self.refused("ConditionalCheckFailedException"):
            self.dynamodb.put_item(**on, Item=key, Expected={"id": {"Exists": False}})
        add = {"n": {"Action": "ADD", "Value": {"N": "2"}}, "t": {"Action": "PUT", "Value": {"S": "a"}}}
        updated = self.dynamodb.update_item(**on, Key=key, AttributeUpdates=add, ReturnValues="ALL_NEW")
        self.assertEqual({**key, "n": {"N": "2"}, "t": {"S": "a"}}, updated["Attributes"])
        of_x = {"id": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]}}
        found = self.dynamodb.query(**on, KeyConditions=of_x, AttributesToGet=["t"])
        self.assertEqual([{"t": {"S": "a"}}], found["Items"])
        more = {"n": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "2"}]}}
        self.assertEqual(0, self.dynamodb.scan(**on, ScanFilter=more)["Count"])


class Transactions(DynamoDb):
    def setUp(self):
        self.create()

    def put(self, key, **more):
        return {"Put": {"TableName": self.name(), "Item": {"id": {"S": key}, "n": {"N": "1"}}, **more}}

    def keys(self):
        return sorted(item["id"]["S"] for item in self.dynamodb.scan(TableName=self.name())["Items"])

    def test_all_or_nothing(self):
        self.dynamodb.transact_write_items(TransactItems=[self.put("a"), self.put("b")])
        new = {"ConditionExpression": "attribute_not_exists(id)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        with self.assertRaises(self.errors.TransactionCanceledException) as caught:
            self.dynamodb.transact_write_items(TransactItems=[self.put("c"), self.put("a", **new)])
        reasons = caught.exception.response["CancellationReasons"]
        self.assertEqual(["None", "ConditionalCheckFailed"], [reason["Code"] for reason in reasons])
        self.assertEqual({"id": {"S": "a"}, "n": {"N": "1"}}, reasons[1]["Item"])
        self.assertIn("[None, ConditionalCheckFailed]", caught.exception.response["Error"]["Message"])
        self.assertEqual(["a", "b"], self.keys())

    def test_every_kind(self):
        for key in ("update", "delete", "check"):
            self.dynamodb.put_item(TableName=self.name(), Item={"id": {"S": key}, "n": {"N": "1"}})

        def on(key):
            return {"TableName": self.name(), "Key": {"id": {"S": key}}}

        one = {":one": {"N": "1"}}
        self.dynamodb.transact_write_items(
            TransactItems=[
                self.put("put"),
                {"Update": {**on("update"), "UpdateExpression": "ADD n :one", "ExpressionAttributeValues": one}},
                {"Delete": on("delete")},
                {"ConditionCheck": {**on("check"), "ConditionExpression": "n = :one", "ExpressionAttributeValues": one}},
            ]
        )
        self.assertEqual(["check", "put", "update"], self.keys())
        gets = [{"Get": on(key)} for key in ("update", "delete")]
        found = self.dynamodb.transact_get_items(TransactItems=gets)["Responses"]
        self.assertEqual({"N": "2"}, found[0]["Item"]["n"])
        self.assertNotIn("Item", found[1])
        # Two writes of one item.
        with self.invalid():
            self.dynamodb.transact_write_items(TransactItems=[self.put("x"), {"Delete": on("x")}])

    def test_no_more_than_a_hundred(self):
        self.dynamodb.transact_write_items(TransactItems=[self.put(str(number)) for number in range(100)])
        self.assertEqual(100, len(self.keys()))
        with self.invalid():
            self.dynamodb.transact_write_items(TransactItems=[self.put(str(number)) for number in range(101)])

    def test_a_token_makes_it_once(self):
        add = {
            "Update": {
                "TableName": self.name(),
                "Key": {"id": {"S": "n"}},
                "UpdateExpression": "ADD n :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        }
        for _ in range(2):
            self.dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken="once")
        found = self.dynamodb.get_item(TableName=self.name(), Key={"id": {"S": "n"}})
        self.assertEqual({"N": "1"}, found["Item"]["n"])
        with self.assertRaises(self.errors.IdempotentParameterMismatchException):
            self.dynamodb.transact_write_items(TransactItems=[self.put("m")], ClientRequestToken="once")
