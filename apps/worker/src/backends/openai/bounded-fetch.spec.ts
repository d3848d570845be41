import { describe, expect, it } from '@jest/globals';
import { boundedFetch, OversizedResponse, RESPONSE_BYTES_MAX } from './bounded-fetch.js';

const answerOf = (bytes: number) =>
  boundedFetch(`data:text/plain;base64,${Buffer.alloc(bytes, 'x').toString('base64')}`);

describe('boundedFetch', () => {
  it('reads a response of exactly the bound whole, with its status and headers', async () => {
    const response = await answerOf(RESPONSE_BYTES_MAX);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(await response.text()).toHaveLength(RESPONSE_BYTES_MAX);
  });

  it('fails while reading one byte more', async () => {
    const response = await answerOf(RESPONSE_BYTES_MAX + 1);
    await expect(response.text()).rejects.toThrow(OversizedResponse);
  });
});
