import path from 'node:path';
import { type Board, dashboardOf } from './board.js';

/** Where Grafana finds its dashboards, from the project's root. */
export const DIRECTORY = 'grafana/dashboards';

export const fileOf = ({ name }: Board): string => path.join(DIRECTORY, `${name}.json`);

/** The bytes of its file. */
export const textOf = (board: Board): string => `${JSON.stringify(dashboardOf(board), null, 2)}\n`;
