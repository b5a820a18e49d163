/** Every crash scenario by its name. */
import { decisions } from './decisions.ts';
import { losses } from './losses.ts';
import { starts } from './openings.ts';
import { pulls } from './pulls.ts';
import { pushes } from './pushes.ts';
import type { Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [...pulls, ...pushes, ...losses, ...decisions, ...starts];
