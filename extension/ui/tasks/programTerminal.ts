import { spawn, type ChildProcess } from 'node:child_process';
import * as vscode from 'vscode';
import { toCairnError } from '../../../rde-agent/protocol/errors.ts';
import type { Launcher } from '../../agent/agentLauncher.ts';

export interface ProgramOptions {
  readonly launcher: () => Promise<Launcher>;
  /** program and arguments for the launcher's Node */
  readonly command: readonly string[];
  readonly cwd: string;
}

/** milliseconds that a program has to end by itself */
const PATIENCE = 4_000;

/** What a program writes, as a terminal that no shell stands behind: its exit code is the task's, and closing the terminal ends it. */
export class ProgramTerminal implements vscode.Pseudoterminal, vscode.Disposable {
  readonly #options: ProgramOptions;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;
  #child: ChildProcess | undefined;
  #isOver = false;

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  open(): void {
    void this.#start();
  }

  close(): void {
    this.#isOver = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGKILL'), PATIENCE).unref();
  }

  dispose(): void {
    this.close();
    this.#written.dispose();
    this.#closed.dispose();
  }

  /** Ctrl-C, as in any terminal. */
  handleInput(text: string): void {
    if (text.includes('\u0003')) this.#child?.kill('SIGINT');
  }

  async #start(): Promise<void> {
    try {
      const { program, args, env } = await this.#options.launcher();
      if (this.#isOver) return;
      // Its standard input is a lifeline: it ends when this process does, however that comes about.
      const lively = { ...env, FORCE_COLOR: '1', CAIRN_LIFELINE: 'stdin' };
      const child = spawn(program, [...args, ...this.#options.command], { cwd: this.#options.cwd, env: lively, stdio: 'pipe' });
      this.#child = child;
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8');
        stream.on('data', (text: string) => this.#written.fire(text.replaceAll(/\r?\n/g, '\r\n')));
      }
      child.once('error', (error) => this.#fail(error));
      child.once('close', (code) => this.#end(code ?? 1));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(thrown: unknown): void {
    const { code, message, next } = toCairnError(thrown);
    this.#written.fire(`${code}: ${message}\r\n  ${next}\r\n`);
    this.#end(1);
  }

  #end(code: number): void {
    this.#child = undefined;
    if (!this.#isOver) this.#closed.fire(code);
    this.#isOver = true;
  }
}
