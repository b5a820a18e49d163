/** The types of entity objects and of the ways to them, all derived from the description. */
import type {
  Changes,
  Entity,
  EntityName,
  FieldsOf,
  NewEntity,
  ObservationName,
  ResourceName,
  resources,
} from './resources.ts';

type Described = typeof resources;
type VerbOf<R extends ResourceName> = Described[R]['verbs'][number];

/** Members where the API has the verb, nothing where it has not. */
type Where<R extends ResourceName, V, Members> = V extends VerbOf<R> ? Members : unknown;

/** The children that are listed below a resource. */
type ChildOf<P extends EntityName> = {
  [K in ResourceName]: Described[K]['parent'] extends P ? K : never;
}[ResourceName];

/** The part of the visitors that results are counted for: an audience, or those who share a dimension's value. */
export type Segment =
  | { readonly audience_id: number }
  | { readonly dimension_id: number; readonly dimension_value: string };

/** A row of results. */
export type Row<R extends ObservationName> = Readonly<Entity<R>>;

type Children<P extends EntityName> = {
  [K in ChildOf<P>]: K extends EntityName
    ? () => Promise<EntityObject<K>[]>
    : K extends ObservationName
      ? (segment?: Segment) => Promise<Row<K>[]>
      : never;
};

/** The resources whose entities hold an editable set of ids of `R`. */
type HolderOf<R extends EntityName> = {
  [K in EntityName]: R extends HeldBy<FieldsOf<K>> ? K : never;
}[EntityName];
type HeldBy<F> = {
  [K in keyof F]: F[K] extends { kind: 'list'; by: 'edit'; merges: 'set'; references: infer T } ? T : never;
}[keyof F];
type Singular<K extends EntityName> = Capitalize<Described[K]['singular']>;

/** `experiment.addGoal(id)` and its like. Resolves with the goal; where nothing had to change, nothing was sent. */
type Membership<R extends EntityName> = {
  [K in HolderOf<R> as `add${Singular<K>}` | `remove${Singular<K>}`]: (
    id: number,
  ) => Promise<EntityObject<K>>;
};

interface Methods<R extends EntityName> {
  /** Sends the editable fields that changed since they were read, if any, and takes over the answer. */
  save(): Promise<EntityObject<R>>;
  /** Reads it anew; edits that were not saved are lost. */
  refresh(): Promise<EntityObject<R>>;
  /** The fields alone. */
  toJSON(): Entity<R>;
}

/** An entity: its fields as properties, of which those that the API lets edit can be assigned, and its methods. */
export type EntityObject<R extends EntityName> = Readonly<Omit<Entity<R>, keyof Changes<R>>> &
  Pick<Entity<R>, keyof Changes<R> & keyof Entity<R>> &
  Methods<R> &
  Where<R, 'delete', { delete(): Promise<void> }> &
  Children<R> &
  Membership<R>;

interface Reading<R extends EntityName> {
  (id: number): Promise<EntityObject<R>>;
  (ids: readonly number[]): Promise<EntityObject<R>[]>;
}
type ReadingAll<R extends EntityName, Everything extends boolean> = Everything extends true
  ? () => Promise<EntityObject<R>[]>
  : Described[R]['parent'] extends null
    ? () => Promise<EntityObject<R>[]>
    : unknown;

/** `client.experiments` and its like. `Everything` is whether all members can be read without naming their parent. */
export type Accessor<R extends EntityName, Everything extends boolean = false> = {
  /** One by its id, several by theirs (in that order), or all. */
  readonly get: Reading<R> & ReadingAll<R, Everything>;
  /** The parent's id goes in with the fields. */
  create(data: NewEntity<R>): Promise<EntityObject<R>>;
  update(id: number, changes: Changes<R>): Promise<EntityObject<R>>;
} & Where<R, 'delete', { delete(id: number): Promise<void> }>;

export type Accessors<Everything extends boolean = false> = {
  readonly [R in EntityName]: Accessor<R, Everything>;
};

export type Project = EntityObject<'projects'>;
export type Experiment = EntityObject<'experiments'>;
export type Variation = EntityObject<'variations'>;
export type Schedule = EntityObject<'schedules'>;
export type Goal = EntityObject<'goals'>;
export type Audience = EntityObject<'audiences'>;
export type Dimension = EntityObject<'dimensions'>;
export type Result = Row<'results'>;
export type Stat = Row<'stats'>;
