import { basename, join } from "node:path";
import { Duration } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Architecture, RecursiveLoop, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogLevel, NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Schedule, ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { Construct } from "constructs";
import { metricsNamespace } from "../../lambdas/shared/runtime/metric-names.ts";
import type { Stage } from "../stage.ts";

const root = join(import.meta.dirname, "..", "..");

/** A variable for each of the function's schema, optional where the schema says so: a forgotten one does not compile. */
export type EnvironmentFor<Env> = { readonly [Name in keyof Env]: string };

export interface BridgeFunctionProps<Env extends object> {
  /** The function's folder below `lambdas`, for example `upkeep/sweeper`. */
  readonly folder: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly environment: EnvironmentFor<NoInfer<Env>>;
  readonly stage: Stage;
  /** Encrypts its logs. */
  readonly key: IKey;
  readonly memoryMegabytes?: number;
  readonly reservedConcurrentExecutions?: number;
  /** Its wake-ups go in circles on purpose: Lambda must not take a long lane for a runaway loop and stop it. */
  readonly wakesItself?: true;
}

/** A Lambda function of the bridge: bundled by esbuild, with its own log group and no rights beyond writing to it. */
export class BridgeFunction<Env extends object> extends NodejsFunction {
  /** Its name in logs and metrics: that of its folder. */
  readonly service: string;

  constructor(scope: Construct, id: string, props: BridgeFunctionProps<Env>) {
    const logGroup = new LogGroup(scope, `${id}Logs`, logGroupProps(props));
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(role);

    super(scope, id, {
      description: props.description,
      entry: join(root, "lambdas", props.folder, "index.ts"),
      handler: "handler",
      projectRoot: root,
      depsLockFilePath: join(root, "package-lock.json"),
      bundling,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMegabytes ?? 512,
      timeout: props.timeout,
      environment: {
        ...props.environment,
        STAGE: props.stage.name,
        POWERTOOLS_SERVICE_NAME: basename(props.folder),
        POWERTOOLS_METRICS_NAMESPACE: metricsNamespace(props.stage.name),
      },
      role,
      logGroup,
      ...(props.wakesItself && { recursiveLoop: RecursiveLoop.ALLOW }),
      ...(props.reservedConcurrentExecutions !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      }),
    });
    this.service = basename(props.folder);
  }

  /** Runs it every so many minutes. A run that could not start is not made up for: the next one does its work. */
  runEvery(interval: Duration): void {
    const once = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };
    this.configureAsyncInvoke(once);
    new Schedule(this, "Schedule", {
      schedule: ScheduleExpression.rate(interval),
      target: new LambdaInvoke(this, once),
    });
  }
}

/** For log groups of functions and of the API alike. */
export const logGroupProps = ({ stage, key }: { stage: Stage; key: IKey }) => ({
  encryptionKey: key,
  retention: RetentionDays.TWO_MONTHS,
  removalPolicy: stage.removalPolicy,
});

const bundling = {
  format: OutputFormat.ESM,
  target: "node24",
  // The SDK's ES modules: esbuild drops what is not used of them, about a third.
  mainFields: ["module", "main"],
  // For the CommonJS modules among the dependencies: what they require of Node is not bundled, and there is no `require` here.
  banner: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
  minify: true,
  logLevel: LogLevel.ERROR,
  // Lambda gives credentials by the environment. Left out of the bundle, the other providers save a fifth of its import.
  externalModules: [
    "@aws-sdk/credential-provider-http",
    "@aws-sdk/credential-provider-ini",
    "@aws-sdk/credential-provider-process",
    "@aws-sdk/credential-provider-sso",
    "@aws-sdk/credential-provider-web-identity",
    "@smithy/credential-provider-imds",
  ],
  // For whoever sets NODE_OPTIONS=--enable-source-maps to hunt a fault; always on, it costs a quarter of the import.
  sourceMap: true,
  sourcesContent: false,
};
