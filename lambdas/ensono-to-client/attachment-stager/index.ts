import bridge from "../../../bridge.config.ts";
import { awsClients, s3Client } from "../../shared/runtime/aws-clients.ts";
import { parseEnv } from "../../shared/runtime/parse-env.ts";
import { envSchema } from "./env.ts";
import { createHandler } from "./handler.ts";

export const handler = createHandler(parseEnv(envSchema, process.env), { ...awsClients(), s3: s3Client() }, bridge);
