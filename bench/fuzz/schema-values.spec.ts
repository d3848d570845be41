import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { SchemaValues } from './schema-values.js';

const values = new SchemaValues({ resolve: () => z.toJSONSchema(z.object({ n: z.literal(7) })) });

describe('SchemaValues', () => {
  it.each([
    ['objects with bounds', z.strictObject({ a: z.int().min(1).max(3), b: z.string().max(5).optional() })],
    ['unions and nulls', z.union([z.enum(['x', 'y']), z.null(), z.array(z.boolean()).min(1).max(3)])],
    ['patterns', z.strictObject({ word: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/) })],
    ['records', z.record(z.string().max(4), z.number().gt(0).max(10))],
    ['dates', z.iso.datetime()],
  ])('makes %s that the schema takes', (_, schema) => {
    const arbitrary = values.of(z.toJSONSchema(schema, { io: 'input' }));
    fc.assert(
      fc.property(arbitrary, (value) => {
        expect(schema.safeParse(value).error).toBeUndefined();
      }),
    );
  });

  it('follows references', () => {
    expect(fc.sample(values.of({ $ref: '#/components/schemas/x' }), 1)).toEqual([{ n: 7 }]);
  });
});
