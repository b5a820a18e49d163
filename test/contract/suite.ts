/** What the client does on the wire and what it makes of the answers: one suite for every implementation of the API. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OptimizelyClient } from '../../src/api/client.ts';
import type { Field, JsonObject } from '../../src/api/description.ts';
import {
  can,
  childrenOf,
  type EntityName,
  editableFields,
  entityNames,
  fieldsOf,
  isEntityName,
  parentField,
  parentOf,
} from '../../src/api/resources.ts';
import {
  BadRequestError,
  ForbiddenError,
  NotFoundError,
  OptimizelyError,
  ServiceUnavailableError,
  UnauthorizedError,
} from '../../src/errors.ts';

export interface Backend {
  readonly client: OptimizelyClient;
  /** An entity of each resource that is there, and can be edited. */
  id(resource: EntityName): number;
  /** The writes that came so far, oldest first. */
  writes(): { method: string; path: string; body: JsonObject | null }[];
  /** The next request, and those that repeat it, are answered with this status. */
  refuseNext(status: number, times: number): void;
  close(): Promise<void>;
}

/** What a create of each resource needs, beside its parent. */
export const needed: Readonly<Record<EntityName, JsonObject>> = {
  projects: { project_name: 'Contract' },
  audiences: { name: 'Contract' },
  dimensions: { name: 'Contract' },
  experiments: { description: 'Contract', edit_url: 'https://example.com/' },
  variations: { description: 'Contract' },
  schedules: { start_time: '2030-01-01T08:00:00Z' },
  goals: { title: 'Contract', goal_type: 1, event: 'contract' },
};

function fits({ kind }: Field, value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (kind === 'list') return Array.isArray(value);
  if (kind === 'boolean') return typeof value === 'boolean';
  return typeof value === (kind === 'integer' || kind === 'number' ? 'number' : 'string');
}

/** The entity has an id, and every described field that it has is of its kind. */
function expectEntity(resource: EntityName, entity: object): void {
  const given: JsonObject = { ...entity };
  expect(given.id).toBeGreaterThan(0);
  for (const [name, field] of fieldsOf(resource))
    expect({ name, fits: fits(field, given[name]) }).toEqual({ name, fits: true });
}

/** An edit of the first text that may be edited, or of a time. */
function anEdit(resource: EntityName): JsonObject {
  const [found] = editableFields(resource).filter(
    ([, { kind, values }]) => (kind === 'text' || kind === 'utcSecond') && !values,
  );
  if (!found) throw new Error(`${resource} have no text to edit`);
  return { [found[0]]: found[1].kind === 'text' ? 'Edited' : '2031-01-01T08:00:00Z' };
}

const refusals = [
  [400, BadRequestError, 1],
  [401, UnauthorizedError, 1],
  [403, ForbiddenError, 1],
  [404, NotFoundError, 1],
  [405, OptimizelyError, 1],
  [503, ServiceUnavailableError, 6],
] as const;

/** Runs the suite on one backend. */
export function contractSuite(name: string, start: () => Promise<Backend>): void {
  describe(`the API as ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await start();
    });
    afterAll(() => backend.close());

    describe.each(entityNames)('%s', (resource) => {
      const accessor = () => backend.client[resource];

      it('are read by id, one and several', async () => {
        const id = backend.id(resource);
        expectEntity(resource, await accessor().get(id));
        expect(await accessor().get([id, id])).toHaveLength(2);
      });

      it('are listed below their parent', async () => {
        const { api } = backend.client;
        const parent = parentOf(resource);
        const { items, rejected } = await api.list(resource, parent && backend.id(parent));
        expect(rejected).toEqual([]);
        expect(items.map(({ id }) => id)).toContain(backend.id(resource));
        for (const entity of items) expectEntity(resource, entity);
      });

      it('are updated by a PUT of only what changes', async () => {
        const id = backend.id(resource);
        const edit = anEdit(resource);
        const answer = await backend.client.api.update(resource, id, edit);
        expect(answer).toMatchObject({ id, ...edit });
        expect(backend.writes().at(-1)).toEqual({ method: 'PUT', path: `${resource}/${id}`, body: edit });
      });

      it('are created by a POST below their parent, and deleted where the API can', async () => {
        const parent = parentOf(resource);
        const parentId = parent && backend.id(parent);
        const field = parentField(resource);
        const made = await backend.client.api.create(resource, parentId, needed[resource]);
        expectEntity(resource, made);
        expect(made).toMatchObject({ ...needed[resource], ...(field && { [field]: parentId }) });
        const path = parent ? `${parent}/${parentId}/${resource}` : resource;
        expect(backend.writes().at(-1)).toEqual({ method: 'POST', path, body: needed[resource] });

        if (!can(resource, 'delete')) return;
        expect(await backend.client.api.delete(resource, made.id as number)).toBeUndefined();
        expect(backend.writes().at(-1)).toEqual({
          method: 'DELETE',
          path: `${resource}/${made.id}`,
          body: null,
        });
      });
    });

    it.each(childrenOf('experiments').filter((child) => !isEntityName(child)))(
      'lists %s of an experiment',
      async (rows) => {
        const { items } = await backend.client.api.list(rows, backend.id('experiments'));
        for (const row of items) expect(typeof row.variation_id).toBe('string');
      },
    );

    it.each(refusals)('turns a %i into its error', async (status, kind, times) => {
      backend.refuseNext(status, times);
      const failed = backend.client.projects.get(backend.id('projects'));
      await expect(failed).rejects.toBeInstanceOf(kind);
      await expect(failed).rejects.toMatchObject({
        status,
        method: 'GET',
        path: `projects/${backend.id('projects')}`,
      });
    });
  });
}
