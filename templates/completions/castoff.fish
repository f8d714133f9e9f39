# Completes command lines of castoff in fish. Written by `castoff completions fish`, from the options that it has: write it
# again with a new castoff.
function __castoff_command
    set -l skip
    for word in (commandline -opc)[2..]
        if test -n "$skip"
            set skip
            continue
        end
        switch $word
            case {{valued}}
                set skip yes
            case '-*'
            case '*'
                echo $word
                return 0
        end
    end
    return 1
end
function __castoff_is
    set -l command (__castoff_command)
    test "$command" = $argv[1]
end
{{globals}}
{{commands}}
