//! Certificates that form a chain like that of AWS's public endpoints: a root, an intermediate
//! certificate and a certificate for `localhost`, all with RSA keys of 2048 bits.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::Error;

/// The chain and the key of the endpoint, and the root that its clients trust.
pub(crate) struct Certificates {
    /// The certificate of `localhost` and the intermediate certificate.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// The key of the certificate of `localhost`.
    pub(crate) key: PrivateKeyDer<'static>,
    /// The root certificate in the format PEM.
    pub(crate) root_pem: String,
}

impl Certificates {
    /// Creates new keys and certificates. Only the AWS-LC backend of rcgen can create RSA keys.
    pub(crate) fn generate() -> Result<Self, Error> {
        let new_key = || KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048);
        let root_params = authority("coldstart root", BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(root_params, new_key()?)?;
        let params = authority("coldstart intermediate", BasicConstraints::Constrained(0));
        let intermediate = CertifiedIssuer::signed_by(params, new_key()?, &root)?;

        let key = new_key()?;
        let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&key, &intermediate)?;

        Ok(Self {
            chain: vec![leaf.der().clone(), intermediate.der().clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            root_pem: root.pem(),
        })
    }
}

fn authority(name: &str, constraints: BasicConstraints) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params
}
