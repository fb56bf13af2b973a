import { join } from 'node:path';
import * as vscode from 'vscode';
import type { TestCase, TestsDocument } from '../../../rde-agent/protocol/ciDocuments.ts';

/** What an item of the tree stands for. `test` = what `workspace.test` calls it: id of a test, a class or a file; absent = the whole module. */
export interface TestNode {
  readonly root: string;
  readonly module: string;
  readonly test: string | undefined;
}

/** Items of all modules that have tests: module → file → class → test, as the agent found them. */
export class TestTree {
  readonly #controller: vscode.TestController;
  readonly #nodes = new WeakMap<vscode.TestItem, TestNode>();

  constructor(controller: vscode.TestController) {
    this.#controller = controller;
  }

  nodeOf(item: vscode.TestItem): TestNode | undefined {
    return this.#nodes.get(item);
  }

  /** The item of a test that ran, or of what it was found under. */
  find(root: string, module: string, test: string): vscode.TestItem | undefined {
    let item = this.#controller.items.get(toModuleId(root, module));
    for (const id of toPath(test)) item = item?.children.get(id);
    return item;
  }

  modules(root: string): readonly string[] {
    return [...this.#controller.items].flatMap(([, item]) => {
      const node = this.nodeOf(item);
      return node?.root === root ? [node.module] : [];
    });
  }

  module(root: string, module: string): vscode.TestItem | undefined {
    return this.#controller.items.get(toModuleId(root, module));
  }

  /** Takes over what was found of these modules; one that has no tests any more goes away. */
  update(root: string, document: TestsDocument): void {
    for (const { module, state, message } of document.modules) {
      const tests = document.tests.filter((one) => one.module === module);
      const id = toModuleId(root, module);
      if (state === 'none' || (state !== 'error' && tests.length === 0)) this.#controller.items.delete(id);
      else this.#updateModule({ root, module, test: undefined }, tests, message);
    }
  }

  forget(root: string, module: string): void {
    this.#controller.items.delete(toModuleId(root, module));
  }

  #updateModule(node: TestNode, tests: readonly TestCase[], message: string | undefined): void {
    const { root, module } = node;
    const id = toModuleId(root, module);
    const item = this.#controller.items.get(id) ?? this.#create(id, module, undefined, node);
    this.#controller.items.add(item);
    item.error = message;
    const seen = new Map<vscode.TestItem, Set<string>>([[item, new Set()]]);
    for (const test of tests) this.#addTest(item, node, test, seen);
    for (const [parent, kept] of seen) for (const [child] of parent.children) if (!kept.has(child)) parent.children.delete(child);
  }

  #addTest(moduleItem: vscode.TestItem, { root, module }: TestNode, test: TestCase, seen: Map<vscode.TestItem, Set<string>>): void {
    const uri = vscode.Uri.file(join(root, test.file));
    const path = toPath(test.id);
    let parent = moduleItem;
    for (const [depth, id] of path.entries()) {
      const isTest = depth === path.length - 1;
      const item = parent.children.get(id) ?? this.#create(id, isTest ? toLabel(test.id) : toLabel(id), uri, { root, module, test: id });
      parent.children.add(item);
      if (isTest) item.range = new vscode.Range(test.line - 1, 0, test.line - 1, 0);
      const kept = seen.get(parent) ?? new Set<string>();
      seen.set(parent, kept.add(id));
      if (!isTest && !seen.has(item)) seen.set(item, new Set());
      parent = item;
    }
  }

  #create(id: string, label: string, uri: vscode.Uri | undefined, node: TestNode): vscode.TestItem {
    const item = this.#controller.createTestItem(id, label, uri);
    item.canResolveChildren = false;
    this.#nodes.set(item, node);
    return item;
  }
}

function toModuleId(root: string, module: string): string {
  return `${root}#${module}`;
}

/** `a.py::B::c` → `a.py`, `a.py::B`, `a.py::B::c` */
function toPath(test: string): readonly string[] {
  const parts = test.split('::');
  return parts.map((_, index) => parts.slice(0, index + 1).join('::'));
}

/** The last part; a file without its folder. */
function toLabel(id: string): string {
  const last = id.split('::').at(-1) ?? id;
  return id.includes('::') ? last : (last.split('/').at(-1) ?? last);
}
