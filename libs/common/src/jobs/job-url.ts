export const jobUrl = (id: string): string => `/jobs/${id}`;
