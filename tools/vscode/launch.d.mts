export function prepareProfile(profile: string, settings?: Readonly<Record<string, unknown>>): void;
export function installExtension(profile: string, vsix: string): Promise<void>;
export function serverArguments(
  profile: string,
  options?: { tokenFile?: string; driver?: boolean; trust?: boolean; port?: number },
): string[];
export function withoutGallery(environment?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
export function portIn(output: string): number | undefined;
