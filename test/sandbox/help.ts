/** A small HTTP client for the sandbox's tests, and accounts with nothing in them but what a test puts there. */
import type { JsonObject } from '../../src/api/description.ts';
import { type Sandbox, SandboxAccount, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';

/** The moment at which the clocks of tests stand still. */
export const noon = Date.UTC(2016, 5, 10, 12);

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, parsed; its fields are looked at one by one. */
  readonly json: JsonObject;
  readonly list: JsonObject[];
  readonly text: string;
}

export interface TestApi {
  readonly sandbox: Sandbox;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** Starts a sandbox whose clock stands still; empty, unless the options say otherwise. */
export async function startApi(options: SandboxOptions = {}): Promise<TestApi> {
  const sandbox = await startSandbox({ projects: 0, now: () => noon, ...options });
  return { sandbox, call: (...request) => call(sandbox, ...request) };
}

async function call(
  sandbox: Sandbox,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { token: sandbox.token },
): Promise<Answer> {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(sandbox.url + path, {
    method,
    headers,
    ...(payload === undefined ? {} : { body: payload }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, ...parsed(text) };
}

function parsed(text: string): { json: JsonObject; list: JsonObject[] } {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? { json: {}, list: value } : { json: value as JsonObject, list: [] };
  } catch {
    return { json: {}, list: [] };
  }
}

/** An account whose clock stands still; empty, unless the options say otherwise. */
export function createAccount(options: Partial<ConstructorParameters<typeof SandboxAccount>[0]> = {}) {
  return new SandboxAccount({ projects: 0, now: () => noon, ...options });
}

export function idOf(entity: JsonObject | undefined): number {
  if (typeof entity?.id !== 'number') throw new Error('an entity with an id was expected');
  return entity.id;
}

/** An account with one project and one experiment below it. */
export function createSmallAccount(options: Parameters<typeof createAccount>[0] = {}) {
  const account = createAccount(options);
  const project = idOf(account.create('projects', null, { project_name: 'Shop' }));
  const experiment = idOf(
    account.create('experiments', project, { description: 'Button', edit_url: 'https://shop.example/' }),
  );
  return { account, project, experiment };
}

/** The fields that a refusal names. */
export function refusedFields(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    return Object.keys((error as { fields?: Record<string, string> }).fields ?? {});
  }
  return [];
}
