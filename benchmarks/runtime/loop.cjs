// As loop.py, of handlers in JavaScript, which cannot fork: node loop.cjs path/of/app.js handler
const { createInterface } = require("node:readline");
const path = require("node:path");

const [file, name] = process.argv.slice(2);
console.log = console.info = console.error; // what a handler prints goes to the log
const handler = require(path.resolve(file))[name];
const context = {
  functionName: "benchmark",
  invokedFunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:benchmark",
  awsRequestId: "8f507cfc-9d35-4cd7-9f0e-1b5a5c2f6a10",
  getRemainingTimeInMillis: () => 29_000,
};

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  if (line === "end") process.exit(0);
  process.stdout.write(`${JSON.stringify(await handler(JSON.parse(line), context))}\n`);
});
