import { setTimeout as delay } from "node:timers/promises";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  type _Record,
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import * as z from "zod";
import { readKept, writeWhole } from "./kept-file.ts";

type Image = Readonly<Record<string, unknown>>;

/** A record of a stream as Lambda hands it to a function: JSON, bytes in base64. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventVersion: string;
  readonly eventSource: "aws:dynamodb";
  readonly awsRegion: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly SequenceNumber: string;
    readonly StreamViewType: string;
    readonly Keys: Image;
    readonly OldImage?: Image;
    readonly NewImage?: Image;
  };
}

export interface TableStream {
  /** Hands over what is written to the table, in order and each part once the one before it is handled, until the signal. */
  follow(
    handle: (records: readonly StreamRecord[]) => Promise<void>,
    signal: AbortSignal,
    onFailure: (error: unknown) => void,
  ): Promise<void>;
}

/** How far each shard is handled, by its id. */
export interface Checkpoints {
  read(shardId: string): string | undefined;
  write(shardId: string, sequenceNumber: string): void;
}

/** As Lambda looks: so what is written at about the same time comes in one batch. */
const LOOK_EVERY_MS = 250;
const AFTER_FAILURE_MS = 1_000;

/** The stream of a table on the emulator. */
export function tableStream(input: {
  client: DynamoDBStreamsClient;
  streamArn: string;
  region: string;
  checkpoints: Checkpoints;
}): TableStream {
  const { client, streamArn: StreamArn, region, checkpoints } = input;

  async function shardIds(): Promise<string[]> {
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
    return (StreamDescription?.Shards ?? []).flatMap(({ ShardId }) => ShardId ?? []);
  }

  async function iterator(ShardId: string): Promise<string | undefined> {
    const SequenceNumber = checkpoints.read(ShardId);
    const from =
      SequenceNumber === undefined
        ? ({ ShardIteratorType: "TRIM_HORIZON" } as const)
        : ({ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber } as const);
    return (await client.send(new GetShardIteratorCommand({ StreamArn, ShardId, ...from }))).ShardIterator;
  }

  return {
    async follow(handle, signal, onFailure) {
      const pause = (milliseconds: number) => delay(milliseconds, undefined, { signal });
      const ended = new Set<string>();

      /** To the shard's end, if it has one. */
      const followShard = async (shardId: string): Promise<void> => {
        for (let next = await iterator(shardId); next !== undefined && !signal.aborted; ) {
          const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator: next }));
          if (Records.length > 0) await handle(Records.map((record) => toRecord(record, region)));
          signal.throwIfAborted();
          const last = Records.at(-1)?.dynamodb?.SequenceNumber;
          if (last !== undefined) checkpoints.write(shardId, last);
          await pause(LOOK_EVERY_MS);
          next = NextShardIterator;
        }
        ended.add(shardId);
      };

      while (!signal.aborted) {
        try {
          const open = (await shardIds()).filter((shardId) => !ended.has(shardId));
          // Shards of the emulators follow one another.
          if (open[0] === undefined) await pause(LOOK_EVERY_MS);
          else await followShard(open[0]);
        } catch (error) {
          if (signal.aborted) return;
          onFailure(error);
          await pause(AFTER_FAILURE_MS).catch(() => undefined);
        }
      }
    },
  };
}

function toRecord(record: _Record, region: string): StreamRecord {
  const { ApproximateCreationDateTime, SequenceNumber = "", StreamViewType = "", ...images } = record.dynamodb ?? {};
  return {
    eventID: record.eventID ?? "",
    eventName: record.eventName ?? "",
    eventVersion: record.eventVersion ?? "",
    eventSource: "aws:dynamodb",
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: (ApproximateCreationDateTime?.getTime() ?? 0) / 1000,
      SequenceNumber,
      StreamViewType,
      Keys: toImage(images.Keys ?? {}),
      ...(images.OldImage && { OldImage: toImage(images.OldImage) }),
      ...(images.NewImage && { NewImage: toImage(images.NewImage) }),
    },
  };
}

function toImage(attributes: Readonly<Record<string, AttributeValue>>): Image {
  const inBase64 = (_: string, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
  return z.record(z.string(), z.unknown()).parse(JSON.parse(JSON.stringify(attributes, inBase64)));
}

const checkpointsSchema = z.record(z.string(), z.string());

/** Kept in a file between runs, or without one in memory. */
export function keptCheckpoints(file?: string): Checkpoints {
  const known = file === undefined ? {} : (readKept(file, checkpointsSchema) ?? {});
  return {
    read: (shardId) => known[shardId],
    write(shardId, sequenceNumber) {
      known[shardId] = sequenceNumber;
      if (file !== undefined) writeWhole(file, JSON.stringify(known));
    },
  };
}
