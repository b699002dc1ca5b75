// Reads parameters with Powertools for AWS Lambda (TypeScript): batches of ten.

import { getParametersByName } from "@aws-lambda-powertools/parameters/ssm";
import { finish, names } from "./common.mjs";

const requests = Object.fromEntries(names.map((name) => [name, {}]));
const values = await getParametersByName(requests, { decrypt: true });
finish(names.map((name) => values[name]));
