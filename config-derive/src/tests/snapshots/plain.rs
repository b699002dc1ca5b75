const _: () = {
    use ::stage_config::__private as __p;
    #[automatically_derived]
    impl __p::ConfigStruct for Config {
        const STRUCT_SCHEMA: __p::Schema = __p::Schema {
            name: "Config",
            docs: "Settings.\n\nOf the shop.",
            package: __p::env!("CARGO_PKG_NAME"),
            module: __p::module_path!(),
            app: __p::env!("CARGO_PKG_NAME"),
            schemes: &[],
            stages: &["dev", "prod"],
            fallback: false,
            validated: false,
            stage_var: __p::None,
            default_stage: __p::None,
            preview: __p::None,
            accounts: &[],
            batch_secrets: false,
            inherit: false,
            templates: &[
                __p::Assignment {
                    key: __p::AssignmentKey::Stage("dev"),
                    sources: __p::Sources::Chain(&["env:DEV_{field}"]),
                },
                __p::Assignment {
                    key: __p::AssignmentKey::Stage("prod"),
                    sources: __p::Sources::Chain(&["env:PROD_{field}"]),
                },
            ],
            snapshot: __p::None,
            fields: &[
                __p::Field {
                    name: "table",
                    level: "table",
                    docs: "A table.",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!(String),
                        type_name: "String",
                        secrecy: __p::secrecy!(String),
                        default: __p::None,
                        no_fallback: false,
                        validated: false,
                        with: false,
                        refresh_ms: __p::None,
                        compose: __p::None,
                        assignments: &[],
                    }),
                },
            ],
            sealed: &[],
        };
        fn build(__decoder: &mut __p::StructDecoder<'_>) -> __p::Option<Self> {
            let __f0 = __decoder
                .decode_field::<
                    String,
                >(0, __p::Probe::<String>::decode, __p::None, __p::None);
            let (__p::Some(__f0),) = (__f0,) else {
                return __p::None;
            };
            __decoder.finish(Self { table: __f0 }, __p::None)
        }
    }
    use __p::UnknownType as _;
    #[automatically_derived]
    impl ::stage_config::StageConfig for Config {
        fn __cell() -> &'static __p::ConfigCell<Self> {
            static CELL: __p::ConfigCell<Config> = __p::ConfigCell::new();
            &CELL
        }
        fn __manifest() -> &'static [__p::u8] {
            const LENGTH: __p::usize = __p::encoded_len(
                &<Config as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            #[cfg_attr(
                target_vendor = "apple",
                unsafe(link_section = "__DATA,stage_config")
            )]
            #[cfg_attr(windows, unsafe(link_section = ".stgcfg$bf002c219801a757"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows, target_family = "wasm")),
                unsafe(link_section = ".stage_config.bf002c219801a757")
            )]
            static RECORD: [__p::u8; LENGTH] = __p::encode(
                &<Config as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            &RECORD
        }
    }
    const _: () = __p::assert_not_secret(
        __p::secrecy!(String),
        "`table` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(String),
        "`table` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
};
