import 'reflect-metadata';
import process from 'node:process';
import { runProcess } from '#common/lifecycle/run-process.js';
import { Shutdown } from '#common/lifecycle/shutdown.js';
import { startScaler } from './start-scaler.js';
import { loadScalerConfig } from './scaler.config.js';

const shutdown = new Shutdown();
await runProcess(shutdown, () => startScaler(loadScalerConfig(process.env), shutdown, process.stdout.isTTY));
