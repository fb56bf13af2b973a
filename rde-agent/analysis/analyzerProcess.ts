import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { CairnError } from '../protocol/errors.ts';
import { Analysed } from './skeleton.ts';

export interface AnalyzerProcessOptions {
  /** executable */
  readonly python: string;
  /** its minor version, `3.13` */
  readonly minor: string;
  /** folder of the Python program */
  readonly program: string;
  /** seconds that one source may take */
  readonly seconds: number;
}

/** What became of a source: the process may die of it, or take too long. */
export type Answer = Analysed | 'died';

interface Request {
  readonly id: number;
  readonly source: Uint8Array;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
}

/** sources handed over and not yet answered */
const AT_ONCE = 16;
const TRIES = 2;
const KEPT_CHARACTERS = 2048;

const Ready = z.object({ ready: z.string() });
const Answered = z.object({ id: z.int(), skeleton: Analysed });

/** The Python program on one minor version: started when there is something to do, and again when it died of a source. */
export class AnalyzerProcess {
  readonly #options: AnalyzerProcessOptions;
  readonly #waiting: Request[] = [];
  /** handed over, oldest first: answers come in this order */
  readonly #sent: Request[] = [];
  #child: ChildProcess | undefined;
  #isReady = false;
  #timer: NodeJS.Timeout | undefined;
  #errors = '';
  #next = 0;
  #ended: Promise<void> = Promise.resolve();
  #isDisposed = false;

  constructor(options: AnalyzerProcessOptions) {
    this.#options = options;
  }

  /** Rejects with `python-missing` when the interpreter does not start or is another version, and after `dispose`. */
  analyse(source: Uint8Array): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#isDisposed) return reject(new CairnError('cancelled', 'the analysis of code has ended'));
      this.#next += 1;
      this.#waiting.push({ id: this.#next, source, resolve, reject, tries: 0 });
      if (this.#child === undefined) this.#start();
      else this.#send();
    });
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#fail(new CairnError('cancelled', 'the analysis of code has ended'));
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  #start(): void {
    const { python, program } = this.#options;
    this.#errors = '';
    this.#isReady = false;
    // Isolated and without `site`: nothing of the user's, neither variables nor packages, takes part.
    const child = spawn(python, ['-I', '-S', '-B', program], { cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-KEPT_CHARACTERS);
    });
    child.stdin.on('error', () => undefined); // it died: its end is told by `close`
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(child, line));
    this.#ended = new Promise((resolve) => {
      let problem = '';
      child.once('error', (error) => {
        problem = error.message;
        if (child.pid === undefined) this.#end(child, problem, resolve);
      });
      child.once('close', () => this.#end(child, problem, resolve));
    });
    this.#watch();
  }

  #send(): void {
    if (!this.#isReady) return;
    while (this.#sent.length < AT_ONCE) {
      const request = this.#waiting.shift();
      if (request === undefined) break;
      this.#sent.push(request);
      this.#child?.stdin?.write(`${JSON.stringify({ id: request.id, source: Buffer.from(request.source).toString('base64') })}\n`);
    }
    this.#watch();
  }

  #take(child: ChildProcess, line: string): void {
    if (child !== this.#child) return;
    const value = parseLine(line);
    if (!this.#isReady) {
      const ready = Ready.safeParse(value);
      if (ready.data?.ready !== this.#options.minor)
        return this.#refuse(child, `${this.#options.python} is not Python ${this.#options.minor}`);
      this.#isReady = true;
      return this.#send();
    }
    const answered = Answered.safeParse(value);
    const head = this.#sent[0];
    if (!answered.success || head?.id !== answered.data.id) {
      child.kill('SIGKILL'); // its words cannot be trusted: the source at the head is tried again
      return;
    }
    this.#sent.shift();
    head.resolve(answered.data.skeleton);
    this.#send();
  }

  /** One source must not stop the others for ever. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#isReady && this.#sent.length === 0) return;
    const child = this.#child;
    this.#timer = setTimeout(() => child?.kill('SIGKILL'), this.#options.seconds * 1000);
    this.#timer.unref();
  }

  #end(child: ChildProcess, problem: string, done: () => void): void {
    done();
    if (child !== this.#child) return;
    this.#child = undefined;
    clearTimeout(this.#timer);
    if (!this.#isReady) {
      const words = problem === '' ? this.#errors.trim() : problem;
      return this.#fail(
        new CairnError('python-missing', `Python ${this.#options.minor} (${this.#options.python}) does not start: ${words}`),
      );
    }
    const [head, ...others] = this.#sent.splice(0);
    this.#waiting.unshift(...others);
    if (head !== undefined) {
      head.tries += 1;
      if (head.tries < TRIES) this.#waiting.unshift(head);
      else head.resolve('died');
    }
    if (this.#waiting.length > 0 && !this.#isDisposed) this.#start();
  }

  #refuse(child: ChildProcess, message: string): void {
    this.#child = undefined;
    child.kill('SIGKILL');
    this.#fail(new CairnError('python-missing', message));
  }

  #fail(error: CairnError): void {
    for (const request of [...this.#sent.splice(0), ...this.#waiting.splice(0)]) request.reject(error);
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // no JSON is no answer either
  }
}
