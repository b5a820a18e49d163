/** The account that the tests of capture edit: one of everything, with ids as large as real ones. */
import type { JsonObject } from '../../src/api/description.ts';
import type { EntityName } from '../../src/api/resources.ts';

/** The ids of the entities that the tests name. */
export const ids = {
  project: 9_100_000_001,
  experiment: 9_200_000_001,
  other: 9_200_000_002,
  multivariate: 9_200_000_003,
  multipage: 9_200_000_004,
  variation: 9_300_000_001,
  second: 9_300_000_002,
  section: 9_300_000_003,
  schedule: 9_400_000_001,
  click: 9_500_000_001,
  event: 9_500_000_002,
  pageview: 9_500_000_003,
  frozen: 9_500_000_004,
  audience: 9_600_000_001,
  dimension: 9_700_000_001,
} as const;

const times = { created: '2015-03-01T00:00:00.000001Z', last_modified: '2015-04-01T00:00:00.000001Z' };

const experiment = (id: number, rest: JsonObject = {}): JsonObject => ({
  id,
  project_id: ids.project,
  description: 'Headline',
  edit_url: 'https://example.com/',
  status: 'Paused',
  audience_ids: [ids.audience],
  activation_mode: 'immediate',
  conditional_code: '',
  custom_css: '',
  custom_js: '',
  percentage_included: 10000,
  url_conditions: [
    {
      match_type: 'simple',
      value: 'https://example.com/',
      negate: false,
      index: 0,
      created: times.created,
      last_modified: times.created,
    },
  ],
  experiment_type: 'ab',
  variation_ids: [],
  is_multivariate: false,
  display_goal_order_lst: [],
  primary_goal_id: null,
  details: '',
  shareable_results_link: '',
  ...times,
  unlisted: { kept: ['as', 'it', 'is'] },
  ...rest,
});

const variation = (id: number, experiment_id: number, rest: JsonObject = {}): JsonObject => ({
  id,
  experiment_id,
  project_id: ids.project,
  description: 'Original',
  is_paused: false,
  js_component: '$("h1").text("Hello");',
  weight: 5000,
  section_id: null,
  created: times.created,
  ...rest,
});

const goal = (id: number, rest: JsonObject): JsonObject => ({
  id,
  project_id: ids.project,
  title: 'Goal',
  archived: false,
  addable: true,
  description: '',
  experiment_ids: [],
  selector: '',
  target_to_experiments: true,
  target_urls: [],
  target_url_match_types: [],
  urls: [],
  url_match_types: [],
  event: null,
  is_editable: null,
  ...times,
  ...rest,
});

export const account: Record<EntityName, JsonObject[]> = {
  projects: [
    {
      id: ids.project,
      account_id: 9_000_000_001,
      code_revision: 7,
      project_name: 'Shop',
      project_status: 'Active',
      ...times,
      library: 'jquery-1.6.4-trim',
      include_jquery: true,
      js_file_size: null,
      project_javascript: null,
      enable_force_variation: false,
      exclude_disabled_experiments: false,
      exclude_names: null,
      ip_anonymization: false,
      ip_filter: '',
      socket_token: 'A~B',
      dcp_service_id: null,
    },
  ],
  audiences: [
    {
      id: ids.audience,
      project_id: ids.project,
      name: 'Mobile',
      description: '',
      conditions: '["and", {"type": "browser"}]',
      segmentation: false,
      archived: false,
      ...times,
    },
  ],
  dimensions: [
    {
      id: ids.dimension,
      project_id: ids.project,
      name: 'Plan',
      client_api_name: 'plan',
      description: '',
      last_modified: times.last_modified,
    },
  ],
  experiments: [
    experiment(ids.experiment),
    experiment(ids.other, { description: 'Other' }),
    experiment(ids.multivariate, { experiment_type: 'multivariate', is_multivariate: true }),
    experiment(ids.multipage, { experiment_type: 'multipage' }),
  ],
  variations: [
    variation(ids.variation, ids.experiment),
    variation(ids.second, ids.experiment, { description: 'Loud' }),
    variation(ids.section, ids.multivariate, { section_id: 12 }),
  ],
  schedules: [
    {
      id: ids.schedule,
      experiment_id: ids.experiment,
      status: 'ACTIVE',
      start_time: '2015-05-01T08:00:00Z',
      stop_time: null,
    },
  ],
  goals: [
    goal(ids.click, { goal_type: 0, selector: '.buy', experiment_ids: [ids.experiment, ids.other] }),
    goal(ids.event, { goal_type: 1, event: 'bought' }),
    goal(ids.pageview, { goal_type: 3, urls: ['https://example.com/thanks'], url_match_types: [1] }),
    goal(ids.frozen, { goal_type: 2, is_editable: false }),
  ],
};

const observed = (variation_id: number, rest: JsonObject): JsonObject => ({
  experiment_id: ids.experiment,
  variation_id: String(variation_id),
  variation_name: 'Original',
  goal_id: ids.click,
  goal_name: 'Goal',
  baseline_id: String(ids.variation),
  visitors: 3_000_000_000,
  conversions: 12,
  conversion_rate: 0.12345678901234568,
  status: 'baseline',
  improvement: -1 / 3,
  is_revenue: false,
  ...rest,
});

export const results = {
  results: [observed(ids.variation, { confidence: 0.1 + 0.2 }), observed(ids.second, { confidence: null })],
  stats: [observed(ids.variation, { statistical_significance: 1e-300, unlisted: [1] })],
};
