const _: () = {
    use ::stage_config::__private as __p;
    #[automatically_derived]
    impl __p::ConfigStruct for Config {
        const STRUCT_SCHEMA: __p::Schema = __p::Schema {
            name: "Config",
            docs: "",
            package: __p::env!("CARGO_PKG_NAME"),
            module: __p::module_path!(),
            app: "shop",
            schemes: &["vault"],
            stages: &["dev"],
            fallback: true,
            validated: true,
            stage_var: __p::Some("STAGE_NAME"),
            default_stage: __p::Some("dev"),
            preview: __p::Some(&["pr-*", "feature*"]),
            accounts: &[("dev", "111122223333")],
            batch_secrets: false,
            inherit: false,
            templates: &[
                __p::Assignment {
                    key: __p::AssignmentKey::Stage("dev"),
                    sources: __p::Sources::Chain(&["vault:{app}/{field}"]),
                },
                __p::Assignment {
                    key: __p::AssignmentKey::Fallback,
                    sources: __p::Sources::Chain(&["vault:{stage}/{field}"]),
                },
            ],
            snapshot: __p::None,
            fields: &[
                __p::Field {
                    name: "table_name",
                    level: "table-name",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!(String),
                        type_name: "String",
                        secrecy: __p::secrecy!(String),
                        default: __p::None,
                        no_fallback: false,
                        validated: false,
                        with: false,
                        refresh_ms: __p::Some(3600000u64),
                        compose: __p::None,
                        assignments: &[],
                    }),
                },
                __p::Field {
                    name: "database",
                    level: "db/name",
                    docs: "",
                    content: __p::FieldContent::Value(__p::FieldSpec {
                        shape: __p::shape!(String),
                        type_name: "String",
                        secrecy: __p::secrecy!(String),
                        default: __p::None,
                        no_fallback: false,
                        validated: false,
                        with: false,
                        refresh_ms: __p::Some(300000u64),
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
                        table_name: __f0,
                        database: __f1,
                    },
                    __p::Some({
                        let __validate: __p::ValidateFn<Self> = checks::whole;
                        __validate
                    }),
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
            #[cfg_attr(windows, unsafe(link_section = ".stgcfg$84b955a75eb625a9"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows, target_family = "wasm")),
                unsafe(link_section = ".stage_config.84b955a75eb625a9")
            )]
            static RECORD: [__p::u8; LENGTH] = __p::encode(
                &<Config as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            &RECORD
        }
    }
};
