::core::compile_error! {
    "unknown option `defualt`; expected one of `default`, `nested`, `refresh`, `secret`, `plain`, `validate`, `rename`, `no_fallback`, `with`, `object`, `from_str`, `compose`, `skip`; did you mean `default`?"
}
::core::compile_error! {
    "unknown scheme `ens:`; expected one of `ssm`, `secret`, `appconfig`, `kms-env`, `sealed`, `env`, `value`; did you mean `env:`?"
}
const _: () = {
    use ::stage_config::__private as __p;
    #[automatically_derived]
    impl __p::ConfigStruct for Config {
        const STRUCT_SCHEMA: __p::Schema = __p::Schema {
            name: "Config",
            docs: "",
            package: __p::env!("CARGO_PKG_NAME"),
            module: __p::module_path!(),
            app: __p::env!("CARGO_PKG_NAME"),
            schemes: &[],
            stages: &[],
            fallback: false,
            validated: false,
            stage_var: __p::None,
            default_stage: __p::None,
            preview: __p::None,
            accounts: &[],
            batch_secrets: false,
            inherit: true,
            templates: &[],
            snapshot: __p::None,
            fields: &[],
            sealed: &[],
        };
        fn build(_: &mut __p::StructDecoder<'_>) -> __p::Option<Self> {
            __p::None
        }
    }
    #[automatically_derived]
    impl ::stage_config::StageConfig for Config {
        fn __cell() -> &'static __p::ConfigCell<Self> {
            static CELL: __p::ConfigCell<Config> = __p::ConfigCell::new();
            &CELL
        }
        fn __manifest() -> &'static [__p::u8] {
            &[]
        }
    }
};
