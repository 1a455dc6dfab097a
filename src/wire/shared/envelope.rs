//! Envelope of what centres send each other: a JSON Web Signature in its compact form (RFC 7515), signed with Ed25519
//! (RFC 8037).
//!
//! The protected header is `{"alg":"EdDSA","kid":"<from>","typ":"vigie.share/1"}`. The payload names recipient, sender, kind,
//! identifier and number, so that no broker between the two can send it elsewhere, change it, or pass it off as another.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::keys::{PublicBytes, SecretKey, has_signed};
use crate::model::Time;
use crate::wire::reason::Reason;

/// Type in the header of every envelope.
const TYPE: &str = "vigie.share/1";
/// Algorithm in the header: Ed25519 (RFC 8037, section 3.1).
const ALGORITHM: &str = "EdDSA";
/// Limit of the bytes of an envelope: a batch of 200 tracks takes about 100 KiB.
pub const ENVELOPE_BYTES_MAX: usize = 1024 * 1024;

/// Kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// An event of an alert.
    Alerts,
    /// An officer's action.
    Actions,
    /// Part of a list of vessels.
    Lists,
    /// A batch of tracks.
    Tracks,
    /// A mark that an officer put on the picture, or its removal.
    Marks,
}

impl What {
    /// Every kind.
    pub const ALL: [What; 5] = [What::Alerts, What::Actions, What::Lists, What::Tracks, What::Marks];

    /// Returns the word in topics and envelopes.
    pub fn word(self) -> &'static str {
        match self {
            What::Alerts => "alerts",
            What::Actions => "actions",
            What::Lists => "lists",
            What::Tracks => "tracks",
            What::Marks => "marks",
        }
    }

    /// Returns the kind that a word names.
    pub fn of_word(word: &str) -> Option<What> {
        What::ALL.into_iter().find(|what| what.word() == word)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Content of an envelope.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Letter {
    /// Name of the centre that it is for.
    pub to: String,
    /// Name of the centre that sends it.
    pub from: String,
    /// Kind of content.
    pub what: What,
    /// Identifier: of the alert, of the action, of the list, or the number of the batch of tracks.
    pub id: String,
    /// Number that rises with each letter of this kind from this sender to this recipient.
    pub seq: u64,
    /// Time at which the sender sent it first, RFC 3339.
    pub sent: String,
    /// Name of the exercise; `None` for the real thing.
    #[serde(default)]
    pub exercise: Option<String>,
    /// Protective marking of the content.
    #[serde(default)]
    pub marking: Option<String>,
    /// The content.
    pub body: Box<RawValue>,
}

impl Letter {
    /// Returns the time at which it was sent, where that is a time.
    pub fn sent_at(&self) -> Option<Time> {
        Time::parse(&self.sent)
    }
}

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    alg: &'a str,
    #[serde(default)]
    kid: &'a str,
    #[serde(default)]
    typ: &'a str,
    /// Extensions that a reader must understand (RFC 7515, section 4.1.11): Vigie understands none.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    crit: Option<&'a RawValue>,
}

/// Seals a letter with the key of its sender.
pub fn seal(letter: &Letter, key: &SecretKey) -> String {
    let header = Header { alg: ALGORITHM, kid: &letter.from, typ: TYPE, crit: None };
    // Text, numbers and JSON that was checked cannot fail.
    let header = serde_json::to_vec(&header).unwrap_or_default();
    let payload = serde_json::to_vec(letter).unwrap_or_default();
    let mut sealed = Base64UrlUnpadded::encode_string(&header);
    sealed.push('.');
    sealed.push_str(&Base64UrlUnpadded::encode_string(&payload));
    let signature = key.sign(sealed.as_bytes());
    sealed.push('.');
    sealed.push_str(&Base64UrlUnpadded::encode_string(&signature));
    sealed
}

/// Opens an envelope that is said to be of a sender with this key. The signature is checked before anything in the payload
/// is read.
///
/// # Errors
/// The bytes are no envelope, or are not signed by this sender.
pub fn open(sealed: &[u8], from: &str, key: &PublicBytes) -> Result<Letter, Reason> {
    if sealed.len() > ENVELOPE_BYTES_MAX {
        return Err(Reason::JsonTooLong);
    }
    let text = std::str::from_utf8(sealed).map_err(|_| Reason::Unsigned)?.trim();
    // The three parts: whatever has not two dots carries no signature.
    let (signed, signature) = text.rsplit_once('.').ok_or(Reason::Unsigned)?;
    let (header, payload) = signed.split_once('.').ok_or(Reason::Unsigned)?;
    let header = decoded(header).ok_or(Reason::Unsigned)?;
    let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| Reason::Unsigned)?;
    match header.alg {
        ALGORITHM if header.typ == TYPE && header.crit.is_none() => {}
        "none" => return Err(Reason::Unsigned),
        _ => return Err(Reason::OtherAlgorithm),
    }
    if header.kid != from {
        return Err(Reason::WrongSender);
    }
    if signature.is_empty() {
        return Err(Reason::Unsigned);
    }
    let signature = decoded(signature).ok_or(Reason::WrongSignature)?;
    if !has_signed(key, signed.as_bytes(), &signature) {
        return Err(Reason::WrongSignature);
    }
    let payload = decoded(payload).ok_or(Reason::BadJson)?;
    let letter: Letter = serde_json::from_slice(&payload).map_err(|_| Reason::BadJson)?;
    if letter.from == from { Ok(letter) } else { Err(Reason::WrongSender) }
}

/// Returns the sender that an envelope names, which its signature is to prove.
///
/// # Errors
/// The bytes are no envelope.
pub fn signer(sealed: &[u8]) -> Result<String, Reason> {
    let header = sealed.trim_ascii_start().split(|byte| *byte == b'.').next().unwrap_or_default();
    let header = std::str::from_utf8(header).ok().and_then(decoded).ok_or(Reason::Unsigned)?;
    let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| Reason::Unsigned)?;
    Ok(header.kid.to_owned())
}

/// Returns the letter in an envelope whose signature was checked before.
///
/// # Errors
/// The bytes are no envelope.
pub(super) fn contents(sealed: &[u8]) -> Result<Letter, Reason> {
    let text = std::str::from_utf8(sealed).map_err(|_| Reason::BadJson)?;
    let payload = text.trim().split('.').nth(1).and_then(decoded).ok_or(Reason::BadJson)?;
    serde_json::from_slice(&payload).map_err(|_| Reason::BadJson)
}

fn decoded(part: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(part).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(in crate::wire) fn letter(what: What, id: &str, seq: u64, body: &str) -> Letter {
        Letter {
            to: "jrcc".to_owned(),
            from: "lc-ops".to_owned(),
            what,
            id: id.to_owned(),
            seq,
            sent: "2026-01-01T04:00:00Z".to_owned(),
            exercise: None,
            marking: Some("restricted".to_owned()),
            body: RawValue::from_string(body.to_owned()).expect("JSON"),
        }
    }

    pub(in crate::wire) fn key() -> SecretKey {
        SecretKey::of_seed([1; 32]).expect("a key")
    }

    /// Key, signing input and signature of RFC 8037, appendix A.4.
    #[test]
    fn signatures_are_those_of_rfc_8037() {
        let key: SecretKey = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A".parse().expect("a key");
        let public = Base64UrlUnpadded::encode_string(&key.public());
        assert_eq!(public, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature =
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert_eq!(Base64UrlUnpadded::encode_string(&key.sign(signed.as_bytes())), signature);
        assert!(has_signed(&key.public(), signed.as_bytes(), &decoded(signature).expect("base64url")));
    }

    #[test]
    fn what_is_sealed_is_opened_and_says_the_same() {
        let sealed = seal(&letter(What::Alerts, "a1", 7, r#"{"x":[1,"é"]}"#), &key());
        let opened = open(sealed.as_bytes(), "lc-ops", &key().public()).expect("opens");
        assert_eq!((opened.what, opened.id.as_str(), opened.seq), (What::Alerts, "a1", 7));
        assert_eq!((opened.to.as_str(), opened.body.get()), ("jrcc", r#"{"x":[1,"é"]}"#));
        assert_eq!(opened.sent_at(), Some(Time(1_767_240_000_000)));
    }

    #[test]
    fn what_is_not_signed_by_the_sender_is_refused_with_its_reason() {
        let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        let good = seal(&letter(What::Alerts, "a1", 7, "{}"), &key());
        let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else {
            panic!("three parts")
        };
        let with = |json: &str| format!("{}.{payload}.{signature}", part(json));
        let signed = |json: &str, body: &str| {
            let signed = format!("{}.{}", part(json), part(body));
            format!("{signed}.{}", Base64UrlUnpadded::encode_string(&key().sign(signed.as_bytes())))
        };
        let right = r#"{"alg":"EdDSA","kid":"lc-ops","typ":"vigie.share/1"}"#;
        let of_another =
            seal(&Letter { from: "vc-ops".to_owned(), ..letter(What::Alerts, "a1", 7, "{}") }, &key());
        let cases = [
            (r#"{"to":"jrcc"}"#.to_owned(), Reason::Unsigned),
            (String::new(), Reason::Unsigned),
            (with(r#"{"alg":"none","kid":"lc-ops","typ":"vigie.share/1"}"#), Reason::Unsigned),
            (format!("{header}.{payload}."), Reason::Unsigned),
            (format!("{header}.{payload}"), Reason::Unsigned),
            (with(r#"{"alg":"HS256","kid":"lc-ops","typ":"vigie.share/1"}"#), Reason::OtherAlgorithm),
            (signed(r#"{"alg":"EdDSA","kid":"lc-ops","typ":"JWT"}"#, "{}"), Reason::OtherAlgorithm),
            (
                signed(
                    r#"{"alg":"EdDSA","kid":"lc-ops","typ":"vigie.share/1","crit":["b64"],"b64":false}"#,
                    "{}",
                ),
                Reason::OtherAlgorithm,
            ),
            (format!("{header}.{}.{signature}", part("{}")), Reason::WrongSignature),
            (format!("{header}.{payload}.{}", part("short")), Reason::WrongSignature),
            (format!("{header}.{payload}.{signature}=="), Reason::WrongSignature),
            (
                seal(&letter(What::Alerts, "a1", 7, "{}"), &SecretKey::of_seed([2; 32]).expect("a key")),
                Reason::WrongSignature,
            ),
            (of_another, Reason::WrongSender),
            (
                signed(
                    right,
                    r#"{"from":"vc-ops","to":"jrcc","what":"alerts","id":"a","seq":1,"sent":"","body":{}}"#,
                ),
                Reason::WrongSender,
            ),
            (signed(right, "{}"), Reason::BadJson),
            (signed(right, "no"), Reason::BadJson),
            ("x".repeat(ENVELOPE_BYTES_MAX + 1), Reason::JsonTooLong),
        ];
        for (sealed, reason) in cases {
            let opened = open(sealed.as_bytes(), "lc-ops", &key().public());
            assert_eq!(opened.map(|letter| letter.id), Err(reason), "{}", &sealed[..sealed.len().min(200)]);
        }
    }

    proptest! {
        #[test]
        fn any_letter_is_opened_as_it_was_sealed(
            (id, marking) in ("\\PC{0,40}", proptest::option::of("\\PC{0,20}")),
            (text, seq) in ("\\PC{0,200}", any::<u64>()),
        ) {
            let body = serde_json::json!({"text": text}).to_string();
            let sent = Letter { marking, ..letter(What::Actions, &id, seq, &body) };
            let opened = open(seal(&sent, &key()).as_bytes(), "lc-ops", &key().public()).expect("opens");
            prop_assert_eq!((opened.id, opened.seq, opened.marking), (id, seq, sent.marking));
            prop_assert_eq!(opened.body.get(), body);
        }

        #[test]
        fn a_changed_byte_is_refused(at in any::<prop::sample::Index>(), by in 1_u8..=255) {
            let mut sealed = seal(&letter(What::Alerts, "a1", 7, "{}"), &key()).into_bytes();
            let at = at.index(sealed.len());
            sealed[at] ^= by;
            // A blank at the end is none of the content.
            prop_assert!(open(&sealed, "lc-ops", &key().public()).is_err());
        }

        #[test]
        fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(open(&bytes, "lc-ops", &key().public()).is_err());
        }
    }
}
