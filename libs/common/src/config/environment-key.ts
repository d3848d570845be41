/** Whose keys they are, as the sections of `.env.example` say it. */
type Section =
  'Every process' | 'API' | 'Workers and scalers' | 'Workers' | 'Scaler' | 'Tracing' | 'npm start';

export interface EnvironmentKey {
  readonly for: Section;
  /** As it appears in `.env.example`; absent when there is no default. */
  readonly example: string;
  readonly sentence: string;
  readonly isSecret?: true;
}
