#!/bin/sh
# A replacement for cargo. It records its calls. `cargo lambda build` copies a program that is already built to the
# folder in `--lambda-dir`, if there is one. `cargo stage` examines this program.
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
