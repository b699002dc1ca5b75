//! The TLS configuration: the cryptography, and the roots that are trusted.

use super::super::{proxy::ReadVariable, text_problem::is_blank};
use super::chain_verifier::ChainVerifier;
use crate::{failure::FailureKind, outcome::Failed};
use rustls::{ClientConfig, RootCertStore, client::WebPkiServerVerifier, crypto::CryptoProvider};
use rustls_native_certs::{CertificateResult, ErrorKind, load_certs_from_paths, load_native_certs};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::Arc,
};
use webpki_roots::TLS_SERVER_ROOTS;

/// The variables that name other roots. AWS's own variable takes precedence over those of OpenSSL,
/// which are used together.
const BUNDLE: &str = "AWS_CA_BUNDLE";
const FILE: &str = "SSL_CERT_FILE";
const FOLDERS: &str = "SSL_CERT_DIR";

/// Builds the configuration from the environment of this process.
///
/// # Errors
///
/// Returns a permanent failure if the roots that a variable names, or those of this machine, cannot
/// be used, or if rustls cannot create the configuration.
pub(super) fn build_tls_config() -> Result<ClientConfig, Failed> {
    let roots = load_roots(
        &|name| std::env::var_os(name),
        cfg!(feature = "native-roots"),
    )?;
    let unsupported = || unusable("the TLS configuration cannot be created".to_owned());
    let provider = Arc::new(crypto_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|_| unsupported())?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| unsupported())?;
    // rustls requires `dangerous()` for every custom verifier. This one wraps the verifier of
    // rustls.
    let verifier = Arc::new(ChainVerifier::new(verifier));
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn crypto_provider() -> CryptoProvider {
    #[cfg(feature = "aws-lc")]
    return rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "aws-lc"))]
    return rustls::crypto::ring::default_provider();
}

/// Loads the roots that the variables name. Without such a variable, `has_native_roots` decides
/// between the roots of this machine and the compiled-in roots of Mozilla, which need no parsing.
fn load_roots(read: ReadVariable<'_>, has_native_roots: bool) -> Result<RootCertStore, Failed> {
    let text = |name: &str| read(name).filter(|value| !is_blank(value));
    if let Some(file) = text(BUNDLE).map(PathBuf::from) {
        let found = load_certs_from_paths(Some(&file), None);
        return parse_roots(found, &format!("{BUNDLE} names {}, which", file.display()));
    }
    let (file, folders) = (text(FILE), text(FOLDERS));
    if file.is_some() || folders.is_some() {
        let found = load_openssl_roots(file.as_deref(), folders.as_deref());
        let variables = [(FILE, file), (FOLDERS, folders)];
        let names = variables.into_iter().filter_map(|(name, value)| {
            value.map(|value| format!("{name} names {}", value.display()))
        });
        let names = names.collect::<Vec<_>>().join(" and ");
        return parse_roots(found, &format!("{names}, which"));
    }

    if has_native_roots {
        // `rustls-native-certs` would open the file or folder with the blank name.
        let blank_folders = read(FOLDERS).filter(|value| !value.is_empty());
        for (name, value) in [(FILE, read(FILE)), (FOLDERS, blank_folders)] {
            if value.is_some() {
                let failed = unusable(format!("{name} is empty"));
                return Err(failed.with_help(format!("unset `{name}`")));
            }
        }
        return parse_roots(load_native_certs(), "the store of this machine's roots");
    }
    Ok(TLS_SERVER_ROOTS.iter().cloned().collect())
}

/// Loads the roots of a file and of all folders of a list, as OpenSSL does.
fn load_openssl_roots(file: Option<&OsStr>, folders: Option<&OsStr>) -> CertificateResult {
    let mut all = load_certs_from_paths(file.map(Path::new), None);
    let folders = folders.into_iter().flat_map(std::env::split_paths);
    for folder in folders.filter(|folder| !folder.as_os_str().is_empty()) {
        let mut found = load_certs_from_paths(None, Some(&folder));
        all.certs.append(&mut found.certs);
        all.errors.append(&mut found.errors);
    }
    // A folder often contains the roots of the file too.
    all.certs.sort_unstable_by(|one, other| one.cmp(other));
    all.certs.dedup();
    all
}

/// Returns the roots that can be used. A bundle may also contain roots that cannot be used. If
/// there is no usable root, the message of the failure begins with `subject`.
fn parse_roots(found: CertificateResult, subject: &str) -> Result<RootCertStore, Failed> {
    let is_damaged = |error: &rustls_native_certs::Error| matches!(error.kind, ErrorKind::Pem(_));
    let has_certificates = !found.certs.is_empty() || found.errors.iter().any(is_damaged);
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if !roots.is_empty() {
        return Ok(roots);
    }

    // Without a root, the client would trust no server, and the first call would fail as if the
    // network were broken.
    let unreadable = found.errors.iter().find_map(|error| match &error.kind {
        ErrorKind::Io { inner, .. } => Some(inner.kind()),
        _ => None,
    });
    Err(unusable(match unreadable {
        Some(kind) => format!("{subject} cannot be read: {kind}"),
        None if has_certificates => format!("{subject} contains no certificate that can be used"),
        None => format!("{subject} contains no certificate"),
    }))
}

fn unusable(detail: String) -> Failed {
    Failed::new(FailureKind::Credentials, detail).permanent()
}

#[cfg(test)]
mod tests;
