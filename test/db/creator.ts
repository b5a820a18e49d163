/** A program that creates a mirror, or opens the one that another has just created, and edits it. */
import { openMirrorFile } from '../../src/db/open.ts';

const db = openMirrorFile(process.argv[2] ?? '', { create: true });
db.exec("INSERT INTO projects (project_name) VALUES ('P')");
db.close();
