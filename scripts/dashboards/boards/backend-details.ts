import { quantile } from '../expressions.js';
import { to } from '../links.js';
import { series } from '../panels/series.js';
import { over } from '../queries.js';

export const health = series({
  title: 'Health checks that fail',
  description:
    'Checks per minute that found a backend ill, the ten worst. One worker of the fleet makes each check.',
  width: 12,
  unit: 'cpm',
  queries: [
    over(
      '{{backend}}',
      'topk(10, sum by (backend) (rate(sluice_health_checks_total{backend=~"$backend", result="ill"}[$__rate_interval])) * 60)',
    ),
  ],
});

export const firstToken = series({
  title: 'Time to the first token, p95',
  description: 'From the call of a backend to its first token, of streamed jobs; the ten slowest backends.',
  width: 8,
  unit: 's',
  queries: [
    over(
      '{{backend}}',
      `topk(10, ${quantile(0.95, 'sluice_time_to_first_token_seconds_bucket{backend=~"$backend"}', 'backend')})`,
    ),
  ],
});

export const transitions = series({
  title: 'Changes of circuits',
  description:
    'How often circuits opened, half-opened and closed, by backend; the ten liveliest. One that flaps is a backend at its limit.',
  width: 8,
  unit: 'none',
  bars: true,
  stacked: true,
  queries: [
    over(
      '{{backend}}: {{state}}',
      'topk(10, sum by (backend, state) (increase(sluice_circuit_transitions_total{backend=~"$backend"}[$__rate_interval])))',
    ),
  ],
});

export const extraCalls = series({
  title: 'Fallbacks and hedges',
  description:
    'Attempts that went to a fallback model, by the backend that was called, and second calls beside a silent first one, by who answered.',
  width: 8,
  unit: 'ops',
  queries: [
    over(
      'fallback: {{backend}}',
      'topk(10, sum by (backend) (rate(sluice_fallbacks_total{backend=~"$backend"}[$__rate_interval])))',
    ),
    over('hedge: {{winner}}', 'sum by (winner) (rate(sluice_hedges_total[$__rate_interval]))'),
  ],
});

export const tokens = series({
  title: 'Tokens generated',
  description: 'Output tokens per second of settled jobs, by backend; the ten most.',
  width: 8,
  unit: 'short',
  links: [to('cost', 'What they cost')],
  queries: [
    over(
      '{{backend}}',
      'topk(10, sum by (backend) (rate(sluice_tokens_total{backend=~"$backend", direction="output"}[$__rate_interval])))',
    ),
  ],
});
