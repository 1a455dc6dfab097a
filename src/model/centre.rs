//! Centres that share with one another, and their communities.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::Time;

/// Every centre of the environment, the own one among them, and the named sets of centres.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Centres {
    /// Centres in the order of the file.
    pub centres: Vec<Centre>,
    /// Named sets of centres.
    pub communities: Vec<Community>,
}

/// One centre: a node of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Centre {
    /// Name of its node: letters, digits and `-`.
    pub name: String,
    /// Name for officers.
    pub label: String,
    /// State or body that runs the centre.
    pub owner: Owner,
    /// Ids of the zones that the centre is responsible for.
    pub area: Vec<String>,
    /// How officers reach the centre: telephone, channel, mail.
    pub contacts: Option<String>,
    /// Key that verifies what the centre sends.
    pub key: Option<PublicKey>,
}

/// The State or the body that runs a centre.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A State, ISO 3166-1 alpha-3.
    State(String),
    /// A body of several States, such as JRCC or RSS.
    Body(String),
}

impl Owner {
    /// Returns the State's code or the body's word.
    pub fn word(&self) -> &str {
        match self {
            Owner::State(word) | Owner::Body(word) => word,
        }
    }
}

/// A named set of centres, for always or for an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Community {
    /// Name, without the prefix `community:`.
    pub name: String,
    /// Names of its centres.
    pub members: Vec<String>,
    /// Time from which the community exists.
    pub from: Option<Time>,
    /// Last time at which the community exists.
    pub until: Option<Time>,
}

impl Community {
    /// Words for a community start with this.
    pub const PREFIX: &'static str = "community:";

    /// Returns whether the community exists at a time.
    pub fn exists_at(&self, now: Time) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now <= until)
    }
}

impl Centres {
    /// Returns the centre of a name.
    pub fn get(&self, name: &str) -> Option<&Centre> {
        self.centres.iter().find(|centre| centre.name == name)
    }

    /// Returns the community of a name without prefix.
    pub fn community(&self, name: &str) -> Option<&Community> {
        self.communities.iter().find(|community| community.name == name)
    }

    /// Returns whether a word of `releasable_to` stands for a centre at a time. Such a word is a State, a body, a centre's
    /// name, or `community:` with the name of a community.
    pub fn stands_for(&self, word: &str, centre: &Centre, now: Time) -> bool {
        match word.strip_prefix(Community::PREFIX) {
            Some(name) => self
                .community(name)
                .is_some_and(|found| found.exists_at(now) && found.members.contains(&centre.name)),
            None => centre.name == word || centre.owner.word() == word,
        }
    }
}

/// A public key for Ed25519 signatures (RFC 8032).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Reads the text form: base64url without padding (`x` of RFC 8037).
    pub fn of_text(text: &str) -> Option<PublicKey> {
        let mut bytes = [0; 32];
        let read = Base64UrlUnpadded::decode(text, &mut bytes).ok()?.len();
        (read == bytes.len()).then_some(PublicKey(bytes))
    }

    /// Returns the text form: base64url without padding (`x` of RFC 8037).
    pub fn text(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_no_other_text_is() {
        // RFC 8037, appendix A.2.
        let text = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let key = PublicKey::of_text(text).expect("a key");
        assert_eq!((key.0[0], key.text().as_str()), (0xd7, text));
        for wrong in
            ["", "11qY", &text[1..], &format!("{text}="), &text.replace('_', "/"), &format!("{text}AA")]
        {
            assert_eq!(PublicKey::of_text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn words_stand_for_centres() {
        let centre = |name: &str, owner| Centre {
            name: name.to_owned(),
            label: name.to_owned(),
            owner,
            area: Vec::new(),
            contacts: None,
            key: None,
        };
        let community = |name: &str, from, until| Community {
            name: name.to_owned(),
            members: vec!["lc-ops".to_owned()],
            from,
            until,
        };
        let centres = Centres {
            centres: vec![
                centre("lc-ops", Owner::State("LCA".to_owned())),
                centre("jrcc", Owner::Body("JRCC".to_owned())),
            ],
            communities: vec![community("rss", None, None), community("op", Some(Time(10)), Some(Time(20)))],
        };
        let is = |word: &str, name: &str, now| {
            centres.stands_for(word, centres.get(name).expect("a centre"), Time(now))
        };
        assert!(is("LCA", "lc-ops", 0) && is("lc-ops", "lc-ops", 0) && is("JRCC", "jrcc", 0));
        assert!(!is("LCA", "jrcc", 0) && !is("rss", "lc-ops", 0) && !is("community:none", "lc-ops", 0));
        assert!(is("community:rss", "lc-ops", 0) && !is("community:rss", "jrcc", 0));
        let inside = [9, 10, 20, 21].map(|now| is("community:op", "lc-ops", now));
        assert_eq!(inside, [false, true, true, false]);
    }
}
