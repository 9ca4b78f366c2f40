// lib-dynamodb: plain JavaScript values.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
  paginateQuery,
} from "@aws-sdk/lib-dynamodb";
import { client, fileTable } from "../harness.js";

const TableName = fileTable();
const document = DynamoDBDocumentClient.from(client, {
  marshallOptions: { removeUndefinedValues: true },
});

test("plain values come back", async () => {
  const Item = {
    pk: "plain", sk: 1, text: "", number: -1.25, big: 12345678901234567890n, flag: false,
    nothing: null, list: [1, "two", [3]], map: { x: { y: true } }, set: new Set(["a", "b"]),
  };
  await document.send(new PutCommand({ TableName, Item: { ...Item, gone: undefined } }));
  const got = await document.send(new GetCommand({ TableName, Key: { pk: "plain", sk: 1 } }));
  assert.equal(BigInt(got.Item.big), Item.big);
  assert.deepEqual({ ...got.Item, big: Item.big }, Item);
});

test("update, condition and delete", async () => {
  const Key = { pk: "change", sk: 1 };
  await document.send(new PutCommand({ TableName, Item: { ...Key, visits: [] } }));
  const updated = await document.send(new UpdateCommand({
    TableName, Key, UpdateExpression: "SET visits = list_append(visits, :v)",
    ConditionExpression: "size(visits) = :zero",
    ExpressionAttributeValues: { ":v": ["now"], ":zero": 0 }, ReturnValues: "UPDATED_NEW" }));
  assert.deepEqual(updated.Attributes, { visits: ["now"] });
  await assert.rejects(
    document.send(new DeleteCommand({
      TableName, Key, ConditionExpression: "size(visits) = :zero",
      ExpressionAttributeValues: { ":zero": 0 } })),
    ConditionalCheckFailedException);
  await document.send(new DeleteCommand({ TableName, Key }));
});

test("batches, queries and scans", async () => {
  const items = [...Array(12).keys()].map((sk) => ({ pk: "many", sk, odd: sk % 2 === 1 }));
  await document.send(new BatchWriteCommand({
    RequestItems: { [TableName]: items.map((Item) => ({ PutRequest: { Item } })) } }));
  const read = await document.send(new BatchGetCommand({
    RequestItems: { [TableName]: { Keys: [{ pk: "many", sk: 5 }] } } }));
  assert.deepEqual(read.Responses[TableName], [items[5]]);

  const condition = {
    TableName, KeyConditionExpression: "pk = :k", FilterExpression: "odd = :t",
    ExpressionAttributeValues: { ":k": "many", ":t": true } };
  const answer = await document.send(new QueryCommand({ ...condition, ScanIndexForward: false }));
  assert.deepEqual(answer.Items.map((item) => item.sk), [11, 9, 7, 5, 3, 1]);
  const found = [];
  for await (const page of paginateQuery({ client: document, pageSize: 5 }, { ...condition })) {
    found.push(...page.Items);
  }
  assert.equal(found.length, 6);
  const scanned = await document.send(new ScanCommand({
    TableName, FilterExpression: "pk = :k", ExpressionAttributeValues: { ":k": "many" } }));
  assert.equal(scanned.Count, 12);
});
