
# Completes `cargo stage …`, and leaves every other verb to the previous completion of cargo.
_cargo_stage_of_cargo() {
    if [[ ${COMP_WORDS[1]-} == stage && $COMP_CWORD -gt 1 ]]; then
        COMP_WORDS=(cargo-stage "${COMP_WORDS[@]:2}")
        COMP_CWORD=$((COMP_CWORD - 1))
        COMP_LINE="cargo-stage ${COMP_LINE#*stage }"
        COMP_POINT=${#COMP_LINE}
        _clap_complete_cargo_stage cargo-stage "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    elif declare -F -- "$_cargo_stage_before" >/dev/null; then
        "$_cargo_stage_before" "$@"
    fi
}

# bash-completion loads the completion of cargo only on request.
if ! complete -p cargo >/dev/null 2>&1; then
    if declare -F _comp_load >/dev/null; then
        _comp_load cargo >/dev/null 2>&1
    elif declare -F _completion_loader >/dev/null; then
        _completion_loader cargo >/dev/null 2>&1
    fi
fi
if [[ $(complete -p cargo 2>/dev/null) =~ \ -F\ ([^ ]+) && ${BASH_REMATCH[1]} != _cargo_stage_of_cargo ]]; then
    _cargo_stage_before=${BASH_REMATCH[1]}
fi
complete -F _cargo_stage_of_cargo -o bashdefault -o default cargo
