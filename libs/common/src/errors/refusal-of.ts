import { HttpException } from '@nestjs/common';
import { Refusal } from './refusal.js';

/** What Fastify and Nest throw by themselves, in our codes; null for what is a defect. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (typeof error !== 'object' || error === null) return null;
  if ('code' in error) {
    switch (error.code) {
      case 'FST_ERR_CTP_BODY_TOO_LARGE':
        return new Refusal('body_too_large');
      case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      case 'FST_ERR_CTP_INVALID_TYPE':
        return new Refusal('unsupported_media_type');
      case 'FST_ERR_BAD_URL':
        return new Refusal('invalid_value', { param: 'url', message: 'The path of the URL is not valid.' });
      case 'FST_ERR_MAX_PARAM_LENGTH':
        return new Refusal('invalid_value', { param: 'url', message: 'A part of the path is too long.' });
      case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      case 'FST_ERR_CTP_INVALID_JSON_BODY':
      case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
        return new Refusal('invalid_json');
    }
  }
  const status = error instanceof HttpException ? error.getStatus() : null;
  if (status === 413) return new Refusal('body_too_large');
  if (status === 415) return new Refusal('unsupported_media_type');
  if (status === 404) return new Refusal('route_not_found');
  if (status === 400) return new Refusal('invalid_json');
  if ('statusCode' in error && error.statusCode === 400) return new Refusal('invalid_json');
  return null;
}
