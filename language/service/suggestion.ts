/** Something that may stand at the cursor. */
export interface Suggestion {
  readonly label: string;
  readonly kind:
    'key' | 'value' | 'module' | 'dataset' | 'workflow' | 'environment' | 'library' | 'step' | 'port' | 'param' | 'column' | 'label';
  readonly insert: string;
  readonly detail: string;
  readonly documentation: string;
  /** lower comes first */
  readonly rank: number;
}

export function toSuggested(kind: Suggestion['kind'], label: string, detail = '', documentation = ''): Suggestion {
  return { label, kind, insert: label, detail, documentation, rank: 0 };
}
