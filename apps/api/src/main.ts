import 'reflect-metadata';
import process from 'node:process';
import { Shutdown } from '#common/lifecycle/shutdown.js';
import { runProcess } from '#common/lifecycle/run-process.js';
import { startApi } from './start-api.js';
import { loadApiConfig } from './api.config.js';

const shutdown = new Shutdown();
await runProcess(shutdown, () => startApi(loadApiConfig(process.env), shutdown, process.stdout.isTTY));
