const _: () = {
    use ::stage_config::__private as __p;
    #[automatically_derived]
    impl __p::ConfigStruct for Config {
        const STRUCT_SCHEMA: __p::Schema = __p::Schema {
            name: "Config",
            docs: "",
            package: __p::env!("CARGO_PKG_NAME"),
            module: __p::module_path!(),
            app: "payments",
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
                    sources: __p::Sources::Chain(&["env:{field}?plaintext=allow"]),
                },
                __p::Assignment {
                    key: __p::AssignmentKey::Stage("prod"),
                    sources: __p::Sources::Chain(&["sealed:{field}"]),
                },
            ],
            snapshot: __p::None,
            fields: &[
                __p::Field {
                    name: "stripe_key",
                    level: "stripe_key",
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
            ],
            sealed: &[
                __p::SealedFile {
                    stage: "prod",
                    name: "stage.key",
                    text: __p::include_str!(
                        __p::concat!(__p::env!("CARGO_MANIFEST_DIR"),
                        "/sealed/prod/stage.key")
                    ),
                },
                __p::SealedFile {
                    stage: "prod",
                    name: "stripe_key",
                    text: __p::include_str!(
                        __p::concat!(__p::env!("CARGO_MANIFEST_DIR"),
                        "/sealed/prod/stripe_key")
                    ),
                },
            ],
        };
        fn build(__decoder: &mut __p::StructDecoder<'_>) -> __p::Option<Self> {
            let __f0 = __decoder
                .decode_field::<
                    SecretString,
                >(0, __p::Probe::<SecretString>::decode, __p::None, __p::None);
            let (__p::Some(__f0),) = (__f0,) else {
                return __p::None;
            };
            __decoder.finish(Self { stripe_key: __f0 }, __p::None)
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
            #[cfg_attr(windows, unsafe(link_section = ".stgcfg$60c73a4517edff12"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows, target_family = "wasm")),
                unsafe(link_section = ".stage_config.60c73a4517edff12")
            )]
            static RECORD: [__p::u8; LENGTH] = __p::encode(
                &<Config as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            &RECORD
        }
    }
};
