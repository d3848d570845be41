import { z } from 'zod';

export const auditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional()
    .describe('Only entries with a smaller id; next_before of the page before.'),
});
export type AuditQuery = z.infer<typeof auditQuery>;

export const auditPage = z.object({
  entries: z.array(
    z.object({
      id: z.string(),
      timestamp: z.string().describe('When the write was asked for: ISO 8601, UTC.'),
      request_id: z.string(),
      actor: z.string().describe('How the caller showed who it is: token, session or loopback.'),
      address: z.string(),
      action: z.string().describe('Method and route, such as POST /admin/keys.'),
      detail: z.unknown().describe('The parameters of the path, the query and the body, without secrets.'),
      status: z.number().int().nullable().describe('Of the answer; null while there is none.'),
    }),
  ),
  next_before: z.string().nullable().describe('Send it as before for the next page; null on the last.'),
});
export type AuditPage = z.infer<typeof auditPage>;
