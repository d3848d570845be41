import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';

/** The only route that takes a file. */
export const UPLOAD_PATH = '/v1/files';

const MULTIPART = 'multipart/form-data';

/** Takes a file on the one route that is for files. Everywhere else multipart stays 415. */
export async function acceptUploads(fastify: FastifyInstance): Promise<void> {
  await fastify.register(multipart, { throwFileSizeLimit: false });
  fastify.addHook('preParsing', async (request) => {
    const type = request.headers['content-type']?.trimStart().toLowerCase() ?? '';
    if (!type.startsWith(MULTIPART)) return;
    if (request.method !== 'POST' || request.routeOptions.url !== UPLOAD_PATH)
      throw new Refusal('unsupported_media_type');
  });
}
