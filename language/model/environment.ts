/** What code runs in, as the file says it. */
export interface EnvironmentDefinition {
  readonly name: string;
  readonly description: string;
  /** Version specifier: `>=3.10,<3.15`, or `3.11` meaning `3.11.*`. `undefined` = the newest found. */
  readonly python: string | undefined;
  /** Major version of Node for TypeScript modules, `24`; `undefined` = the agent's own. */
  readonly node: string | undefined;
  /** Hashed, universal requirements; relative to the environment file's folder. `undefined` = an empty environment. */
  readonly lock: string | undefined;
  readonly image: string | undefined;
  readonly variables: { readonly [name: string]: string };
  readonly secrets: readonly string[];
}

/** The environment of a module that names none, in a workspace without defaults: empty, newest Python found. */
export const EMPTY_ENVIRONMENT: EnvironmentDefinition = {
  name: 'default',
  description: 'the newest Python found, no packages',
  python: undefined,
  node: undefined,
  lock: undefined,
  image: undefined,
  variables: {},
  secrets: [],
};
