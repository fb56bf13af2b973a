/**
 * JSON on one line for whatever reads it, people at a terminal included: beside what JSON escapes itself, control characters of eight bits, breaks of
 * lines that are none in JSON, and what turns the direction of text.
 */
export function toLineJson(document: object): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(document).replace(/[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, escape);
}
