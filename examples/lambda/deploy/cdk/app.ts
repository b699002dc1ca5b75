// Deploys the function payments in one stage: npx cdk deploy -c stage=prod
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Architecture, LoggingFormat } from 'aws-cdk-lib/aws-lambda';
import { RustFunction } from 'cargo-lambda-cdk';
import { statements } from './policy.ts';

const app = new App();
const stage = app.node.tryGetContext('stage');
if (stage !== 'dev' && stage !== 'prod') {
  throw new Error('give the stage: -c stage=dev or -c stage=prod');
}
const stack = new Stack(app, `payments-${stage}`);

new RustFunction(stack, 'Payments', {
  functionName: `payments-${stage}`,
  manifestPath: '../../payments/Cargo.toml',
  binaryName: 'payments',
  architecture: Architecture.ARM_64,
  memorySize: 256,
  timeout: Duration.seconds(30),
  loggingFormat: LoggingFormat.JSON,
  environment: { stage },
  initialPolicy: statements(stage), // policy.ts, which `cargo stage iam` prints
  bundling: {
    commandHooks: {
      beforeBundling: () => [],
      // Ends `cdk deploy` if the stage is incomplete.
      afterBundling: (_input, output) => [`cargo stage check --stage ${stage} --no-decrypt --artifact ${output}`],
    },
  },
});
