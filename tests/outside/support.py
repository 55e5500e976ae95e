"""A local AWS of a test class's own, and the clients that look at it."""

import atexit
import contextlib
import datetime
import hashlib
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import boto3
import botocore.config
import botocore.exceptions

BINARY = os.environ["SHOPCTL_BINARY"]
REGION = "us-east-1"
ACCOUNT = "000000000000"


def environment(folder, **more):
    """Nothing of the machine's own AWS configuration, nor of its proxies, reaches a test."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SHOPCTL_LOCAL_DIR": os.path.join(folder, "state"),
        **more,
    }


class Server:
    """`shopctl local serve` on a free port, on the state in a folder that outlives it."""

    def __init__(self, folder, arguments=(), **variables):
        self.folder = folder
        self.process = subprocess.Popen(
            [BINARY, "local", "serve", "--port", "0", *arguments],
            cwd=folder,
            env=environment(folder, **variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        # However Python ends, no server stays behind.
        atexit.register(self.process.kill)
        line = self.process.stdout.readline()
        if not line.startswith("export AWS_ENDPOINT_URL="):
            raise RuntimeError(f"{BINARY} local serve: {line!r}")
        self.url = line.strip().partition("=")[2]

    def client(self, service, region=REGION, **options):
        session = boto3.session.Session("local", "local", region_name=region)
        config = botocore.config.Config(retries={"total_max_attempts": 1}, **options)
        return session.client(service, endpoint_url=self.url, config=config)

    def resource(self, service):
        session = boto3.session.Session("local", "local", region_name=REGION)
        return session.resource(service, endpoint_url=self.url)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        return code


class Outside(unittest.TestCase):
    """One server a class; every test takes names of its own."""

    variables = {}

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="outside-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.serve()
        cls.addClassCleanup(lambda: cls.server.stop())

    @classmethod
    def serve(cls):
        cls.server = Server(cls.folder, **cls.variables)

    @classmethod
    def shopctl(cls, *arguments, code=0):
        run = subprocess.run(
            [BINARY, *arguments],
            cwd=cls.folder,
            env=environment(cls.folder),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if run.returncode != code:
            raise AssertionError(f"shopctl {arguments}: exit {run.returncode}\n{run.stdout}{run.stderr}")
        return run.stdout

    @classmethod
    def aws(cls, *arguments, code=0):
        """The AWS CLI; what it prints, as JSON where it is. Its first version takes no endpoint for SQS from the
        environment in us-east-1."""
        run = subprocess.run(
            [sys.executable, "-m", "awscli", "--endpoint-url", cls.server.url, "--output", "json", *arguments],
            cwd=cls.folder,
            env=environment(cls.folder, AWS_MAX_ATTEMPTS="1", PYTHONPATH=os.environ.get("PYTHONPATH", "")),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if run.returncode != code:
            raise AssertionError(f"aws {arguments}: exit {run.returncode}\n{run.stdout}{run.stderr}")
        if code != 0:
            return run.stderr
        return json.loads(run.stdout) if run.stdout.strip() else None

    @classmethod
    def later(cls, span):
        """Lets time pass by the clock of the state: `61s`, `4d`."""
        cls.shopctl("local", "clock", f"+{span}")

    @classmethod
    def now(cls):
        """What that clock shows."""
        shown = json.loads(cls.shopctl("local", "clock", "-o", "json"))
        return datetime.datetime.fromisoformat(shown["time"].replace("Z", "+00:00"))

    @contextlib.contextmanager
    def refused(self, *codes, words=""):
        """One of AWS's codes, and a part of its words."""
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            yield
        error = caught.exception.response["Error"]
        self.assertIn(error["Code"], codes, error)
        self.assertIn(words, error["Message"])

    def eventually(self, what, so, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = so()
            if found:
                return found
            time.sleep(0.05)
        self.fail(f"not in {seconds} s: {what}")


class Sqs(Outside):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sqs = cls.server.client("sqs")

    def queue(self, name=None, **attributes):
        name = name or self.id().rpartition(".")[2][:70]
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def attributes(self, url, *names):
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names) or ["All"])
        return answer.get("Attributes", {})

    def arn(self, url):
        return self.attributes(url, "QueueArn")["QueueArn"]

    def send(self, url, body, **more):
        return self.sqs.send_message(QueueUrl=url, MessageBody=body, **more)

    def receive(self, url, **more):
        more = {"MaxNumberOfMessages": 10, **more}
        return self.sqs.receive_message(QueueUrl=url, **more).get("Messages", [])

    def bodies(self, url, **more):
        return [message["Body"] for message in self.receive(url, **more)]

    def delete(self, url, message):
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


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


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def md5_of_attributes(attributes):
    """As the Developer Guide has it (Calculating the MD5 message digest for message attributes)."""
    digest = hashlib.md5()

    def part(data):
        digest.update(struct.pack(">I", len(data)) + data)

    for name in sorted(attributes):
        attribute = attributes[name]
        part(name.encode())
        part(attribute["DataType"].encode())
        if "BinaryValue" in attribute:
            digest.update(b"\x02")
            part(attribute["BinaryValue"])
        else:
            digest.update(b"\x01")
            part(attribute["StringValue"].encode())
    return digest.hexdigest()
