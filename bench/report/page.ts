import os from 'node:os';
import process from 'node:process';
import type { Measured } from '../measure.js';
import { judge } from './aims.js';
import { aimTable, asMarkdown, commandTable, ratioTable, resultsOf, resultTable } from './tables.js';

export interface Circumstances {
  readonly redisVersion: string;
  readonly command: string;
  readonly date: Date;
  /** Processes that wanted to run in the minute before the start: what else this machine was doing. */
  readonly loadBefore: number;
}

export function machine({ redisVersion, loadBefore }: Circumstances): string {
  const processors = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const model = processors[0]?.model.trim() || 'unknown';
  return `${processors.length} × ${model}, ${memory} GiB; Node ${process.versions.node}, Redis ${redisVersion}, ${os.type()} ${os.arch()}; load average before the start ${loadBefore.toFixed(1)}`;
}

/** docs/performance.md. */
export function performancePage(measured: Measured, circumstances: Circumstances): string {
  const results = resultsOf(measured);
  return `# Performance

How much of what BullMQ and Redis can do is left after Sluice has admitted, recorded and answered. Written by
\`${circumstances.command}\` on ${circumstances.date.toISOString().slice(0, 10)}; run it again on your own machine.

${machine(circumstances)}. Everything below shares these processors: Redis, PostgreSQL, every Node process, and the load
generator. A closed loop of so many requesters saturates them from concurrency 50 on, so there p50 is mostly queueing. Sluice
needs more processor time for a request than the floor, so other load on the machine lowers its share.

## Aims

${asMarkdown(aimTable(judge(results, measured.commands.sync)))}

## Results

${asMarkdown(resultTable(results))}

${asMarkdown(ratioTable(results))}

* **floor** is the least that a queue with two processes can do: one process adds a BullMQ job with a priority and waits; a
  worker process with 50 slots does nothing and publishes the job's id; the first process resolves. No HTTP, no limits, no
  records.
* **Sluice, sync** is \`POST /generate\` over HTTP keep-alive with the model \`sim-instant\` (0 ms): one API process, one
  generate worker with 50 slots, and one tell worker that records every job in PostgreSQL, as in production. The caller has
  an API key, and every kind of rule counts it: requests, tokens, concurrency, queue, and two budgets with a priced model.
* **reference, sync**, where it is there, is the same of another build (\`--against\`), for a caller without a key, over a
  Redis of its own.
* **Sluice, async (accepted)** is \`POST /generate\` with \`"mode": "async"\` until the 202, while the worker drains the
  queue on the same processors.

Redis syncs its append-only file every second, for the floor too. Logs go to a file at the level \`info\`. Modes are
measured in turns, each warmed up first, and none begins before the work of the one before is finished and recorded.
“Redis µs/request” is the processor time of the Redis process by requests answered.

## Commands to Redis

${asMarkdown(commandTable(measured))}

Counted with \`MONITOR\` at concurrency 1, where a worker is idle between jobs and asks most. “Ours for the job” are
admission, begin and settlement, each one script; “ours for many” are the recorder's batches and heartbeats.
`;
}
