// Reads parameters with the middleware of middy for Parameter Store: batches of ten.

import middy from "@middy/core";
import ssm from "@middy/ssm";
import { finish, names } from "./common.mjs";

const fetchData = Object.fromEntries(names.map((name, index) => [`key${index}`, name]));
const handler = middy()
  .use(ssm({ fetchData, setToContext: true }))
  .handler(async (_event, context) => names.map((_, index) => context[`key${index}`]));
finish(await handler({}, { getRemainingTimeInMillis: () => 10000 }));
