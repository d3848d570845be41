import type { FastifyRequest } from 'fastify';

export const LOGIN_PATH = '/admin/login';
export const SESSION_PATH = '/admin/session';

const READING = ['GET', 'HEAD', 'OPTIONS'];

type RoutedRequest = Pick<FastifyRequest, 'method'> & {
  readonly routeOptions: { readonly url?: string | undefined };
};

/** What administrators alone may see: everything under them. */
const ROOTS = ['/admin', '/dashboard'];

export const isAdminPath = (path: string): boolean =>
  ROOTS.some((root) => path === root || path.startsWith(`${root}/`));

export const isAdminRoute = ({ routeOptions: { url } }: RoutedRequest): boolean =>
  url !== undefined && isAdminPath(url);

/** What those may ask for who are no administrators yet. */
export function isSignInRoute({ routeOptions: { url }, method }: RoutedRequest): boolean {
  return url === LOGIN_PATH || (url === SESSION_PATH && method === 'POST');
}

export const isWrite = ({ method }: RoutedRequest): boolean => !READING.includes(method);
