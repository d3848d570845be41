import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

type Attributes = Record<string, unknown>;

/** One span as it was exported. */
export interface SeenSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** '' of a root. */
  readonly parentSpanId: string;
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
  /** The ids of spans that it is linked to. */
  readonly links: readonly string[];
  readonly isError: boolean;
  readonly startMs: number;
  readonly endMs: number;
  /** `service.name` of who sent it. */
  readonly service: string;
}

/** `SpanKind` as OTLP numbers it. */
export const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

interface WireValue {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values: readonly WireValue[] };
}
type WireAttributes = readonly { readonly key: string; readonly value: WireValue }[];
interface WireSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: WireAttributes;
  readonly events?: readonly { readonly name: string; readonly attributes?: WireAttributes }[];
  readonly links?: readonly { readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}
interface WireExport {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: WireAttributes };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

/** What takes traces in, in this process: OTLP over HTTP. What comes as JSON is read; what comes otherwise is kept. */
export class OtlpCollector {
  readonly spans: SeenSpan[] = [];
  /** Every body as it came. */
  readonly bodies: Buffer[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  private readonly server: Server = createServer();

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    collector.server.on('request', (request, response) => {
      void collector.take(request).then((status) => response.writeHead(status).end());
    });
    collector.server.listen(0, '127.0.0.1');
    await once(collector.server, 'listening');
    return collector;
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  trace(traceId: string): SeenSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage): Promise<number> {
    const body = await buffer(request);
    if (request.url !== '/v1/traces') return 404;
    this.bodies.push(body);
    this.headers.push(request.headers);
    if (request.headers['content-type'] === 'application/json')
      this.spans.push(...spansOf(JSON.parse(body.toString()) as WireExport));
    return 200;
  }
}

const spansOf = ({ resourceSpans }: WireExport): SeenSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => seen(span, service)));
  });

const seen = (span: WireSpan, service: string): SeenSpan => ({
  name: span.name,
  kind: span.kind,
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId ?? '',
  attributes: attributesOf(span.attributes),
  events: (span.events ?? []).map(({ name, attributes }) => ({ name, attributes: attributesOf(attributes) })),
  links: (span.links ?? []).map(({ spanId }) => spanId),
  isError: span.status?.code === 2,
  startMs: Number(span.startTimeUnixNano) / 1e6,
  endMs: Number(span.endTimeUnixNano) / 1e6,
  service,
});

const attributesOf = (attributes: WireAttributes = []): Attributes =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));

function valueOf({ stringValue, intValue, doubleValue, boolValue, arrayValue }: WireValue): unknown {
  if (arrayValue !== undefined) return arrayValue.values.map(valueOf);
  return stringValue ?? boolValue ?? doubleValue ?? Number(intValue);
}
