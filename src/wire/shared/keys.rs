//! Ed25519 keys of centres (RFC 8032), in the text form of RFC 8037: base64url without padding.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_compact::{KeyPair, PublicKey, Seed, Signature};

/// Bytes of a key, public or secret.
pub const KEY_BYTES: usize = 32;

/// Bytes of a public key: anybody may know them, and checks with them what the centre has signed.
pub type PublicBytes = [u8; KEY_BYTES];

/// Secret key of a centre: the seed of RFC 8032. No text of it is ever printed.
#[derive(Clone)]
pub struct SecretKey(KeyPair);

/// A text that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no Ed25519 key: 43 characters of base64url, without padding")]
pub struct NoKey;

/// Returns whether a signature is that of a public key's owner over a message.
pub fn has_signed(key: &PublicBytes, message: &[u8], signature: &[u8]) -> bool {
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    PublicKey::new(*key).verify(message, &signature).is_ok()
}

impl SecretKey {
    /// Returns the secret key of a seed, 32 random bytes.
    ///
    /// # Errors
    /// The seed is all zeros.
    pub fn of_seed(seed: [u8; KEY_BYTES]) -> Result<SecretKey, NoKey> {
        KeyPair::try_from_seed(Seed::new(seed)).map(SecretKey).map_err(|_| NoKey)
    }

    /// Returns the key in the form in which a key file holds it.
    pub fn secret_text(&self) -> String {
        Base64UrlUnpadded::encode_string(self.0.sk.seed().as_ref())
    }

    /// Returns the public key of the same pair.
    pub fn public(&self) -> PublicBytes {
        *self.0.pk
    }

    /// Returns the signature over a message.
    pub fn sign(&self, message: &[u8]) -> [u8; Signature::BYTES] {
        *self.0.sk.sign(message, None)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", Base64UrlUnpadded::encode_string(&self.public()))
    }
}

impl FromStr for SecretKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<SecretKey, NoKey> {
        bytes_of(text).and_then(SecretKey::of_seed)
    }
}

fn bytes_of(text: &str) -> Result<[u8; KEY_BYTES], NoKey> {
    let mut bytes = [0; KEY_BYTES];
    let decoded = Base64UrlUnpadded::decode(text, &mut bytes).map_err(|_| NoKey)?;
    if decoded.len() == KEY_BYTES { Ok(bytes) } else { Err(NoKey) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seed, public key and signature over nothing of RFC 8032, section 7.1, test 1.
    #[test]
    fn signatures_are_those_of_rfc_8032() {
        let hex = |text: &str| {
            let digits: Vec<u8> =
                text.bytes().map(|digit| (digit as char).to_digit(16).expect("hex") as u8).collect();
            digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect::<Vec<u8>>()
        };
        let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let public = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        let signature = hex(concat!(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555",
            "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ));
        let key = SecretKey::of_seed(seed.try_into().expect("32 bytes")).expect("a key");
        assert_eq!(key.public()[..], public);
        assert_eq!(key.sign(b"")[..], signature);
        assert!(has_signed(&key.public(), b"", &signature));
        assert!(!has_signed(&key.public(), b"x", &signature));
        assert!(!has_signed(&key.public(), b"", &signature[1..]));
    }

    #[test]
    fn a_key_is_read_from_its_text_alone() {
        let key = SecretKey::of_seed([7; 32]).expect("a key");
        let again: SecretKey = key.secret_text().parse().expect("a key");
        assert_eq!(again.public(), key.public());
        assert!(!format!("{key:?}").contains(&key.secret_text()), "no secret in a log");
        let padded = format!("{}=", key.secret_text());
        for none in
            ["", "x", "AAAA", &"A".repeat(42), &"A".repeat(43), &"A".repeat(44), &"=".repeat(43), &padded]
        {
            assert_eq!(none.parse::<SecretKey>().map(|_| ()), Err(NoKey), "{none}");
        }
    }
}
