import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LaunchError, messageOf } from '../local/launch-error.js';
import { page } from './html/page.js';
import type { LoadOptions } from './options.js';
import type { LoadReport } from './report.schema.js';

type Files = Pick<LoadOptions, 'htmlFile' | 'jsonFile'>;

/**
 * Before the test: an hour of it would be in vain.
 * @throws LaunchError for a place where no file can be written.
 */
export function checkWritable({ htmlFile, jsonFile }: Files): void {
  for (const file of [htmlFile, jsonFile]) if (file !== null) checkPlace(file);
}

/** @throws LaunchError when a file cannot be written. */
export function writeResults({ htmlFile, jsonFile }: Files, report: LoadReport): string[] {
  const written: string[] = [];
  const write = (file: string, text: string): void => {
    try {
      writeFileSync(file, text);
    } catch (error) {
      throw new LaunchError(`The report was not written: ${messageOf(error)}`);
    }
    written.push(file);
  };
  if (jsonFile !== null) write(jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  if (htmlFile !== null) write(htmlFile, page(report));
  return written;
}

function checkPlace(file: string): void {
  try {
    const directory = path.dirname(path.resolve(file));
    accessSync(directory, constants.W_OK);
    if (!existsSync(file)) return;
    if (statSync(file).isDirectory()) throw new Error('it is a directory');
    accessSync(file, constants.W_OK);
  } catch (error) {
    throw new LaunchError(`${file} cannot be written: ${messageOf(error)}`);
  }
}
