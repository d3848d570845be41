import { describe, expect, it } from '@jest/globals';
import { Lanes } from './lanes.js';

const LIMITS = { receiver: 10, tenant: 50, calls: 200 };

/** How many calls of so many receivers of a tenant find a place. */
const entered = (lanes: Lanes, tenant: string, receivers: number): number =>
  Array.from({ length: receivers * LIMITS.receiver }, (_, at) =>
    lanes.enter(tenant, `receiver-${at % receivers}`),
  ).filter(({ kind }) => kind === 'entered').length;

describe('calls to receivers', () => {
  it('are at most ten to one, and fifty to all of a tenant', () => {
    const lanes = new Lanes(LIMITS);
    expect(entered(lanes, 'a', 1)).toBe(10);
    expect(entered(lanes, 'a', 20)).toBe(40);
  });

  it('leave room for others, however many tenants have receivers that do not end', () => {
    const lanes = new Lanes(LIMITS);
    for (let slow = 1; slow <= 12; slow++) {
      entered(lanes, `slow-${slow}`, 20);
      const other = lanes.enter(`other-${slow}`, 'well');
      expect(other.kind).toBe('entered');
      if (other.kind === 'entered') other.leave();
    }
  });

  it('give their places back', () => {
    const lanes = new Lanes({ receiver: 10, tenant: 50, calls: 4 });
    const first = ['a', 'a', 'b'].map((tenant) => lanes.enter(tenant, 'x'));
    expect(first.map(({ kind }) => kind)).toEqual(['entered', 'entered', 'entered']);
    expect(lanes.enter('a', 'x').kind).toBe('full');
    for (const each of first) if (each.kind === 'entered') each.leave();
    expect(lanes.enter('a', 'x').kind).toBe('entered');
  });
});
