import 'reflect-metadata';
import process from 'node:process';
import { runProcess } from '#common/lifecycle/run-process.js';
import { Shutdown } from '#common/lifecycle/shutdown.js';
import { startWorker } from './start-worker.js';
import { loadWorkerConfig } from './worker.config.js';

const shutdown = new Shutdown();
await runProcess(shutdown, () => startWorker(loadWorkerConfig(process.env), shutdown, process.stdout.isTTY));
