import { describe, expect, it } from '@jest/globals';
import { createProfiles } from './profiles.js';

describe('createProfiles', () => {
  it('gives every unknown model the default profile, names of Object included', () => {
    const profileOf = createProfiles({});
    for (const model of ['gpt-4o', '', 'constructor', '__proto__', 'toString']) {
      expect(profileOf(model)).toEqual(profileOf('sim-default'));
    }
  });

  it('changes only what an override names', () => {
    const before = createProfiles();
    const after = createProfiles({ 'sim-fast': { latency_ms: 40 } });
    expect(after('sim-fast')).toEqual({ ...before('sim-fast'), latency_ms: 40 });
    expect(after('sim-slow')).toEqual(before('sim-slow'));
  });

  it('lets an override say zero', () => {
    expect(createProfiles({ 'sim-flaky': { error_rate: 0 } })('sim-flaky').error_rate).toBe(0);
  });

  it('lets the last layer win, field by field', () => {
    const profileOf = createProfiles(
      { 'sim-fast': { latency_ms: 40, error_rate: 0.1 } },
      { 'sim-fast': { latency_ms: 60 } },
    );
    expect(profileOf('sim-fast')).toMatchObject({ latency_ms: 60, error_rate: 0.1 });
  });

  it('builds a model of its own on the default profile as overridden', () => {
    const profileOf = createProfiles({ mine: { error_rate: 1 } }, { 'sim-default': { latency_ms: 7 } });
    expect(profileOf('mine')).toMatchObject({ latency_ms: 7, error_rate: 1 });
    expect(profileOf('another')).toMatchObject({ latency_ms: 7, error_rate: 0 });
  });
});
