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
                    sources: __p::Sources::Chain(&["env:{field}"]),
                },
            ],
            snapshot: __p::None,
            fields: &[
                __p::Field {
                    name: "orders",
                    level: "orders",
                    docs: "",
                    content: __p::FieldContent::Nested {
                        schema: <Db as __p::NestedConfig>::SCHEMA,
                        optional: <Db as __p::NestedConfig>::OPTIONAL,
                        templates: &[
                            __p::Assignment {
                                key: __p::AssignmentKey::Stage("dev"),
                                sources: __p::Sources::Chain(
                                    &["secret:{app}/orders#{field}", "/orders/{field}"],
                                ),
                            },
                            __p::Assignment {
                                key: __p::AssignmentKey::Stage("prod"),
                                sources: __p::Sources::Template,
                            },
                        ],
                    },
                },
                __p::Field {
                    name: "users",
                    level: "users",
                    docs: "",
                    content: __p::FieldContent::Nested {
                        schema: <Option<Db> as __p::NestedConfig>::SCHEMA,
                        optional: <Option<Db> as __p::NestedConfig>::OPTIONAL,
                        templates: &[
                            __p::Assignment {
                                key: __p::AssignmentKey::Stage("prod"),
                                sources: __p::Sources::Chain(&["secret:rds!db-2#{field}"]),
                            },
                        ],
                    },
                },
            ],
            sealed: &[],
        };
        fn build(__decoder: &mut __p::StructDecoder<'_>) -> __p::Option<Self> {
            let __f0 = <Db as __p::NestedConfig>::build_nested(__decoder, 0);
            let __f1 = <Option<Db> as __p::NestedConfig>::build_nested(__decoder, 1);
            let (__p::Some(__f0), __p::Some(__f1)) = (__f0, __f1) else {
                return __p::None;
            };
            __decoder.finish(Self { orders: __f0, users: __f1 }, __p::None)
        }
    }
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
            #[cfg_attr(windows, unsafe(link_section = ".stgcfg$ad660db25789fbe4"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows, target_family = "wasm")),
                unsafe(link_section = ".stage_config.ad660db25789fbe4")
            )]
            static RECORD: [__p::u8; LENGTH] = __p::encode(
                &<Config as __p::ConfigStruct>::STRUCT_SCHEMA,
            );
            &RECORD
        }
    }
    const _: () = __p::assert_nested(&<Config as __p::ConfigStruct>::STRUCT_SCHEMA, 0);
    const _: () = __p::assert_nested(&<Config as __p::ConfigStruct>::STRUCT_SCHEMA, 1);
};
