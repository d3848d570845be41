import { describe, expect, it } from '@jest/globals';
import type { Answered } from './client.js';
import { runUsers } from './users.js';

const generated: Answered = { kind: 'generated', ms: 1, workerId: 'w', backendId: 'b' };

describe('runUsers', () => {
  it('sends every request of every user and answers all answers', async () => {
    const sent: string[] = [];
    let answered = 0;
    const plan = { users: 2, requestsPerUser: 3, delaySeconds: 0 };
    const send = async (userId: string): Promise<Answered> => {
      sent.push(userId);
      return generated;
    };
    expect(await runUsers(plan, send, () => (answered += 1))).toHaveLength(6);
    expect(sent.filter((user) => user === 'test_user_1')).toHaveLength(3);
    expect(answered).toBe(6);
  });

  it('does not wait for an answer before the next request', async () => {
    const open: ((answer: Answered) => void)[] = [];
    const send = (): Promise<Answered> =>
      new Promise((resolve) => {
        open.push(resolve);
        if (open.length === 3) for (const answer of open) answer(generated);
      });
    const plan = { users: 1, requestsPerUser: 3, delaySeconds: 0.001 };
    expect(await runUsers(plan, send, () => undefined)).toHaveLength(3);
  });
});
