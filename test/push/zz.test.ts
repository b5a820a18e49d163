import { it } from 'vitest';
import { SandboxAccount } from '/work/main/src/sandbox/index.ts';
import { noon, startBench } from '/work/main/test/push/bench.ts';
const account = (n:number)=>{ const account = new SandboxAccount({ projects: 0, now: () => noon });
  const project = account.create('projects', null, { project_name: `p` }).id as number;
  for (let i = 0; i < n; i++) account.create('goals', project, { title: `goal ${i}`, goal_type: 1, event: `e${i}` });
  return {account, project}; };
it('profiles', async () => {
  for (const n of [500,1000,2000,4000]) {
    const {account: a} = account(n);
    const bench = await startBench(a);
    bench.plain.exec("UPDATE goals SET description = 'x'||id WHERE goal_type=1");
    let t=performance.now();
    await bench.push();
    console.log('updates', n, (performance.now()-t).toFixed(0), bench.outbox().length);
  }
  for (const n of [250,500,1000,2000]) {
    const {account: a, project} = account(0);
    const bench = await startBench(a);
    bench.plain.transaction(()=>{ for (let i=0;i<n;i++) bench.sql("INSERT INTO goals(project_id,title,goal_type,event) VALUES (?,?,1,'x')", project, 'g'+i);})();
    let t=performance.now();
    await bench.push();
    console.log('creates', n, (performance.now()-t).toFixed(0), bench.outbox().length);
  }
  for (const n of [50,100,200,400]) {
    const {account: a, project} = account(0);
    const bench = await startBench(a);
    bench.plain.transaction(()=>{ for (let i=0;i<n;i++) { bench.sql("INSERT INTO experiments(id,project_id,description,edit_url) VALUES (?,?,?,'https://x.example/')", -1-i, project, 'e'+i); for (let k=0;k<3;k++) bench.sql("INSERT INTO variations(experiment_id,description) VALUES (?,?)", -1-i, 'v'+k);} })();
    let t=performance.now();
    await bench.push();
    console.log('experiments', n, (performance.now()-t).toFixed(0), bench.outbox().length);
  }
}, 600000);
