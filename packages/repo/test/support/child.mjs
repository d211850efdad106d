// Runs one command on a repository in a process of its own: `node child.mjs REPO '{"command": ...}'`.
import { runCommand } from './commands.mjs';

await runCommand(process.argv[2], JSON.parse(process.argv[3]));
