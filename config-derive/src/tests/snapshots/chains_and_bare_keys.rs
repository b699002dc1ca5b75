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
            stages: &["dev", "prod"],
            fallback: true,
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
                    key: __p::AssignmentKey::Fallback,
                    sources: __p::Sources::Chain(&["env:{stage}_{field}", "env:{field}"]),
                },
            ],
            snapshot: __p::None,
            fields: &[
                __p::Field {
                    name: "first",
                    level: "first",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!(u16),
                        type_name: "u16",
                        secrecy: __p::secrecy!(u16),
                        default: __p::None,
                        no_fallback: false,
                        validated: false,
                        with: false,
                        refresh_ms: __p::None,
                        compose: __p::None,
                        assignments: &[
                            __p::Assignment {
                                key: __p::AssignmentKey::Stage("dev"),
                                sources: __p::Sources::Template,
                            },
                            __p::Assignment {
                                key: __p::AssignmentKey::Stage("prod"),
                                sources: __p::Sources::Chain(&["env:A", "value:b"]),
                            },
                            __p::Assignment {
                                key: __p::AssignmentKey::Fallback,
                                sources: __p::Sources::Template,
                            },
                        ],
                    }),
                },
                __p::Field {
                    name: "second",
                    level: "second",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!(Option < bool >),
                        type_name: "Option<bool>",
                        secrecy: __p::secrecy!(Option < bool >, bool),
                        default: __p::None,
                        no_fallback: false,
                        validated: false,
                        with: false,
                        refresh_ms: __p::None,
                        compose: __p::None,
                        assignments: &[
                            __p::Assignment {
                                key: __p::AssignmentKey::All,
                                sources: __p::Sources::Chain(&["env:B"]),
                            },
                        ],
                    }),
                },
            ],
            sealed: &[],
        };
        fn build(__decoder: &mut __p::StructDecoder<'_>) -> __p::Option<Self> {
            let __f0 = __decoder
                .decode_field::<u16>(0, __p::Probe::<u16>::decode, __p::None, __p::None);
            let __f1 = __decoder
                .decode_field::<
                    Option<bool>,
                >(1, __p::Probe::<Option<bool>>::decode, __p::None, __p::None);
            let (__p::Some(__f0), __p::Some(__f1)) = (__f0, __f1) else {
                return __p::None;
            };
            __decoder.finish(Self { first: __f0, second: __f1 }, __p::None)
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
            #[cfg_attr(windows, unsafe(link_section = ".stgcfg$4ecc3d73223979e4"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows, target_family = "wasm")),
                unsafe(link_section = ".stage_config.4ecc3d73223979e4")
            )]
            static RECORD: [__p::u8; LENGTH] = __p::encode(
                &<Config as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            &RECORD
        }
    }
    const _: () = __p::assert_not_secret(
        __p::secrecy!(u16),
        "`first` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(u16),
        "`first` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(u16),
        "`first` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(u16),
        "`first` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(u16),
        "`first` is a secret, and `value:` is visible in the source code: keep the secret in `ssm:`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Option < bool >, bool),
        "`second` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_literal_text(
        "the text of `value:` for `first`",
        __p::shape!(u16).kind,
        &__p::LiteralText {
            text: "b",
            forms: &["char"],
            bytes: __p::None,
            hints: &[],
            items: &[],
        },
    );
};
