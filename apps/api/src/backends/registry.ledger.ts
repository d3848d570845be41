import {
  type BackendConfig,
  backendConfig,
  type RouteConfig,
  routeConfig,
} from '#common/config/backend-config.js';
import { type BackendChange, backendChange, type Registry } from '#common/contracts/registry.js';
import { type Backend, Prisma, type PrismaClient } from '#common/database/generated/client.js';
import { type Standing, standingOf } from './standing.policy.js';

/** An id, and whether the configuration has a backend of it. */
export interface Named {
  readonly id: string;
  readonly isConfigured: boolean;
}

/** What a change is decided upon: the settings of an added backend, or the changes so far of a configured one. */
export type Changeable =
  | { readonly standing: 'added'; readonly config: BackendConfig }
  | { readonly standing: 'configured'; readonly change: BackendChange };

/** Writers of the registry take turns, so that revisions are committed in their order. */
const LOCK = 72_707_370;

/**
 * The rows of `backends` and `routes`. Each change gets a revision that is greater than all before it, also than those before
 * the tables were lost or restored: it is at least the time in Unix milliseconds. Throws what Prisma throws when PostgreSQL is away.
 */
export class RegistryLedger {
  constructor(private readonly prisma: PrismaClient) {}

  /** False when a backend of this id is in force. */
  add(config: BackendConfig, isConfigured: boolean): Promise<boolean> {
    const named = { id: config.id, isConfigured };
    return this.write(named.id, async (row, write) => {
      const standing = standing_(row, named);
      if (standing === 'added' || standing === 'configured') return false;
      await write({ config, change: Prisma.DbNull, removedAt: null, hidesConfigured: false });
      return true;
    });
  }

  /** Writes what `decide` makes of what there is; it may throw. Answers null when no backend of this id is in force. */
  change(named: Named, decide: (kept: Changeable) => Changeable): Promise<Changeable | null> {
    return this.write(named.id, async (row, write) => {
      const kept = changeable(row, standing_(row, named));
      if (kept === null) return null;
      const decided = decide(kept);
      if (decided.standing === 'added') await write({ config: decided.config });
      else await write({ ...NOTHING, change: decided.change });
      return decided;
    });
  }

  /** False when no backend of this id is in force. */
  remove(named: Named): Promise<boolean> {
    return this.write(named.id, async (row, write) => {
      const standing = standing_(row, named);
      if (standing === 'none' || standing === 'removed') return false;
      await write({ removedAt: new Date(), hidesConfigured: named.isConfigured });
      return true;
    });
  }

  /** Takes back every change of a configured backend. */
  restore(id: string): Promise<void> {
    return this.write(id, async (row, write) => {
      if (row !== null) await write(NOTHING);
    });
  }

  async setRoute(pattern: string, config: RouteConfig): Promise<void> {
    await this.prisma.$transaction(async (prisma) => {
      const revision = await nextRevision(prisma);
      const row = { config, removedAt: null, revision };
      await prisma.route.upsert({ where: { pattern }, create: { pattern, ...row }, update: row });
    });
  }

  /** False when no route was set at run time for this pattern. */
  async unsetRoute(pattern: string): Promise<boolean> {
    return this.prisma.$transaction(async (prisma) => {
      const revision = await nextRevision(prisma);
      const { count } = await prisma.route.updateMany({
        where: { pattern, removedAt: null },
        data: { removedAt: new Date(), revision },
      });
      return count > 0;
    });
  }

  /** All of it, as of one moment. What this release cannot read is left out. */
  async snapshot(): Promise<Registry> {
    const [backends, routes] = await this.prisma.$transaction(
      [
        this.prisma.backend.findMany({ orderBy: { id: 'asc' } }),
        this.prisma.route.findMany({ orderBy: { pattern: 'asc' } }),
      ],
      { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead },
    );
    const present = backends.filter(({ removedAt }) => removedAt === null);
    return {
      revision: Math.max(0, ...[...backends, ...routes].map(({ revision }) => Number(revision))),
      added: present.flatMap(({ config }) => readOr(backendConfig.safeParse(config).data)),
      changed: Object.fromEntries(
        present.flatMap(({ id, config, change }) =>
          config !== null || change === null
            ? []
            : readOr(backendChange.safeParse(change).data).map((read) => [id, read] as const),
        ),
      ),
      removed: backends.flatMap(({ id, removedAt, hidesConfigured }) =>
        removedAt !== null && hidesConfigured ? [id] : [],
      ),
      routes: Object.fromEntries(
        routes.flatMap(({ pattern, config, removedAt }) =>
          removedAt === null ? readOr(routeConfig.safeParse(config).data).map((read) => [pattern, read]) : [],
        ),
      ),
    };
  }

  private write<T>(
    id: string,
    work: (row: Backend | null, write: (changes: Partial<Written>) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    return this.prisma.$transaction(async (prisma) => {
      const revision = await nextRevision(prisma);
      const row = await prisma.backend.findUnique({ where: { id } });
      return work(row, async (changes) => {
        const data = { ...changes, revision };
        await prisma.backend.upsert({ where: { id }, create: { id, ...data }, update: data });
      });
    });
  }
}

type Written = Pick<
  Prisma.BackendUncheckedCreateInput,
  'config' | 'change' | 'removedAt' | 'hidesConfigured'
>;

const NOTHING = {
  config: Prisma.DbNull,
  change: Prisma.DbNull,
  removedAt: null,
  hidesConfigured: false,
} as const;

const readOr = <T>(read: T | undefined): T[] => (read === undefined ? [] : [read]);

const standing_ = (row: Backend | null, { isConfigured }: Named): Standing =>
  standingOf(
    row === null
      ? null
      : {
          isAdded: row.config !== null,
          isRemoved: row.removedAt !== null,
          hidesConfigured: row.hidesConfigured,
        },
    isConfigured,
  );

function changeable(row: Backend | null, standing: Standing): Changeable | null {
  if (standing === 'added') return { standing, config: backendConfig.parse(row?.config) };
  if (standing !== 'configured') return null;
  const change = row?.removedAt === null ? (row.change ?? {}) : {};
  return { standing, change: backendChange.parse(change) };
}

/** Held to the end of the transaction. */
async function nextRevision(prisma: Prisma.TransactionClient): Promise<bigint> {
  await prisma.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK})`;
  const [found] = await prisma.$queryRaw<{ revision: bigint }[]>`
    SELECT greatest(
      (SELECT coalesce(max(revision), 0) + 1 FROM backends),
      (SELECT coalesce(max(revision), 0) + 1 FROM routes),
      (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    ) AS revision`;
  if (found === undefined) throw new TypeError('PostgreSQL gave no revision');
  return found.revision;
}
