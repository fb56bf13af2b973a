import { boundaryRules } from './tools/check/boundaryRules.mjs';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: boundaryRules(),
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(test/fixtures|dist|build)/' },
  },
};
