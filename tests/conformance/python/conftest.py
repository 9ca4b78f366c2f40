"""Recorded boto3 clients, and tables shared by tests that keep to partition keys of their own."""

import pytest

from harness import clients
from harness.rawhttp import RawClient
from harness.recorder import Recorder, default_path
from harness.tables import create
from harness.values import definitions, local_index, table_of, unique


@pytest.fixture(scope="session")
def recorder(endpoint):
    recorder = Recorder(default_path(), endpoint)
    yield recorder
    recorder.close()


@pytest.fixture(scope="session")
def client(endpoint, recorder):
    client = clients.make_client(endpoint)
    recorder.attach(client)
    return client


@pytest.fixture(scope="session")
def lax(endpoint, recorder):
    """A client that sends what boto3 would refuse by itself."""
    client = clients.make_client(endpoint, parameter_validation=False)
    recorder.attach(client)
    return client


@pytest.fixture(scope="session")
def resource(endpoint, recorder):
    resource = clients.make_resource(endpoint)
    recorder.attach(resource.meta.client)
    return resource


@pytest.fixture(scope="session")
def raw(endpoint):
    return RawClient(endpoint)


@pytest.fixture
def make_table(client):
    """make_table(**CreateTable's input) -> name; dropped after the test."""
    names = []

    def make(**shape):
        names.append(create(client, shape))
        return names[-1]

    yield make
    for name in dict.fromkeys(names):
        try:
            client.delete_table(TableName=name)
        except client.exceptions.ResourceNotFoundException:
            pass  # The test itself dropped it.


@pytest.fixture(scope="session")
def shared_table(client):
    """Makes session tables and drops them at its end."""
    names = []

    def make(shape):
        names.append(create(client, shape))
        return names[-1]

    yield make
    for name in names:
        client.delete_table(TableName=name)


@pytest.fixture(scope="session")
def hash_table(shared_table):
    """Partition key `pk`, a string."""
    return shared_table(table_of("S"))


@pytest.fixture(scope="session")
def range_table(shared_table):
    """Partition key `pk` and sort key `sk`, both strings."""
    return shared_table(table_of("S", "S"))


@pytest.fixture(scope="session")
def number_table(shared_table):
    """Partition key `pk`, a string, and sort key `sk`, a number."""
    return shared_table(table_of("S", "N"))


@pytest.fixture(scope="session")
def binary_table(shared_table):
    """Partition key `pk`, a string, and sort key `sk`, a binary."""
    return shared_table(table_of("S", "B"))


@pytest.fixture(scope="session")
def lsi_table(shared_table):
    """Sort key `sk`, and local indexes by-a (ALL), by-b (KEYS_ONLY), by-c (INCLUDE extra)."""
    return shared_table(table_of(
        "S", "S",
        AttributeDefinitions=definitions(pk="S", sk="S", a="S", b="N", c="S"),
        LocalSecondaryIndexes=[
            local_index("by-a", "a"),
            local_index("by-b", "b", "KEYS_ONLY"),
            local_index("by-c", "c", "INCLUDE", ["extra"]),
        ]))


@pytest.fixture
def pk():
    """A partition key that no other test uses."""
    return unique("k")
