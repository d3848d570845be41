// Builds, then runs the tests in rounds: unit and integration tests share the processors; end-to-end tests that hold bounds of
// a second, or load the machine, run one file after another, and so do those with Prometheus, a browser or Docker Compose; the
// others two at a time; what mostly waits (crashes, scaling, the Docker Engine) runs three files at a time. Ends with one line that sums up all
// rounds. Tests with what a machine does not have are left out, which one line says.
// Arguments go to Jest: `npm test -- --selectProjects unit`, `npm test -- some-file`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { whyNoBrowser } from '../test/support/browser.mjs';
import { whyNoCompose } from '../test/support/docker/compose-command.mjs';
import { whyNoEngine } from '../test/support/docker/engine.mjs';
import { whyNoMonitoring } from '../test/support/monitoring/programs.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const JEST = ['--experimental-vm-modules', '--no-warnings', path.join(root, 'node_modules/jest/bin/jest.js')];
const ROUNDS = [
  { projects: ['unit', 'integration'], options: [] },
  { projects: ['bounds'], options: ['--runInBand'] },
  { projects: ['e2e'], options: ['--maxWorkers=2'] },
  { projects: ['operations', 'browser', 'compose'], options: ['--runInBand'] },
  { projects: ['chaos', 'scaling', 'docker'], options: ['--maxWorkers=3'] },
];
const PROJECTS = ROUNDS.flatMap(({ projects }) => projects);

/** Takes `--selectProjects a b` out of the arguments, because each round may only run its own share. */
function splitArguments(args) {
  const at = args.findIndex((arg) => /^--select-?projects$/i.test(arg));
  if (at === -1) return { wanted: PROJECTS, rest: args };
  const after = args.slice(at + 1);
  const count = after.findIndex((arg) => !PROJECTS.includes(arg));
  const wanted = count === -1 ? after : after.slice(0, count);
  return { wanted, rest: [...args.slice(0, at), ...after.slice(wanted.length)] };
}

const run = (args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status;

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** A file that can't be loaded has no failed test, and a run that breaks off has no report: both count as one failure. */
function countRound({ projects, options }, rest, file) {
  const ours = [
    '--passWithNoTests',
    ...options,
    '--json',
    '--outputFile',
    file,
    '--selectProjects',
    ...projects,
  ];
  const status = run([...JEST, ...rest, ...ours]);
  const report = readReport(file);
  if (report === null) return { passed: 0, failed: 1, skipped: 0 };
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return {
    passed: report.numPassedTests,
    failed: status === 0 ? failed : Math.max(failed, 1),
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** What not every machine has: by project what it is, and why there is none, which is null when there is one. */
const NEEDED = {
  docker: { what: 'a Docker Engine', whyNone: whyNoEngine },
  compose: { what: 'Docker Compose', whyNone: () => whyNoEngine() ?? whyNoCompose() },
  operations: { what: 'Prometheus and Alertmanager', whyNone: whyNoMonitoring },
  browser: { what: 'a browser', whyNone: whyNoBrowser },
};
/** What was left out, and why, as sentences. */
const leftOut = [];

function isLeftOut(project) {
  const needed = NEEDED[project];
  const because = needed?.whyNone() ?? null;
  if (because !== null) leftOut.push(`Skipped: the tests with ${needed.what}, because ${because}.`);
  return because !== null;
}

function countAll() {
  if (run([path.join(root, 'scripts/build.mjs')]) !== 0) return [{ passed: 0, failed: 1, skipped: 0 }];
  const { wanted, rest } = splitArguments(process.argv.slice(2));
  const reports = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));
  try {
    return ROUNDS.map((round, index) => ({
      ...round,
      projects: round.projects.filter((project) => wanted.includes(project) && !isLeftOut(project)),
      file: path.join(reports, `${index}.json`),
    }))
      .filter(({ projects }) => projects.length > 0)
      .map((round) => countRound(round, rest, round.file));
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

const counts = countAll();
for (const sentence of leftOut) console.log(`\n${sentence}`);
const sum = (of) => counts.reduce((total, count) => total + count[of], 0);
const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')];
if (passed + failed === 0) console.error('No test ran.');
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
