import type { Command } from 'commander';
import type { AddAction } from '../addAction.ts';

/** Commands about the portal and what can be started there. */
export function addPortalCommands(program: Command, addAction: AddAction): void {
  const portal = program
    .command('portal')
    .description('tell where the portal is, with a code that signs one browser in')
    .option('--sign-out', 'sign every browser out, and void the codes that were not used');
  addAction(portal, async (context, { signOut = false }: { readonly signOut?: boolean }) => {
    const commands = await import('./portal.ts');
    return signOut ? commands.signOut(context) : commands.openPortal(context);
  }).addHelpText('after', '\nThe code is good once and for some minutes.\n\nExample:\n  cairn portal\n  cairn portal --sign-out');
  const workflows = program
    .command('workflows [workflow]')
    .description('list the workflows that were pushed: what can be triggered and scheduled; of one, its steps and what each takes');
  addAction(workflows, async (context, workflow: string | undefined) => {
    const commands = await import('./workflows.ts');
    return workflow === undefined ? commands.listWorkflows(context) : commands.showWorkflow(context, workflow);
  }).addHelpText('after', '\nExample:\n  cairn workflows --json\n  cairn workflows train-delay-model');
  addWorkspacesCommands(program, addAction);
}

function addWorkspacesCommands(program: Command, addAction: AddAction): void {
  const workspaces = program
    .command('workspaces')
    .description('list, open and close the workspaces that the agent watches')
    .helpCommand(false);
  workspaces.addHelpText('after', '\nExample:\n  cairn workspaces open');
  const list = workspaces.command('list', { isDefault: true }).description('all workspaces that are open');
  addAction(list, async (context) => (await import('./workflows.ts')).listWorkspaces(context)).addHelpText(
    'after',
    '\nExample:\n  cairn workspaces',
  );
  const open = workspaces.command('open').description('watch this workspace, so that what is asked of it is answered at once');
  addAction(open, async (context) => (await import('./workflows.ts')).openWorkspace(context)).addHelpText(
    'after',
    '\nExample:\n  cairn workspaces open --workspace ~/flights',
  );
  const close = workspaces.command('close').description('watch this workspace no longer; the next question about it opens it again');
  addAction(close, async (context) => (await import('./workflows.ts')).closeWorkspace(context)).addHelpText(
    'after',
    '\nExample:\n  cairn workspaces close',
  );
}
