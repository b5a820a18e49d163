/** The vocabulary in which an API is described: what a resource and a field can say about themselves. */

/** JSON as it travels on the wire. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/**
 * What a field holds. `integer`, `number`, `boolean`, `text` are JSON scalars; `time` is text that is compared for
 * equality only; `utcSecond` is text of the exact form `YYYY-MM-DDTHH:MM:SSZ`; `jsonText` is a text that itself holds
 * JSON; `list` is a JSON array whose elements are described by `items`.
 */
export type Kind = 'integer' | 'number' | 'boolean' | 'text' | 'time' | 'utcSecond' | 'jsonText' | 'list';

/**
 * Who sets a field. `server`: sending it changes nothing. `parent`: it is the parent's id, given by the URL, fixed for
 * good. `create`: given when the entity is created and never changed. `edit`: may be created and changed.
 */
export type SetBy = 'server' | 'parent' | 'create' | 'edit';

export interface Field {
  readonly kind: Kind;
  readonly by: SetBy;
  /** One sentence for docs and help. */
  readonly about: string;
  /** A create without it is refused. */
  readonly required?: true;
  /** The API takes and gives null here. Texts that are not required take null as well, see `takesNull`. */
  readonly nullable?: true;
  /** The values that the API takes. */
  readonly values?: readonly (string | number)[];
  /** Values that the API has shown but does not take. */
  readonly alsoSeen?: readonly (string | number)[];
  /** The part of `values` that a create may have, where it is not all. */
  readonly createValues?: readonly (string | number)[];
  readonly min?: number;
  readonly max?: number;
  /** Elements of a `list`. */
  readonly items?: ItemKind;
  /** For elements of a list of objects: the keys an edit may have, with what they may hold. */
  readonly itemKeys?: Readonly<Record<string, ItemKey>>;
  /** The resource that this id, or each id of this list, names. */
  readonly references?: string;
  /** A list whose elements merge as a set: what each side added is added, what each side removed is removed. */
  readonly merges?: 'set';
  /** The server recomputes it by itself, so a change of it is nobody's edit and never a conflict. */
  readonly derived?: true;
  /** Other names under which the API has been seen to send this field. */
  readonly aliases?: readonly string[];
  /** It tells one sibling from another, where a lost create has to be found again. */
  readonly identity?: true;
  /** What the server fills in on a create that leaves it out. */
  readonly initial?: Json;
  /** For a list of objects: the element that the server puts into an empty new one; `{field}` stands for that field. */
  readonly firstItem?: JsonObject;
  /** A value that the server makes up: a template over the entity's own fields, `{account}` and `{secret}`. */
  readonly made?: string;
  /** A text that holds an id of this resource, or several joined by `_`, and has been seen as a number. */
  readonly joinedIds?: string;
}

export type ItemKind = 'id' | 'integer' | 'text' | 'object';

export interface ItemKey {
  readonly kind: 'text' | 'boolean' | 'integer' | 'time';
  readonly values?: readonly string[];
  readonly required?: true;
  /** What the server takes a missing one for. */
  readonly initial?: Json;
  /** Filled in by the server and left out of comparisons. */
  readonly by?: 'server';
}

/** A condition on an entity: every named field holds one of the values. */
export type When = Readonly<Record<string, readonly Json[]>>;

export type Verb = 'list' | 'get' | 'create' | 'update' | 'delete';

interface ResourceBase {
  /** The parent resource, or null for the account itself. */
  readonly parent: string | null;
  readonly verbs: readonly Verb[];
  readonly about: string;
  readonly fields: Readonly<Record<string, Field>>;
}

/** A resource whose members have an id of their own. */
export interface EntityResource extends ResourceBase {
  readonly kind: 'entities';
  /** What one of them is called in a sentence. */
  readonly singular: string;
  /** The field a person knows it by; null where it has none. */
  readonly label: string | null;
  /** The field that changes whenever anything does; null where the fields themselves have to be compared. */
  readonly conflictToken: string | null;
  /** The API refuses every update of an entity in such a state. */
  readonly frozenWhen?: readonly { readonly when: When; readonly because: string }[];
  /** Fields that a create must have in certain cases, beside those marked `required`. */
  readonly requires?: readonly { readonly when: When; readonly fields: readonly string[] }[];
  /** At least one of these fields must hold a value. */
  readonly oneOf?: readonly string[];
  /** Fields of which no two siblings may hold the same value. */
  readonly unique?: readonly string[];
  /** An update to such a state can't be taken back. */
  readonly irreversible?: readonly { readonly when: When; readonly because: string }[];
  /** The children that the server creates together with a new one. */
  readonly comesWith?: readonly { readonly resource: string; readonly each: readonly JsonObject[] }[];
  /** The states in which an experiment has never produced results, and in which it is producing them. */
  readonly neverRan?: When;
  readonly running?: When;
  /** The server takes only so many below one parent in that state, counted together with the other resources'. */
  readonly atMost?: { readonly when: When; readonly together: readonly string[] };
  /** A new sibling turns the older ones' fields into this. */
  readonly supersedes?: JsonObject;
}

/** A resource of rows that are only listed, below a parent, and have no id. */
export interface ObservationResource extends ResourceBase {
  readonly kind: 'observations';
  /** The fields that, with the parent's id, tell one row from another. */
  readonly key: readonly string[];
  /** The figures that are read before all others, in their order. */
  readonly figures: readonly string[];
  /** The field with the last moment counted, and the counts that only grow as it moves on. */
  readonly grows: { readonly until: string; readonly counts: readonly string[] };
  /** The parents that have this kind of row rather than `else`'s: those with `field` at or after, or before, `date`. */
  readonly era: { readonly field: string; readonly from?: string; readonly before?: string };
  /** The questions that a listing takes: the parameter that names a segment, and the one that has to come with it. */
  readonly segments: readonly { readonly id: string; readonly names: string; readonly value?: string }[];
  /** The resource that holds the rows of parents of the other era. */
  readonly otherwise: string;
}

export type Resource = EntityResource | ObservationResource;
export type Description = Readonly<Record<string, Resource>>;
