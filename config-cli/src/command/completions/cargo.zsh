
# Cargo's own completion calls this function for `cargo stage …`.
_cargo-stage() {
    _clap_dynamic_completer_cargo_stage "$@"
}

# If zsh loads this file from $fpath, the file is the function, and this is its first call.
if [[ ${funcstack[1]-} == _cargo-stage ]]; then
    _cargo-stage "$@"
fi
