/** Commands that bring a shell from the folder of the repository to that of the workspace. */
export function toFolder(folder: string): readonly string[] {
  return folder === '.' ? [] : [`cd ${toWord(folder)}`];
}

/** As one word of a shell, whatever is in it. */
function toWord(text: string): string {
  return /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/.test(text) ? text : `'./${text.replaceAll("'", `'\\''`)}'`;
}
