// Express behind serverless-http, with the AWS SDK's document client, and zod for the body.
const { randomUUID } = require("node:crypto");
const { DynamoDBClient, TransactionCanceledException } = require("@aws-sdk/client-dynamodb");
const {
  DynamoDBDocumentClient, GetCommand, ScanCommand, TransactWriteCommand,
} = require("@aws-sdk/lib-dynamodb");
const express = require("express");
const serverless = require("serverless-http");
const { z } = require("zod");

const { USERS_TABLE, CLAIMS_TABLE } = process.env;
const client = DynamoDBDocumentClient.from(new DynamoDBClient());
const app = express();
app.use(express.json());

const UserFields = z.object({ name: z.string().trim().min(1).max(100), email: z.email() });
const ListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().optional(),
});
const shown = ({ id, name, email, created_at }) => ({ id, name, email, created_at });

app.get("/users/:id", async (request, response) => {
  const key = { TableName: USERS_TABLE, Key: { id: request.params.id }, ConsistentRead: true };
  const { Item } = await client.send(new GetCommand(key));
  if (!Item) return response.status(404).json({ detail: "Not found" });
  response.json(shown(Item));
});

app.get("/users", async (request, response) => {
  const query = ListQuery.safeParse(request.query);
  if (!query.success) return response.status(422).json({ detail: query.error.issues });
  const { limit, cursor } = query.data;
  const start = cursor ? { id: cursor } : undefined;
  const found = await client.send(
    new ScanCommand({ TableName: USERS_TABLE, Limit: limit, ExclusiveStartKey: start }),
  );
  response.json({
    items: found.Items.map(shown), next_cursor: found.LastEvaluatedKey?.id ?? null,
  });
});

app.post("/users", async (request, response) => {
  const fields = UserFields.safeParse(request.body);
  if (!fields.success) return response.status(422).json({ detail: fields.error.issues });
  const user = { id: randomUUID(), ...fields.data, created_at: new Date().toISOString() };
  const claim = { pk: `email#${user.email.toLowerCase()}`, id: user.id };
  const writes = [
    { TableName: USERS_TABLE, Item: user, ConditionExpression: "attribute_not_exists(id)" },
    { TableName: CLAIMS_TABLE, Item: claim, ConditionExpression: "attribute_not_exists(pk)" },
  ];
  try {
    await client.send(
      new TransactWriteCommand({ TransactItems: writes.map((write) => ({ Put: write })) }),
    );
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    return response.status(409).json({ detail: "The e-mail is taken" });
  }
  response.status(201).json(user);
});

exports.handler = serverless(app);
