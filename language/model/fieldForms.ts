import { z } from 'zod';
import { IDENTIFIER, isReservedKey, isReservedName, QUALIFIED_NAME, SIMPLE_NAME, STEP_NAME } from './names.ts';

/** Forms of single values that several kinds of files share. Messages complete the sentence "`x` …". */

const LABEL = /^[a-z][a-z0-9_-]{0,63}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const COLUMN_TYPE = toColumnTypePattern();

const PYTHON_KEYWORDS = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

/** Names under which references, substitutions and nested workflows reach something else. */
const RESERVED_STEPS = new Set(['inputs', 'params', 'run', 'foreach']);

/** `namespace/name`: modules, datasets, workflows. */
export const QualifiedNameForm = z
  .string()
  .max(128)
  .regex(QUALIFIED_NAME, 'must be `namespace/name`: lower-case letters, digits, `-` and `_`');

/** Names without a namespace: workspaces, namespaces, environments, clusters. */
export const SimpleNameForm = z.string().max(64).regex(SIMPLE_NAME, 'must be lower-case letters, digits, `-` and `_`');

/** Ports and parameters: arguments of a Python function. */
export const ArgumentNameForm = z
  .string()
  .regex(IDENTIFIER, 'must be a Python name: letters, digits and `_`, not starting with a digit')
  .refine((name) => !PYTHON_KEYWORDS.has(name), 'is a word of Python’s own and can’t name an argument')
  .refine((name) => !isReservedName(name), 'is reserved');

export const StepNameForm = z
  .string()
  .regex(STEP_NAME, 'must be letters, digits, `-` and `_`, starting with a letter')
  .refine((name) => !RESERVED_STEPS.has(name) && !isReservedName(name), 'is reserved: references use it for something else');

export const ColumnNameForm = z
  .string()
  .min(1)
  .max(256)
  .refine((name) => !isReservedKey(name), 'is reserved');

export const LabelForm = z.string().regex(LABEL, 'must be lower-case letters, digits, `-` and `_`');

export const VariableNameForm = z.string().regex(VARIABLE, 'must be letters, digits and `_`');

export const ColumnTypeForm = z.string().regex(COLUMN_TYPE, 'is no column type');

/** Relative to the folder of the file, with `/`, never out of it. */
export const RelativePathForm = z
  .string()
  .min(1)
  .max(1024)
  .refine(isInnerPath, 'must be a path inside the folder of this file: relative, with `/`, without `..`');

export const DescriptionForm = z.string().max(4096).describe('What it is for, in a sentence. Changing it re-runs nothing.');

/** Libraries that code uses; whether the parts are names is for the parser to say. */
export const UsesForm = z.array(z.string().max(256)).max(64).describe('Libraries: `namespace/name` or `namespace/name@tag`.');

export const DomainForm = z.enum(['experiment', 'production', 'adhoc']).describe('What a run may read and write.');

/** The types that a column of a table can have; `timestamp[us, tz=UTC]` and `list<float64>` are written like that. */
export const COLUMN_TYPES: readonly string[] = (
  'bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 string large_string binary large_binary date32 date64 ' +
  'time32[s] time32[ms] time64[us] time64[ns] timestamp[s] timestamp[ms] timestamp[us] timestamp[ns] ' +
  'duration[s] duration[ms] duration[us] duration[ns]'
).split(' ');

function toColumnTypePattern(): RegExp {
  const simple =
    'bool|u?int(?:8|16|32|64)|float(?:16|32|64)|(?:large_)?(?:string|binary)|date(?:32|64)|time32\\[m?s\\]|time64\\[[un]s\\]' +
    '|timestamp\\[(?:s|ms|us|ns)(?:, ?tz=[A-Za-z0-9_+:/-]{1,64})?\\]|duration\\[(?:s|ms|us|ns)\\]|decimal128\\([1-9][0-9]?, ?[0-9]{1,2}\\)';
  return new RegExp(`^(?:${simple}|list<(?:${simple})>)$`);
}

function isInnerPath(path: string): boolean {
  if (path.startsWith('/') || path.includes('\\') || path !== path.normalize('NFC') || /^[A-Za-z]:/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
