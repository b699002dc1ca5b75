#!/usr/bin/env bash
# Installs the binary of a release of `cargo stage` for the next steps of a job. A step of action.yml runs this
# script. The script reads INPUT_VERSION: a version, or `installed` for the command that the job has installed itself.
# An empty value means the version of this action.
set -euo pipefail

fail() {
    printf '::error title=cargo stage::%s\n' "$1"
    exit 1
}

# Prints the value of `repository` or `version` in the section `[workspace.package]` of Cargo.toml. The function does
# not look for the section, because no other section has a line `KEY = "TEXT"` with one of these keys.
setting() {
    sed -n "s/^$1 = \"\(.*\)\"\$/\1/p" "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1
}

# Compares the SHA-256 of a file with the first word of a checksum file.
verify() {
    local tool=(sha256sum)
    command -v sha256sum >/dev/null || tool=(shasum -a 256)
    local sum
    sum=$("${tool[@]}" "$1" | cut -d ' ' -f 1)
    [ "$sum" = "$(cut -d ' ' -f 1 "$2")" ]
}

if [ "$INPUT_VERSION" = installed ]; then
    command -v cargo-stage || fail 'the version is "installed", but no cargo-stage is on the PATH'
    exit
fi
version=${INPUT_VERSION:-$(setting version)}
version=${version#v}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail 'the input "version" is not a version: set it to a version such as 1.2.3'

case "$RUNNER_OS/$RUNNER_ARCH" in
    Linux/X64) target=x86_64-unknown-linux-musl ;;
    Linux/ARM64) target=aarch64-unknown-linux-musl ;;
    macOS/X64) target=x86_64-apple-darwin ;;
    macOS/ARM64) target=aarch64-apple-darwin ;;
    Windows/X64) target=x86_64-pc-windows-msvc ;;
    *) fail "no release has a binary for $RUNNER_OS on $RUNNER_ARCH: build and install cargo-stage in the job, and set the input \"version\" to \"installed\"" ;;
esac
name=cargo-stage-v$version-$target

mkdir -p "$RUNNER_TEMP/cargo-stage"
cd "$RUNNER_TEMP/cargo-stage"
for file in "$name.tar.gz" "$name.tar.gz.sha256"; do
    curl --fail --silent --show-error --location --proto '=https' --tlsv1.2 --retry 3 --output "$file" \
        "$(setting repository)/releases/download/v$version/$file" || fail "the download of $file failed"
done
verify "$name.tar.gz" "$name.tar.gz.sha256" || fail "the checksum of $name.tar.gz is wrong"
tar -xzf "$name.tar.gz"
# The line does not use `$PWD`: on Windows, bash writes a path in a form that other programs do not understand.
echo "$RUNNER_TEMP/cargo-stage/$name" >>"$GITHUB_PATH"
