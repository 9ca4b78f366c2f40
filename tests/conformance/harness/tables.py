"""The life of test tables."""


def create(client, shape):
    """Creates a table, waits until it is active, and returns its name."""
    client.create_table(**shape)
    client.get_waiter("table_exists").wait(
        TableName=shape["TableName"], WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    return shape["TableName"]


def put_all(client, table, items):
    """Puts items one by one; for more than a few use write_all."""
    for item in items:
        client.put_item(TableName=table, Item=item)


def write_all(client, table, items):
    """Puts items by BatchWriteItem, in batches of 25."""
    for start in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[start:start + 25]]
        while puts:
            answer = client.batch_write_item(RequestItems={table: puts})
            puts = answer["UnprocessedItems"].get(table)
