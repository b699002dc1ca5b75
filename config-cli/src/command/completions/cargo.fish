# Prints the candidates for the word at the cursor. The arguments are the words before it.
function __cargo_stage_candidates
    set -l word (commandline -ct)
    # The word may have quotes, the last of which may be open.
    CARGO_STAGE_COMPLETE=fish cargo-stage -- cargo-stage $argv[2..] (string unescape -- "$word")
end
complete -e -c cargo-stage
complete -c cargo-stage -k -x -a '(__cargo_stage_candidates (commandline -opc))'

# Completes `cargo stage …`. The completion of cargo's other verbs does not change.
function __cargo_stage_words
    set -l words (commandline -opc)[2..]
    if string match -q -- '+*' "$words[1]"
        set -e words[1]
    end
    test "$words[1]" = stage; and printf '%s\n' $words
end
complete -c cargo -n '__cargo_stage_words >/dev/null' -k -x -a '(__cargo_stage_candidates (__cargo_stage_words))'
