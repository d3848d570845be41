import { z } from 'zod';

const raised = z.object({
  meta: z.object({
    driverAdapterError: z.object({
      cause: z.object({ originalCode: z.string(), originalMessage: z.string().default('') }),
    }),
  }),
});

/** What PostgreSQL said when it refused a row: a class 22 (data) or 23 (constraint) SQLSTATE. */
export interface DataRefusal {
  readonly sqlState: string;
  /** May quote what was refused: not for logs. */
  readonly because: string;
}

/** The refusal behind an error of Prisma's; null when the error says nothing about the data. */
export function dataRefusal(error: unknown): DataRefusal | null {
  const found = raised.safeParse(error);
  if (!found.success) return null;
  const { originalCode, originalMessage } = found.data.meta.driverAdapterError.cause;
  return /^2[23]/.test(originalCode) ? { sqlState: originalCode, because: originalMessage } : null;
}
