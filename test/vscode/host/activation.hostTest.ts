import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';

const ID = 'cairn.cairn-ml';

/** Children of this process, and its sockets that are not local pipes of the editor: what an extension could have opened. */
function childrenOf(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
}
function socketsOf(pid: number): readonly string[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return ''; // closed since it was listed
    }
  });
  const inet = new Set(
    ['tcp', 'tcp6'].flatMap((table) =>
      [...readFileSync(`/proc/${pid}/net/${table}`, 'utf8').matchAll(/\s(\d+)\s+\d+\s+[0-9a-f]{16}/g)].map(([, inode]) => inode),
    ),
  );
  return links.filter((link) => inet.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ''));
}

describe('the extension before it is used', function () {
  it('is active because the folder has a cairn.yaml, and has opened nothing', async () => {
    const extension = vscode.extensions.getExtension(ID);
    assert.ok(extension);
    const before = { children: childrenOf(process.pid), sockets: socketsOf(process.pid) };
    const started = performance.now();
    await extension.activate();
    assert.ok(performance.now() - started < 5_000);
    assert.equal(extension.isActive, true);
    assert.deepEqual({ children: childrenOf(process.pid), sockets: socketsOf(process.pid) }, before);
    assert.equal(existsSync(path.join(process.env['CAIRN_HOME'] ?? '', 'agent.json')), false);
  });

  it('has registered every command of its manifest', async () => {
    const manifest = vscode.extensions.getExtension<unknown>(ID)?.packageJSON as { contributes: { commands: { command: string }[] } };
    const known = new Set(await vscode.commands.getCommands(true));
    const declared = manifest.contributes.commands.map(({ command }) => command);
    assert.ok(declared.length >= 12);
    assert.deepEqual(
      declared.filter((command) => !known.has(command)),
      [],
    );
  });
});
