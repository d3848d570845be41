import { describe, expect, it } from '@jest/globals';
import { newsOf, placeText, problemText } from './prompt-words.js';

const event = (name: string, data: object) => ({ event: name, id: null, data: JSON.stringify(data) });

describe('what a job’s stream says', () => {
  it('is where it waits, that it runs, and its tokens', () => {
    expect(
      newsOf(event('status', { status: 'queued', queue_position: 3, estimated_wait_ms: 4_200 })),
    ).toEqual({
      kind: 'queued',
      text: 'Waiting behind 3 jobs. About 4.2 s to go.',
    });
    expect(newsOf(event('status', { status: 'running' }))).toEqual({ kind: 'running' });
    expect(newsOf(event('token', { text: 'a' }))).toEqual({ kind: 'token', text: 'a' });
    expect(newsOf(event('restarted', {}))).toEqual({ kind: 'restarted' });
    expect(newsOf(event('of another release', {}))).toBeNull();
  });

  it('is its end in words, with what went wrong', () => {
    const error = {
      error: { message: 'No backend for this model could be reached.', code: 'backend_unavailable' },
    };
    expect(newsOf(event('error', error))).toEqual({
      kind: 'failed',
      text: 'No backend for this model could be reached. (backend_unavailable)',
    });
    expect(newsOf(event('error', { error: { message: 'x', code: 'job_cancelled' } }))).toEqual({
      kind: 'cancelled',
    });
    const result = {
      response: 'b',
      usage: { input_tokens: 5, output_tokens: 7 },
      queue_wait_ms: 12,
      model: 'm',
    };
    expect(newsOf(event('result', result))).toMatchObject({
      kind: 'completed',
      answer: 'b',
      facts: expect.arrayContaining([
        ['Waited', '12 ms'],
        ['Tokens', '5 in, 7 out'],
      ]),
    });
  });
});

describe('a place in the queue', () => {
  it('is told as far as it is known', () => {
    expect(placeText({})).toBe('Waiting.');
    expect(placeText({ queue_position: 0, estimated_wait_ms: 20 })).toBe('Next in the queue.');
    expect(placeText({ queue_position: 1 })).toBe('Waiting behind 1 job.');
  });
});

describe('a problem', () => {
  it('is told even where the answer is no error of ours', () => {
    expect(problemText({}, 502)).toBe('The server answered 502.');
    expect(problemText({})).toBe('Something went wrong.');
  });
});
