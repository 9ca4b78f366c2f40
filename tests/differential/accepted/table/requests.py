"""The requests that the witnesses are made of: tables called Accepted and Pair."""

HASH_TABLE = {
    "TableName": "Accepted",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
INDEXED_TABLE = {
    "TableName": "Accepted",
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
        {"AttributeName": "s1", "AttributeType": "S"},
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "keys",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "s1", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
TABLE = {"TableName": "Accepted"}
PROVISIONED = {
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
}
CREATE = {"op": "CreateTable", "body": HASH_TABLE}
CREATE_INDEXED = {"op": "CreateTable", "body": INDEXED_TABLE}
KEY = {"TableName": "Accepted", "Key": {"pk": {"S": "a"}}}
ONE_OF_ONE = {
    "TableName": "Accepted",
    "KeyConditionExpression": "pk = :a",
    "ExpressionAttributeValues": {":a": {"S": "a"}},
    "Limit": 1,
}
BETWEEN = {
    "ConditionExpression": "n1 BETWEEN :a AND :b",
    "ExpressionAttributeValues": {":a": {"N": "1e1"}, ":b": {"N": "1"}},
}
VALUE_PATH = {
    "ConditionExpression": "attribute_type(s1, zz. :a)",
    "ExpressionAttributeValues": {":a": {"S": "S"}},
}
PAIR_TABLE = {
    "TableName": "Pair",
    "KeySchema": INDEXED_TABLE["KeySchema"],
    "AttributeDefinitions": INDEXED_TABLE["AttributeDefinitions"][:2],
    "BillingMode": "PAY_PER_REQUEST",
}
CREATE_PAIR = {"op": "CreateTable", "body": PAIR_TABLE}
TABLE_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/Accepted"


def put(item, **members):
    body = {"TableName": "Accepted", "Item": {"pk": {"S": "a"}, **item}, **members}
    return {"op": "PutItem", "body": body}


INDEXED_ITEM = put({"sk": {"S": "b"}, "s1": {"S": "c"}, "s2": {"S": "x" * 20000}})
FALSE_NUMBER = {**KEY, "Key": {"pk": {"N": "one"}}}
PAIR_KEY = {"TableName": "Accepted", "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}}
LONG_KEY = {
    **PAIR_KEY,
    "UpdateExpression": "SET s1 = :a",
    "ExpressionAttributeValues": {":a": {"S": "x" * 1025}},
}
FILTERED_SCAN = {
    "TableName": "Accepted",
    "IndexName": "keys",
    "FilterExpression": "attribute_exists(s2)",
}
