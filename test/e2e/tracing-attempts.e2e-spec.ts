import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fault } from '../support/openai-faults.js';
import { TracedStack, WORK } from '../support/traced-stack.js';
import { all, CALLER, calledIn, named, newTrace, spansIn } from '../support/traces.js';

let world: TracedStack;

beforeAll(async () => {
  world = await TracedStack.start();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

/** A model of its own for each call, so that no circuit is in its way. */
let models = 0;
const aModel = () => `gpt-${++models}`;

describe('what did not go at once', () => {
  it('shows each attempt with what was wrong with it', async () => {
    const [trace, model] = [newTrace(), aModel()];
    world.first.next(fault.status(500));
    expect((await world.ask({ model }, calledIn(trace))).body['backend_id']).toBe('second');
    const attempts = all(await spansIn(world.collector, trace, [`chat ${model}`], 2), `chat ${model}`);
    expect(
      attempts.map(({ isError, attributes }) => [
        attributes['sluice.attempt'],
        isError,
        attributes['error.type'],
      ]),
    ).toEqual([
      [1, true, '500'],
      [2, false, undefined],
    ]);
    expect([world.first, world.second].map(({ calls }) => calls[0]?.headers['traceparent'])).toEqual(
      attempts.map(({ spanId }) => `00-${trace}-${spanId}-01`),
    );
  });

  it('shows a failure with its code', async () => {
    const [trace, model] = [newTrace(), aModel()];
    world.first.next(fault.status(422));
    const { status } = await world.ask({ model }, calledIn(trace));
    const spans = await world.spansOf(trace, 'POST /generate', WORK);
    expect(named(spans, `chat ${model}`).attributes['error.type']).toBe('422');
    expect(named(spans, WORK)).toMatchObject({
      isError: true,
      attributes: { 'error.type': 'backend_refused', 'sluice.ran': 'failed' },
    });
    expect(named(spans, 'POST /generate').attributes['http.response.status_code']).toBe(status);
  });

  it('shows a cancellation in the span of the worker and of the call', async () => {
    const [trace, model] = [newTrace(), aModel()];
    world.first.next(fault.hang());
    const { body } = await world.ask({ model, mode: 'async' }, calledIn(trace));
    await eventually('the call', () => world.first.calls[0] ?? null);
    const job = `${world.stack.url()}/jobs/${String(body['job_id'])}`;
    await send(job, { method: 'DELETE', headers: { 'x-user-id': CALLER } });
    const spans = await world.spansOf(trace, WORK);
    expect(named(spans, WORK).events).toContainEqual({
      name: 'sluice.stopped',
      attributes: { 'sluice.because': 'abandon' },
    });
    expect(named(spans, `chat ${model}`)).toMatchObject({
      isError: false,
      attributes: { 'sluice.outcome': 'aborted' },
    });
  });

  it('shows every delivery; a worker that stops sends its spans before it ends', async () => {
    const trace = newTrace();
    world.first.next(fault.hang());
    const answered = world.ask({ model: aModel() }, calledIn(trace));
    await eventually('the call', () => world.first.calls[0] ?? null);
    const [stopping] = world.stack.workers;
    world.stack.workers.push(await world.stack.startWorker());
    await stopping?.stop(10_000);
    expect((await answered).status).toBe(200);
    const spans = await spansIn(world.collector, trace, [WORK], 2);
    expect(
      all(spans, WORK).map(({ attributes }) => [attributes['sluice.delivery'], attributes['sluice.ran']]),
    ).toEqual([
      [1, 'handed-back'],
      [2, 'closed'],
    ]);
    expect(all(spans, 'wait generate-default')).toHaveLength(1);
  });
});
