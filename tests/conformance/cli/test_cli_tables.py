"""The life of a table, told by the CLI."""


def test_describe_and_list(aws, table):
    found = aws("describe-table", "--table-name", table).json["Table"]
    assert found["TableStatus"] == "ACTIVE"
    assert [key["AttributeName"] for key in found["KeySchema"]] == ["pk", "sk"]
    names = aws("list-tables", "--query", "TableNames", "--page-size", "2").json
    assert table in names


def test_update_and_delete(aws, table):
    name = table + "-brief"
    aws("create-table", "--table-name", name, "--cli-input-json", {
        "TableName": name, "BillingMode": "PROVISIONED",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}})
    aws("wait", "table-exists", "--table-name", name)
    changed = aws("update-table", "--table-name", name, "--provisioned-throughput",
                  "ReadCapacityUnits=2,WriteCapacityUnits=3").json["TableDescription"]
    assert changed["TableName"] == name
    aws("delete-table", "--table-name", name)
    aws("wait", "table-not-exists", "--table-name", name)
    missing = aws("describe-table", "--table-name", name, fails=True)
    assert "(ResourceNotFoundException)" in missing.error
