/** Two modules in a chain, and a workflow with a parameter. */
export const CHAIN_WORKSPACE = {
  'cairn.yaml': 'workspace: small\n',
  'modules/n/make/module.yaml':
    'module: n/make\nentry: make.py:make\nparams:\n  count: { type: int, default: 3, min: 1 }\n  scale: { type: float, default: 1 }\n  text: { type: string, default: a }\noutputs:\n  out: json\n',
  'modules/n/make/make.py': 'def make(count: int = 3, scale: float = 1, text: str = "a"):\n    return {"out": [count]}\n',
  'modules/n/take/module.yaml': 'module: n/take\nentry: take.py:take\ninputs:\n  given: json\noutputs:\n  out: json\n',
  'modules/n/take/take.py': 'def take(given):\n    return {"out": given}\n',
  'workflows/w.workflow.yaml':
    'workflow: n/w\nparams:\n  much: { type: int, default: 5, min: 2 }\nsteps:\n  make:\n    module: n/make\n    params: { count: "${params.much}", text: "n=${params.much}!" }\n  take:\n    module: n/take\n    in: { given: make }\noutputs: { out: take.out }\n',
};
