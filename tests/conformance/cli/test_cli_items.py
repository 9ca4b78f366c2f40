"""All item operations, told by the CLI."""

import json

KEY = {"pk": {"S": "p"}, "sk": {"N": "1"}}


def test_put_get_update_delete(aws, table):
    item = {**KEY, "v": {"N": "1"}, "text": {"S": "é 🎈"}, "bytes": {"B": "raw"},
            "list": {"L": [{"BOOL": True}, {"NULL": True}]}, "set": {"SS": ["a", "b"]}}
    aws("put-item", "--table-name", table, "--item", item)
    found = aws("get-item", "--table-name", table, "--key", KEY, "--consistent-read",
                "--return-consumed-capacity", "TOTAL").json
    found["Item"]["set"]["SS"].sort()
    item["bytes"] = {"B": "cmF3"}  # Version 1 of the CLI takes bytes as they are.
    assert found["Item"] == item
    assert found["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 1.0}
    changed = aws("update-item", "--table-name", table, "--key", KEY,
                  "--update-expression", "SET v = v + :one REMOVE #t, bytes",
                  "--expression-attribute-names", {"#t": "text"},
                  "--expression-attribute-values", {":one": {"N": "1"}},
                  "--return-values", "UPDATED_NEW").json
    assert changed["Attributes"] == {"v": {"N": "2"}}
    gone = aws("delete-item", "--table-name", table, "--key", KEY,
               "--return-values", "ALL_OLD").json
    assert gone["Attributes"]["v"] == {"N": "2"}
    assert aws("get-item", "--table-name", table, "--key", KEY).text.strip() in ("", "{}")


def test_batches(aws, table):
    puts = [{"PutRequest": {"Item": {"pk": {"S": "batch"}, "sk": {"N": str(i)}}}} for i in range(9)]
    answer = aws("batch-write-item", "--request-items", {table: puts}).json
    assert answer["UnprocessedItems"] == {}
    keys = [put["PutRequest"]["Item"] for put in puts[:3]]
    answer = aws("batch-get-item", "--request-items", {table: {"Keys": keys}}).json
    assert sorted(item["sk"]["N"] for item in answer["Responses"][table]) == ["0", "1", "2"]
    page = aws("query", "--table-name", table, "--key-condition-expression", "pk = :k",
               "--expression-attribute-values", {":k": {"S": "batch"}}, "--max-items", "4").json
    assert [item["sk"]["N"] for item in page["Items"]] == ["0", "1", "2", "3"]
    rest = aws("query", "--table-name", table, "--key-condition-expression", "pk = :k",
               "--expression-attribute-values", {":k": {"S": "batch"}},
               "--starting-token", page["NextToken"]).json
    assert [item["sk"]["N"] for item in rest["Items"]] == ["4", "5", "6", "7", "8"]
    found = aws("scan", "--table-name", table, "--page-size", "3", "--filter-expression",
                "pk = :k", "--expression-attribute-values", {":k": {"S": "batch"}},
                "--query", "Items[].sk.N").json
    assert sorted(found) == [str(i) for i in range(9)]


def test_conditions_and_errors(aws, table):
    item = {"pk": {"S": "guarded"}, "sk": {"N": "1"}}
    guarded = ("put-item", "--table-name", table, "--item", item, "--condition-expression",
               "attribute_not_exists(pk)", "--return-values-on-condition-check-failure", "ALL_OLD")
    aws(*guarded)
    assert "(ConditionalCheckFailedException)" in aws(*guarded, fails=True).error
    invalid = aws("get-item", "--table-name", table, "--key", {"pk": {"S": "x"}}, fails=True)
    assert "(ValidationException)" in invalid.error
    missing = aws("get-item", "--table-name", table + "-missing", "--key", KEY, fails=True)
    assert "(ResourceNotFoundException)" in missing.error


def test_input_from_a_file(aws, table, tmp_path):
    file = tmp_path / "item.json"
    file.write_text(json.dumps({"pk": {"S": "file"}, "sk": {"N": "1"}}))
    aws("put-item", "--table-name", table, "--item", file.as_uri())
