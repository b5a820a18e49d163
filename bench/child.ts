/** The process of one job: does it, and prints what it took as one line of JSON. */
import { type JobName, jobs, type Place } from './jobs/index.ts';

const [, , name = '', place = '{}'] = process.argv;
const job = jobs[name as JobName];
const work = await job(JSON.parse(place) as Place);
const cpu = process.cpuUsage();
const began = performance.now();
await work.run();
const ms = performance.now() - began;
const { user, system } = process.cpuUsage(cpu);
await work.end();
console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000, kilobytes: process.resourceUsage().maxRSS }));
