#compdef castoff
# Completes command lines of castoff in zsh. Written by `castoff completions zsh`, from the options that it has: write it
# again with a new castoff.
_castoff() {
    local context state state_descr line command='' word skip=''
    local -a options commands
    typeset -A opt_args
    for word in "${(@)words[2,CURRENT-1]}"; do
        if [[ -n $skip ]]; then
            skip=''
            continue
        fi
        case $word in
        {{valued}}) skip=yes ;;
        -* | '') ;;
        *)
            command=$word
            break
            ;;
        esac
    done
    options=(
{{globals}}
    )
    case $command in
{{options}}
    esac
    _arguments -S : $options '1: :->command' '*: :->rest' && return
    case $state in
    command)
        commands=(
{{commands}}
        )
        _describe command commands
        ;;
    rest)
        case $command in
{{words}}
        *) _files ;;
        esac
        ;;
    esac
}
if [[ $funcstack[1] == _castoff ]]; then
    _castoff "$@"
else
    compdef _castoff castoff
fi
