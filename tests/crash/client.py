"""A DynamoDB client of a few lines: one keep-alive connection; only what was throttled is sent again."""

import http.client
import json
import time

TIMEOUT_SECONDS = 30
THROTTLED_TRIES = 200
THROTTLED_PAUSE_SECONDS = 0.02
HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Date": "20260101T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 "
    "Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64,
}


class Unanswered(Exception):
    """No answer came: what was asked for may have happened, or not."""


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, operation, status, body):
        super().__init__(f"{operation}: {status} {body[:400]!r}")
        self.status = status
        try:
            self.kind = json.loads(body).get("__type", "").rpartition("#")[2]
        except ValueError:
            self.kind = ""


class Client:
    def __init__(self, port, of_many=False):
        """`of_many`: of a cluster's node, which may not know what became of a request at others."""
        self._of_many = of_many
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)

    def call(self, operation, **body):
        """One request. A throttled one was surely not done: it waits for room, as an SDK would."""
        for _ in range(THROTTLED_TRIES):
            try:
                return self._call_once(operation, body)
            except Refused as refused:
                if refused.kind != "ThrottlingException":
                    raise
                last = refused
                time.sleep(THROTTLED_PAUSE_SECONDS)
        raise last

    def _call_once(self, operation, body):
        headers = {**HEADERS, "X-Amz-Target": "DynamoDB_20120810." + operation}
        try:
            self._connection.request("POST", "/", json.dumps(body), headers)
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unanswered(f"{operation}: {error!r}") from error
        if response.status >= 500 and self._of_many:
            raise Unanswered(f"{operation}: {response.status} {answer[:400]!r}")
        if response.status != 200:
            raise Refused(operation, response.status, answer)
        return json.loads(answer)

    def close(self):
        self._connection.close()

    def pages(self, operation, **body):
        """All items of a Query or Scan."""
        items = []
        while True:
            page = self.call(operation, **body)
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                return items
            body["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def tables(self):
        names, start = [], {}
        while True:
            page = self.call("ListTables", **start)
            names += page["TableNames"]
            if "LastEvaluatedTableName" not in page:
                return names
            start = {"ExclusiveStartTableName": page["LastEvaluatedTableName"]}


def table(name, index):
    """A CreateTable of p (string) and s (number), with the local index by_l (number) or without."""
    request = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "s", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "p", "KeyType": "HASH"},
            {"AttributeName": "s", "KeyType": "RANGE"},
        ],
    }
    if index:
        request["AttributeDefinitions"].append({"AttributeName": "l", "AttributeType": "N"})
        request["LocalSecondaryIndexes"] = [
            {
                "IndexName": "by_l",
                "KeySchema": [
                    {"AttributeName": "p", "KeyType": "HASH"},
                    {"AttributeName": "l", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ]
    return request


def key_of(item):
    return item["p"]["S"], int(item["s"]["N"])


def key(partition, sort):
    return {"p": {"S": partition}, "s": {"N": str(sort)}}
