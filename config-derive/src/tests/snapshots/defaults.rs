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
            ],
            snapshot: __p::None,
            fields: &[
                __p::Field {
                    name: "first",
                    level: "first",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!(Vec < String >),
                        type_name: "Vec<String>",
                        secrecy: __p::secrecy!(Vec < String >, String),
                        default: __p::Some(__p::DefaultSpec::Code("Default::default()")),
                        no_fallback: false,
                        validated: false,
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
                        shape: __p::shape!(Duration),
                        type_name: "Duration",
                        secrecy: __p::secrecy!(Duration),
                        default: __p::Some(
                            __p::DefaultSpec::Code("Duration::from_secs(60 * 5)"),
                        ),
                        no_fallback: false,
                        validated: false,
                        with: false,
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
                        shape: __p::shape!(i8),
                        type_name: "i8",
                        secrecy: __p::secrecy!(i8),
                        default: __p::Some(__p::DefaultSpec::Code("-1")),
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
                    Vec<String>,
                >(
                    0,
                    __p::Probe::<Vec<String>>::decode,
                    __p::Some(__p::FieldDefault::Value {
                        make: <Vec<String> as __p::Default>::default,
                        serialize: __p::Probe::<Vec<String>>::serialize_default,
                    }),
                    __p::None,
                );
            let __f1 = __decoder
                .decode_field::<
                    Duration,
                >(
                    1,
                    __p::Probe::<Duration>::decode,
                    __p::Some(__p::FieldDefault::Value {
                        make: || Duration::from_secs(60 * 5),
                        serialize: __p::Probe::<Duration>::serialize_default,
                    }),
                    __p::None,
                );
            let __f2 = __decoder
                .decode_field::<
                    i8,
                >(
                    2,
                    __p::Probe::<i8>::decode,
                    __p::Some(__p::FieldDefault::Value {
                        make: || -1,
                        serialize: __p::Probe::<i8>::serialize_default,
                    }),
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
            #[cfg_attr(windows, unsafe(link_section = ".stgcfg$c025f5254da8d576"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows, target_family = "wasm")),
                unsafe(link_section = ".stage_config.c025f5254da8d576")
            )]
            static RECORD: [__p::u8; LENGTH] = __p::encode(
                &<Config as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            &RECORD
        }
    }
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Vec < String >, String),
        "`first` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Vec < String >, String),
        "`first` is a secret, and its default is visible in the source code: remove the default",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Duration),
        "`second` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Duration),
        "`second` is a secret, and its default is visible in the source code: remove the default",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(i8),
        "`third` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(i8),
        "`third` is a secret, and its default is visible in the source code: remove the default",
    );
};
