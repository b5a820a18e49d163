/** Every crash scenario by its name. */
import { decisions } from './decisions.ts';
import { pulls } from './pulls.ts';
import { pushes } from './pushes.ts';
import type { Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [...pulls, ...pushes, ...decisions];
