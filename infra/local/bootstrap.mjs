// The door for a newcomer: `node infra/local/bootstrap.mjs COMMAND [arguments]`. Any Node can read this file and bootstrap-messages.mjs.
import { complainAboutNode } from './bootstrap-messages.mjs';

const complaint = complainAboutNode(process.versions.node);
if (complaint === null) {
  import('./run-command.mjs').then(({ runCommand }) => runCommand(process.argv.slice(2))).then((code) => process.exit(code));
} else {
  process.stderr.write(complaint);
  process.exit(2);
}
