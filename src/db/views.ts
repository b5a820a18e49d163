/** The views of a mirror, each with what it is for, in an order in which none precedes one that it uses. */
import { changeViews } from './views/changes.ts';
import { linkViews } from './views/links.ts';
import { overviewViews } from './views/overview.ts';
import { resultViews } from './views/results.ts';
import type { View } from './views/view.ts';

export type { View } from './views/view.ts';

export const views: readonly View[] = [...linkViews, ...resultViews, ...overviewViews, ...changeViews];
