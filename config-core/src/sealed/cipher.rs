//! HPKE (RFC 9180) in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305.
//!
//! Only this file uses the crate `hpke`. Base mode does not authenticate the sender; the git
//! history shows who sealed a value.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305,
    kdf::HkdfSha256, kem::X25519HkdfSha256, single_shot_open, single_shot_seal,
};
use zeroize::Zeroizing;

type Kem = X25519HkdfSha256;

/// Binds a ciphertext to this purpose and this version of the format; see `file_format::VERSION`.
const INFO: &[u8] = b"stage-config sealed value, version 1";

/// The length in bytes of each half of a key pair, and of the encapsulated key.
pub(super) const KEY_LENGTH: usize = 32;
const TAG_LENGTH: usize = 16;
/// The number of bytes by which a body is longer than its plaintext.
pub(super) const OVERHEAD: usize = KEY_LENGTH + TAG_LENGTH;

/// The public half of a stage's key pair. Its base64 text is also its fingerprint, because 32 bytes
/// need no digest.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    key: <Kem as hpke::Kem>::PublicKey,
    text: String,
}

/// The private half of a stage's key pair. Its memory is wiped on drop.
#[derive(Clone)]
pub(super) struct PrivateKey(<Kem as hpke::Kem>::PrivateKey);

/// The data that a ciphertext is bound to. If any part differs, the ciphertext does not open.
pub(super) struct AssociatedData<'a> {
    pub(super) app: &'a str,
    pub(super) stage: &'a str,
    pub(super) name: &'a str,
    pub(super) key: &'a PublicKey,
}

impl AssociatedData<'_> {
    /// Encodes each part after its length, so that the boundaries between the parts are
    /// unambiguous.
    fn to_bytes(&self) -> Vec<u8> {
        let key = self.key.key.to_bytes();
        let parts: [&[u8]; 4] = [
            self.app.as_bytes(),
            self.stage.as_bytes(),
            self.name.as_bytes(),
            &key,
        ];
        let mut aad = Vec::new();
        for part in parts {
            aad.extend((part.len() as u64).to_be_bytes());
            aad.extend(part);
        }
        aad
    }
}

impl PublicKey {
    /// Parses a key. Returns `None` if the text is not 32 bytes in base64.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        Some(Self {
            key: Deserializable::from_bytes(&bytes).ok()?,
            text: text.to_owned(),
        })
    }

    fn from_key(key: <Kem as hpke::Kem>::PublicKey) -> Self {
        let text = STANDARD.encode(key.to_bytes());
        Self { key, text }
    }

    pub(super) fn fingerprint(&self) -> &str {
        &self.text
    }

    /// Seals a plaintext. Returns `None` if the public key is one of the few points whose shared
    /// secret is publicly known.
    ///
    /// # Panics
    ///
    /// Panics if the operating system cannot provide random bytes.
    pub(super) fn seal(&self, data: &AssociatedData<'_>, plaintext: &[u8]) -> Option<Vec<u8>> {
        let sealed = single_shot_seal::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeS::Base,
            &self.key,
            INFO,
            plaintext,
            &data.to_bytes(),
        );
        let (encapsulated, ciphertext) = sealed.ok()?;
        let mut body = encapsulated.to_bytes().to_vec();
        body.extend(ciphertext);
        Some(body)
    }
}

impl PrivateKey {
    /// Generates a key pair.
    ///
    /// # Panics
    ///
    /// Panics if the operating system cannot provide random bytes.
    pub(super) fn generate() -> (Self, PublicKey) {
        let (private, public) = Kem::gen_keypair();
        (Self(private), PublicKey::from_key(public))
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Deserializable::from_bytes(bytes).ok().map(Self)
    }

    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; KEY_LENGTH]);
        self.0.write_exact(&mut bytes);
        bytes
    }

    pub(super) fn public(&self) -> PublicKey {
        PublicKey::from_key(Kem::sk_to_pk(&self.0))
    }

    /// Opens a body. Returns `None` if the body was changed, or if it was sealed with other
    /// associated data or for another key.
    pub(super) fn open(
        &self,
        data: &AssociatedData<'_>,
        body: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (encapsulated, ciphertext) = body.split_at_checked(KEY_LENGTH)?;
        let encapsulated = Deserializable::from_bytes(encapsulated).ok()?;
        let plaintext = single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeR::Base,
            &self.0,
            &encapsulated,
            INFO,
            ciphertext,
            &data.to_bytes(),
        );
        plaintext.ok().map(Zeroizing::new)
    }
}
