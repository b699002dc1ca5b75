
# Completes a line of `cargo-stage`. Bash also splits words at `=`, `:` and `@`, which are in
# COMP_WORDBREAKS. This function joins these parts, and removes the parts before the last one from
# the candidates, because bash replaces only the last one.
_cargo_stage() {
    local line=$COMP_LINE previous= typed= part rest index quote=${COMP_WORDS[COMP_CWORD]:0:1}
    local -a words=()
    local -i current=0
    for index in "${!COMP_WORDS[@]}"; do
        part=${COMP_WORDS[index]}
        rest=${line#"${line%%[![:space:]]*}"}
        if [[ $index -gt 0 && $rest == "$line" && ( $part =~ ^[=:@]+$ || $previous =~ ^[=:@]+$ ) ]]; then
            [[ $index -ne $COMP_CWORD ]] || typed=${words[${#words[@]} - 1]}
            words[${#words[@]} - 1]+=$part
        else
            words+=("$part")
        fi
        if [[ $index -eq $COMP_CWORD ]]; then
            current=$((${#words[@]} - 1))
            [[ ! $part =~ ^[=:@]+$ || -n $2 ]] || typed+=$part
        fi
        line=${rest#"$part"}
        previous=$part
    done
    COMP_WORDS=("${words[@]}")
    COMP_CWORD=$current
    _clap_complete_cargo_stage "$1" "$typed$2" "${words[current - 1]}"
    for index in "${!COMPREPLY[@]}"; do
        part=${COMPREPLY[index]#"$typed"}
        # Bash quotes only the names of files that it finds itself.
        if [[ $quote != [\'\"] && $part == *[[:space:]\'\"\\\$\&\;\(\)\<\>\|\*\?\[\]\`]* ]]; then
            printf -v part %q "$part"
            part=${part/#\\~/\~}
        fi
        COMPREPLY[index]=$part
    done
}
# Bash 4.4 introduced `nosort`.
complete -F _cargo_stage -o nospace -o bashdefault -o nosort cargo-stage 2>/dev/null ||
    complete -F _cargo_stage -o nospace -o bashdefault cargo-stage

# Completes `cargo stage …`, and leaves every other verb to the previous completion of cargo.
_cargo_stage_of_cargo() {
    local -i verb=1
    [[ ${COMP_WORDS[1]-} != +* ]] || verb=2
    if [[ ${COMP_WORDS[verb]-} == stage && $COMP_CWORD -gt $verb ]]; then
        COMP_WORDS=(cargo-stage "${COMP_WORDS[@]:verb + 1}")
        COMP_CWORD=$((COMP_CWORD - verb))
        COMP_LINE="cargo-stage${COMP_LINE#*[[:space:]]stage}"
        COMP_POINT=${#COMP_LINE}
        _cargo_stage cargo-stage "$2" "$3"
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
