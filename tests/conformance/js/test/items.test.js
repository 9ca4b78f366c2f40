import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  ScanCommand,
  UpdateItemCommand,
  paginateQuery,
  paginateScan,
} from "@aws-sdk/client-dynamodb";
import { client, fileTable } from "../harness.js";

const TableName = fileTable();
const key = (pk, sk) => ({ pk: { S: pk }, sk: { N: String(sk) } });

test("put, get, update and delete", async () => {
  const Key = key("crud", 1);
  const Item = {
    ...Key, text: { S: "é 🎈" }, n: { N: "1.5" }, bytes: { B: new Uint8Array([0, 255]) },
    list: { L: [{ BOOL: true }, { NULL: true }] }, map: { M: { x: { SS: ["a"] } } },
  };
  await client.send(new PutItemCommand({ TableName, Item }));
  const got = await client.send(new GetItemCommand({
    TableName, Key, ConsistentRead: true, ReturnConsumedCapacity: "TOTAL" }));
  assert.deepEqual({ ...got.Item, bytes: { B: new Uint8Array(got.Item.bytes.B) } }, Item);
  assert.equal(got.ConsumedCapacity.CapacityUnits, 1);

  const updated = await client.send(new UpdateItemCommand({
    TableName, Key, UpdateExpression: "SET n = n + :one REMOVE #l",
    ExpressionAttributeNames: { "#l": "list" },
    ExpressionAttributeValues: { ":one": { N: "1" } }, ReturnValues: "ALL_NEW" }));
  assert.deepEqual(updated.Attributes.n, { N: "2.5" });
  assert.equal(updated.Attributes.list, undefined);

  const deleted = await client.send(new DeleteItemCommand({
    TableName, Key, ReturnValues: "ALL_OLD" }));
  assert.deepEqual(deleted.Attributes.text, { S: "é 🎈" });
  assert.equal((await client.send(new GetItemCommand({ TableName, Key }))).Item, undefined);
});

test("batches and pages", async () => {
  const puts = [...Array(20).keys()].map((i) => ({ PutRequest: { Item: key("batch", i) } }));
  const written = await client.send(new BatchWriteItemCommand({
    RequestItems: { [TableName]: puts } }));
  assert.deepEqual(written.UnprocessedItems, {});
  const read = await client.send(new BatchGetItemCommand({
    RequestItems: { [TableName]: { Keys: [key("batch", 3), key("batch", 99)] } } }));
  assert.deepEqual(read.Responses[TableName], [key("batch", 3)]);

  const condition = {
    TableName, KeyConditionExpression: "pk = :k AND sk >= :low",
    ExpressionAttributeValues: { ":k": { S: "batch" }, ":low": { N: "5" } } };
  const first = await client.send(new QueryCommand({ ...condition, Limit: 3 }));
  assert.deepEqual(first.LastEvaluatedKey, key("batch", 7));
  const found = [];
  for await (const page of paginateQuery({ client, pageSize: 4 }, { ...condition })) {
    found.push(...page.Items.map((item) => Number(item.sk.N)));
  }
  assert.deepEqual(found, [...Array(15).keys()].map((i) => i + 5));

  let scanned = 0;
  const filter = {
    TableName, FilterExpression: "pk = :k", ExpressionAttributeValues: { ":k": { S: "batch" } } };
  for await (const page of paginateScan({ client, pageSize: 7 }, { ...filter })) {
    scanned += page.Count; // The paginator writes into its input, hence the copies.
  }
  assert.equal(scanned, 20);
  const counted = await client.send(new ScanCommand({ ...filter, Select: "COUNT" }));
  assert.equal(counted.Count, 20);
});

test("errors are typed", async () => {
  const Item = key("guarded", 1);
  const put = new PutItemCommand({
    TableName, Item, ConditionExpression: "attribute_not_exists(pk)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" });
  await client.send(put);
  await assert.rejects(client.send(put), (error) => {
    assert.ok(error instanceof ConditionalCheckFailedException);
    assert.equal(error.message, "The conditional request failed");
    assert.deepEqual(error.Item, Item);
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.ok(error.$metadata.requestId);
    return true;
  });
  await assert.rejects(
    client.send(new GetItemCommand({ TableName: `${TableName}-missing`, Key: Item })),
    ResourceNotFoundException);
  await assert.rejects(
    client.send(new GetItemCommand({ TableName, Key: { pk: { S: "x" } } })), (error) => {
      assert.ok(error instanceof DynamoDBServiceException);
      assert.equal(error.name, "ValidationException");
      return true;
    });
});
