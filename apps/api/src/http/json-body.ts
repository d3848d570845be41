import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { parse } from 'secure-json-parse';
import { Refusal } from '#common/errors/refusal.js';

export const BODY_BYTES_MAX = 1024 * 1024;
const DEPTH_MAX = 32;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** The deepest nesting of arrays and objects in JSON text, read without parsing it. */
export function nestingOf(json: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0;
    if (isInString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) isInString = true;
    else if (OPENING.has(byte)) deepest = Math.max(deepest, ++depth);
    else if (CLOSING.has(byte)) depth--;
  }
  return deepest;
}

/**
 * JSON from untrusted bytes. Text nested 5,000 deep would parse and break whoever prints it, so depth comes first.
 * @throws Refusal invalid_json, too_deep, or invalid_value for a key that would reach a prototype.
 */
export function parseJsonBody(body: Buffer): unknown {
  if (!isUtf8(body)) throw new Refusal('invalid_json', { message: 'The body is not UTF-8.' });
  if (nestingOf(body) > DEPTH_MAX) throw new Refusal('too_deep');
  const text = body.toString('utf8');
  try {
    const parsed: unknown = parse(text, null, { protoAction: 'error', constructorAction: 'error' });
    return parsed;
  } catch (cause) {
    if (isJson(text)) {
      throw new Refusal('invalid_value', {
        param: '__proto__',
        message: 'The keys __proto__ and constructor.prototype are not accepted.',
        cause,
      });
    }
    throw new Refusal('invalid_json', { cause });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Takes application/json only; any other type, and any compression, is 415. */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      // Many clients name the type also where there is no body, as on DELETE.
      if (body.length === 0) {
        done(null, undefined);
        return;
      }
      done(null, parseJsonBody(Buffer.isBuffer(body) ? body : Buffer.from(body)));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
  fastify.addHook('preParsing', async (request) => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw new Refusal('unsupported_media_type');
  });
}
