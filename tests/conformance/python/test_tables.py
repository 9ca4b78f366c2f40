"""DescribeTable, ListTables, UpdateTable, DeleteTable."""

import pytest

from harness import messages
from harness.errors import expect_error, expect_invalid
from harness.values import S, table_of, unique


def described(client, name):
    return client.describe_table(TableName=name)["Table"]


def test_describe_missing(client):
    with expect_error("ResourceNotFoundException", messages.NO_TABLE):
        client.describe_table(TableName=unique("missing"))


def test_list_pages_in_order_of_names(client, make_table):
    prefix = unique("list")
    names = [make_table(**{**table_of("S"), "TableName": f"{prefix}-{i}"}) for i in range(5)]
    found, start = [], prefix
    while True:
        answer = client.list_tables(ExclusiveStartTableName=start, Limit=2)
        assert len(answer["TableNames"]) <= 2
        found += [name for name in answer["TableNames"] if name.startswith(prefix)]
        if "LastEvaluatedTableName" not in answer or len(found) >= 5:
            break
        start = answer["LastEvaluatedTableName"]
        assert start == answer["TableNames"][-1]
    assert found == names


@pytest.mark.parametrize("limit", [0, 101, -1])
def test_list_limit(lax, limit):
    with expect_invalid(("limit", "Limit")):
        lax.list_tables(Limit=limit)


def test_delete(client, make_table):
    name = make_table(**table_of("S"))
    answer = client.delete_table(TableName=name)["TableDescription"]
    assert answer["TableName"] == name
    assert answer["TableStatus"] in ("DELETING", "ACTIVE")
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 0.1})
    with expect_error("ResourceNotFoundException", messages.NO_TABLE):
        client.get_item(TableName=name, Key={"pk": S("x")})


def test_delete_missing(client):
    with expect_error("ResourceNotFoundException", messages.NO_TABLE):
        client.delete_table(TableName=unique("missing"))


def update(client, name, **changes):
    answer = client.update_table(TableName=name, **changes)["TableDescription"]
    assert answer["TableStatus"] in ("UPDATING", "ACTIVE")
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 0.1})
    return described(client, name)


def test_update_throughput(client, make_table):
    name = make_table(**table_of("S", BillingMode="PROVISIONED", ProvisionedThroughput={
        "ReadCapacityUnits": 1, "WriteCapacityUnits": 1}))
    table = update(client, name, ProvisionedThroughput={
        "ReadCapacityUnits": 3, "WriteCapacityUnits": 4})
    throughput = table["ProvisionedThroughput"]
    assert throughput["ReadCapacityUnits"] == 3 and throughput["WriteCapacityUnits"] == 4
    assert throughput["LastIncreaseDateTime"]


def test_update_to_the_same_throughput(client, make_table):
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    name = make_table(**table_of("S", BillingMode="PROVISIONED", ProvisionedThroughput=throughput))
    with expect_invalid(("The provisioned throughput for the table will not change",
                         "The requested throughput value equals the current value")):
        client.update_table(TableName=name, ProvisionedThroughput=throughput)


def test_update_billing_mode(client, make_table):
    name = make_table(**table_of("S"))
    table = update(client, name, BillingMode="PROVISIONED", ProvisionedThroughput={
        "ReadCapacityUnits": 2, "WriteCapacityUnits": 2})
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 2
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    table = update(client, name, BillingMode="PAY_PER_REQUEST")
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


def test_update_to_provisioned_needs_a_throughput(client, make_table):
    name = make_table(**table_of("S"))
    with expect_invalid(("ReadCapacityUnits and WriteCapacityUnits must both be specified",
                         "rovisioned throughput")):
        client.update_table(TableName=name, BillingMode="PROVISIONED")


def test_update_deletion_protection(client, make_table):
    name = make_table(**table_of("S"))
    assert update(client, name, DeletionProtectionEnabled=True)["DeletionProtectionEnabled"]
    with expect_invalid("protection"):
        client.delete_table(TableName=name)
    assert not update(client, name, DeletionProtectionEnabled=False)["DeletionProtectionEnabled"]


@pytest.mark.local_differs("keeps no table class, SSE, warm throughput or on-demand limits")
@pytest.mark.parametrize("change, path, expected", [
    ({"TableClass": "STANDARD_INFREQUENT_ACCESS"}, ("TableClassSummary", "TableClass"),
     "STANDARD_INFREQUENT_ACCESS"),
    ({"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/mine"}},
     ("SSEDescription", "Status"), "ENABLED"),
    ({"OnDemandThroughput": {"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 8}},
     ("OnDemandThroughput", "MaxReadRequestUnits"), 7),
    ({"WarmThroughput": {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 5000}},
     ("WarmThroughput", "WriteUnitsPerSecond"), 5000),
])
def test_update_recorded_settings(client, make_table, change, path, expected):
    found = update(client, make_table(**table_of("S")), **change)
    for step in path:
        found = found[step]
    assert found == expected


def test_update_of_nothing(client, make_table):
    name = make_table(**table_of("S"))
    with expect_invalid(("At least one of ProvisionedThroughput, BillingMode", "Nothing to update")):
        client.update_table(TableName=name)


def test_update_missing(client):
    with expect_error("ResourceNotFoundException", messages.NO_TABLE):
        client.update_table(TableName=unique("missing"), BillingMode="PAY_PER_REQUEST")


def test_item_count_and_size_follow_the_items(client, make_table):
    """The service refreshes these every six hours; any value from zero to the truth is right."""
    name = make_table(**table_of("S"))
    for i in range(3):
        client.put_item(TableName=name, Item={"pk": S(str(i)), "v": S("x" * 96)})
    table = described(client, name)
    assert 0 <= table["ItemCount"] <= 3
    assert 0 <= table["TableSizeBytes"] <= 3 * 100
