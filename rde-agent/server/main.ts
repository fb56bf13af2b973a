import { runAgentProcess } from './agentProcess.ts';
import { composeRoles } from './composeRoles.ts';
import { findPlaces } from './places.ts';

void runAgentProcess(process.argv.slice(2), (context) => composeRoles(context, findPlaces(import.meta.url)));
