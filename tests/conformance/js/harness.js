// A client of the endpoint under test, and a table for each test file.

import { randomBytes } from "node:crypto";
import { after, before } from "node:test";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";

export const client = new DynamoDBClient({
  endpoint: process.env.SKERRY_ENDPOINT,
  region: "us-east-1",
  credentials: { accessKeyId: "AKIACONFORMANCE", secretAccessKey: "conformance-secret" },
  maxAttempts: 1,
});

export const unique = (prefix) => `${prefix}-${randomBytes(6).toString("hex")}`;

/** CreateTable's input: keys pk (S) and sk (N), on demand. */
export const tableOf = (name) => ({
  TableName: name,
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "N" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
});

export const untilExists = (name) =>
  waitUntilTableExists({ client, minDelay: 0.1, maxDelay: 1, maxWaitTime: 30 }, { TableName: name });

/** The name of a table that lives as long as the test file. */
export function fileTable() {
  const name = unique("js");
  before(async () => {
    await client.send(new CreateTableCommand(tableOf(name)));
    await untilExists(name);
  });
  after(() => client.send(new DeleteTableCommand({ TableName: name })));
  return name;
}
