/** Writes that are refused for a value. */
import { ids } from './account.ts';

const { experiment, variation, click } = ids;
const big = '9007199254740993';

/** By what they have in common: each with the words that tell what is refused, and why. */
export const refusedValues: Record<string, readonly (readonly [sql: string, words: string])[]> = {
  'nulls where none is allowed': [
    [`UPDATE projects SET project_name = NULL`, "edit of project: project_name can't be null"],
    [`UPDATE projects SET project_status = NULL`, "project_status can't be null"],
    [`UPDATE projects SET include_jquery = NULL`, "include_jquery can't be null"],
    [`UPDATE experiments SET status = NULL WHERE id = ${experiment}`, "status can't be null"],
    [
      `UPDATE experiments SET activation_mode = NULL WHERE id = ${experiment}`,
      "activation_mode can't be null",
    ],
    [`UPDATE experiments SET audience_ids = NULL WHERE id = ${experiment}`, "audience_ids can't be null"],
    [
      `UPDATE experiments SET percentage_included = NULL WHERE id = ${experiment}`,
      "percentage_included can't be null",
    ],
    [`UPDATE variations SET is_paused = NULL WHERE id = ${variation}`, "is_paused can't be null"],
    [`UPDATE goals SET goal_type = NULL WHERE id = ${click}`, "goal_type can't be null"],
    [`UPDATE goals SET urls = NULL WHERE id = ${click}`, "urls can't be null"],
    [`UPDATE schedules SET start_time = NULL`, 'edit of schedule: needs start_time or stop_time'],
  ],
  'values of another kind': [
    [`UPDATE variations SET is_paused = 2 WHERE id = ${variation}`, 'is_paused is a boolean: give 0 or 1'],
    [
      `UPDATE variations SET is_paused = 'true' WHERE id = ${variation}`,
      'is_paused is a boolean: give 0 or 1',
    ],
    [`UPDATE variations SET is_paused = 0.5 WHERE id = ${variation}`, 'is_paused is a boolean'],
    [`UPDATE variations SET is_paused = x'01' WHERE id = ${variation}`, 'is_paused is a boolean'],
    [`UPDATE variations SET weight = 'half' WHERE id = ${variation}`, 'weight is a whole number'],
    [`UPDATE variations SET weight = '' WHERE id = ${variation}`, 'weight is a whole number'],
    [`UPDATE variations SET weight = 0.5 WHERE id = ${variation}`, 'weight is a whole number'],
    [`UPDATE projects SET dcp_service_id = 9e999`, 'dcp_service_id is a whole number'],
    [
      `UPDATE projects SET dcp_service_id = ${big}`,
      'dcp_service_id is from -9007199254740991 to 9007199254740991',
    ],
    [`UPDATE variations SET description = x'00ff' WHERE id = ${variation}`, 'description is a text'],
    [
      `UPDATE schedules SET start_time = '2015-01-01 08:00'`,
      'start_time is a UTC time of the form 2015-01-01T08:00:00Z',
    ],
    [`UPDATE schedules SET start_time = '2015-02-30T08:00:00Z'`, 'start_time is a UTC time'],
    [`UPDATE schedules SET start_time = '2015-01-01T08:00:00Z' || char(0)`, 'start_time is a UTC time'],
    [`UPDATE schedules SET start_time = '2015-01-01T24:00:00Z'`, 'start_time is a UTC time'],
    [`UPDATE schedules SET start_time = 2457023`, 'start_time is a UTC time'],
    [`UPDATE schedules SET stop_time = ''`, 'stop_time is a UTC time'],
    [`UPDATE audiences SET conditions = 'mobile'`, 'conditions is a text that holds JSON, and this is none'],
    [`UPDATE audiences SET conditions = '[1]' || char(0) || ']'`, 'conditions is a text that holds JSON'],
    [`UPDATE audiences SET conditions = CAST('[1]' AS BLOB)`, 'conditions is a text that holds JSON'],
  ],
  'values outside a range or an enumeration': [
    [
      `UPDATE experiments SET status = 'running' WHERE id = ${experiment}`,
      'status is one of: Not started, Running, Paused, Archived',
    ],
    [`UPDATE experiments SET status = 'Draft' WHERE id = ${experiment}`, 'status is one of'],
    [`UPDATE experiments SET status = '' WHERE id = ${experiment}`, 'status is one of'],
    [
      `UPDATE experiments SET activation_mode = 'never' WHERE id = ${experiment}`,
      'activation_mode is one of: immediate, manual, conditional',
    ],
    [
      `UPDATE experiments SET experiment_type = 'multipage' WHERE id = ${experiment}`,
      'experiment_type is one of: ab',
    ],
    [
      `UPDATE experiments SET percentage_included = 10001 WHERE id = ${experiment}`,
      'percentage_included is from 0 to 10000',
    ],
    [
      `UPDATE experiments SET percentage_included = -1 WHERE id = ${experiment}`,
      'percentage_included is from 0 to 10000',
    ],
    [`UPDATE variations SET weight = 10001 WHERE id = ${variation}`, 'weight is from 0 to 10000'],
    [`UPDATE projects SET project_status = 'Deleted'`, 'project_status is one of: Active, Archived'],
    [`UPDATE goals SET goal_type = 5 WHERE id = ${click}`, 'goal_type is one of: 0, 1, 2, 3, 4'],
  ],
};
