//! The configurations of the simulated functions.

use stage_config::{ExposeSecret, SecretString, StageConfig};

/// The stage of the simulation.
pub(crate) const STAGE: &str = "storm";

/// Defines a struct with 24 fields that use the template, and the listed fields.
macro_rules! settings {
    ($(#[$of_struct:meta])* $name:ident { $($(#[$of_field:meta])* $field:ident,)* }) => {
        $(#[$of_struct])*
        #[allow(dead_code, reason = "all fields are decoded, and only a few are read")]
        pub(crate) struct $name {
            pub(crate) table_name: String,
            pub(crate) queue_url: String,
            pub(crate) topic_arn: String,
            pub(crate) bucket: String,
            pub(crate) event_bus: String,
            pub(crate) state_machine: String,
            pub(crate) domain: String,
            pub(crate) callback_url: String,
            pub(crate) sender: String,
            pub(crate) support_address: String,
            pub(crate) currency: String,
            pub(crate) country: String,
            pub(crate) log_level: String,
            pub(crate) search_host: String,
            pub(crate) cache_host: String,
            pub(crate) db_host: String,
            pub(crate) db_name: String,
            pub(crate) timeout_s: u64,
            pub(crate) cache_s: u64,
            pub(crate) page_limit: u32,
            pub(crate) rate_limit: u32,
            pub(crate) dry_run: bool,
            pub(crate) new_checkout: bool,
            pub(crate) audit: bool,
            $($(#[$of_field])* pub(crate) $field: SecretString,)*
        }

        impl $name {
            /// Returns true if a few fields, among them two of a secret type, have the values of
            /// the stores.
            pub(crate) fn has_expected_values(&self) -> bool {
                let secrets = [&self.db_password, &self.signing_key].map(ExposeSecret::expose_secret);
                (self.table_name.as_str(), self.timeout_s, self.audit) == ("text", 30, true) && secrets == ["text"; 2]
            }
        }
    };
}

settings! {
    /// A configuration with thirty fields: 24 parameters, 4 secrets, 2 sealed files.
    #[derive(StageConfig)]
    #[stage(storm = "/storm/{field}")]
    #[config(app = "storm")]
    Thirty {
        #[stage(storm = "secret:storm/db")]
        db_password,
        #[stage(storm = "secret:storm/stripe")]
        stripe_key,
        #[stage(storm = "secret:storm/mail")]
        mail_key,
        #[stage(storm = "secret:storm/search")]
        search_key,
        #[stage(storm = "sealed:signing_key")]
        signing_key,
        #[stage(storm = "sealed:webhook_key")]
        webhook_key,
    }
}

settings! {
    /// A configuration with the same thirty fields, and a snapshot.
    #[derive(StageConfig)]
    #[stage(storm = "/storm/{field}")]
    #[config(app = "storm", snapshot = "sealed/{stage}.snapshot")]
    WithSnapshot {
        #[stage(storm = "secret:storm/db")]
        db_password,
        #[stage(storm = "secret:storm/stripe")]
        stripe_key,
        #[stage(storm = "secret:storm/mail")]
        mail_key,
        #[stage(storm = "secret:storm/search")]
        search_key,
        #[stage(storm = "sealed:signing_key")]
        signing_key,
        #[stage(storm = "sealed:webhook_key")]
        webhook_key,
    }
}

settings! {
    /// A configuration with thirty fields that are all keys of one JSON secret.
    #[derive(StageConfig)]
    #[stage(storm = "secret:storm/everything#{field}")]
    OneSecret {
        db_password,
        stripe_key,
        mail_key,
        search_key,
        signing_key,
        webhook_key,
    }
}

/// Returns the value that the stores have for a field.
pub fn find_value(field: &str) -> &'static str {
    match field {
        "dry_run" | "new_checkout" | "audit" => "true",
        _ if field.ends_with("_s") || field.ends_with("_limit") => "30",
        _ => "text",
    }
}
