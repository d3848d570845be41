// Writes grafana/dashboards from scripts/dashboards: `npm run dashboards`.
import { writeFileSync } from 'node:fs';
import { BOARDS } from './dashboards/all-boards.js';
import { fileOf, textOf } from './dashboards/board-file.js';

for (const board of BOARDS) {
  writeFileSync(fileOf(board), textOf(board));
  console.log(`Wrote ${fileOf(board)}.`);
}
