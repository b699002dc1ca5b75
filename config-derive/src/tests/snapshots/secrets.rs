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
            schemes: &["vault"],
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
                    sources: __p::Sources::Chain(&["env:{field}"]),
                },
                __p::Assignment {
                    key: __p::AssignmentKey::Stage("prod"),
                    sources: __p::Sources::Chain(&["env:{field}?plaintext=allow"]),
                },
            ],
            snapshot: __p::None,
            fields: &[
                __p::Field {
                    name: "by_type",
                    level: "by_type",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!(SecretString),
                        type_name: "SecretString",
                        secrecy: __p::secrecy!(SecretString),
                        default: __p::None,
                        no_fallback: false,
                        validated: false,
                        with: false,
                        refresh_ms: __p::None,
                        compose: __p::None,
                        assignments: &[],
                    }),
                },
                __p::Field {
                    name: "marked",
                    level: "marked",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!(String),
                        type_name: "String",
                        secrecy: __p::Secrecy::Yes,
                        default: __p::None,
                        no_fallback: false,
                        validated: false,
                        with: false,
                        refresh_ms: __p::None,
                        compose: __p::None,
                        assignments: &[
                            __p::Assignment {
                                key: __p::AssignmentKey::Stage("dev"),
                                sources: __p::Sources::Chain(&["env:X?plaintext=allow"]),
                            },
                            __p::Assignment {
                                key: __p::AssignmentKey::Stage("prod"),
                                sources: __p::Sources::Chain(&["vault:x#y"]),
                            },
                        ],
                    }),
                },
            ],
            sealed: &[],
        };
        fn build(__decoder: &mut __p::StructDecoder<'_>) -> __p::Option<Self> {
            let __f0 = __decoder
                .decode_field::<
                    SecretString,
                >(0, __p::Probe::<SecretString>::decode, __p::None, __p::None);
            let __f1 = __decoder
                .decode_field::<
                    String,
                >(1, __p::Probe::<String>::decode, __p::None, __p::None);
            let (__p::Some(__f0), __p::Some(__f1)) = (__f0, __f1) else {
                return __p::None;
            };
            __decoder
                .finish(
                    Self {
                        by_type: __f0,
                        marked: __f1,
                    },
                    __p::None,
                )
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
            #[cfg_attr(windows, unsafe(link_section = ".stgcfg$b855d9c53917a7a2"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows, target_family = "wasm")),
                unsafe(link_section = ".stage_config.b855d9c53917a7a2")
            )]
            static RECORD: [__p::u8; LENGTH] = __p::encode(
                &<Config as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            &RECORD
        }
    }
    const _: () = __p::assert_not_secret(
        __p::secrecy!(SecretString),
        "`by_type` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
};
