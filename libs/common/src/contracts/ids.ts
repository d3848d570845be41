import { randomBytes, randomFillSync } from 'node:crypto';

/**
 * UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits, so that ids sort by birth.
 * `random` is 10 bytes.
 */
export function uuidV7(unixMs: number, random: Uint8Array): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(unixMs, 0, 6);
  bytes.set(random, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const RANDOM_BYTES = 10;
const pool = Buffer.alloc(RANDOM_BYTES * 512);
let poolUsed = pool.length;

/** Asking the system for 10 bytes at a time would cost more than the rest of an id. */
function nextRandom(): Uint8Array {
  if (poolUsed === pool.length) {
    randomFillSync(pool);
    poolUsed = 0;
  }
  poolUsed += RANDOM_BYTES;
  return pool.subarray(poolUsed - RANDOM_BYTES, poolUsed);
}

const mint = (prefix: string): string => prefix + uuidV7(Date.now(), nextRandom());

/** Ours, never a caller's: BullMQ keeps the old job when an id comes twice and answers with the new one's data. */
export const mintJobId = (): string => mint('job_');
export const mintRequestId = (): string => mint('req_');
export const mintEndpointId = (): string => mint('whe_');
/** OpenAI's prefixes, which its clients know. */
export const mintFileId = (): string => mint('file-');
export const mintBatchId = (): string => mint('batch_');
export const mintScalerId = (): string => `scaler-${randomBytes(5).toString('hex')}`;
export const mintWorkerId = (): string => `worker-${randomBytes(5).toString('hex')}`;

const JOB_ID = /^job_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const isJobId = (text: string): boolean => JOB_ID.test(text);

/** When a job's id was minted, in Unix milliseconds by the clock of the API process that did; null of what is no job id. */
export const bornMs = (jobId: string): number | null =>
  isJobId(jobId) ? Number.parseInt(jobId.slice(4, 12) + jobId.slice(13, 17), 16) : null;
