//! The request for one address.

use stage_config_grammar::source::Address;
use std::fmt;

/// One address to fetch. Two fields that read two keys of one JSON secret share one request.
///
/// ```
/// use stage_config::StageConfig;
///
/// #[derive(StageConfig)]
/// #[config(schemes("vault"))]
/// #[stage(prod = "vault:shop/prod/{field}?version=3")]
/// struct Config {
///     table: String,
/// }
///
/// let call = Config::loader().stage("prod").plan()?.calls().remove(0);
/// let request = &call.requests[0];
/// assert_eq!(request.scheme(), "vault");
/// assert_eq!(request.address(), "shop/prod/table");
/// assert_eq!(request.option("version"), Some("3"));
/// assert_eq!(request.option("namespace"), None);
/// assert_eq!(request.to_string(), "vault:shop/prod/table?version=3");
/// # Ok::<(), stage_config::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Request(pub(crate) Address);

impl Request {
    /// Returns the parsed address.
    #[must_use]
    pub fn parsed_address(&self) -> &Address {
        &self.0
    }

    /// Returns the scheme, such as `vault`. For a parameter it is `ssm`, even if the source is only
    /// a name.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// Returns the address. The address of a custom store is returned without its scheme and its
    /// options; any other address is complete.
    #[must_use]
    pub fn address(&self) -> String {
        match &self.0 {
            Address::Custom { address, .. } => address.clone(),
            other => other.to_string(),
        }
    }

    /// Returns an option of a custom store's address, such as `version` in `?version=3`. Returns
    /// `None` if the option is not set, and for the address of any other store.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&str> {
        match &self.0 {
            Address::Custom { options, .. } => options
                .iter()
                .find(|(option, _)| option == name)
                .map(|(_, value)| value.as_str()),
            _ => None,
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
