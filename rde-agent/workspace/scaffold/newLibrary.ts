import { toLibraryImport } from '../../../language/model/library.ts';
import { isQualifiedName } from '../../../language/model/names.ts';
import type { CreatedDocument } from '../../protocol/documents.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { CheckedParamsOf } from '../../protocol/operations.ts';
import type { Workspace } from '../workspace.ts';
import { toGlobFolder, writeChecked } from './proposal.ts';

/** Scaffolds a library that modules can use at once. Rejects with `invalid-request` (a bad name) or `already-exists`. */
export async function newLibrary(workspace: Workspace, params: CheckedParamsOf<'workspace.newLibrary'>): Promise<CreatedDocument> {
  const { name, language } = params;
  if (!isQualifiedName(name))
    throw new CairnError('invalid-request', `${JSON.stringify(name)} can't name a library: it must be namespace/name in lower case`);
  const { checked } = await workspace.current({});
  const same = checked.model.libraries.get(name) ?? checked.model.modules.get(name);
  if (same !== undefined) throw new CairnError('already-exists', `${name} is in ${same.file}`);
  const folder = `${toGlobFolder(checked.model.manifest.libraries, 'libraries')}/${name}`;
  const [file, text] =
    language === 'python'
      ? [
          '__init__.py',
          `"""Say in one sentence what is in it. Modules with \`uses: [${name}]\` import it as \`${toLibraryImport(name)}\`."""\n\n\ndef greet(name: str) -> str:\n    return f"Hello {name}"\n`,
        ]
      : [
          'index.ts',
          `// Say in one sentence what is in it. Modules with \`uses: [${name}]\` import it as '${toLibraryImport(name)}'.\nexport function greet(name: string): string {\n  return \`Hello \${name}\`;\n}\n`,
        ];
  const definition = `library: ${name}\ndescription: Say in one sentence what is in it.\nlanguage: ${language}\nfiles: ['**/*.${language === 'python' ? 'py' : 'ts'}']\n`;
  const files = new Map([
    [`${folder}/library.yaml`, definition],
    [`${folder}/${file}`, text],
  ]);
  return writeChecked(workspace, files, params.preview);
}
