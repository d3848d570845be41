import { LaunchError } from '../local/launch-error.js';
import { durationFrom } from './option-values.js';
import type { Stage } from './rate-profile.js';

const LEVEL_MAX = 100_000;

/**
 * Such as `30s:10,1m:50,30s:0`: each goes evenly from where the one before ended.
 * @throws LaunchError
 */
export function stagesFrom(text: string): Stage[] {
  const stages = text.split(',').map(stageFrom);
  if (stages.some(({ seconds }) => seconds > 0)) return stages;
  throw new LaunchError(`--stages is ${JSON.stringify(text)}: one stage at least must take time.`);
}

function stageFrom(text: string): Stage {
  const [duration, level, ...more] = text.trim().split(':');
  const to = level === undefined || level === '' ? Number.NaN : Number(level);
  if (duration === undefined || more.length > 0 || !(to >= 0 && to <= LEVEL_MAX))
    throw new LaunchError(
      `--stages has ${JSON.stringify(text)}: a stage is TIME:LEVEL, such as 30s:10, with a level from 0 to ${LEVEL_MAX}.`,
    );
  return { seconds: durationFrom('The time of a stage', duration) / 1_000, to };
}
