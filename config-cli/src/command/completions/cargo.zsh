#compdef cargo-stage

# Completes a line of `cargo-stage`. Cargo's own completion calls this function for `cargo stage …`.
_cargo-stage() {
    local -a answer folders others
    local typed=$PREFIX line ret=1
    # PREFIX has no quotes, but it has backslashes, except inside an open quote.
    [[ -n $compstate[quote] ]] || typed=${(Q)PREFIX}
    answer=("${(@f)$(
        CARGO_STAGE_COMPLETE=zsh _CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX=$((CURRENT - 1)) \
            cargo-stage -- cargo-stage "${(@Q)words[2,CURRENT-1]}" "$typed" 2>/dev/null
    )}")
    # zsh would quote the tilde of a candidate.
    if [[ $PREFIX == '~/'* ]] && compset -P '\~/'; then
        answer=("${(@)answer#\~/}")
    fi
    # The form of each line is `VALUE:HELP`. A colon in the value has a backslash.
    for line in $answer; do
        if [[ $line == */ ]]; then
            folders+=("${line%/}")
        else
            others+=("$line")
        fi
    done
    (( $#folders == 0 )) || { _describe -V value folders -S / -r / && ret=0 }
    (( $#others == 0 )) || { _describe -V value others && ret=0 }
    return ret
}

# Completes `cargo stage …` if cargo has no completion.
_cargo_stage_of_cargo() {
    local -i verb=2
    [[ $words[2] != +* ]] || verb=3
    if (( CURRENT > verb )) && [[ $words[verb] == stage ]]; then
        words=("${(@)words[verb,-1]}")
        (( CURRENT -= verb - 1 ))
        _cargo-stage
    else
        _default
    fi
}

if [[ ${funcstack[1]-} == _cargo-stage ]]; then
    # zsh loads this file from $fpath: the file is the function, and this is its first call.
    _cargo-stage "$@"
elif (( $+functions[compdef] )); then
    compdef _cargo-stage cargo-stage
    (( $+_comps[cargo] )) || compdef _cargo_stage_of_cargo cargo
fi
