import { describe, expect, it } from '@jest/globals';
import { generationTask } from '#common/contracts/generation.js';
import { generateRequest } from './generate.schema.js';
import { taskOf } from './task.js';

const taskFor = (body: unknown): unknown => taskOf(generateRequest.parse(body));

describe('taskOf', () => {
  it('asks with a prompt as a conversation of one message', () => {
    const body = { prompt: 'Hi', model: 'sim-fast', max_tokens: 5, temperature: 0 };
    expect(taskFor(body)).toEqual({
      endpoint: 'chat',
      model: 'sim-fast',
      body: { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 5, temperature: 0 },
      input_tokens: 1,
      max_tokens: 5,
      is_streamed: false,
      shape: 'text',
    });
  });

  it('asks with messages as they were sent, in their order', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
    ];
    expect(taskFor({ messages })).toMatchObject({ body: { messages } });
  });

  it('passes the caller’s name for its end user on, and names none where none was sent', () => {
    expect(taskFor({ prompt: 'Hi', user_id: 'ada' })).toMatchObject({ body: { user: 'ada' } });
    expect(taskFor({ prompt: 'Hi' })).not.toHaveProperty('body.user');
  });

  it('says whether tokens are wanted as they come, and which jobs belong to one backend', () => {
    expect(taskFor({ prompt: 'Hi', stream: true, route_key: 'chat-7' })).toMatchObject({
      is_streamed: true,
      route_key: 'chat-7',
    });
  });

  it('keeps metadata, priority and times away from the backend, and makes what the queue accepts', () => {
    const body = {
      prompt: 'Hi',
      user_id: 'ada',
      priority: 'high',
      timeout_ms: 5,
      metadata: { a: 'b' },
      mode: 'async',
    };
    const task = taskFor(body);
    const sent = Object.keys((task as { body: object }).body).sort();
    expect(sent).toEqual(['max_tokens', 'messages', 'temperature', 'user']);
    expect(generationTask.strict().parse(task)).toEqual(task);
  });
});
