/** Version of the serialisation, of the word lists and of the rules: raise it when any of them changes; skeletons of before are then made anew. */
export const ANALYSIS_RULES = 7;

/** Version of the runner's tracer that these rules understand: a trace of another one proves nothing. */
export const TRACER_RULES = 2;
