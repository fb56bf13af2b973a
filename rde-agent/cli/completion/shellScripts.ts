export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The command that the scripts ask; hidden, since nobody types it. */
export const COMPLETE_COMMAND = '__complete';

const BASH = `# bash completion of cairn. Load it now: source <(cairn completion bash)
_cairn() {
  local line words=() at=1
  # bash splits words at = and :, which are part of ours.
  while [ $at -le $COMP_CWORD ]; do
    local word="\${COMP_WORDS[$at]}"
    if [ \${#words[@]} -gt 0 ] && { [[ $word == [=:]* ]] || [[ "\${words[-1]}" == *[=:] ]]; } && [[ $COMP_LINE == *"\${words[-1]}$word"* ]]; then
      words[-1]+="$word"
    else
      words+=("$word")
    fi
    at=$((at + 1))
  done
  local current="\${words[-1]}" cut=""
  # What bash replaces begins after the last = or : of the word.
  [[ $current == *[=:]* ]] && cut="\${current%"\${current##*[=:]}"}"
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o default; COMPREPLY=(); return ;;
      :folders) compopt -o dirnames; COMPREPLY=(); return ;;
    esac
    line="\${line%%$'\\t'*}"
    # What goes on behind a name takes no space after it.
    [[ $line == *[:@] ]] && compopt -o nospace
    COMPREPLY+=("\${line#"$cut"}")
  done < <("\${COMP_WORDS[0]}" ${COMPLETE_COMMAND} -- "\${words[@]}" 2>/dev/null)
}
complete -F _cairn cairn
`;

const ZSH = `#compdef cairn
# zsh completion of cairn. Load it now: source <(cairn completion zsh), after compinit
_cairn() {
  local line
  local -a candidates unfinished
  while IFS= read -r line; do
    case $line in
      :files) _files; return ;;
      :folders) _files -/; return ;;
    esac
    local value="\${line%%$'\\t'*}" description="\${line#*$'\\t'}"
    local candidate="\${value//:/\\\\:}\${description:+:$description}"
    case $value in
      *[:@]) unfinished+=("$candidate") ;;
      *) candidates+=("$candidate") ;;
    esac
  done < <("\${words[1]}" ${COMPLETE_COMMAND} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'cairn' unfinished -S ''
  _describe 'cairn' candidates
}
if [ "$funcstack[1]" = "_cairn" ]; then _cairn "$@"; else compdef _cairn cairn; fi
`;

const FISH = `# fish completion of cairn. Load it now: cairn completion fish | source
function __cairn_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($before[1] ${COMPLETE_COMMAND} -- $before[2..-1] "$current" 2>/dev/null)
    switch "$lines[1]"
        case :files
            __fish_complete_path "$current"
        case :folders
            __fish_complete_directories "$current"
        case '*'
            printf '%s\\n' $lines
    end
end
complete -c cairn -f -a '(__cairn_complete)'
`;

const SCRIPTS: { readonly [S in Shell]: string } = { bash: BASH, zsh: ZSH, fish: FISH };

/** What a shell reads to complete our commands. It asks the very program whose commands it completes, so it never falls behind it. */
export function toShellScript(shell: Shell): string {
  return SCRIPTS[shell];
}
