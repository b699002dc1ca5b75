#!/bin/sh
# A replacement for cargo. It records its calls. If `cargo lambda build` has the option `--lambda-dir`, it copies the
# built program `PROGRAM` to that folder. In `cargo stage`, `PROGRAM` replaces the value of `--artifact`.
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
