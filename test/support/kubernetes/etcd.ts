import { EventEmitter } from 'node:events';
import { randomUUID } from 'node:crypto';
import type { Change, FakeObject, Metadata } from './objects.js';

type Kind = FakeObject['kind'];
type OfKind<K extends Kind> = Extract<FakeObject, { kind: K }>;

/** What an API server keeps: objects under versions that only grow, and the changes that led to them. */
export class Etcd {
  private version = 1_000;
  private readonly objects = new Map<string, FakeObject>();
  private changes: Change[] = [];
  private oldest = 1_000;
  readonly told = new EventEmitter().setMaxListeners(0);

  get now(): number {
    return this.version;
  }

  list<K extends Kind>(kind: K): OfKind<K>[] {
    const all = [...this.objects.values()].filter((object) => object.kind === kind);
    return structuredClone(all) as OfKind<K>[];
  }

  get<K extends Kind>(kind: K, name: string): OfKind<K> | undefined {
    return this.list(kind).find(({ metadata }) => metadata.name === name);
  }

  make(object: FakeObject): void {
    this.keep('ADDED', { ...object, metadata: { ...object.metadata, uid: randomUUID() } });
  }

  /** Nothing when it is not there any more. */
  edit<K extends Kind>(kind: K, name: string, change: (object: OfKind<K>) => void): OfKind<K> | undefined {
    const object = this.get(kind, name);
    if (object === undefined) return undefined;
    const before = JSON.stringify(object);
    change(object);
    if (JSON.stringify(object) !== before) this.keep('MODIFIED', object);
    return this.get(kind, name);
  }

  remove(kind: Kind, name: string): void {
    const object = this.get(kind, name);
    if (object !== undefined) this.keep('DELETED', object);
  }

  since(version: number): readonly Change[] {
    return this.changes.filter((change) => change.version > version);
  }

  hasForgotten(version: number): boolean {
    return version < this.oldest;
  }

  /** As etcd does every five minutes. */
  compact(): void {
    this.version += 1;
    this.oldest = this.version;
    this.changes = [];
  }

  private keep(type: Change['type'], object: FakeObject): void {
    this.version += 1;
    const metadata: Metadata = { ...object.metadata, resourceVersion: String(this.version) };
    const kept = { ...object, metadata };
    const key = `${object.kind}/${metadata.name}`;
    if (type === 'DELETED') this.objects.delete(key);
    else this.objects.set(key, kept);
    this.changes.push({ version: this.version, type, object: structuredClone(kept) });
    this.told.emit('change');
  }
}
