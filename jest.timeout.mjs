// Jest reads `testTimeout` once for all projects, so each project names its own bound among its globals.
import { jest } from '@jest/globals';

jest.setTimeout(globalThis.TEST_TIMEOUT_MS);
