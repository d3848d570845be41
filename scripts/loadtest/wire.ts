import { chatWire } from './chat-wire.js';
import { generateWire } from './generate-wire.js';
import type { WireFormat } from './wire-format.js';

export type Route = 'generate' | 'chat';

const WIRES: Readonly<Record<Route, WireFormat>> = { generate: generateWire, chat: chatWire };

export const wireOf = (route: Route): WireFormat => WIRES[route];
