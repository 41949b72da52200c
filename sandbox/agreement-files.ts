import { safeFileName } from "../lambdas/shared/domain/file-names.ts";

/** Whether both sides have the same files at a ticket. */

export interface EnsonoFile {
  readonly fileName: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal; left out where nobody has read the file through. */
  readonly sha256?: string | undefined;
  /** Of Ensono's own files; the others are not sent. */
  readonly isPublic?: boolean | undefined;
}

interface ClientFile {
  readonly fileName: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * What one side has and the other has not, in words. A file counts as often as it is there, but may be at several of the
 * client's tickets where one took the other's place.
 *
 * @param tickets the files of each of the client's tickets.
 */
export const fileDifferences = (
  ensono: readonly EnsonoFile[],
  tickets: readonly (readonly ClientFile[])[],
): string[] => {
  const shared = ensono.filter(({ isPublic = true }) => isPublic);
  const arrived = new Set<EnsonoFile>();
  const strays: ClientFile[] = [];
  for (const files of tickets) {
    const free = new Set(shared);
    for (const file of files) {
      const same = [...free].find((one) => isSame(one, file));
      if (same === undefined) strays.push(file);
      else {
        free.delete(same);
        arrived.add(same);
      }
    }
  }
  const missing = shared.filter((one) => !arrived.has(one));
  return [
    ...missing.map(({ fileName, size }) => `attachments: only Ensono has "${fileName}" (${size} bytes)`),
    ...strays.map(({ fileName, size }) => `attachments: only the client has "${fileName}" (${size} bytes)`),
  ];
};

const isSame = (ensono: EnsonoFile, client: ClientFile): boolean =>
  ensono.size === client.size &&
  (ensono.sha256 === undefined || ensono.sha256 === client.sha256) &&
  isSameName(ensono.fileName, client.fileName);

/** Ensono has the client's files under names that it takes, and a second file of the same name under another one. */
const isSameName = (atEnsono: string, atClient: string): boolean => {
  if (atEnsono === atClient) return true;
  const [, mark] = /-([0-9a-f]{10,})(?:\.[^.]*)?$/.exec(atEnsono) ?? [];
  if (mark === undefined) return false;
  return atEnsono === safeFileName(atClient, mark) || atEnsono.replace(`-${mark}`, "") === atClient;
};
