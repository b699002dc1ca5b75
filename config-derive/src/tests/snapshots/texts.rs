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
                        shape: __p::shape!(Vec < Duration >),
                        type_name: "Vec<Duration>",
                        secrecy: __p::secrecy!(Vec < Duration >, Duration),
                        default: __p::Some(__p::DefaultSpec::Text("3s, 5M")),
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
                        shape: __p::shape!(String),
                        type_name: "String",
                        secrecy: __p::secrecy!(String),
                        default: __p::Some(__p::DefaultSpec::Text("x")),
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
                        shape: __p::shape!(String),
                        type_name: "String",
                        secrecy: __p::secrecy!(String),
                        default: __p::Some(__p::DefaultSpec::Code("…")),
                        no_fallback: false,
                        validated: false,
                        with: false,
                        refresh_ms: __p::None,
                        compose: __p::None,
                        assignments: &[
                            __p::Assignment {
                                key: __p::AssignmentKey::Stage("dev"),
                                sources: __p::Sources::Chain(&["secret:shop/key"]),
                            },
                        ],
                    }),
                },
                __p::Field {
                    name: "fourth",
                    level: "fourth",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::Shape {
                            kind: __p::Kind::ListOf(
                                &__p::Kind::Format(__p::TextFormat::FromStr),
                            ),
                            optional: true,
                        },
                        type_name: "Option<Vec<Level>>",
                        secrecy: __p::secrecy!(
                            Option < Vec < Level > >, Vec < Level >, Level
                        ),
                        default: __p::Some(__p::DefaultSpec::Text("a")),
                        no_fallback: false,
                        validated: false,
                        with: false,
                        refresh_ms: __p::None,
                        compose: __p::None,
                        assignments: &[],
                    }),
                },
                __p::Field {
                    name: "fifth",
                    level: "fifth",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::Shape {
                            kind: __p::Kind::Format(__p::TextFormat::FromStr),
                            optional: false,
                        },
                        type_name: "SecretBox<Level>",
                        secrecy: __p::secrecy!(SecretBox < Level >, Level),
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
                    Vec<Duration>,
                >(
                    0,
                    __p::Probe::<Vec<Duration>>::decode,
                    __p::Some(__p::FieldDefault::Text {
                        text: "3s, 5M",
                        serialize: __p::Probe::<Vec<Duration>>::serialize_default,
                    }),
                    __p::None,
                );
            let __f1 = __decoder
                .decode_field::<
                    String,
                >(
                    1,
                    |__stored| module::deserialize(__stored),
                    __p::Some(__p::FieldDefault::Text {
                        text: "x",
                        serialize: __p::Probe::<String>::serialize_default,
                    }),
                    __p::None,
                );
            let __f2 = __decoder
                .decode_field::<
                    String,
                >(
                    2,
                    __p::Probe::<String>::decode,
                    __p::Some(__p::FieldDefault::Text {
                        text: "x",
                        serialize: __p::Probe::<String>::serialize_default,
                    }),
                    __p::None,
                );
            let __f3 = __decoder
                .decode_field::<
                    Option<Vec<Level>>,
                >(
                    3,
                    |__stored| __p::decode_optional(
                        __stored,
                        __p::decode_list_from_str::<Vec<Level>, Level>,
                    ),
                    __p::Some(__p::FieldDefault::Text {
                        text: "a",
                        serialize: __p::Probe::<Option<Vec<Level>>>::serialize_default,
                    }),
                    __p::None,
                );
            let __f4 = __decoder
                .decode_field::<
                    SecretBox<Level>,
                >(
                    4,
                    |__stored| __p::decode_secret(
                        __stored,
                        __p::decode_from_str_boxed::<Level>,
                    ),
                    __p::None,
                    __p::None,
                );
            let (
                __p::Some(__f0),
                __p::Some(__f1),
                __p::Some(__f2),
                __p::Some(__f3),
                __p::Some(__f4),
            ) = (__f0, __f1, __f2, __f3, __f4) else {
                return __p::None;
            };
            __decoder
                .finish(
                    Self {
                        first: __f0,
                        second: __f1,
                        third: __f2,
                        fourth: __f3,
                        fifth: __f4,
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
            #[cfg_attr(windows, unsafe(link_section = ".stgcfg$78ccd0d06d100001"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows, target_family = "wasm")),
                unsafe(link_section = ".stage_config.78ccd0d06d100001")
            )]
            static RECORD: [__p::u8; LENGTH] = __p::encode(
                &<Config as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            &RECORD
        }
    }
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Vec < Duration >, Duration),
        "`first` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Vec < Duration >, Duration),
        "`first` is a secret, and its default is visible in the source code: remove the default",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(String),
        "`second` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(String),
        "`second` is a secret, and its default is visible in the source code: remove the default",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(String),
        "`third` is a secret, and its default is visible in the source code: remove the default",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Option < Vec < Level > >, Vec < Level >, Level),
        "`fourth` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Option < Vec < Level > >, Vec < Level >, Level),
        "`fourth` is a secret, and its default is visible in the source code: remove the default",
    );
    const _: () = __p::assert_not_secret(
        __p::secrecy!(SecretBox < Level >, Level),
        "`fifth` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
    const _: () = __p::assert_literal_text(
        "the default of `first`",
        __p::shape!(Vec < Duration >).kind,
        &__p::LiteralText {
            text: "3s, 5M",
            forms: &[],
            bytes: __p::None,
            hints: &[("duration", "invalid character at 2")],
            items: &[
                __p::LiteralText {
                    text: "3s",
                    forms: &["duration"],
                    bytes: __p::None,
                    hints: &[],
                    items: &[],
                },
                __p::LiteralText {
                    text: "5M",
                    forms: &[],
                    bytes: __p::None,
                    hints: &[("duration", "`M` is not a unit; did you mean `5m`?")],
                    items: &[],
                },
            ],
        },
    );
    const _: () = __p::assert_literal_text(
        "the default of `third`",
        __p::shape!(String).kind,
        &__p::LiteralText {
            text: "x",
            forms: &["char"],
            bytes: __p::None,
            hints: &[],
            items: &[],
        },
    );
};
