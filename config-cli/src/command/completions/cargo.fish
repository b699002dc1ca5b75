
# Completes `cargo stage …`. The completion of cargo's other verbs does not change.
function __cargo_stage_of_cargo
    set -l words (commandline -opc)
    set -e words[1..2]
    complete -C "cargo-stage $words "(commandline -ct)
end
complete -c cargo -n 'test (commandline -opc)[2] = stage' -f -a '(__cargo_stage_of_cargo)'
