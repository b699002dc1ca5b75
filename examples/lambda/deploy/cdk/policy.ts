// call statements(stage) with one of `dev`, `prod`
// assumed, not looked up: no customer managed KMS key encrypts /payments/STAGE/db_url, /payments/STAGE/max_amount, /payments/STAGE/stripe_key, /payments/STAGE/stripe_url, secret:payments/STAGE/db; if one does, run `cargo stage iam` with --kms-key KEY
import { Aws, aws_iam as iam } from 'aws-cdk-lib';

export const statements = (stage: 'dev' | 'prod') => [
  new iam.PolicyStatement({
    sid: 'ReadParameters',
    effect: iam.Effect.ALLOW,
    actions: ['ssm:GetParameters'],
    resources: [
      `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:parameter/payments/${stage}/db_url`,
      `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:parameter/payments/${stage}/max_amount`,
      `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:parameter/payments/${stage}/stripe_key`,
      `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:parameter/payments/${stage}/stripe_url`,
    ],
  }),
  new iam.PolicyStatement({
    sid: 'ReadSecrets',
    effect: iam.Effect.ALLOW,
    actions: ['secretsmanager:GetSecretValue'],
    resources: [`arn:${Aws.PARTITION}:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:payments/${stage}/db-??????`],
  }),
];
