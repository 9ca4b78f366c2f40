"""A plain client of DynamoDB's JSON protocol over one kept connection."""

import http.client
import itertools
import json
import time

# The shape of a signed request without a true signature: no server measured here verifies it, but
# all of them read it, as they do from an SDK.
HEADERS = {
    'Content-Type': 'application/x-amz-json-1.0',
    'X-Amz-Date': '20260101T000000Z',
    'Authorization': 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, '
                     'SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=' + '0' * 64,
}


class ApiError(Exception):
    pass


def target(operation):
    return f'DynamoDB_20120810.{operation}'


class Client:
    def __init__(self, port):
        self._connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)

    def call(self, operation, **members):
        self._connection.request('POST', '/', json.dumps(members),
                                 {**HEADERS, 'X-Amz-Target': target(operation)})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise ApiError(f'{operation}: {answer.status} {body[:500].decode(errors="replace")}')
        return json.loads(body)

    def create_table(self, name, sort_key=False):
        attributes = [('pk', 'HASH')] + ([('sk', 'RANGE')] if sort_key else [])
        self.call('CreateTable', TableName=name, BillingMode='PAY_PER_REQUEST',
                  AttributeDefinitions=[{'AttributeName': a, 'AttributeType': 'S'}
                                        for a, _ in attributes],
                  KeySchema=[{'AttributeName': a, 'KeyType': k} for a, k in attributes])
        self.wait_until_active(name)

    def wait_until_active(self, name):
        while self.call('DescribeTable', TableName=name)['Table']['TableStatus'] != 'ACTIVE':
            time.sleep(0.001)

    def write_all(self, table, items):
        """Puts many items, 25 at a time; `items` may be a generator."""
        items = iter(items)
        while some := [{'PutRequest': {'Item': item}} for item in itertools.islice(items, 25)]:
            waiting = {table: some}
            while waiting:
                waiting = self.call('BatchWriteItem', RequestItems=waiting).get('UnprocessedItems')

    def close(self):
        self._connection.close()
