/** What goes in and out of the sandbox, whatever carries it: a socket or a function call. */
import type { Json, JsonObject } from '../api/description.ts';
import { Refusal } from './refusal.ts';
import { isObject } from './values.ts';

export interface SandboxRequest {
  readonly method: string;
  /** Below the base; a slash at either end and a query don't matter. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
  readonly body?: string;
}

export interface SandboxResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function jsonResponse(status: number, value: Json | Refusal, headers = {}): SandboxResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  };
}

export function emptyResponse(status: number): SandboxResponse {
  return { status, headers: {}, body: '' };
}

export function refusalResponse(refusal: Refusal, headers = {}): SandboxResponse {
  return jsonResponse(refusal.status, refusal, headers);
}

/** The body as an object, whatever its content type says; anything else is a 400. */
export function parsedBody(body: string | undefined): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(body ?? '');
  } catch {
    throw new Refusal(400, 'The body is not valid JSON');
  }
  if (!isObject(value)) throw new Refusal(400, 'The body must be a JSON object');
  return value;
}

/** 401 where no token came, 403 where it is not the right one. Two headers can carry it. */
export function checkToken(headers: SandboxRequest['headers'] = {}, token: string): void {
  const bearer = /^Bearer +(\S+)$/i.exec(String(headers.authorization ?? ''))?.[1];
  const given = headers.token ?? bearer;
  if (given === undefined || given === '')
    throw new Refusal(401, 'Authentication is missing: send a Token or an Authorization: Bearer header');
  if (given !== token) throw new Refusal(403, 'The token is wrong or was revoked');
}
