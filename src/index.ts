/** The public API of the library: named re-exports, nothing else. */
export type { Api } from './api/api.ts';
export { type ClientOptions, OptimizelyClient } from './api/client.ts';
export type { Json, JsonObject } from './api/description.ts';
export type {
  Audience,
  Dimension,
  Experiment,
  Goal,
  Project,
  Result,
  Schedule,
  Segment,
  Stat,
  Variation,
} from './api/entity-types.ts';
export {
  type Changes,
  type Entity,
  type EntityName,
  type NewEntity,
  type ObservationName,
  type ResourceName,
  resources,
} from './api/resources.ts';
export {
  BadRequestError,
  BusyError,
  ConnectionError,
  ForbiddenError,
  InterruptedError,
  InvalidIDError,
  MalformedResponseError,
  MirrorError,
  NotFoundError,
  OptimizelyError,
  ServiceUnavailableError,
  TokenError,
  TooManyRequestsError,
  UnauthorizedError,
  UsageError,
  UserError,
} from './errors.ts';
export { type Mirror, type MirrorOptions, openMirror } from './mirror.ts';
export type { PullOptions } from './sync/pull.ts';
export type { OnConflict, PushOptions } from './sync/push.ts';
export type { PullReport, PushReport, VerifyReport } from './sync/report.ts';
