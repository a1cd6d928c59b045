// Lets Node 18 to 22 import JSON files without an attribute, as the workflow parser does.
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

export async function load(url, context, next) {
  if (!url.endsWith('.json')) {
    return next(url, context);
  }
  return {format: 'module', shortCircuit: true, source: `export default ${readFileSync(fileURLToPath(url), 'utf8')}`};
}
