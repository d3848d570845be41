import { setTimeout as pause } from 'node:timers/promises';
import type { Answered } from './client.js';

export interface LoadPlan {
  readonly users: number;
  readonly requestsPerUser: number;
  readonly delaySeconds: number;
}

export type SendAs = (userId: string) => Promise<Answered>;

/** All users at once, each sending on time whether or not its earlier requests were answered. Answers what came back. */
export async function runUsers(plan: LoadPlan, send: SendAs, onAnswer: () => void): Promise<Answered[]> {
  const users = Array.from({ length: plan.users }, (_, index) =>
    runUser(`test_user_${index}`, plan, send, onAnswer),
  );
  return (await Promise.all(users)).flat();
}

async function runUser(
  userId: string,
  { requestsPerUser, delaySeconds }: LoadPlan,
  send: SendAs,
  onAnswer: () => void,
): Promise<Answered[]> {
  const began = performance.now();
  const answers: Promise<Answered>[] = [];
  for (let request = 0; request < requestsPerUser; request += 1) {
    // From the beginning, so that late timers do not add up.
    const dueMs = began + request * delaySeconds * 1_000 - performance.now();
    if (dueMs > 0) await pause(dueMs);
    const answer = send(userId);
    void answer.then(onAnswer);
    answers.push(answer);
  }
  return Promise.all(answers);
}
