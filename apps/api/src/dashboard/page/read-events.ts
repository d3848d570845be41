import { EventDecoder, type SentEvent } from './sent-events.js';

/** The events of an answer, as they come. Ends when the server ends it; throws when the connection breaks. */
export async function* readEvents(response: Response): AsyncGenerator<SentEvent, void, undefined> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const decoder = new EventDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* decoder.take(value);
  }
}
