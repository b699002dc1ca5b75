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
            stages: &["dev"],
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
                    sources: __p::Sources::Chain(&["env:{field}"]),
                },
            ],
            snapshot: __p::None,
            fields: &[
                __p::Field {
                    name: "first",
                    level: "first",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!(Option < u8 >),
                        type_name: "Option<u8>",
                        secrecy: __p::secrecy!(Option < u8 >, u8),
                        default: __p::None,
                        no_fallback: true,
                        validated: true,
                        with: false,
                        refresh_ms: __p::None,
                        compose: __p::None,
                        assignments: &[],
                    }),
                },
                __p::Field {
                    name: "second",
                    level: "second",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!(Option < Duration >),
                        type_name: "Option<Duration>",
                        secrecy: __p::secrecy!(Option < Duration >, Duration),
                        default: __p::None,
                        no_fallback: false,
                        validated: false,
                        with: true,
                        refresh_ms: __p::None,
                        compose: __p::None,
                        assignments: &[],
                    }),
                },
                __p::Field {
                    name: "third",
                    level: "third",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!([u8; 4]),
                        type_name: "[u8; 4]",
                        secrecy: __p::secrecy!([u8; 4], u8),
                        default: __p::None,
                        no_fallback: false,
                        validated: false,
                        with: true,
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
                    Option<u8>,
                >(
                    0,
                    __p::Probe::<Option<u8>>::decode,
                    __p::None,
                    __p::Some({
                        let __validate: __p::ValidateFn<Option<u8>> = positive;
                        __validate
                    }),
                );
            let __f1 = __decoder
                .decode_field::<
                    Option<Duration>,
                >(
                    1,
                    |__stored| codec::seconds::deserialize(__stored),
                    __p::Probe::<Option<Duration>>::NONE.map(__p::FieldDefault::unset),
                    __p::None,
                );
            let __f2 = __decoder
                .decode_field::<
                    [u8; 4],
                >(
                    2,
                    |__stored| codec::hex::deserialize(__stored),
                    __p::Probe::<[u8; 4]>::NONE.map(__p::FieldDefault::unset),
                    __p::None,
                );
            let (__p::Some(__f0), __p::Some(__f1), __p::Some(__f2)) = (__f0, __f1, __f2)
            else {
                return __p::None;
            };
            __decoder
                .finish(
                    Self {
                        first: __f0,
                        second: __f1,
                        third: __f2,
                        fourth: <Cache<'static, u8> as __p::Default>::default(),
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
            #[cfg_attr(windows, unsafe(link_section = ".stgcfg$0784da26ce90fda8"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows, target_family = "wasm")),
                unsafe(link_section = ".stage_config.0784da26ce90fda8")
            )]
            static RECORD: [__p::u8; LENGTH] = __p::encode(
                &<Config as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            &RECORD
        }
    }
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Option < u8 >, u8),
        "`first` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Option < Duration >, Duration),
        "`second` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Option < Duration >, Duration),
        "`second` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!([u8; 4], u8),
        "`third` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!([u8; 4], u8),
        "`third` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
};
