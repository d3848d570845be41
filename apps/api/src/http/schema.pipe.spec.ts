import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Refusal } from '#common/errors/refusal.js';
import { schemaPipe } from './schema.pipe.js';

const schema = z
  .strictObject({
    count: z.number().default(3),
    messages: z.array(z.object({ content: z.string('must be text') })).default([]),
  })
  .refine(({ count }) => count !== 13, 'brings bad luck');

const piped = (value: unknown, checked: z.ZodType = schema): Promise<unknown> =>
  schemaPipe.transform(value, { type: 'body', schema: checked });

async function refusalOf(value: unknown, checked?: z.ZodType): Promise<Refusal> {
  try {
    await piped(value, checked);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('schemaPipe', () => {
  it('gives a handler the parsed value, with its defaults', async () => {
    expect(await piped({})).toEqual({ count: 3, messages: [] });
  });

  it('names the field at fault by its path, in the sentence and as param', async () => {
    const refusal = await refusalOf({ messages: [{ content: 'x' }, { content: 7 }] });
    expect(refusal.code).toBe('invalid_value');
    expect(refusal.detail.param).toBe('messages.1.content');
    expect(refusal.message).toBe('messages.1.content: must be text');
  });

  it('names an unknown field as its sender wrote it', async () => {
    const refusal = await refusalOf({ conut: 5 });
    expect(refusal.detail.param).toBe('conut');
    expect(refusal.message).toContain('conut');
  });

  it('names no field when the whole is at fault', async () => {
    expect((await refusalOf({ count: 13 })).detail).toEqual({ message: 'brings bad luck' });
    expect((await refusalOf('text')).detail).not.toHaveProperty('param');
  });

  it('tells up to five problems at once, and blames the first', async () => {
    const fields = Array.from({ length: 9 }, (_, n) => `f${n}`);
    const strings = z.object(Object.fromEntries(fields.map((name) => [name, z.string('no text')])));
    const refusal = await refusalOf({}, strings);
    expect(refusal.message).toBe('f0: no text; f1: no text; f2: no text; f3: no text; f4: no text');
    expect(refusal.detail.param).toBe('f0');
  });

  it('does not repeat the value that it refuses', async () => {
    const refusal = await refusalOf({ count: 'canary', messages: 'canary' });
    expect(JSON.stringify([refusal.message, refusal.detail])).not.toContain('canary');
  });

  it('lets through what carries no schema', async () => {
    expect(await schemaPipe.transform('as it is', { type: 'param' })).toBe('as it is');
  });
});
