/** The answers with which the sandbox turns a request down. */
import type { JsonObject } from '../api/description.ts';

/** A request that the API does not carry out, with its status and the fields that are to blame. */
export class Refusal extends Error {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, message: string, fields: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = new.target.name;
    this.status = status;
    this.fields = fields;
  }

  /** The body of the answer. */
  toJSON(): JsonObject {
    const fields = Object.keys(this.fields).length > 0 ? { fields: { ...this.fields } } : {};
    return { status: this.status, message: this.message, ...fields };
  }
}

export function invalidFields(problems: Readonly<Record<string, string>>): Refusal {
  const said = Object.entries(problems).map(([field, problem]) => `${field}: ${problem}`);
  return new Refusal(400, `Invalid fields: ${said.join('; ')}`, problems);
}

export function notFound(what: string): Refusal {
  return new Refusal(404, `There is no ${what}, or you may not see it`);
}
