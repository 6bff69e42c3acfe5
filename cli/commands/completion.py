"""``taokit completion``: what a shell has to be told to complete command lines."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from taokit.cli.errors import UnknownName
from taokit.cli.tree import alone, command, run_of

app = alone()

_BASH = """\
# Completion of taokit for bash. Load it from ~/.bashrc:  eval "$(taokit completion bash)"
_taokit() {
    local line answer
    line="${COMP_LINE:0:COMP_POINT}"
    answer=$(@ASK@ bash @TREE@ @PYTHON@ "$line" 2>/dev/null)
    COMPREPLY=()
    case "$answer" in
        :files) compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}") ;;
        :dirs)  compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -d -- "${COMP_WORDS[COMP_CWORD]}") ;;
        ?*)     mapfile -t COMPREPLY <<< "$answer" ;;
    esac
}
complete -F _taokit taokit
(@ASK@ load @TREE@ @PYTHON@ '' >/dev/null 2>&1 &)
"""

_ZSH = """\
#compdef taokit
# Completion of taokit for zsh. Load it from ~/.zshrc, after compinit:
#   eval "$(taokit completion zsh)"
_taokit() {
    local answer line value about
    local -a found
    answer=$(@ASK@ zsh @TREE@ @PYTHON@ "${(j: :)${(@q)words[1,CURRENT]}}" 2>/dev/null)
    case "$answer" in
        :files) _files; return ;;
        :dirs) _files -/; return ;;
        '') return 1 ;;
    esac
    for line in "${(f)answer}"; do
        value=${line%%$'\\t'*}
        about=${line#*$'\\t'}
        [[ $about == $line ]] && about=''
        found+=("${value//:/\\\\:}${about:+:$about}")
    done
    _describe 'taokit' found
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    _taokit "$@"
else
    compdef _taokit taokit
    (@ASK@ load @TREE@ @PYTHON@ '' >/dev/null 2>&1 &)
fi
"""

_FISH = """\
# Completion of taokit for fish. Load it from ~/.config/fish/config.fish:
#   taokit completion fish | source
function __taokit_complete
    set -l answer (@ASK@ fish @TREE@ @PYTHON@ (commandline -cp | string collect) 2>/dev/null)
    switch "$answer[1]"
        case ':files'
            __fish_complete_path (commandline -ct)
        case ':dirs'
            __fish_complete_directories (commandline -ct)
        case '*'
            test -n "$answer[1]"; and printf '%s\\n' $answer
    end
end
complete -c taokit -f -a '(__taokit_complete)'
@ASK@ load @TREE@ @PYTHON@ '' >/dev/null 2>&1 &
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


@command(
    app,
    "completion",
    examples=[
        'eval "$(taokit completion bash)"',
        'eval "$(taokit completion zsh)"',
        "taokit completion fish | source",
    ],
)
def completion(
    ctx: typer.Context,
    shell: Annotated[
        str | None, typer.Argument(metavar="SHELL", help="bash, zsh or fish. [default: $SHELL]")
    ] = None,
) -> None:
    """Print what a shell has to be told to complete `taokit` and its options.

    Wallets, hotkeys, networks and the subnets that were listed before are completed too, from
    files alone: nothing is asked of a network. Load it where the shell starts.
    """
    from taokit.cli import completing, completion_tree

    run = run_of(ctx)
    wanted = shell or Path(run.terminal.environ.get("SHELL") or "bash").name
    if wanted not in _SCRIPTS:
        raise UnknownName("shell", wanted, _SCRIPTS, see="taokit completion --help")
    place = completion_tree.tree_path()
    script = _SCRIPTS[wanted]
    ask = shlex.join([sys.executable, "-I", "-S", completing.__file__])
    for mark, text in (
        ("@ASK@", ask),
        ("@TREE@", shlex.quote(str(place))),
        ("@PYTHON@", shlex.quote(sys.executable)),
    ):
        script = script.replace(mark, text)
    if run.out.form == "json":
        run.out.document({"shell": wanted, "script": script})
    else:
        run.terminal.out.write(script)
