import { LaunchError } from './launch-error.js';
import { type LaunchPlan, Launcher } from './launcher.js';
import type { Progress } from './progress.js';
import type { StopSignals } from './stop-signals.js';

const KILLED_CODE = 130;

export interface Surroundings {
  readonly progress: Progress;
  readonly signals: StopSignals;
  /** For what the person who started us has to read. */
  readonly complain: (text: string) => void;
}

const whenAborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });

/** One sentence for what can be put right; everything there is for what can't. */
export function complaintAbout(error: unknown): string {
  if (error instanceof LaunchError) return error.message;
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${details}\nThis is a defect in Sluice.`;
}

async function live(launcher: Launcher, { signals, complain }: Surroundings): Promise<number> {
  try {
    const { apiDied } = await launcher.start(signals.asked);
    const sentence = await Promise.race([apiDied, whenAborted(signals.asked)]);
    if (sentence === null) return 0;
    complain(sentence);
  } catch (error) {
    if (signals.asked.aborted) return 0;
    complain(complaintAbout(error));
  }
  return 1;
}

async function liveAndStop(launcher: Launcher, surroundings: Surroundings): Promise<number> {
  const code = await live(launcher, surroundings);
  try {
    await launcher.stop();
    return code;
  } catch (error) {
    surroundings.complain(complaintAbout(error));
    await launcher.kill();
    return 1;
  }
}

/** Runs Sluice until somebody asks it to stop or it can't go on; answers the exit code, and leaves no process behind. */
export async function runLauncher(plan: LaunchPlan, surroundings: Surroundings): Promise<number> {
  const launcher = new Launcher(plan, surroundings.progress);
  const kill = { isUnderWay: false };
  const hard = surroundings.signals.insisted.then(async () => {
    kill.isUnderWay = true;
    surroundings.progress.say('Killing everything.');
    await launcher.kill();
    return KILLED_CODE;
  });
  const code = await Promise.race([liveAndStop(launcher, surroundings), hard]);
  return kill.isUnderWay ? hard : code;
}
