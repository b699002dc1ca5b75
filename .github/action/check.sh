#!/usr/bin/env bash
# Runs `cargo stage check` for a job: prints annotations, and writes a table into the summary of the job. A step of
# action.yml runs this script.
# The script reads the inputs from INPUT_STAGE, INPUT_ARTIFACT, INPUT_ENV_FILE, INPUT_STRICT, INPUT_NO_DECRYPT and
# INPUT_ARGS. It exits with the status of the check, or with 2 for a wrong input.
set -euo pipefail

arguments=(stage check)

# Adds `--option=VALUE` unless the value is empty. In this form, `cargo-stage` never reads a value as another option,
# even if the value begins with `-`.
add_value() {
    if [ -n "$2" ]; then
        arguments+=("$1=$2")
    fi
}

add_flag() {
    case "$2" in
        true) arguments+=("$1") ;;
        false | '') ;;
        *)
            echo "::error title=cargo stage::the input ${1#--} is neither true nor false"
            exit 2
            ;;
    esac
}

read -r -a stages <<<"${INPUT_STAGE//[$'\r\n']/ }"
# Bash 3.2 of macOS treats an empty array as an unset variable.
for stage in ${stages[@]+"${stages[@]}"}; do
    add_value --stage "$stage"
done
add_value --artifact "$INPUT_ARTIFACT"
add_value --env-file "$INPUT_ENV_FILE"
add_flag --strict "$INPUT_STRICT"
add_flag --no-decrypt "$INPUT_NO_DECRYPT"
while IFS= read -r line; do
    line=${line%$'\r'}
    if [ -n "$line" ]; then
        arguments+=("$line")
    fi
done <<<"$INPUT_ARGS"

# One run of `cargo stage check` writes only one format, so the script runs it twice. The second run reads the values
# again. It prints the same messages to standard error as the first run, so the script discards them.
status=0
cargo-stage "${arguments[@]}" --format=github || status=$?
summary=0
cargo-stage "${arguments[@]}" --format=markdown >>"$GITHUB_STEP_SUMMARY" 2>/dev/null || summary=$?
if [ "$status" -eq 0 ] && [ "$summary" -ne 0 ]; then
    printf '::error title=cargo stage::the second run of the check, for the summary, exited with status %s\n' "$summary"
    status=$summary
fi
exit "$status"
