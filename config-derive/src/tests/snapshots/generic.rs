::core::compile_error! {
    "`StageConfig` supports only structs without generic parameters: remove the parameters of `Config`"
}
