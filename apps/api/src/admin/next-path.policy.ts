const FIRST_PAGE = '/admin/board';
const SHAPE = /^\/(?:admin\/|dashboard)[\x21-\x5b\x5d-\x7e]{0,2000}$/;
const BASE = 'http://sluice.invalid';
const NOT_PAGES = ['/admin/login', '/admin/session'];

/**
 * Where a browser goes once it is signed in: the admin page it asked for, or the board. Never to another origin, and never
 * out of /admin, but for the dashboard: what is answered is the path as a browser would resolve it.
 */
export function adminPathOf(wanted: unknown): string {
  if (typeof wanted !== 'string' || !SHAPE.test(wanted) || !URL.canParse(wanted, BASE)) return FIRST_PAGE;
  const { origin, pathname, search } = new URL(wanted, BASE);
  const isAdmins = pathname === '/dashboard' || pathname.startsWith('/admin/');
  const isPage = origin === BASE && isAdmins && !NOT_PAGES.includes(pathname);
  return isPage ? pathname + search : FIRST_PAGE;
}
