/** Live processes whose environment, working folder or arguments carry `mark`. */
export function findLeftovers(mark: string): readonly { readonly pid: number; readonly command: string }[];
