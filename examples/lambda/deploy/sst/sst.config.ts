/// <reference path="./.sst/platform/config.d.ts" />

// The function payments in one stage: npx sst deploy --stage prod
export default $config({
  app() {
    return { name: 'payments', home: 'aws', providers: { aws: { region: 'eu-west-1' } } };
  },
  async run() {
    const { execFileSync } = await import('node:child_process');
    const { readFileSync } = await import('node:fs');
    const stage = $app.stage;
    if (!['dev', 'prod'].includes(stage)) {
      throw new Error('give the stage: --stage dev or --stage prod');
    }
    const bundle = '../../../../target/lambda/payments';
    // Ends the deployment if the stage is incomplete.
    const check = ['stage', 'check', '--stage', stage, '--no-decrypt', '--artifact', bundle];
    execFileSync('cargo', check, { stdio: 'inherit' });

    // The policy is in policy.json, which `cargo stage iam` prints.
    const { accountId } = await aws.getCallerIdentity();
    const { name: region } = await aws.getRegion();
    const policy = new aws.iam.Policy('Stage', {
      policy: readFileSync('policy.json', 'utf8')
        .replaceAll('STAGE', stage)
        .replaceAll('REGION', region)
        .replaceAll('ACCOUNT', accountId),
    });
    new sst.aws.Function('Payments', {
      name: `payments-${stage}`,
      bundle,
      runtime: 'provided.al2023',
      handler: 'bootstrap',
      architecture: 'arm64',
      memory: '256 MB',
      timeout: '30 seconds',
      logging: { format: 'json' },
      environment: { stage },
      policies: [policy.arn],
    });
  },
});
