import { z } from 'zod';

const seconds = z.number().int().describe('Unix time in seconds.');

/** OpenAI's file object (API reference, "The file object"). */
export const fileView = z.object({
  id: z.string(),
  object: z.literal('file'),
  bytes: z.number().int(),
  created_at: seconds,
  expires_at: seconds,
  filename: z.string(),
  purpose: z.enum(['batch', 'batch_output']),
  status: z.literal('processed'),
});
export type FileView = z.infer<typeof fileView>;

export const fileList = z.object({
  object: z.literal('list'),
  data: z.array(fileView),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.boolean(),
});
export type FileList = z.infer<typeof fileList>;

export const fileDeleted = z.object({ id: z.string(), object: z.literal('file'), deleted: z.literal(true) });
export type FileDeleted = z.infer<typeof fileDeleted>;

export const fileQuery = z.object({
  after: z.string().max(64).optional().describe('The last id of the page before.'),
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
  order: z.enum(['asc', 'desc']).default('desc'),
  purpose: z.string().max(64).optional(),
});
export type FileQuery = z.infer<typeof fileQuery>;

/** What OpenAPI says of an upload, which is no JSON. */
export const UPLOAD_SCHEMA = {
  type: 'object' as const,
  required: ['file', 'purpose'],
  properties: {
    file: { type: 'string' as const, format: 'binary', description: 'JSON lines, at most 100 MiB.' },
    purpose: { type: 'string' as const, enum: ['batch'] },
  },
};
