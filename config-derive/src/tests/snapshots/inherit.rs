const _: () = {
    use ::stage_config::__private as __p;
    #[automatically_derived]
    impl __p::ConfigStruct for Mail {
        const STRUCT_SCHEMA: __p::Schema = __p::Schema {
            name: "Mail",
            docs: "",
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
            inherit: true,
            templates: &[],
            snapshot: __p::None,
            fields: &[
                __p::Field {
                    name: "host_name",
                    level: "hostName",
                    docs: "",
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
                __p::Field {
                    name: "port",
                    level: "port",
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
                                key: __p::AssignmentKey::All,
                                sources: __p::Sources::Chain(&["value:25"]),
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
                    String,
                >(0, __p::Probe::<String>::decode, __p::None, __p::None);
            let __f1 = __decoder
                .decode_field::<u16>(1, __p::Probe::<u16>::decode, __p::None, __p::None);
            let (__p::Some(__f0), __p::Some(__f1)) = (__f0, __f1) else {
                return __p::None;
            };
            __decoder
                .finish(
                    Self {
                        host_name: __f0,
                        port: __f1,
                    },
                    __p::None,
                )
        }
    }
    use __p::UnknownType as _;
    const _: () = __p::assert_not_secret(
        __p::secrecy!(u16),
        "`port` is a secret, and `value:` is visible in the source code: keep the secret in `ssm:`",
    );
    const _: () = __p::assert_literal_text(
        "the text of `value:` for `port`",
        __p::shape!(u16).kind,
        &__p::LiteralText {
            text: "25",
            forms: &["float", "float32"],
            bytes: __p::None,
            hints: &[("duration", "did you mean `25s`?")],
            items: &[],
        },
    );
};
