/** What uv is run with to reach the registries. */
export function uvEnvironment(extra?: Record<string, string>): NodeJS.ProcessEnv;
