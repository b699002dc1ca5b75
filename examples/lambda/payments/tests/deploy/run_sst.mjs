// Runs an `sst.config.ts` with replacements for the globals of SST, and prints what the file creates, as JSON.
const [config, stage] = process.argv.slice(2);
const created = {};

globalThis.$app = { stage };
globalThis.$config = (config) => config;
globalThis.aws = {
  getCallerIdentity: async () => ({ accountId: 'ACCOUNT' }),
  getRegion: async () => ({ name: 'REGION' }),
  iam: {
    Policy: class {
      constructor(_name, { policy }) {
        created.policy = JSON.parse(policy);
        this.arn = 'the policy';
      }
    },
  },
};
globalThis.sst = {
  aws: {
    Function: class {
      constructor(_name, properties) {
        created.function = properties;
      }
    },
  },
};

await (await import(config)).default.run();
console.log(JSON.stringify(created));
