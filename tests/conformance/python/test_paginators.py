"""Paginators and waiters of the low-level client."""

import pytest

from harness.tables import write_all
from harness.values import N, S, table_of, unique


@pytest.fixture(scope="module")
def table(client, shared_table):
    table = shared_table(table_of("S", "N"))
    write_all(client, table, [{"pk": S("p"), "sk": N(i)} for i in range(50)])
    return table


def test_query(client, table):
    pages = list(client.get_paginator("query").paginate(
        TableName=table, KeyConditionExpression="pk = :k",
        ExpressionAttributeValues={":k": S("p")}, PaginationConfig={"PageSize": 7}))
    assert [page["Count"] for page in pages] == [7] * 7 + [1]
    assert [int(i["sk"]["N"]) for page in pages for i in page["Items"]] == list(range(50))


def test_query_resumes_from_a_token(client, table):
    paginate = client.get_paginator("query").paginate
    request = dict(TableName=table, KeyConditionExpression="pk = :k",
                   ExpressionAttributeValues={":k": S("p")})
    first = paginate(**request, PaginationConfig={"MaxItems": 20}).build_full_result()
    assert len(first["Items"]) == 20
    rest = paginate(**request, PaginationConfig={
        "StartingToken": first["NextToken"]}).build_full_result()
    assert len(rest["Items"]) == 30


def test_scan(client, table):
    pages = client.get_paginator("scan").paginate(TableName=table, PaginationConfig={
        "PageSize": 9})
    assert sorted(int(i["sk"]["N"]) for page in pages for i in page["Items"]) == list(range(50))


def test_list_tables(client, make_table):
    prefix = unique("page")
    names = {make_table(**{**table_of("S"), "TableName": f"{prefix}-{i}"}) for i in range(5)}
    pages = client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2})
    found = [name for page in pages for name in page["TableNames"]]
    assert names <= set(found)
    assert found == sorted(found)


@pytest.mark.local_differs("does not support tags")
def test_list_tags(client, table):
    arn = client.describe_table(TableName=table)["Table"]["TableArn"]
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    assert pages.build_full_result().get("Tags", []) == []


def test_waiters(client):
    name = unique()
    client.create_table(**{**table_of("S"), "TableName": name})
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 0.1})
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 0.1})
