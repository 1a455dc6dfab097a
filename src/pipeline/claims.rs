//! Claims of two nodes of one name to be the active one, what the active one shares, and their signatures: who may write on the broker
//! alone can neither stop the pair, nor keep a standby waiting, nor give it a state.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::bail;
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::sharing::keys;
use crate::telemetry;
use crate::wire::shared::{SecretKey, has_signed};

/// Highest term that is believed: no pair takes over so often, and a term beyond it could not be counted on.
const MOST_TERM: u64 = 1 << 32;

/// Beginning of the last part of the topic on which something is shared that is signed.
const SIGNED: &str = "signed/";
/// Bytes of the signature at the beginning of such a payload. The number of the message follows, then the content.
const SIGNATURE_BYTES: usize = 64;

/// A node's claim to be the active one of two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// Counts the take-overs.
    pub term: u64,
    /// Name of the node among the two.
    pub instance: String,
}

/// A claim as it is published, or a sign of life: who is active, when it was sent, and by whom it is signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sign {
    #[serde(flatten)]
    pub claim: Claim,
    /// Moment of a sign of life by the fence's clock, milliseconds. A claim has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beat: Option<u64>,
    /// Ed25519 signature by the pair's key, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

/// The key that both nodes of a pair have.
#[derive(Clone, Debug)]
pub struct PairKey {
    node: String,
    key: Option<Arc<SecretKey>>,
    /// Whether unsigned claims are refused.
    is_required: bool,
    /// Whether a claim was passed over, which is told once: whoever forges them may send many.
    was_told: Arc<AtomicBool>,
}

impl PairKey {
    /// Reads the node's key, where there is one.
    ///
    /// # Errors
    /// The key cannot be read; or there is none, and the broker's configuration requires signatures.
    pub fn of(config: &Config) -> anyhow::Result<PairKey> {
        let file = &config.sharing.key_file;
        let key = keys::load_if_there(file)?.map(Arc::new);
        let is_required = config.broker.as_ref().is_some_and(|broker| broker.require_signed);
        if is_required && key.is_none() {
            bail!(
                "two nodes of one name need a key beyond this machine: make it with `vigie keys new`, and give both the same file {}",
                file.display()
            );
        }
        Ok(PairKey { node: config.node.name.clone(), key, is_required, was_told: Arc::default() })
    }

    /// Returns a claim, or with the moment of `beat` a sign of life, as it is published.
    pub(super) fn sign(&self, claim: &Claim, beat: Option<u64>) -> String {
        let mut sign = Sign { claim: claim.clone(), beat, signature: None };
        let signature = self.key.as_ref().map(|key| key.sign(self.text(&sign).as_bytes()));
        sign.signature = signature.map(|signature| Base64UrlUnpadded::encode_string(&signature));
        serde_json::to_string(&sign).unwrap_or_default()
    }

    /// Reads a claim or a sign of life as published; `None` where nobody of the pair has signed it, or where its term is one that no
    /// pair reaches: a false claim of the highest term would stop both nodes for good.
    pub(super) fn read(&self, payload: &[u8]) -> Option<Sign> {
        let sign: Option<Sign> = serde_json::from_slice(payload).ok();
        let believed = sign.filter(|sign| sign.claim.term <= MOST_TERM && self.is_of_pair(sign));
        if believed.is_none() && !payload.is_empty() && !self.was_told.swap(true, Ordering::Relaxed) {
            let text = String::from_utf8_lossy(payload).escape_debug().to_string();
            let (event, claim) = (telemetry::STANDBY, text.chars().take(200).collect::<String>());
            tracing::error!(
                event,
                claim,
                "a claim to be the active node is not of this pair, or cannot be true: it and others like it are passed over"
            );
        }
        believed
    }

    /// Returns the last part of the topic and the payload of something that the active node shares: signed where there is a key. Its
    /// numbers count up from 1 with each message.
    pub(super) fn seal(&self, claim: &Claim, what: &str, number: u64, body: Vec<u8>) -> (String, Vec<u8>) {
        let Some(key) = &self.key else { return (what.to_owned(), body) };
        let signature = key.sign(&self.shared_text(claim, what, number, &body));
        (format!("{SIGNED}{what}"), [&signature[..], &number.to_le_bytes(), &body].concat())
    }

    /// Returns kind, number and content of something that the active node with a claim shares; no number where it is not signed. `None`
    /// where nobody of the pair has signed it, and somebody must have.
    pub(super) fn open<'a>(
        &self,
        claim: Option<&Claim>,
        what: &'a str,
        payload: &'a [u8],
    ) -> Option<(&'a str, Option<u64>, &'a [u8])> {
        let opened = match what.strip_prefix(SIGNED) {
            None => (!self.is_required).then_some((what, None, payload)),
            Some(kind) => {
                let (signature, rest) = payload.split_at_checked(SIGNATURE_BYTES)?;
                let (number, body) = rest.split_first_chunk()?;
                let number = u64::from_le_bytes(*number);
                let is_signed = match &self.key {
                    // Without a key nobody can tell.
                    None => true,
                    Some(key) => {
                        has_signed(&key.public(), &self.shared_text(claim?, kind, number, body), signature)
                    }
                };
                is_signed.then_some((kind, Some(number), body))
            }
        };
        if opened.is_none() && !self.was_told.swap(true, Ordering::Relaxed) {
            let (event, what) = (telemetry::STANDBY, what.chars().take(50).collect::<String>());
            tracing::error!(
                event,
                what,
                "something shared for the standby is not signed by this pair: it and others like it are passed over"
            );
        }
        opened
    }

    /// Returns what is signed of something shared: its place among all that is shared, then the content.
    fn shared_text(&self, Claim { term, instance }: &Claim, what: &str, number: u64, body: &[u8]) -> Vec<u8> {
        let head = format!("vigie.replica/1\n{}\n{term}\n{instance}\n{what}\n{number}\n", self.node);
        [head.as_bytes(), body].concat()
    }

    /// Returns a pair with a key, which requires signatures.
    #[cfg(test)]
    pub(super) fn with_key(self, seed: u8) -> PairKey {
        PairKey { key: SecretKey::of_seed([seed; 32]).ok().map(Arc::new), is_required: true, ..self }
    }

    /// Whether signatures are required.
    pub(super) fn is_required(&self) -> bool {
        self.is_required
    }

    /// Whether a claim is signed by the key of the pair, or needs no signature.
    fn is_of_pair(&self, sign: &Sign) -> bool {
        match (&sign.signature, &self.key) {
            (None, _) => !self.is_required,
            // Without a key nobody can tell.
            (Some(_), None) => true,
            (Some(signature), Some(key)) => {
                let signature = Base64UrlUnpadded::decode_vec(signature);
                signature
                    .is_ok_and(|signature| has_signed(&key.public(), self.text(sign).as_bytes(), &signature))
            }
        }
    }

    /// Returns what is signed: kind, node, term, instance and moment, each on a line.
    fn text(&self, sign: &Sign) -> String {
        let Sign { claim: Claim { term, instance }, beat, .. } = sign;
        let beat = beat.map(|beat| beat.to_string()).unwrap_or_default();
        format!("vigie.claim/1\n{}\n{term}\n{instance}\n{beat}", self.node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(seed: Option<u8>, is_required: bool) -> PairKey {
        let key = seed.map(|seed| Arc::new(SecretKey::of_seed([seed; 32]).expect("a key")));
        PairKey { node: "bb-ops".to_owned(), key, is_required, was_told: Arc::default() }
    }

    fn claim(term: u64) -> Claim {
        Claim { term, instance: "a".to_owned() }
    }

    #[test]
    fn a_claim_that_could_not_be_outranked_is_passed_over() {
        let pair = pair(None, false);
        let read = |payload: &[u8]| pair.read(payload).map(|sign| sign.claim);
        assert_eq!(read(pair.sign(&claim(7), None).as_bytes()), Some(claim(7)));
        assert_eq!(read(pair.sign(&claim(u64::MAX), None).as_bytes()), None);
        assert_eq!(read(b"{}"), None);
    }

    #[test]
    fn a_claim_that_the_pair_did_not_sign_is_passed_over() {
        let (own, stranger) = (pair(Some(1), true), pair(Some(2), true));
        let signed = own.sign(&claim(7), Some(12));
        assert_eq!(
            own.read(signed.as_bytes()).map(|sign| (sign.claim, sign.beat)),
            Some((claim(7), Some(12)))
        );
        let other_node = PairKey { node: "lc-ops".to_owned(), ..own.clone() };
        for forged in [
            stranger.sign(&claim(8), None),
            pair(None, false).sign(&claim(8), None),
            other_node.sign(&claim(8), None),
            signed.replace("\"term\":7", "\"term\":8"),
            signed.replace("\"beat\":12", "\"beat\":13"),
        ] {
            assert!(own.read(forged.as_bytes()).is_none(), "{forged}");
        }
        let trusting = pair(Some(1), false);
        assert!(trusting.read(br#"{"term":7,"instance":"a"}"#).is_some(), "on this machine");
        assert!(trusting.read(stranger.sign(&claim(8), None).as_bytes()).is_none(), "signed by a stranger");
    }

    /// A pair is upgraded one node after the other: each reads what the other one's version sends.
    #[test]
    fn signs_of_an_earlier_vigie_are_read_and_those_of_this_one_by_it() {
        #[derive(Deserialize)]
        struct Earlier {
            #[serde(flatten)]
            claim: Claim,
            beat: Option<u64>,
        }
        let pair = pair(Some(1), false);
        let sign = pair.read(br#"{"term":7,"instance":"a"}"#).expect("reads");
        assert_eq!((sign.claim.term, sign.beat), (7, None));
        let now = pair.sign(&sign.claim, Some(12));
        let earlier: Earlier = serde_json::from_str(&now).expect("reads");
        assert_eq!((earlier.claim, earlier.beat), (claim(7), Some(12)));
    }
}
