import { z } from 'zod';

const failure = z.object({ message: z.string().catch('unknown'), code: z.string().nullable().catch(null) });

/** Why there is no answer, and what to do: "The API server at … <this>." */
export function silenceOf(error: unknown): string {
  const { code, message } = failure.catch({ message: 'unknown', code: null }).parse(error);
  if (code === 'ENOENT') return 'was not asked: the token of the service account cannot be read';
  if (code?.includes('CERT') === true || code?.includes('SIGNATURE') === true) {
    return `shows a certificate that the configured authority has not signed (${code})`;
  }
  return `does not answer (${code ?? message})`;
}

/** What an answer with an error means, and what to do about it. */
export function wordsFor(
  status: number,
  { needs, said }: { readonly needs: string; readonly said: string | null },
): string {
  const words = said === null ? '' : ` It says: ${said}`;
  switch (status) {
    case 401:
      return `The API server does not accept the scaler's token or certificate.${words}`;
    case 403:
      return `The scaler's service account may not do so: its role has to allow ${needs}.${words}`;
    case 404:
      return `There is no such thing in the cluster.${words}`;
    case 409:
      return `Somebody else changed it at the same moment.${words}`;
    case 429:
      return `The API server has too many requests.${words}`;
    default:
      return `The API server answers ${status}.${words}`;
  }
}
