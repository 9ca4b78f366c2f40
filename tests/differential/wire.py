"""One HTTP/1.1 connection to an endpoint, and the requests that a sequence is made of.

A request is plain data, as it stands in a replay file:

    {"op": "GetItem", "body": {...}}                 the usual form
    {"op": "GetItem", "text": "{", "headers": {...}} a body that is no JSON, headers changed
    {"op": "Scan", "body": {...}, "segments": 3}     a parallel scan: one request for each segment

A header of null is left out.

"""

import dataclasses
import http.client
import json
import time
import urllib.parse
import zlib

TIMEOUT_SECONDS = 60
SETTLE_SECONDS = 10
SIGNATURE = "0" * 64
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
    f"SignedHeaders=host;x-amz-date;x-amz-target, Signature={SIGNATURE}"
)


class Unanswered(RuntimeError):
    """A server did not answer a request that every server answers."""


@dataclasses.dataclass
class Answer:
    """What came back, as it came: header names in lower case."""

    status: int
    headers: dict
    body: bytes

    def json(self):
        """The parsed body, or None when it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def crc32(self):
        """ "ok", "wrong", or "absent" when the answer carries no x-amz-crc32."""
        stated = self.headers.get("x-amz-crc32")
        if stated is None:
            return "absent"
        return "ok" if stated == str(zlib.crc32(self.body)) else "wrong"


def headers_of(request):
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810." + request["op"],
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": AUTHORIZATION,
    }
    for name, value in request.get("headers", {}).items():
        headers.pop(name, None)
        if value is not None:
            headers[name] = value
    return headers


def body_of(request):
    if "text" in request:
        return request["text"].encode("utf-8", "surrogateescape")
    return json.dumps(request["body"]).encode()


class Endpoint:
    """A keep-alive connection. `send` and `receive` are apart so that two endpoints work at once.

    `restart`, when given, starts a server that has ended anew and returns its URL.
    """

    def __init__(self, url, restart=None):
        self._restart = restart
        self._connect(url)

    def _connect(self, url):
        parts = urllib.parse.urlsplit(url)
        self.url = url
        self._connection = http.client.HTTPConnection(
            parts.hostname, parts.port, timeout=TIMEOUT_SECONDS
        )

    def send(self, request):
        """Sends, on a new connection when the old one is closed; `receive` tells what failed."""
        body, headers = body_of(request), headers_of(request)
        for _ in range(2):
            try:
                self._connection.request("POST", "/", body=body, headers=headers)
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                self._failed = error
            else:
                self._failed = None
                return

    def receive(self):
        """The answer; an Answer of status 0 tells that there was none."""
        try:
            if self._failed is not None:
                raise self._failed
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return Answer(0, {}, repr(error).encode())
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body)

    def call(self, operation, body):
        """One request with a valid body; its parsed answer, which must be a success."""
        self.send({"op": operation, "body": body})
        answer = self.receive()
        if answer.status == 0:
            raise Unanswered(f"{self.url} {operation}: {answer.body.decode()}")
        if answer.status != 200:
            raise RuntimeError(f"{self.url} {operation}: {answer.status} {answer.body!r}")
        return answer.json()

    def tables(self):
        names, start = [], {}
        while True:
            page = self.call("ListTables", start)
            names += page["TableNames"]
            if "LastEvaluatedTableName" not in page:
                return names
            start = {"ExclusiveStartTableName": page["LastEvaluatedTableName"]}

    def wait_until_settled(self, table):
        """Waits until the table is active or gone: the service changes tables behind its answer."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            self.send({"op": "DescribeTable", "body": {"TableName": table}})
            answer = self.receive()
            if answer.status != 200 or answer.json()["Table"]["TableStatus"] == "ACTIVE":
                return
            time.sleep(0.001)
        raise RuntimeError(f"{self.url}: {table} was not active within {SETTLE_SECONDS} s")

    def clear(self):
        """Deletes every table, so that a sequence starts from nothing; revives a server that
        ended.
        """
        try:
            self._delete_tables()
        except Unanswered:
            if self._restart is None:
                raise
            self._connect(self._restart())

    def _delete_tables(self):
        for name in self.tables():
            self.send({"op": "DeleteTable", "body": {"TableName": name}})
            if self.receive().status != 200:
                unprotect = {"TableName": name, "DeletionProtectionEnabled": False}
                self.call("UpdateTable", unprotect)
                self.wait_until_settled(name)
                self.call("DeleteTable", {"TableName": name})
            self.wait_until_settled(name)

    def close(self):
        self._connection.close()
