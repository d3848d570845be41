// API keys from the command line: `npm run keys -- create --tier premium --name web`.
import { existsSync } from 'node:fs';
import process from 'node:process';
import { z } from 'zod';
import { type KeysCall, readKeysCall, USAGE } from './keys/options.js';
import { showAnswer } from './keys/show-answer.js';
import { LaunchError, messageOf } from './local/launch-error.js';
import { complaintAbout } from './local/run-launcher.js';

const ANSWER_MS_MAX = 10_000;
const problem = z.object({ detail: z.string() });

/** @throws LaunchError with what the API said, or that it said nothing. */
async function ask({ url, method, path, body }: KeysCall, token: string | undefined): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === null ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  }).catch((error: unknown) => {
    throw new LaunchError(`The API at ${url} does not answer (${messageOf(error)}): start it, or say --url.`);
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer;
  const said = problem.safeParse(answer).data?.detail ?? 'It does not look like Sluice: check --url.';
  throw new LaunchError(`The API at ${url} answered ${response.status}: ${said}`);
}

async function main(): Promise<number> {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
    const call = readKeysCall(process.argv.slice(2), process.env['PORT']);
    if (call === null) console.log(USAGE);
    else console.log(showAnswer(await ask(call, process.env['ADMIN_TOKEN'])));
    return 0;
  } catch (error) {
    console.error(complaintAbout(error));
    return 1;
  }
}

process.exitCode = await main();
