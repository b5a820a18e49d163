/** Moments as people type them. */
import { describe, expect, it } from 'vitest';
import { momentText, readMoment } from '../../src/query/moment.ts';

const now = Date.parse('2016-06-10T12:00:00.000Z');

describe('a moment', () => {
  it.each([
    ['2016-06-01', '2016-06-01T00:00:00.000Z'],
    ['2016-06-01T10:30', '2016-06-01T10:30:00.000Z'],
    ['2016-06-01 10:30:15', '2016-06-01T10:30:15.000Z'],
    ['2016-06-01T10:30:15.250Z', '2016-06-01T10:30:15.250Z'],
    ['2016-06-01t10:30z', '2016-06-01T10:30:00.000Z'],
    ['2016-06-01T10:30+02:00', '2016-06-01T08:30:00.000Z'],
    ['2016-06-01T10:30:00-0130', '2016-06-01T12:00:00.000Z'],
    ['2016-02-29', '2016-02-29T00:00:00.000Z'],
    ['3d', '2016-06-07T12:00:00.000Z'],
    ['36h', '2016-06-09T00:00:00.000Z'],
    ['2 weeks', '2016-05-27T12:00:00.000Z'],
    ['0s', '2016-06-10T12:00:00.000Z'],
  ])('%s is %s', (given, text) => {
    expect(momentText(readMoment('--as-of', given, now))).toBe(text);
  });

  it.each([
    '',
    'soon',
    '3',
    '2016',
    '2016-13-01',
    '2016-02-30',
    '2016-06-01T25:00',
    '06/01/2016',
    '3 fortnights',
  ])('%j is none, and what one looks like is said', (given) => {
    expect(() => readMoment('--since', given, now)).toThrow(/^--since is a time such as 2016-06-01.*3d/);
  });

  it('has to lie in the past', () => {
    expect(() => readMoment('--as-of', '2016-06-10T12:00:01Z', now)).toThrow(/has to lie in the past/);
  });
});
