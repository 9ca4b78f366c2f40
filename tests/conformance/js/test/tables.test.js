import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  ListTablesCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTableCommand,
  paginateListTables,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { client, tableOf, unique, untilExists } from "../harness.js";

test("the life of a table", async () => {
  const name = unique("js-life");
  const created = await client.send(new CreateTableCommand(tableOf(name)));
  assert.equal(created.TableDescription.TableName, name);
  await untilExists(name);
  await assert.rejects(client.send(new CreateTableCommand(tableOf(name))), ResourceInUseException);

  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  assert.equal(Table.TableStatus, "ACTIVE");
  assert.ok(Table.CreationDateTime instanceof Date);
  assert.equal(Table.BillingModeSummary.BillingMode, "PAY_PER_REQUEST");

  await client.send(new UpdateTableCommand({ TableName: name, DeletionProtectionEnabled: true }));
  await client.send(new UpdateTableCommand({ TableName: name, DeletionProtectionEnabled: false }));

  await client.send(new DeleteTableCommand({ TableName: name }));
  const waiter = { client, minDelay: 0.1, maxDelay: 1, maxWaitTime: 30 };
  await waitUntilTableNotExists(waiter, { TableName: name });
  await assert.rejects(
    client.send(new DescribeTableCommand({ TableName: name })), ResourceNotFoundException);
});

test("tables are listed page by page", async () => {
  const names = [1, 2, 3].map((i) => unique(`js-list-${i}`));
  for (const name of names) await client.send(new CreateTableCommand(tableOf(name)));
  const found = [];
  for await (const page of paginateListTables({ client, pageSize: 2 }, {})) {
    found.push(...page.TableNames);
  }
  for (const name of names) assert.ok(found.includes(name));
  const one = await client.send(new ListTablesCommand({ Limit: 1 }));
  assert.equal(one.LastEvaluatedTableName, one.TableNames[0]);
  for (const name of names) {
    await untilExists(name);
    await client.send(new DeleteTableCommand({ TableName: name }));
  }
});
