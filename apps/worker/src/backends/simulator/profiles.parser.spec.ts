import { describe, expect, it } from '@jest/globals';
import { BootError } from '#common/errors/boot-error.js';
import { parseSimulatorProfiles } from './profiles.parser.js';

describe('parseSimulatorProfiles', () => {
  it('reads partial profiles by model name', () => {
    expect(parseSimulatorProfiles('{"sim-fast":{"latency_ms":40}}')).toEqual({
      'sim-fast': { latency_ms: 40 },
    });
  });

  it.each([undefined, '', ' '])('overrides nothing without a value (%j)', (text) => {
    expect(parseSimulatorProfiles(text)).toEqual({});
  });

  it.each([
    ['{', 'not valid JSON'],
    ['[]', 'expected record'],
    ['{"sim-fast":{"latency":40}}', 'latency'],
    ['{"sim-fast":{"error_rate":2}}', 'sim-fast: error_rate'],
    ['{"sim-fast":{"latency_ms":null}}', 'sim-fast: latency_ms'],
  ])('refuses to boot on %s and says why', (text, reason) => {
    expect(() => parseSimulatorProfiles(text)).toThrow(BootError);
    expect(() => parseSimulatorProfiles(text)).toThrow(reason);
  });
});
