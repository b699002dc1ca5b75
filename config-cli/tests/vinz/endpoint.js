// Loaded before vinz (`node --require`), which has no option for an endpoint: its SDK asks the tests' server instead of AWS.
'use strict';

const AWS = require('aws-sdk');

AWS.config.update({ region: process.env.AWS_REGION, endpoint: process.env.AWS_ENDPOINT_URL });
