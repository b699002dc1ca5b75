//! An accepted certificate chain is not verified again for ten seconds, if the chain and the
//! server's name are the same and the clock was not set back. The verifier does not keep a refused
//! chain, and it keeps only a limited number of accepted chains.

use super::*;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{CertificateError, RootCertStore, crypto::ring};
use std::time::Duration;

const NAME: &str = "ssm.test.example";

/// 1 January 2030 and 2031, in seconds since 1970. The certificates of the tests are valid between
/// these times.
const START_S: u64 = 1_893_456_000;
const END_S: u64 = 1_924_992_000;

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
}

impl Authority {
    fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap().der().clone();
        let issuer = Issuer::new(params, key);
        Self { issuer, root }
    }

    fn issue(&self, name: &str) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2030, 1, 1);
        params.not_after = date_time_ymd(2031, 1, 1);
        let key = KeyPair::generate().unwrap();
        params.signed_by(&key, &self.issuer).unwrap().der().clone()
    }

    fn verifier(&self) -> ChainVerifier {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        ChainVerifier::new(builder.build().unwrap())
    }
}

fn verify(
    verifier: &ChainVerifier,
    certificate: &CertificateDer<'_>,
    name: &str,
    second: u64,
) -> Result<(), Error> {
    let name = ServerName::try_from(name).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(second));
    let verified = verifier.verify_server_cert(certificate, &[], &name, &[], now);
    verified.map(|_| ())
}

/// The reason why a chain is refused.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Expired,
    NotYetValid,
    OtherName,
    OtherIssuer,
}

#[track_caller]
fn assert_refused(result: Result<(), Error>, expected: Refusal) {
    use CertificateError as Reason;
    let refusal = match result.expect_err("the chain is not valid") {
        Error::InvalidCertificate(reason) => match reason {
            Reason::Expired | Reason::ExpiredContext { .. } => Refusal::Expired,
            Reason::NotValidYet | Reason::NotValidYetContext { .. } => Refusal::NotYetValid,
            Reason::NotValidForName | Reason::NotValidForNameContext { .. } => Refusal::OtherName,
            Reason::UnknownIssuer => Refusal::OtherIssuer,
            reason => panic!("{reason}"),
        },
        error => panic!("{error}"),
    };
    assert_eq!(refusal, expected);
}

/// The verifier of rustls would refuse the certificate after it has expired, so the second
/// acceptance shows that the chain was not verified again.
#[test]
fn a_chain_is_verified_again_after_ten_seconds() {
    let authority = Authority::named("one");
    let (verifier, certificate) = (authority.verifier(), authority.issue(NAME));
    assert_eq!(verify(&verifier, &certificate, NAME, END_S - 2), Ok(()));
    assert_eq!(verify(&verifier, &certificate, NAME, END_S + 7), Ok(()));
    assert_refused(
        verify(&verifier, &certificate, NAME, END_S + 8),
        Refusal::Expired,
    );
    assert_refused(
        verify(&authority.verifier(), &certificate, NAME, END_S + 7),
        Refusal::Expired,
    );
}

#[test]
fn a_chain_is_verified_again_after_the_clock_was_set_back() {
    let authority = Authority::named("one");
    let (verifier, certificate) = (authority.verifier(), authority.issue(NAME));
    assert_eq!(verify(&verifier, &certificate, NAME, START_S + 1), Ok(()));
    assert_refused(
        verify(&verifier, &certificate, NAME, START_S - 1),
        Refusal::NotYetValid,
    );
}

#[test]
fn another_server_name_or_another_certificate_is_verified() {
    let authority = Authority::named("one");
    let verifier = authority.verifier();
    let certificate = authority.issue(NAME);
    assert_eq!(verify(&verifier, &certificate, NAME, START_S), Ok(()));
    let other_name = verify(&verifier, &certificate, "kms.test.example", START_S);
    assert_refused(other_name, Refusal::OtherName);
    let forged = Authority::named("two").issue(NAME);
    assert_refused(
        verify(&verifier, &forged, NAME, START_S),
        Refusal::OtherIssuer,
    );
    assert_eq!(verify(&verifier, &certificate, NAME, START_S), Ok(()));
}

#[test]
fn a_refused_chain_is_refused_again() {
    let authority = Authority::named("one");
    let (verifier, forged) = (authority.verifier(), Authority::named("two").issue(NAME));
    for _ in 0..2 {
        assert_refused(
            verify(&verifier, &forged, NAME, START_S),
            Refusal::OtherIssuer,
        );
    }
    assert!(verifier.accepted.lock().unwrap().is_empty());
}

#[test]
fn a_limited_number_of_chains_is_kept() {
    let authority = Authority::named("one");
    let verifier = authority.verifier();
    for number in 0..MAX_CHAINS + 2 {
        let name = format!("host-{number}.test.example");
        assert_eq!(
            verify(&verifier, &authority.issue(&name), &name, START_S),
            Ok(())
        );
    }
    assert_eq!(verifier.accepted.lock().unwrap().len(), MAX_CHAINS);
}
