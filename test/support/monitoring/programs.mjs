// The programs that the tests with a real Prometheus and Alertmanager need: Debian's packages prometheus and prometheus-alertmanager.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const PROGRAMS = [['prometheus'], ['promtool'], ['prometheus-alertmanager', 'alertmanager'], ['amtool']];

function canRun(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const isOnPath = (name) =>
  (process.env.PATH ?? '').split(path.delimiter).some((directory) => canRun(path.join(directory, name)));

/** Why these tests cannot run, as the rest of a sentence; null when they can. */
export function whyNoMonitoring() {
  const missing = PROGRAMS.filter((names) => !names.some(isOnPath)).map(([name]) => name);
  return missing.length === 0 ? null : `there is no ${missing.join(', no ')}`;
}
