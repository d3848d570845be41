import process from 'node:process';
import { runOrder, type RunOrder, type Sample } from './runs.js';

/** The generator's side: runs what the bench orders over IPC, one order after the other, and ends with the bench. */
export function answerOrders(run: (order: RunOrder) => Promise<Sample>): void {
  process.on('message', (message) => {
    void run(runOrder.parse(message)).then((sample) => process.send?.(sample));
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ kind: 'ready' });
}
