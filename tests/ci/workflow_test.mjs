// Checks the workflows and action.yml against GitHub's own parser: workflow_test.mjs ROOT
import {readdirSync, readFileSync} from 'node:fs';
import {NoOperationTraceWriter, parseWorkflow} from '@actions/workflow-parser';
import {parseAction} from '@actions/workflow-parser/actions/action-parser';

const root = process.argv[2];
const workflows = readdirSync(`${root}/.github/workflows`).map(name => `.github/workflows/${name}`);
let failed = workflows.length === 0;
for (const [parse, names] of [[parseWorkflow, workflows], [parseAction, ['action.yml']]]) {
  for (const name of names) {
    const file = {name, content: readFileSync(`${root}/${name}`, 'utf8')};
    for (const error of parse(file, new NoOperationTraceWriter()).context.errors.getErrors()) {
      console.error(error.message);
      failed = true;
    }
  }
}
const broken = parseWorkflow({name: 'broken', content: 'on: push\njobz: {}\n'}, new NoOperationTraceWriter());
if (broken.context.errors.getErrors().length === 0) {
  console.error('the parser accepts a broken workflow');
  failed = true;
}
process.exit(failed ? 1 : 0);
