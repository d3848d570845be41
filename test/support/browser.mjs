// The Chromium that browser tests and screenshots use: the machine's own. None is downloaded.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Its path; null without one. `CHROMIUM` names another. */
export function findChromium() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const named = process.env.CHROMIUM === undefined ? [] : [process.env.CHROMIUM];
  const places = [...named, ...NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)))];
  return places.find(isExecutable) ?? null;
}

/** Why there is none, as the rest of a sentence; null when there is one. */
export const whyNoBrowser = () =>
  findChromium() === null ? 'no Chromium is on the PATH (on Debian: apt-get install chromium)' : null;

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
