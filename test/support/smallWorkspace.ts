import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Files by path relative to the root. */
export type Files = { readonly [path: string]: string };

/** A workspace in a temporary folder: `cairn.yaml` and the given files. No environment: the newest Python, nothing but its standard library. */
export class SmallWorkspace {
  readonly root: string;

  constructor(files: Files) {
    this.root = mkdtempSync(join(tmpdir(), 'cairn-workspace-'));
    this.write({
      'cairn.yaml':
        'workspace: small\nmodules: [modules/**]\nworkflows: [workflows/**]\nenvironments: [environments/**]\ndatasets: [datasets/**]\n',
      ...files,
    });
  }

  write(files: Files): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export interface SmallModule {
  readonly code: string;
  /** lines of `inputs:` in YAML flow style, such as `{ value: json }` */
  readonly inputs?: string;
  readonly params?: string;
  readonly outputs?: string;
  /** further lines of module.yaml */
  readonly more?: string;
}

/** The two files of a module `ns/name` whose entry is `main.py:run`. */
export function moduleFiles(
  name: string,
  { code, inputs = '{}', params = '{}', outputs = '{ out: json }', more = '' }: SmallModule,
): Files {
  const folder = `modules/${name}`;
  return {
    [`${folder}/module.yaml`]: `module: ${name}\nkind: data\nentry: main.py:run\ninputs: ${inputs}\nparams: ${params}\noutputs: ${outputs}\n${more}`,
    [`${folder}/main.py`]: code,
  };
}
