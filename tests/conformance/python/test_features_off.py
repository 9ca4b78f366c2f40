"""Reads that tools make after a create: the answer of a table that has the feature off."""

import pytest

from harness.errors import expect_error
from harness.values import table_of, unique

UNKNOWN = pytest.mark.local_differs("does not know the operation")


@pytest.fixture(scope="module")
def table(client, shared_table):
    return shared_table(table_of("S"))


@pytest.fixture(scope="module")
def arn(client, table):
    return client.describe_table(TableName=table)["Table"]["TableArn"]


def test_time_to_live(client, table):
    answer = client.describe_time_to_live(TableName=table)
    assert answer["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}


@UNKNOWN
def test_continuous_backups(client, table):
    found = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert found["ContinuousBackupsStatus"] == "ENABLED"
    assert found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"


@UNKNOWN
def test_continuous_backups_of_no_table(client):
    with expect_error("TableNotFoundException"):
        client.describe_continuous_backups(TableName=unique("missing"))


@UNKNOWN
def test_contributor_insights(client, table):
    answer = client.describe_contributor_insights(TableName=table)
    assert answer["TableName"] == table
    assert answer["ContributorInsightsStatus"] == "DISABLED"


@UNKNOWN
def test_contributor_insights_of_an_index(client, lsi_table):
    with expect_error("ResourceNotFoundException"):
        client.describe_contributor_insights(TableName=lsi_table, IndexName="no-such-index")


@UNKNOWN
def test_list_contributor_insights(client, table):
    answer = client.list_contributor_insights(TableName=table, MaxResults=10)
    assert answer["ContributorInsightsSummaries"] == []
    assert "NextToken" not in answer
    assert client.list_contributor_insights()["ContributorInsightsSummaries"] == []


@UNKNOWN
def test_kinesis_destination(client, table):
    answer = client.describe_kinesis_streaming_destination(TableName=table)
    assert answer["TableName"] == table
    assert answer["KinesisDataStreamDestinations"] == []


@UNKNOWN
def test_resource_policy(client, arn):
    with expect_error("PolicyNotFoundException"):
        client.get_resource_policy(ResourceArn=arn)
    with expect_error("ResourceNotFoundException"):
        client.get_resource_policy(ResourceArn=arn + "-missing")


@UNKNOWN
def test_exports(client, arn):
    assert client.list_exports(TableArn=arn, MaxResults=5)["ExportSummaries"] == []
    assert client.list_exports()["ExportSummaries"] == []


@UNKNOWN
def test_imports(client, arn):
    assert client.list_imports(TableArn=arn, PageSize=5)["ImportSummaryList"] == []
    assert client.list_imports()["ImportSummaryList"] == []


@UNKNOWN
def test_global_tables(client):
    answer = client.list_global_tables(Limit=10, RegionName="us-east-1",
                                       ExclusiveStartGlobalTableName="aaa")
    assert answer["GlobalTables"] == []
    assert client.list_global_tables()["GlobalTables"] == []


@UNKNOWN
def test_backups(client, table):
    answer = client.list_backups(TableName=table, Limit=10, BackupType="ALL",
                                 TimeRangeLowerBound=0, TimeRangeUpperBound=4_000_000_000)
    assert answer["BackupSummaries"] == []
    assert client.list_backups()["BackupSummaries"] == []


@UNKNOWN
@pytest.mark.parametrize("call", [
    lambda client: client.list_exports(NextToken="made up"),
    lambda client: client.list_imports(NextToken="0123456789abcdef" * 7),
    lambda client: client.list_contributor_insights(NextToken="made up"),
    lambda client: client.list_backups(
        ExclusiveStartBackupArn="arn:aws:dynamodb:us-east-1:000000000000:table/abc/backup/012345"),
], ids=["exports", "imports", "insights", "backups"])
def test_tokens_of_lists_that_are_empty(client, call):
    """Nothing hands such a token out; an empty list or a clear error is right."""
    try:
        answer = call(client)
    except client.exceptions.ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert error.response["Error"]["Message"]
    else:
        del answer["ResponseMetadata"]
        assert all(value == [] for value in answer.values())


@UNKNOWN
def test_replica_auto_scaling(client, table):
    found = client.describe_table_replica_auto_scaling(TableName=table)
    assert found["TableAutoScalingDescription"]["TableName"] == table


def test_limits(client):
    limits = client.describe_limits()
    for name in ("AccountMaxReadCapacityUnits", "AccountMaxWriteCapacityUnits",
                 "TableMaxReadCapacityUnits", "TableMaxWriteCapacityUnits"):
        assert limits[name] >= 40_000


@UNKNOWN
def test_endpoints(client, endpoint):
    endpoints = client.describe_endpoints()["Endpoints"]
    assert endpoints and endpoints[0]["CachePeriodInMinutes"] > 0
    assert endpoints[0]["Address"]


@pytest.mark.parametrize("call", [
    "describe_time_to_live",
    pytest.param("describe_contributor_insights", marks=UNKNOWN),
    pytest.param("describe_kinesis_streaming_destination", marks=UNKNOWN),
    pytest.param("describe_table_replica_auto_scaling", marks=UNKNOWN),
])
def test_unknown_table(client, call):
    with expect_error("ResourceNotFoundException"):
        getattr(client, call)(TableName=unique("missing"))
