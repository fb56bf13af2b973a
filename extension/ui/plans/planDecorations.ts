import * as vscode from 'vscode';
import { toPlanStatuses } from '../../../webviews/protocol/planStatus.ts';
import type { WorkflowView } from '../../../rde-agent/protocol/workspaceView.ts';
import { toDecision, toDecisionText, type Decision } from './planTexts.ts';
import type { ShownWorkflows } from './shownWorkflows.ts';
import { findStepLine } from './stepLines.ts';

/** Shape and word, never colour alone. */
const LOOKS: { readonly [decision in Decision]: { readonly mark: string; readonly colour: string } } = {
  reuse: { mark: '↺', colour: 'editorCodeLens.foreground' },
  run: { mark: '▶', colour: 'editorInfo.foreground' },
  perhaps: { mark: '◇', colour: 'editorCodeLens.foreground' },
};

/** Behind each step of a workflow that is in sight: whether it would be reused or run now, and why. */
export class PlanDecorations implements vscode.Disposable {
  readonly #shown: ShownWorkflows;
  readonly #onPainted: (steps: number) => void;
  readonly #types = new Map<Decision, vscode.TextEditorDecorationType>();
  readonly #listening: readonly vscode.Disposable[];
  /** what stands in an editor: painted again only when it is another */
  readonly #painted = new WeakMap<vscode.TextEditor, string>();

  constructor(shown: ShownWorkflows, onPainted: (steps: number) => void) {
    this.#shown = shown;
    this.#onPainted = onPainted;
    for (const [decision, { colour }] of Object.entries(LOOKS)) {
      const after = { color: new vscode.ThemeColor(colour), margin: '0 0 0 2em', fontStyle: 'italic' };
      const type = vscode.window.createTextEditorDecorationType({ after, rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed });
      this.#types.set(decision as Decision, type);
    }
    const paint = (): void => this.#paintAll();
    this.#listening = [shown.onDidChange(paint), vscode.window.onDidChangeVisibleTextEditors(paint)];
    paint();
  }

  dispose(): void {
    for (const one of [...this.#types.values(), ...this.#listening]) one.dispose();
  }

  #paintAll(): void {
    for (const editor of vscode.window.visibleTextEditors) this.#paint(editor);
  }

  #paint(editor: vscode.TextEditor): void {
    const known = this.#shown.find(editor.document.uri);
    if (known === undefined) return;
    const workflows = known.view.workflows.filter((workflow) => workflow.file === known.file);
    if (workflows.length === 0 && !this.#painted.has(editor)) return;
    const marks = workflows.flatMap((workflow) => this.#toMarks(editor.document, known.root, workflow));
    // Typing can take decorations away: another version of the text is painted again.
    const text = JSON.stringify([editor.document.version, marks]);
    if (this.#painted.get(editor) === text) return;
    this.#painted.set(editor, text);
    for (const [decision, type] of this.#types)
      editor.setDecorations(
        type,
        marks.filter((mark) => mark.decision === decision).map((mark) => toDecoration(editor.document, mark)),
      );
    this.#onPainted(marks.length);
  }

  #toMarks(document: vscode.TextDocument, root: string, { name, steps }: WorkflowView): readonly Mark[] {
    const plan = this.#shown.plan({ root, workflow: name });
    if (plan === undefined) return [];
    const statuses = toPlanStatuses(plan);
    return steps.flatMap((step) => {
      const status = statuses.get(step.id);
      const line = status === undefined ? undefined : findStepLine(document, step.id, step.line);
      return status === undefined || line === undefined ? [] : [{ line, decision: toDecision(status), text: toDecisionText(status) }];
    });
  }
}

interface Mark {
  readonly line: number;
  readonly decision: Decision;
  readonly text: string;
}

function toDecoration(document: vscode.TextDocument, { line, decision, text }: Mark): vscode.DecorationOptions {
  const { end } = document.lineAt(line).range;
  return { range: new vscode.Range(end, end), renderOptions: { after: { contentText: `${LOOKS[decision].mark} ${text}` } } };
}
