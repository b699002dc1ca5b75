const _: () = {
    use ::stage_config::__private as __p;
    #[automatically_derived]
    impl __p::ConfigStruct for r#struct {
        const STRUCT_SCHEMA: __p::Schema = __p::Schema {
            name: "struct",
            docs: "",
            package: __p::env!("CARGO_PKG_NAME"),
            module: __p::module_path!(),
            app: __p::env!("CARGO_PKG_NAME"),
            schemes: &[],
            stages: &["static"],
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
                    key: __p::AssignmentKey::Stage("static"),
                    sources: __p::Sources::Chain(&["env:{field}"]),
                },
            ],
            snapshot: __p::None,
            fields: &[
                __p::Field {
                    name: "type",
                    level: "type",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!(Box < dyn Fn(& str) -> u8 + Send >),
                        type_name: "Box<dyn Fn(&str) -> u8 + Send>",
                        secrecy: __p::secrecy!(
                            Box < dyn Fn(& str) -> u8 + Send >, dyn Fn(& str) -> u8 +
                            Send
                        ),
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
                    Box<dyn Fn(&str) -> u8 + Send>,
                >(
                    0,
                    __p::Probe::<Box<dyn Fn(&str) -> u8 + Send>>::decode,
                    __p::None,
                    __p::None,
                );
            let (__p::Some(__f0),) = (__f0,) else {
                return __p::None;
            };
            __decoder.finish(Self { r#type: __f0 }, __p::None)
        }
    }
    use __p::UnknownType as _;
    #[automatically_derived]
    impl ::stage_config::StageConfig for r#struct {
        fn __cell() -> &'static __p::ConfigCell<Self> {
            static CELL: __p::ConfigCell<r#struct> = __p::ConfigCell::new();
            &CELL
        }
        fn __manifest() -> &'static [__p::u8] {
            const LENGTH: __p::usize = __p::encoded_len(
                &<r#struct as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            #[cfg_attr(
                target_vendor = "apple",
                unsafe(link_section = "__DATA,stage_config")
            )]
            #[cfg_attr(windows, unsafe(link_section = ".stgcfg$6c4c2470c473f969"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows, target_family = "wasm")),
                unsafe(link_section = ".stage_config.6c4c2470c473f969")
            )]
            static RECORD: [__p::u8; LENGTH] = __p::encode(
                &<r#struct as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            &RECORD
        }
    }
    const _: () = __p::assert_not_secret(
        __p::secrecy!(Box < dyn Fn(& str) -> u8 + Send >, dyn Fn(& str) -> u8 + Send),
        "`type` is a secret, and `env:` is visible in the function's settings: keep the secret in `ssm:`, or add `?plaintext=allow`",
    );
};
