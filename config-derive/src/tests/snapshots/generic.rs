::core::compile_error! {
    "`StageConfig` is derived for structs without generic parameters: the values of `Config` are fetched for one type; name that type in the field"
}
