"""TagResource, UntagResource, ListTagsOfResource, and tags at creation."""

import pytest

from harness.errors import expect_error, expect_invalid
from harness.values import table_of, unique

pytestmark = pytest.mark.local_differs("does not support tags")


@pytest.fixture
def arn(client, make_table):
    return client.describe_table(TableName=make_table(**table_of("S")))["Table"]["TableArn"]


def tags(client, arn):
    answer = client.list_tags_of_resource(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for tag in answer.get("Tags", [])}


def tag_list(**values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


def test_no_tags(client, arn):
    assert tags(client, arn) == {}


def test_tags_at_creation(client, make_table):
    name = make_table(**table_of("S", Tags=tag_list(team="a", env="test")))
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    assert tags(client, arn) == {"team": "a", "env": "test"}


def test_tag_replace_and_untag(client, arn):
    client.tag_resource(ResourceArn=arn, Tags=tag_list(a="1", b="2"))
    client.tag_resource(ResourceArn=arn, Tags=tag_list(b="3", c=""))
    assert tags(client, arn) == {"a": "1", "b": "3", "c": ""}
    client.untag_resource(ResourceArn=arn, TagKeys=["a", "never"])
    assert tags(client, arn) == {"b": "3", "c": ""}


def test_pages(client, arn):
    wanted = {f"key{i:02}": "v" for i in range(45)}
    client.tag_resource(ResourceArn=arn, Tags=tag_list(**wanted))
    found, more = [], {}
    while True:
        answer = client.list_tags_of_resource(ResourceArn=arn, **more)
        found += [tag["Key"] for tag in answer["Tags"]]
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
    assert sorted(found) == sorted(wanted)


def test_next_token_must_be_one_of_ours(client, arn):
    with expect_invalid():
        client.list_tags_of_resource(ResourceArn=arn, NextToken="made up")


def test_50_tags_are_the_most(client, arn):
    client.tag_resource(ResourceArn=arn, Tags=tag_list(**{f"k{i}": "v" for i in range(50)}))
    with expect_error("ValidationException"):
        client.tag_resource(ResourceArn=arn, Tags=tag_list(one_more="v"))


@pytest.mark.parametrize("key, value", [("", "v"), ("k" * 129, "v"), ("k", "v" * 257)])
def test_lengths(lax, arn, key, value):
    with expect_error("ValidationException"):
        lax.tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": value}])


def test_longest(client, arn):
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "k" * 128, "Value": "v" * 256}])
    assert tags(client, arn) == {"k" * 128: "v" * 256}


def test_unknown_table(client, arn):
    missing = arn.rpartition("/")[0] + "/" + unique("missing")
    with expect_error("ResourceNotFoundException"):
        client.list_tags_of_resource(ResourceArn=missing)
    with expect_error("ResourceNotFoundException"):
        client.tag_resource(ResourceArn=missing, Tags=tag_list(a="1"))
    with expect_error("ResourceNotFoundException"):
        client.untag_resource(ResourceArn=missing, TagKeys=["a"])


def test_not_an_arn(client):
    with expect_error("ValidationException"):
        client.list_tags_of_resource(ResourceArn="not-an-arn")
