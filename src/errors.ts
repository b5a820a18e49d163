/** Every error the program raises on purpose: what was given, what is wrong, what to do. */

/** The facts of a request that failed. `status` is null where no answer came; `body` is never kept. */
export interface RequestFacts {
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  /** The API's own words, or what went wrong on the way. */
  readonly apiMessage: string;
}

/** A request to the API that did not succeed. The base of all of the client's errors. Source: the seeds. */
export class OptimizelyError extends Error {
  readonly status: number | null;
  readonly method: string;
  readonly path: string;
  readonly apiMessage: string;
  /** Seconds that the API asked to wait, where it said so. */
  readonly retryAfter: number | null;

  constructor(facts: RequestFacts, options: { cause?: unknown; retryAfter?: number | null } = {}) {
    const said = facts.status === null ? facts.apiMessage : `${facts.status} ${facts.apiMessage}`;
    super(
      `${facts.method} ${facts.path}: ${said}`.trimEnd(),
      'cause' in options ? { cause: options.cause } : {},
    );
    this.name = new.target.name;
    this.status = facts.status;
    this.method = facts.method;
    this.path = facts.path;
    this.apiMessage = facts.apiMessage;
    this.retryAfter = options.retryAfter ?? null;
  }
}

/** 400: the body was no JSON, or fields were invalid (the message names them). */
export class BadRequestError extends OptimizelyError {}
/** 401: the token is missing. */
export class UnauthorizedError extends OptimizelyError {}
/** 403: the token is wrong or revoked, or has no right to this entity. */
export class ForbiddenError extends OptimizelyError {}
/** 404: no such id, or no right to see it. */
export class NotFoundError extends OptimizelyError {}
/** 429: a rate limit. */
export class TooManyRequestsError extends OptimizelyError {}
/** 503: overloaded, or down for maintenance. */
export class ServiceUnavailableError extends OptimizelyError {}
/** No whole answer came: refused, reset, timed out, cut short. The request may have been carried out where `sent`. */
export class ConnectionError extends OptimizelyError {
  /** False where surely not one byte of the request left: no connection was made. */
  readonly sent: boolean;

  constructor(facts: RequestFacts, options: { cause?: unknown; sent?: boolean } = {}) {
    super(facts, 'cause' in options ? { cause: options.cause } : {});
    this.sent = options.sent ?? true;
  }
}
/** An answer came, and it is not what the API documents: no JSON, no list, an id that is no id. */
export class MalformedResponseError extends OptimizelyError {}
/** An id that is not a whole number between 1 and 2^53 - 1. */
export class InvalidIDError extends OptimizelyError {}

/** The exit statuses of the program. Source: CONTRACT.md, Commands. */
export const exitStatus = {
  done: 0,
  unexpected: 1,
  usage: 2,
  decision: 3,
  partial: 4,
  token: 5,
  busy: 6,
  interrupted: 130,
} as const;

/** An error that is told to the user in one line, with the exit status that belongs to it. */
export class UserError extends Error {
  readonly exit: number;
  constructor(message: string, options: { cause?: unknown; exit?: number } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.name = new.target.name;
    this.exit = options.exit ?? exitStatus.unexpected;
  }
}

/** Unusable arguments, SQL that is not one reading statement, or an edit that the API would refuse. */
export class UsageError extends UserError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { ...options, exit: exitStatus.usage });
  }
}

/** A file that is no mirror, a newer mirror, or none at all. */
export class MirrorError extends UserError {}

/** There is no token, or the API refused it. */
export class TokenError extends UserError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { ...options, exit: exitStatus.token });
  }
}

/** Another pull or push is at work on this mirror. */
export class BusyError extends UserError {
  constructor(db: string) {
    super(`another pull or push is at work on ${db}; wait for it to end and try again`, {
      exit: exitStatus.busy,
    });
  }
}

/** Somebody asked to stop; what was finished is kept. */
export class InterruptedError extends UserError {
  constructor() {
    super('interrupted; what was finished is kept', { exit: exitStatus.interrupted });
  }
}
