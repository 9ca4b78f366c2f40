"""What the data plane will bring is refused by a clear error now, never accepted and ignored."""

import pytest

from harness.errors import expect_error
from harness.values import definitions, key_schema, table_of

pytestmark = pytest.mark.local_differs("has these, or ignores them")

GLOBAL_INDEX = {"IndexName": "by-a", "KeySchema": key_schema("a", "pk"), "Projection": {
    "ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}}
VECTOR_INDEX = {
    "IndexName": "by-v", "VectorAttribute": {"AttributeName": "v"}, "Dimensions": 3,
    "DistanceFunction": "COSINE",
    "SearchSchema": [{"AttributeName": "pk", "SearchSchemaElementType": "HASH"}],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]},
}
POLICY = '{"Version": "2012-10-17", "Statement": []}'


@pytest.mark.parametrize("more", [
    {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}},
    {"GlobalSecondaryIndexes": [GLOBAL_INDEX],
     "AttributeDefinitions": definitions(pk="S", a="S")},
    {"GlobalSecondaryIndexes": [{
        **GLOBAL_INDEX,
        "OnDemandThroughput": {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 5},
        "WarmThroughput": {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000}}],
     "AttributeDefinitions": definitions(pk="S", a="S")},
    {"GlobalSecondaryIndexes": [{
        **GLOBAL_INDEX,
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}],
     "AttributeDefinitions": definitions(pk="S", a="S"), "BillingMode": "PROVISIONED",
     "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
    {"VectorIndexes": [VECTOR_INDEX]},
    {"ResourcePolicy": POLICY},
    {"GlobalTableSourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/source"},
    {"GlobalTableSettingsReplicationMode": "ENABLED"},
], ids=lambda more: "-".join(more)[:40])
def test_create_table(client, more):
    shape = table_of("S", **more)
    with expect_error("ValidationException") as caught:
        client.create_table(**shape)
    assert next(iter(more)) in caught.message
    with expect_error("ResourceNotFoundException"):
        client.describe_table(TableName=shape["TableName"])


def test_a_stream_that_stays_off_is_fine(client, make_table):
    name = make_table(**table_of("S", StreamSpecification={"StreamEnabled": False}))
    assert "LatestStreamArn" not in client.describe_table(TableName=name)["Table"]


@pytest.fixture(scope="module")
def table(shared_table):
    return shared_table(table_of("S"))


REPLICA = {"RegionName": "eu-west-1"}
INDEX_SETTINGS = {
    "IndexName": "by-a", "ProvisionedThroughputOverride": {"ReadCapacityUnits": 1},
    "OnDemandThroughputOverride": {"MaxReadRequestUnits": 1}}
REPLICA_SETTINGS = {
    **REPLICA, "KMSMasterKeyId": "alias/x", "TableClassOverride": "STANDARD",
    "ProvisionedThroughputOverride": {"ReadCapacityUnits": 1},
    "OnDemandThroughputOverride": {"MaxReadRequestUnits": 1},
    "GlobalSecondaryIndexes": [INDEX_SETTINGS]}


@pytest.mark.parametrize("more", [
    {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}},
    {"GlobalSecondaryIndexUpdates": [{"Create": {
        **GLOBAL_INDEX,
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        "OnDemandThroughput": {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 5},
        "WarmThroughput": {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000}}}],
     "AttributeDefinitions": definitions(pk="S", a="S")},
    {"GlobalSecondaryIndexUpdates": [{"Update": {
        "IndexName": "by-a",
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        "OnDemandThroughput": {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 5},
        "WarmThroughput": {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000}}}]},
    {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-a"}}]},
    {"ReplicaUpdates": [{"Create": REPLICA_SETTINGS}]},
    {"ReplicaUpdates": [{"Update": REPLICA_SETTINGS}]},
    {"ReplicaUpdates": [{"Delete": REPLICA}]},
    {"ReplicaUpdates": [{"Disassociate": {**REPLICA, "DisassociationMode": "WAIT_FOR_REPLICATION"}}]},
    {"MultiRegionConsistency": "STRONG"},
    {"GlobalTableWitnessUpdates": [{"Create": REPLICA}]},
    {"GlobalTableWitnessUpdates": [{"Delete": REPLICA}]},
    {"GlobalTableSettingsReplicationMode": "ENABLED"},
    {"DisassociationProtectionEnabled": True},
    {"VectorIndexUpdates": [{"Create": VECTOR_INDEX}]},
    {"VectorIndexUpdates": [{"Delete": {"IndexName": "by-v"}}]},
], ids=lambda more: "-".join(more)[:40])
def test_update_table(lax, table, more):
    """A missing index is ResourceNotFound, as the service has it; all else names the member."""
    with pytest.raises(lax.exceptions.ClientError) as info:
        lax.update_table(TableName=table, **more)
    error = info.value.response["Error"]
    assert error["Code"] in ("ValidationException", "ResourceNotFoundException"), error
    if error["Code"] == "ValidationException":
        assert next(iter(more)) in error["Message"]
