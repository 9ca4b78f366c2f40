"""CreateTable: what is described, what is refused."""

import datetime

import pytest

from harness.errors import expect_error, expect_invalid
from harness.values import S, definitions, key_schema, local_index, table_of, unique

THROUGHPUT = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}


@pytest.fixture
def described(client, make_table):
    """described(**CreateTable's input) -> DescribeTable's answer once active."""

    def run(**shape):
        return client.describe_table(TableName=make_table(**shape))["Table"]

    return run


def test_provisioned_table(described):
    shape = table_of("S", "N", BillingMode="PROVISIONED", ProvisionedThroughput=THROUGHPUT)
    table = described(**shape)
    assert table["TableName"] == shape["TableName"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["KeySchema"] == key_schema("pk", "sk")
    assert sorted(d["AttributeName"] for d in table["AttributeDefinitions"]) == ["pk", "sk"]
    throughput = table["ProvisionedThroughput"]
    assert throughput["ReadCapacityUnits"] == 5 and throughput["WriteCapacityUnits"] == 6
    assert throughput["NumberOfDecreasesToday"] == 0
    assert (table["ItemCount"], table["TableSizeBytes"]) == (0, 0)
    assert table["TableArn"].endswith(":table/" + shape["TableName"])
    assert table["DeletionProtectionEnabled"] is False
    age = datetime.datetime.now(datetime.timezone.utc) - table["CreationDateTime"]
    assert abs(age.total_seconds()) < 60


def test_on_demand_table(described):
    table = described(**table_of("S"))
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    throughput = table["ProvisionedThroughput"]
    assert throughput["ReadCapacityUnits"] == throughput["WriteCapacityUnits"] == 0


def test_answer_is_creating_or_active(client, make_table):
    shape = table_of("S")
    answer = client.create_table(**shape)["TableDescription"]
    assert answer["TableStatus"] in ("CREATING", "ACTIVE")
    assert answer["TableName"] == shape["TableName"]
    client.get_waiter("table_exists").wait(TableName=shape["TableName"],
                                           WaiterConfig={"Delay": 0.1})
    client.delete_table(TableName=shape["TableName"])


@pytest.mark.local_differs("answers without a table id, and with region ddblocal")
def test_identity(described):
    table = described(**table_of("S"))
    assert len(table["TableId"]) == 36
    assert table["TableArn"] == (
        f"arn:aws:dynamodb:us-east-1:000000000000:table/{table['TableName']}")


def test_local_indexes_are_described(described):
    table = described(**table_of(
        "S", "S", AttributeDefinitions=definitions(pk="S", sk="S", a="S", b="N"),
        LocalSecondaryIndexes=[
            local_index("by-a", "a"), local_index("by-b", "b", "INCLUDE", ["x", "y"])]))
    indexes = {index["IndexName"]: index for index in table["LocalSecondaryIndexes"]}
    assert indexes.keys() == {"by-a", "by-b"}
    assert indexes["by-a"]["KeySchema"] == key_schema("pk", "a")
    assert indexes["by-a"]["Projection"] == {"ProjectionType": "ALL"}
    projection = indexes["by-b"]["Projection"]
    assert projection["ProjectionType"] == "INCLUDE"
    assert sorted(projection["NonKeyAttributes"]) == ["x", "y"]
    for name, index in indexes.items():
        assert (index["ItemCount"], index["IndexSizeBytes"]) == (0, 0)
        assert index["IndexArn"] == f"{table['TableArn']}/index/{name}"


def test_deletion_protection(client, described):
    table = described(**table_of("S", DeletionProtectionEnabled=True))
    assert table["DeletionProtectionEnabled"] is True
    with expect_invalid("protection"):
        client.delete_table(TableName=table["TableName"])
    client.update_table(TableName=table["TableName"], DeletionProtectionEnabled=False)


@pytest.mark.local_differs("keeps no table class, SSE, warm throughput, tags or on-demand limits")
@pytest.mark.parametrize("more, path, expected", [
    ({"TableClass": "STANDARD_INFREQUENT_ACCESS"}, ("TableClassSummary", "TableClass"),
     "STANDARD_INFREQUENT_ACCESS"),
    ({"SSESpecification": {"Enabled": True, "SSEType": "KMS"}}, ("SSEDescription", "Status"),
     "ENABLED"),
    ({"SSESpecification": {"Enabled": True, "SSEType": "KMS"}}, ("SSEDescription", "SSEType"),
     "KMS"),
    ({"WarmThroughput": {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 5000}},
     ("WarmThroughput", "ReadUnitsPerSecond"), 13000),
    ({"OnDemandThroughput": {"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 8}},
     ("OnDemandThroughput", "MaxWriteRequestUnits"), 8),
])
def test_recorded_settings(described, more, path, expected):
    found = described(**table_of("S", **more))
    for step in path:
        found = found[step]
    assert found == expected


@pytest.mark.local_differs("keeps no KMS key")
def test_sse_with_a_key_of_ones_own(described):
    key = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    table = described(**table_of("S", SSESpecification={
        "Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}))
    assert table["SSEDescription"]["KMSMasterKeyArn"] == key


def test_existing_name(client, make_table):
    shape = table_of("S")
    make_table(**shape)
    with expect_error("ResourceInUseException"):
        client.create_table(**shape)


def shape_with(**changes):
    shape = {**table_of("S", "S"), **changes}
    return {name: value for name, value in shape.items() if value is not None}


LOCAL = dict(AttributeDefinitions=definitions(pk="S", sk="S", a="S"))


# Each fault with the service's wording and DynamoDB Local's.
FAULTS = [
    ("undefined key", shape_with(AttributeDefinitions=definitions(pk="S")),
     ("Invalid KeySchema: Some index key attribute have no definition", "Range Key not specified in Attribute Definitions")),
    ("unused definition", shape_with(AttributeDefinitions=definitions(pk="S", sk="S", more="S")),
     ("Number of attributes in KeySchema does not exactly match number of attributes defined in "
      "AttributeDefinitions", "The number of attributes in key schema must match the number of "
      "attributes defined in attribute definitions")),
    ("one attribute twice", shape_with(KeySchema=key_schema("pk", "pk")),
     ("Both the Hash Key and the Range Key element in the KeySchema have the same name",
      "Two keys can not have the same name")),
    ("two hash keys", shape_with(KeySchema=key_schema("pk") + key_schema("sk")),
     ("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
      "Too many hash keys specified")),
    ("range first", shape_with(KeySchema=key_schema("pk", "sk")[::-1]),
     ("Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
      "Invalid key order")),
    ("three keys", shape_with(KeySchema=key_schema("pk", "sk") + key_schema("more")),
     ("keySchema", "Key Schema too big")),
    ("no throughput", shape_with(BillingMode="PROVISIONED"),
     ("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
      "PROVISIONED", "No provisioned throughput specified for the table")),
    ("undefined index key", shape_with(LocalSecondaryIndexes=[local_index("by-a", "a")]),
     ("Some index key attributes are not defined in AttributeDefinitions",
      "Local Secondary Index range key not specified in Attribute Definitions")),
    ("one index name twice",
     shape_with(LocalSecondaryIndexes=[local_index("by-a", "a")] * 2, **LOCAL),
     ("Duplicate index name: by-a", "Two local secondary indices have the same name")),
    ("nothing to include",
     shape_with(LocalSecondaryIndexes=[local_index("by-a", "a", "INCLUDE")], **LOCAL),
     ("ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
      "If Projection type INCLUDE is specified, some non-key attributes")),
    ("all and more",
     shape_with(LocalSecondaryIndexes=[local_index("by-a", "a", "ALL", ["x"])], **LOCAL),
     ("ProjectionType is ALL, but NonKeyAttributes is specified",
      "No attributes should be specified to be projected unless")),
    ("keys only and more",
     shape_with(LocalSecondaryIndexes=[local_index("by-a", "a", "KEYS_ONLY", ["x"])], **LOCAL),
     ("ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified",
      "No attributes should be specified to be projected unless")),
    ("no projection",
     shape_with(LocalSecondaryIndexes=[{**local_index("by-a", "a"), "Projection": {}}], **LOCAL),
     ("Unknown ProjectionType: null", "Indexes must have a projection specified")),
    ("index without range key",
     {**table_of("S"), "AttributeDefinitions": definitions(pk="S", a="S"),
      "LocalSecondaryIndexes": [local_index("by-a", "a")]},
     ("Table KeySchema does not have a range key, which is required when specifying a "
      "LocalSecondaryIndex", "Local Secondary indices are not allowed on hash tables")),
    ("six indexes",
     shape_with(LocalSecondaryIndexes=[local_index(f"by-a{i}", "a") for i in range(6)], **LOCAL),
     ("Number of LocalSecondaryIndexes exceeds per-table limit of 5",
      "Cannot have more than 5 local secondary indexes per table")),
]


@pytest.mark.parametrize("shape, wordings", [fault[1:] for fault in FAULTS],
                         ids=[fault[0] for fault in FAULTS])
def test_faults(client, shape, wordings):
    with expect_invalid(wordings):
        client.create_table(**shape)


@pytest.mark.local_differs("ignores these")
@pytest.mark.parametrize("shape, message", [
    (shape_with(ProvisionedThroughput=THROUGHPUT),
     "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits "
     "can be specified when BillingMode is PAY_PER_REQUEST"),
    (shape_with(LocalSecondaryIndexes=[]), "List of LocalSecondaryIndexes is empty"),
], ids=["throughput on demand", "empty index list"])
def test_contradictions(client, shape, message):
    with expect_invalid(message):
        client.create_table(**shape)


@pytest.mark.parametrize("name", ["", "ab", "a" * 256, "no spaces", "no/slash", "ünicode"])
def test_impossible_names(lax, name):
    with expect_error("ValidationException"):
        lax.create_table(**{**table_of("S"), "TableName": name})


@pytest.mark.parametrize("name", ["abc", "A.b-c_9", "a" * 255])
def test_possible_names(make_table, described, name):
    assert described(**{**table_of("S"), "TableName": name})["TableName"] == name


@pytest.mark.parametrize("name", ["ab", "a" * 256, "no spaces"])
def test_impossible_index_names(lax, name):
    with expect_error("ValidationException"):
        lax.create_table(**shape_with(LocalSecondaryIndexes=[local_index(name, "a")], **LOCAL))


@pytest.mark.parametrize("more", [
    pytest.param({"BillingMode": "FREE"}, marks=pytest.mark.local_differs("internal error")),
    pytest.param({"TableClass": "GOLD"}, marks=pytest.mark.local_differs("ignored")),
    {"KeySchema": []},
    {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "BOOL"}]},
    {"ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 1},
     "BillingMode": "PROVISIONED"},
    {"ProvisionedThroughput": {"ReadCapacityUnits": 1}, "BillingMode": "PROVISIONED"},
])
def test_values_out_of_bounds(lax, more):
    with expect_error("ValidationException"):
        lax.create_table(**{**table_of("S"), **more})


def test_a_table_can_be_made_again_after_its_end(client, make_table):
    shape = table_of("S")
    name = make_table(**shape)
    client.put_item(TableName=name, Item={"pk": S("old")})
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 0.1})
    assert make_table(**shape) == name
    assert client.scan(TableName=name)["Items"] == []


def test_more_tables_than_a_page_lists(client):
    prefix = unique("many")
    names = [f"{prefix}-{i:03}" for i in range(101)]
    for name in names:
        client.create_table(**{**table_of("S"), "TableName": name})
    page = client.list_tables(ExclusiveStartTableName=prefix)
    assert page["TableNames"] == names[:100]
    assert page["LastEvaluatedTableName"] == names[99]
    for name in names:
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 0.1})
        client.delete_table(TableName=name)
