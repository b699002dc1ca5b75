//! Verifies the certificate chain of a server once for all connections that open within ten
//! seconds.
//!
//! A load opens one connection for each of its first calls, and a server sends the same chain on
//! all of them. Verifying a chain of AWS takes a third of the CPU time of a handshake. The
//! signature that proves the possession of the key is verified for each connection.

use rustls::{
    DigitallySignedStruct, Error, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// The time in seconds during which an accepted chain is not verified again.
const VALID_S: u64 = 10;

/// The maximum number of accepted chains that are kept. It is enough for the servers of a load.
const MAX_CHAINS: usize = 8;

#[derive(Debug)]
pub(super) struct ChainVerifier {
    verifier: Arc<WebPkiServerVerifier>,
    accepted: Mutex<VecDeque<AcceptedChain>>,
}

/// A certificate chain that the verifier has accepted for the name in `server_name`.
#[derive(Debug)]
struct AcceptedChain {
    server_name: ServerName<'static>,
    certificates: Vec<CertificateDer<'static>>,
    verified_at: UnixTime,
}

impl AcceptedChain {
    /// Returns `true` if this chain consists of exactly these certificates, and was accepted for
    /// this server name less than [`VALID_S`] seconds ago.
    fn covers(
        &self,
        server_name: &ServerName<'_>,
        certificates: &[&CertificateDer<'_>],
        now: UnixTime,
    ) -> bool {
        let age = now.as_secs().checked_sub(self.verified_at.as_secs());
        age.is_some_and(|age| age < VALID_S)
            && self.server_name == *server_name
            && self.certificates.iter().eq(certificates.iter().copied())
    }
}

impl ChainVerifier {
    pub(super) fn new(verifier: Arc<WebPkiServerVerifier>) -> Self {
        Self {
            verifier,
            accepted: Mutex::default(),
        }
    }
}

impl ServerCertVerifier for ChainVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        let certificates: Vec<_> = [end_entity].into_iter().chain(intermediates).collect();
        let is_covered = |chain: &AcceptedChain| chain.covers(server_name, &certificates, now);
        if accepted.iter().any(is_covered) {
            return Ok(ServerCertVerified::assertion());
        }

        let verified = self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )?;
        accepted.truncate(MAX_CHAINS - 1);
        accepted.push_front(AcceptedChain {
            server_name: server_name.to_owned(),
            certificates: certificates
                .into_iter()
                .map(|der| der.clone().into_owned())
                .collect(),
            verified_at: now,
        });
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests;
