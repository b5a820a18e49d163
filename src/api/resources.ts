/**
 * THE description of Optimizely's classic REST API, version 1: every resource as data. Types, URLs, tables, triggers,
 * validation, order, sandbox, CLI and docs derive from it; a fact about a resource stands nowhere else.
 * Sources: the two seed documents and the vendor's reference of 2016.
 */
import type { Description, EntityResource, Field, Json, ObservationResource } from './description.ts';

const id = { kind: 'integer', by: 'server', about: 'The id.' } as const;
const created = { kind: 'time', by: 'server', about: 'When it was created.' } as const;
const lastModified = {
  kind: 'time',
  by: 'server',
  derived: true,
  about: 'When it was last changed.',
} as const;
const projectId = {
  kind: 'integer',
  by: 'parent',
  required: true,
  references: 'projects',
  about: 'The project it belongs to.',
} as const;
const experimentId = {
  kind: 'integer',
  by: 'parent',
  required: true,
  references: 'experiments',
  about: 'The experiment it belongs to.',
} as const;
const flag = (about: string) => ({ kind: 'boolean', by: 'edit', initial: false, about }) as const;
const matchTypes = [1, 2, 3, 4] as const;

/** The fields that `results` and `stats` share. */
const observed = {
  variation_id: {
    kind: 'text',
    by: 'server',
    joinedIds: 'variations',
    about: 'The variation; several joined by _ in a multivariate test.',
  },
  variation_name: { kind: 'text', by: 'server', about: 'Its name.' },
  goal_id: { kind: 'integer', by: 'server', references: 'goals', about: 'The goal.' },
  goal_name: { kind: 'text', by: 'server', about: 'Its name.' },
  baseline_id: {
    kind: 'text',
    by: 'server',
    joinedIds: 'variations',
    about: 'The variation it is compared with.',
  },
  begin_time: { kind: 'time', by: 'server', about: 'The first moment counted.' },
  end_time: { kind: 'time', by: 'server', about: 'The last moment counted.' },
  visitors: { kind: 'integer', by: 'server', about: 'Visitors who saw the variation.' },
  conversions: { kind: 'integer', by: 'server', about: 'Conversions of the goal.' },
  conversion_rate: {
    kind: 'number',
    by: 'server',
    about: 'Conversions per visitor; absent on a revenue goal.',
  },
  status: {
    kind: 'text',
    by: 'server',
    values: ['winner', 'loser', 'inconclusive', 'baseline'],
    about: "The API's verdict.",
  },
  improvement: { kind: 'number', by: 'server', about: 'Relative difference to the baseline.' },
  difference: { kind: 'number', by: 'server', about: 'Absolute difference to the baseline.' },
  is_revenue: { kind: 'boolean', by: 'server', about: 'Whether the goal counts money.' },
  revenue: { kind: 'number', by: 'server', about: 'Money taken; on a revenue goal.' },
  revenue_per_visitor: { kind: 'number', by: 'server', about: 'Money per visitor; on a revenue goal.' },
} as const satisfies Record<string, Field>;

/** Source: API.md, the last line on stats. */
const segments = [
  { id: 'audience_id', names: 'audiences' },
  { id: 'dimension_id', names: 'dimensions', value: 'dimension_value' },
] as const;

/** Results are counted on and on while an experiment runs. */
const grows = { until: 'end_time', counts: ['visitors', 'conversions'] } as const;

/** The day from which experiments are computed by Stats Engine. Source: both seeds. */
const statsEngine = '2015-01-21';

export const resources = {
  projects: {
    kind: 'entities',
    singular: 'project',
    parent: null,
    verbs: ['list', 'get', 'create', 'update'],
    label: 'project_name',
    conflictToken: 'last_modified',
    about: 'A collection of experiments, goals, audiences and dimensions, with one JavaScript file.',
    comesWith: [
      {
        resource: 'goals',
        each: [
          { title: 'Engagement', goal_type: 2 },
          { title: 'Total Revenue', goal_type: 4 },
        ],
      },
    ],
    fields: {
      id,
      account_id: { kind: 'integer', by: 'server', made: '{account}', about: 'The account it belongs to.' },
      code_revision: {
        kind: 'integer',
        by: 'server',
        derived: true,
        initial: 0,
        about: 'How often the snippet was published.',
      },
      project_name: { kind: 'text', by: 'edit', required: true, identity: true, about: 'Its name.' },
      project_status: {
        kind: 'text',
        by: 'edit',
        values: ['Active', 'Archived'],
        initial: 'Active',
        about: 'Whether it is in use.',
      },
      created,
      last_modified: lastModified,
      library: {
        kind: 'text',
        by: 'server',
        initial: 'jquery-1.6.4-trim',
        about: 'The jQuery in the snippet.',
      },
      include_jquery: {
        kind: 'boolean',
        by: 'edit',
        initial: true,
        about: 'Whether the snippet has jQuery.',
      },
      js_file_size: {
        kind: 'integer',
        by: 'server',
        derived: true,
        nullable: true,
        initial: null,
        about: 'Size of the snippet in bytes.',
      },
      project_javascript: { kind: 'text', by: 'edit', initial: null, about: 'JavaScript run on every page.' },
      enable_force_variation: flag('Whether a URL parameter may force a variation.'),
      exclude_disabled_experiments: flag('Whether paused experiments stay out of the snippet.'),
      exclude_names: {
        kind: 'boolean',
        by: 'edit',
        nullable: true,
        initial: null,
        about: 'Whether names stay out of the snippet.',
      },
      ip_anonymization: flag('Whether the last octet of IP addresses is dropped.'),
      ip_filter: {
        kind: 'text',
        by: 'edit',
        nullable: true,
        initial: '',
        about: 'Addresses that are not counted.',
      },
      socket_token: { kind: 'text', by: 'server', made: '{secret}', about: "The snippet's socket token." },
      dcp_service_id: {
        kind: 'integer',
        by: 'edit',
        nullable: true,
        initial: null,
        about: 'The dynamic customer profile service.',
      },
    },
  },

  audiences: {
    kind: 'entities',
    singular: 'audience',
    parent: 'projects',
    verbs: ['list', 'get', 'create', 'update'],
    label: 'name',
    conflictToken: 'last_modified',
    about: 'A group of visitors that match conditions.',
    atMost: { when: { segmentation: [true] }, together: ['dimensions'] },
    fields: {
      id,
      project_id: projectId,
      name: { kind: 'text', by: 'edit', required: true, identity: true, about: 'Its name.' },
      description: { kind: 'text', by: 'edit', initial: '', about: 'A description.' },
      conditions: {
        kind: 'jsonText',
        by: 'edit',
        initial: '[]',
        about: 'The conditions: a text that holds JSON.',
      },
      segmentation: flag('Whether results can be segmented by it (needs a Platinum plan).'),
      archived: { kind: 'boolean', by: 'server', initial: false, about: 'Whether it is archived.' },
      created,
      last_modified: lastModified,
    },
  },

  dimensions: {
    kind: 'entities',
    singular: 'dimension',
    parent: 'projects',
    verbs: ['list', 'get', 'create', 'update', 'delete'],
    label: 'name',
    conflictToken: 'last_modified',
    about: 'An attribute of visitors, for audiences and segments.',
    unique: ['name', 'client_api_name'],
    fields: {
      id,
      project_id: projectId,
      name: { kind: 'text', by: 'edit', required: true, identity: true, about: 'Its name.' },
      client_api_name: { kind: 'text', by: 'edit', initial: null, about: 'Its name in the client-side API.' },
      description: { kind: 'text', by: 'edit', initial: '', about: 'A description.' },
      last_modified: lastModified,
    },
  },

  experiments: {
    kind: 'entities',
    singular: 'experiment',
    parent: 'projects',
    verbs: ['list', 'get', 'create', 'update', 'delete'],
    label: 'description',
    conflictToken: 'last_modified',
    about: 'A set of rules for matching visitors to content and recording their conversions.',
    frozenWhen: [
      {
        when: { experiment_type: ['multivariate', 'multipage'] },
        because: 'the API does not update multivariate or multipage experiments (their variations are free)',
      },
      {
        when: { is_multivariate: [true] },
        because: 'the API does not update multivariate experiments (their variations are free)',
      },
    ],
    irreversible: [{ when: { status: ['Running'] }, because: 'it starts the experiment' }],
    neverRan: { status: ['Not started', 'Draft'] },
    running: { status: ['Running'] },
    comesWith: [
      {
        resource: 'variations',
        each: [
          { description: 'Original', weight: 5000 },
          { description: 'Variation #1', weight: 5000 },
        ],
      },
    ],
    fields: {
      id,
      project_id: projectId,
      description: { kind: 'text', by: 'edit', required: true, identity: true, about: 'Its name.' },
      edit_url: { kind: 'text', by: 'edit', required: true, about: 'The page it was built on.' },
      status: {
        kind: 'text',
        by: 'edit',
        values: ['Not started', 'Running', 'Paused', 'Archived'],
        alsoSeen: ['Draft'],
        initial: 'Not started',
        about: 'Running starts it, Paused stops it.',
      },
      audience_ids: {
        kind: 'list',
        items: 'id',
        by: 'edit',
        merges: 'set',
        references: 'audiences',
        initial: [],
        about: 'The audiences that see it.',
      },
      activation_mode: {
        kind: 'text',
        by: 'edit',
        values: ['immediate', 'manual', 'conditional'],
        initial: 'immediate',
        about: 'What activates it on a page.',
      },
      conditional_code: {
        kind: 'text',
        by: 'server',
        initial: null,
        about: 'The code of a conditional activation.',
      },
      custom_css: { kind: 'text', by: 'edit', initial: '', about: 'CSS for all variations.' },
      custom_js: { kind: 'text', by: 'edit', initial: '', about: 'JavaScript for all variations.' },
      percentage_included: {
        kind: 'integer',
        by: 'edit',
        min: 0,
        max: 10000,
        initial: 10000,
        about: 'Visitors included, in basis points.',
      },
      url_conditions: {
        kind: 'list',
        items: 'object',
        by: 'edit',
        firstItem: { match_type: 'simple', value: '{edit_url}', negate: false },
        itemKeys: {
          match_type: { kind: 'text', values: ['simple', 'regex', 'exact', 'substring'], required: true },
          value: { kind: 'text', required: true },
          negate: { kind: 'boolean', initial: false },
          index: { kind: 'integer', by: 'server' },
          created: { kind: 'time', by: 'server' },
          last_modified: { kind: 'time', by: 'server' },
        },
        about: 'The pages it runs on.',
      },
      experiment_type: {
        kind: 'text',
        by: 'edit',
        values: ['ab'],
        alsoSeen: ['multivariate', 'multipage'],
        initial: 'ab',
        about: 'The kind of test.',
      },
      variation_ids: {
        kind: 'list',
        items: 'id',
        by: 'server',
        references: 'variations',
        derived: true,
        initial: [],
        about: 'Its variations, in order.',
      },
      is_multivariate: {
        kind: 'boolean',
        by: 'server',
        initial: false,
        about: 'Whether it is multivariate.',
      },
      display_goal_order_lst: {
        kind: 'list',
        items: 'id',
        by: 'server',
        references: 'goals',
        derived: true,
        initial: [],
        about: 'Its goals, in the order shown.',
      },
      primary_goal_id: {
        kind: 'integer',
        by: 'server',
        references: 'goals',
        nullable: true,
        derived: true,
        initial: null,
        about: 'Its main goal.',
      },
      details: { kind: 'text', by: 'server', initial: '', about: 'Notes.' },
      shareable_results_link: {
        kind: 'text',
        by: 'server',
        made: 'https://www.optimizely.com/results?experiment_id={id}&token={secret}',
        derived: true,
        about: 'A link to its results.',
      },
      created,
      last_modified: lastModified,
    },
  },

  variations: {
    kind: 'entities',
    singular: 'variation',
    parent: 'experiments',
    verbs: ['list', 'get', 'create', 'update', 'delete'],
    label: 'description',
    conflictToken: null,
    about: "A change of the visitor's experience, and the share of visitors who get it.",
    fields: {
      id,
      experiment_id: experimentId,
      project_id: {
        kind: 'integer',
        by: 'server',
        references: 'projects',
        about: 'The project it belongs to.',
      },
      description: { kind: 'text', by: 'edit', required: true, identity: true, about: 'Its name.' },
      is_paused: flag('Whether it gets no traffic.'),
      js_component: { kind: 'text', by: 'edit', initial: '', about: 'The code that makes the change.' },
      weight: {
        kind: 'integer',
        by: 'edit',
        nullable: true,
        min: 0,
        max: 10000,
        initial: null,
        about: 'Its share of traffic, in basis points.',
      },
      section_id: {
        kind: 'integer',
        by: 'server',
        nullable: true,
        initial: null,
        about: 'Its section in a multivariate test.',
      },
      created,
    },
  },

  schedules: {
    kind: 'entities',
    singular: 'schedule',
    parent: 'experiments',
    verbs: ['list', 'get', 'create', 'update', 'delete'],
    label: null,
    conflictToken: null,
    about: 'When an experiment starts, stops, or both.',
    oneOf: ['start_time', 'stop_time'],
    supersedes: { status: 'INACTIVE' },
    fields: {
      id,
      experiment_id: experimentId,
      status: {
        kind: 'text',
        by: 'server',
        values: ['ACTIVE', 'INACTIVE'],
        initial: 'ACTIVE',
        derived: true,
        about: 'Whether it is the one in force.',
      },
      start_time: {
        kind: 'utcSecond',
        by: 'edit',
        nullable: true,
        initial: null,
        identity: true,
        about: 'When to start, YYYY-MM-DDTHH:MM:SSZ.',
      },
      stop_time: {
        kind: 'utcSecond',
        by: 'edit',
        nullable: true,
        initial: null,
        identity: true,
        about: 'When to stop, YYYY-MM-DDTHH:MM:SSZ.',
      },
    },
  },

  goals: {
    kind: 'entities',
    singular: 'goal',
    parent: 'projects',
    verbs: ['list', 'get', 'create', 'update', 'delete'],
    label: 'title',
    conflictToken: 'last_modified',
    about: 'A metric that decides which variation wins.',
    frozenWhen: [
      {
        when: { is_editable: [false] },
        because: 'the API refuses every update of a goal with is_editable false',
      },
    ],
    requires: [
      { when: { goal_type: [0] }, fields: ['selector', 'target_to_experiments'] },
      {
        when: { goal_type: [0], target_to_experiments: [false] },
        fields: ['target_urls', 'target_url_match_types'],
      },
      { when: { goal_type: [1] }, fields: ['event'] },
      { when: { goal_type: [3] }, fields: ['urls', 'url_match_types'] },
    ],
    fields: {
      id,
      project_id: projectId,
      title: { kind: 'text', by: 'edit', required: true, identity: true, about: 'Its name.' },
      goal_type: {
        kind: 'integer',
        by: 'edit',
        required: true,
        values: [0, 1, 2, 3, 4],
        createValues: [0, 1, 3],
        about: '0 click, 1 custom event, 2 engagement, 3 pageview, 4 revenue.',
      },
      archived: flag('Whether it is archived.'),
      addable: {
        kind: 'boolean',
        by: 'edit',
        initial: true,
        about: 'Whether it can be added to experiments.',
      },
      description: { kind: 'text', by: 'edit', initial: '', about: 'A description.' },
      experiment_ids: {
        kind: 'list',
        items: 'id',
        by: 'edit',
        merges: 'set',
        references: 'experiments',
        initial: [],
        about: 'The experiments that it is tracked for.',
      },
      selector: { kind: 'text', by: 'edit', initial: '', about: 'What is clicked, for a click goal.' },
      target_to_experiments: {
        kind: 'boolean',
        by: 'edit',
        initial: true,
        about: 'Whether it counts on the pages of its experiments.',
      },
      target_urls: {
        kind: 'list',
        items: 'text',
        by: 'edit',
        initial: [],
        about: 'The pages a click counts on.',
      },
      target_url_match_types: {
        kind: 'list',
        items: 'integer',
        by: 'edit',
        values: matchTypes,
        initial: [],
        about: 'How target_urls match: 1 exact, 2 regex, 3 simple, 4 substring.',
      },
      urls: { kind: 'list', items: 'text', by: 'edit', initial: [], about: 'The pages of a pageview goal.' },
      url_match_types: {
        kind: 'list',
        items: 'integer',
        by: 'edit',
        values: matchTypes,
        initial: [],
        about: 'How urls match: 1 exact, 2 regex, 3 simple, 4 substring.',
      },
      event: { kind: 'text', by: 'create', initial: null, about: 'The event of a custom event goal.' },
      is_editable: {
        kind: 'boolean',
        by: 'server',
        nullable: true,
        initial: null,
        about: 'False on old goals, which the API no longer changes.',
      },
      created,
      last_modified: lastModified,
    },
  },

  results: {
    kind: 'observations',
    parent: 'experiments',
    verbs: ['list'],
    key: ['variation_id', 'goal_id'],
    figures: ['visitors', 'conversions', 'improvement', 'confidence'],
    era: { field: 'created', before: statsEngine },
    otherwise: 'stats',
    segments,
    grows,
    about: 'Results of an experiment, one row for each variation and goal.',
    fields: {
      experiment_id: experimentId,
      ...observed,
      confidence: { kind: 'number', by: 'server', about: 'Chance to beat the baseline.' },
    },
  },

  stats: {
    kind: 'observations',
    parent: 'experiments',
    verbs: ['list'],
    key: ['variation_id', 'goal_id'],
    figures: ['visitors', 'conversions', 'improvement', 'statistical_significance'],
    era: { field: 'created', from: statsEngine },
    otherwise: 'results',
    segments,
    grows,
    about: 'Results of an experiment as computed by Stats Engine, one row for each variation and goal.',
    fields: {
      experiment_id: experimentId,
      ...observed,
      statistical_significance: { kind: 'number', by: 'server', about: 'Significance reached.' },
      difference_confidence_interval_min: {
        kind: 'number',
        by: 'server',
        about: 'Lower end of the difference.',
      },
      difference_confidence_interval_max: {
        kind: 'number',
        by: 'server',
        about: 'Upper end of the difference.',
      },
      visitors_until_statistically_significant: {
        kind: 'integer',
        by: 'server',
        aliases: ['visitors_until_significance'],
        about: 'Visitors still needed.',
      },
    },
  },
} as const satisfies Description;

export type ResourceName = keyof typeof resources;
export type EntityName = {
  [K in ResourceName]: (typeof resources)[K] extends { kind: 'entities' } ? K : never;
}[ResourceName];
export type ObservationName = Exclude<ResourceName, EntityName>;

/** The fields of a resource as the description has them, with their literal types. */
export type FieldsOf<R extends ResourceName> = (typeof resources)[R]['fields'];
type Scalar<F> = F extends { kind: 'integer' | 'number' }
  ? number
  : F extends { kind: 'boolean' }
    ? boolean
    : F extends { kind: 'list' }
      ? ItemOf<F>[]
      : string;
type ItemOf<F> = F extends { items: 'id' | 'integer' }
  ? number
  : F extends { items: 'object'; itemKeys: infer K }
    ? {
        [P in keyof K]?: K[P] extends { kind: 'boolean' }
          ? boolean
          : K[P] extends { kind: 'integer' }
            ? number
            : string;
      }
    : string;
type Known<F> = F extends { kind: 'text'; values: readonly (infer V extends string)[] }
  ? V | (string & {})
  : Scalar<F>;
type FieldType<K, F> = F extends { required: true } ? Known<F> : K extends 'id' ? number : Known<F> | null;

/** An entity, or a row of results, as the API sends it. Fields that nobody listed survive beside these. */
export type Entity<R extends ResourceName> = {
  -readonly [K in keyof FieldsOf<R>]: FieldType<K, FieldsOf<R>[K]>;
};

type Settable<F, By> = { [K in keyof F]: F[K] extends { by: By } ? K : never }[keyof F];
type Required<F> = { [K in keyof F]: F[K] extends { required: true } ? K : never }[keyof F];
/** The fields that an update of the resource may have. */
export type Changes<R extends EntityName> = {
  -readonly [K in Settable<FieldsOf<R>, 'edit'>]?: Known<FieldsOf<R>[K]> | null;
};
/** The fields that a create of the resource may have, its parent's id among them. */
export type NewEntity<R extends EntityName> = Changes<R> & {
  -readonly [K in Settable<FieldsOf<R>, 'create'>]?: Known<FieldsOf<R>[K]> | null;
} & { -readonly [K in Required<FieldsOf<R>>]: Known<FieldsOf<R>[K]> };

export const resourceNames = Object.keys(resources) as ResourceName[];
/** In the order in which creates depend on each other: a parent, and what a list of ids names, comes before. */
export const entityNames = resourceNames.filter(
  (name): name is EntityName => resources[name].kind === 'entities',
);
export const observationNames = resourceNames.filter(
  (name): name is ObservationName => resources[name].kind === 'observations',
);

/** The resource of that name, seen through the general vocabulary rather than its literal type. */
export function entityResource(name: EntityName): EntityResource {
  return resources[name];
}
export function observationResource(name: ObservationName): ObservationResource {
  return resources[name];
}
export function isResourceName(name: string): name is ResourceName {
  return Object.hasOwn(resources, name);
}
export function isEntityName(name: string): name is EntityName {
  return isResourceName(name) && resources[name].kind === 'entities';
}

const fields = Object.fromEntries(
  resourceNames.map((name) => [name, Object.entries(resources[name].fields)]),
) as Record<ResourceName, [string, Field][]>;

/** The fields of a resource, in order. */
export function fieldsOf(name: ResourceName): readonly [string, Field][] {
  return fields[name];
}
export function fieldOf(name: ResourceName, field: string): Field | undefined {
  const own: Readonly<Record<string, Field>> = resources[name].fields;
  return Object.hasOwn(own, field) ? own[field] : undefined;
}

/** The field that holds the parent's id, or null for a child of the account. */
export function parentField(name: ResourceName): string | null {
  return fieldsOf(name).find(([, field]) => field.by === 'parent')?.[0] ?? null;
}
export function parentOf(name: ResourceName): EntityName | null {
  return resources[name].parent;
}
export function childrenOf(name: EntityName | null): ResourceName[] {
  return resourceNames.filter((child) => resources[child].parent === name);
}
/** The children that have ids of their own. */
export function childEntitiesOf(name: EntityName | null): EntityName[] {
  return entityNames.filter((child) => resources[child].parent === name);
}
export function can(name: ResourceName, verb: (typeof resources)[ResourceName]['verbs'][number]): boolean {
  return (resources[name].verbs as readonly string[]).includes(verb);
}

/** Every field that names another resource: what has to be followed when an id changes or an entity goes. */
export function referencesTo(target: EntityName): { resource: ResourceName; field: string; list: boolean }[] {
  return resourceNames.flatMap((resource) =>
    fieldsOf(resource)
      .filter(([, field]) => field.references === target)
      .map(([field, { kind }]) => ({ resource, field, list: kind === 'list' })),
  );
}

/** Whether an edit may set this field to null. Source: API.md, and CONTRACT.md for texts that are not required. */
export function takesNull(field: Field): boolean {
  if (field.nullable) return true;
  const isText = field.kind === 'text' || field.kind === 'jsonText';
  return isText && !field.required && field.values === undefined;
}

/** The fields that an update may have. */
export function editableFields(name: EntityName): [string, Field][] {
  return fieldsOf(name).filter(([, field]) => field.by === 'edit');
}
/** The fields that a create may have, the parent's id among them. */
export function creatableFields(name: EntityName): [string, Field][] {
  return fieldsOf(name).filter(([, field]) => field.by !== 'server');
}

/** Whether the entity is in a state that `when` describes. */
export function holds(
  when: Readonly<Record<string, readonly Json[]>> | undefined,
  entity: Readonly<Record<string, unknown>>,
): boolean {
  return (
    when !== undefined &&
    Object.entries(when).every(([field, values]) => values.includes(entity[field] as Json))
  );
}

/** The path below the API's base of one entity, or of the list below a parent. Source: API.md, Wire. */
export function entityPath(name: EntityName, id: number | string): string {
  return `${name}/${id}`;
}
export function listPath(name: ResourceName, parentId: number | string | null): string {
  const parent = resources[name].parent;
  return parent === null ? name : `${parent}/${parentId}/${name}`;
}
