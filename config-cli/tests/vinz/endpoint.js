// `node --require` loads this file before vinz, which has no option for an endpoint. The SDK of vinz then calls the
// server of the tests instead of AWS.
'use strict';

const AWS = require('aws-sdk');

AWS.config.update({ region: process.env.AWS_REGION, endpoint: process.env.AWS_ENDPOINT_URL });
