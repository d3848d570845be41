import { byKind, call, jobIdOf } from '../caller.js';
import { exactly, type Figure, told } from '../figure.js';
import { Fleet } from '../fleet.js';
import { ModelBackend } from '../model-backend.js';
import { certainly } from '../until.js';

const POSTS = 200;
const USER = { 'x-user-id': 'one-key' };

export const oneKey: Figure = {
  name: 'one-key',
  title: '200 identical POSTs with one Idempotency-Key on two replicas: one job',
  async measure({ signal }) {
    const backend = await ModelBackend.start(1_000);
    const fleet = await Fleet.start({
      apis: 2,
      config: { tiers: { anonymous: {} }, backends: [backend.config(POSTS)] },
      signal,
    });
    try {
      const post = (number: number) =>
        call(`${fleet.url(number % 2)}/generate`, {
          json: { model: 'bench', prompt: 'once' },
          headers: { ...USER, 'idempotency-key': 'order-7' },
        });
      const answers = await Promise.all(Array.from({ length: POSTS }, (_, number) => post(number)));
      const ids = new Set(answers.map(jobIdOf));
      const rows = await certainly(
        'the row',
        async () => {
          const found = await fleet.query('SELECT job_id FROM request_metrics');
          return found !== null && found.length > 0 ? found : null;
        },
        { withinMs: 15_000 },
      );
      return [
        exactly('answered 200', answers.filter(({ status }) => status === 200).length, POSTS),
        exactly('job ids among the answers', ids.size, 1),
        exactly('calls that the backend saw', backend.calls.length, 1),
        exactly('rows in PostgreSQL', rows.length, 1),
        told('answers', byKind(answers)),
      ];
    } finally {
      await fleet.stop();
      backend.stop();
    }
  },
};
