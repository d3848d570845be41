import { createHmac, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const KEY_PREFIX = 'sk-sluice-';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const ID_LENGTH = 12;
const SHAPE = new RegExp(`^${KEY_PREFIX}([0-9A-Za-z]{${RANDOM_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`);

/** A new API key: the prefix, 32 random base62 characters (190 bits), and 6 of their CRC-32, most significant first. */
export function mintKey(): string {
  const random = randomBase62(RANDOM_LENGTH);
  return KEY_PREFIX + random + checksum(random);
}

/** A new key's public id: 12 base62 characters. */
export const mintKeyId = (): string => randomBase62(ID_LENGTH);

export const isKeyId = (text: string): boolean => /^[0-9A-Za-z]{12}$/.test(text);

/** Whether a text may be one of our keys at all: a mistyped one is known by its checksum, without a look at any store. */
export function isKeyShaped(text: string): boolean {
  const [, random, sum] = SHAPE.exec(text) ?? [];
  return random !== undefined && sum === checksum(random);
}

/** What is stored of a key: its HMAC-SHA-256, in hexadecimal digits. */
export const hashKey = (key: string, secret: string): string =>
  createHmac('sha256', secret).update(key).digest('hex');

function randomBase62(length: number): string {
  return Array.from({ length }, () => BASE62.charAt(randomInt(BASE62.length))).join('');
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let at = 0; at < CHECKSUM_LENGTH; at++) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return digits;
}
