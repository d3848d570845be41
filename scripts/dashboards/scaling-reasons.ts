import { SENTENCES } from '#common/scaling/reason-sentences.policy.js';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const KNOWN = Object.entries(SENTENCES)
  .map(([code, sentence]) => `(${quoted(code)}, ${quoted(sentence)})`)
  .join(', ');

/**
 * A lateral join `why` with the text of the reasons of a row `e` of scaling_events: the sentences of `explain`, in their
 * order. Null for rows without reasons, which the original system wrote.
 */
export const WHY = `
  LEFT JOIN LATERAL (
    SELECT string_agg(
      replace(
        coalesce(known.sentence, (step.reason ->> 'code') || ': #'),
        '#',
        (step.reason ->> 'value') || CASE step.reason ->> 'value' WHEN '1' THEN ' worker' ELSE ' workers' END
      ) || coalesce(' (' || facts.listed || ')', '') || '.',
      ' ' ORDER BY step.number
    ) AS reasons
    FROM jsonb_array_elements(e.reasons) WITH ORDINALITY AS step(reason, number)
    LEFT JOIN (VALUES ${KNOWN}) AS known(code, sentence) ON known.code = step.reason ->> 'code'
    LEFT JOIN LATERAL (
      SELECT string_agg(
        fact.key || ' ' || CASE
          WHEN fact.value ~ '^-?[0-9]+[.][0-9]{3,}' THEN round(fact.value::numeric, 2)::text
          ELSE coalesce(fact.value, 'unknown')
        END,
        ', ' ORDER BY fact.key
      ) AS listed
      FROM jsonb_each_text(step.reason -> 'facts') AS fact
    ) AS facts ON true
  ) AS why ON true`;
