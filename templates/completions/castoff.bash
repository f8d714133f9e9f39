# Completes command lines of castoff in bash. Written by `castoff completions bash`, from the options that it has: write it
# again with a new castoff.
_castoff() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command='' word skip='' words=''
    COMPREPLY=()
    # bash takes `--format=json` apart.
    if [[ $current == = ]]; then
        current=''
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ -n $skip ]]; then
            [[ $word == = ]] || skip=''
            continue
        fi
        case $word in
        {{valued}}) skip=yes ;;
        -* | =) ;;
        *)
            command=$word
            break
            ;;
        esac
    done
    case "$command $previous" in
{{values}}
    esac
    case $command in
    '') words='{{commands}}' ;;
{{words}}
    esac
    if [[ $current == -* ]]; then
        words='{{globals}}'
        case $command in
{{options}}
        esac
    fi
    [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
# What it says nothing of, such as the values of most options, is a file.
complete -o default -F _castoff castoff
