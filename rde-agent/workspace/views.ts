import type { InputPort, OutputPort } from '../../language/model/module.ts';
import { toPortTypeText } from '../../language/model/portType.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import type { Definition } from '../../language/service/workspaceModel.ts';
import type { ModuleView, PortView } from '../protocol/workspaceView.ts';

/** How the last build of a module ended. */
export interface BuildState {
  readonly artifact: string | null;
  readonly build: ModuleView['build'];
}

export const NOT_BUILT: BuildState = { artifact: null, build: { state: 'none', seconds: 0, message: '' } };

export function toModuleView(definition: Definition<ModuleContract>, state: BuildState, tags: ModuleView['tags']): ModuleView {
  const { name, file, value } = definition;
  return {
    name,
    file,
    kind: value?.kind ?? '',
    description: value?.description ?? '',
    entry: { file: value?.entry.file ?? '', function: value?.entry.function ?? '' },
    inputs: (value?.inputs ?? []).map(toPortView),
    outputs: (value?.outputs ?? []).map(toPortView),
    artifact: state.artifact,
    build: state.build,
    tags,
  };
}

function toPortView(port: InputPort | OutputPort): PortView {
  return { name: port.name, type: toPortTypeText(port.type) };
}
