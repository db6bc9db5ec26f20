// `hone completion`: scripts that let a shell complete command lines of Hone.
//
// The scripts know nothing of verbs and options: they ask `hone completion words -- WORD...`, which
// answers from the tables, so that they fit every version.
#include "complete.h"

#include <string.h>

static const char bash[] =
    "# Completion of hone for bash.\n"
    "_hone()\n"
    "{\n"
    "    local line at\n"
    "    local words=(\"${COMP_WORDS[@]:0:COMP_CWORD+1}\")\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        case $line in\n"
    "        :files) compopt -o default ;;\n"
    "        :command)\n"
    "            for ((at = 1; at < COMP_CWORD; at++)); do\n"
    "                [[ ${words[at]} == -- ]] && break\n"
    "            done\n"
    "            if declare -F _command_offset >/dev/null; then\n"
    "                _command_offset $((at + 1))\n"
    "            else\n"
    "                compopt -o default\n"
    "            fi\n"
    "            return ;;\n"
    "        *)\n"
    "            line=${line%%$'\\t'*}\n"
    "            [[ $line == *= ]] && compopt -o nospace\n"
    "            COMPREPLY+=(\"$line\") ;;\n"
    "        esac\n"
    "    done < <(\"${1/#\\~/$HOME}\" completion words -- \"${words[@]}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _hone hone\n";

static const char zsh[] =
    "#compdef hone\n"
    "# Completion of hone for zsh.\n"
    "_hone()\n"
    "{\n"
    "    local -a lines entries\n"
    "    local line at\n"
    "    lines=(\"${(@f)$(\"${(Q)words[1]}\" completion words -- "
    "\"${(@Q)words[1,CURRENT]}\" 2>/dev/null)}\")\n"
    "    for line in $lines; do\n"
    "        case $line in\n"
    "        :files) _files ;;\n"
    "        :command)\n"
    "            at=${words[(i)--]}\n"
    "            shift $at words\n"
    "            (( CURRENT -= at ))\n"
    "            _normal\n"
    "            return ;;\n"
    "        *) entries+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (( $#entries )) && _describe -V hone entries\n"
    "}\n"
    "if [[ $funcstack[1] == _hone ]]; then\n"
    "    _hone \"$@\"\n"
    "else\n"
    "    compdef _hone hone\n"
    "fi\n";

static const char fish[] =
    "# Completion of hone for fish.\n"
    "function __hone_words\n"
    "    set -l words (commandline -opc)\n"
    "    set -l current (commandline -ct)\n"
    "    for line in ($words[1] completion words -- $words \"$current\" 2>/dev/null)\n"
    "        switch $line\n"
    "            case ':files' ':command'\n"
    "                __fish_complete_path \"$current\"\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c hone -f -a '(__hone_words)'\n";

static int run(cli_args *cli)
{
    static const struct {
        const char *name, *script;
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    const char *const names[] = {"bash", "zsh", "fish"};
    const char *name = cli_arg(cli, 0);
    uint32_t n;
    const char *const *words = cli_command(cli, &n);
    if (strcmp(name, "words") == 0) {
        if (words)
            complete(words, n);
        return CLI_EXIT_OK;
    }
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(name, shells[i].name) == 0) {
            fputs(shells[i].script, stdout);
            return CLI_EXIT_OK;
        }
    const char *nearest = cli_nearest(name, names, 3);
    return cli_usage_arg(cli, 0, "there is completion for bash, zsh and fish, not '%s'%s%s%s", name,
                         nearest ? "; did you mean " : "", nearest ? nearest : "",
                         nearest ? "?" : "");
}

const cli_verb cli_verb_completion = {
    .name = "completion",
    .group = CLI_GROUP_KNOW,
    .rank = 45,
    .summary = "Print a script that lets a shell complete `hone`",
    .usage = "bash|zsh|fish",
    .about = "Completes verbs, options, their values, samplers, schedulers, studies and trials. An "
             "installed Hone has put the scripts where the shells look for them; otherwise the "
             "shell reads them when it starts.",
    .examples = "source <(hone completion bash)\n    in ~/.bashrc\n"
                "source <(hone completion zsh)\n    in ~/.zshrc, behind compinit\n"
                "hone completion fish | source\n    in ~/.config/fish/config.fish",
    .min_args = 1,
    .max_args = 1,
    .takes_command = true,
    .run = run,
};
