#!/bin/sh
# A replacement for cargo. It appends each of its calls to the file `$CALLS`. For `cargo lambda build --lambda-dir`, it
# copies the built function `$PROGRAM` to the folder of this option. For `cargo stage`, it runs the program
# `$CARGO_STAGE`, with `$PROGRAM` as the value of `--artifact`.
set -eu
echo "cargo $*" >>"$CALLS"
case "$1 $2" in
"lambda --version") echo "cargo-lambda 1.9.2" ;;
"lambda build")
    while [ $# -gt 0 ]; do
        case $1 in --lambda-dir) cp "$PROGRAM" "$2/bootstrap" ;; esac
        shift
    done
    ;;
"lambda deploy") ;;
"stage "*)
    artifact=
    for argument; do
        shift
        [ "$artifact" != next ] || argument=$PROGRAM
        artifact=
        [ "$argument" != --artifact ] || artifact=next
        set -- "$@" "$argument"
    done
    exec "$CARGO_STAGE" "$@"
    ;;
*) exit 99 ;;
esac
