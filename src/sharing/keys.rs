//! The node's own key: a file with a JSON Web Key (RFC 8037), which only its user can read.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use serde_json::{Value, json};

use crate::in_place::{self, Readers};
use crate::model::PublicKey;
use crate::random;
use crate::wire::shared::{KEY_BYTES, SecretKey};

/// Makes a new key for a node, writes its file and returns its public key. Without `replace` an existing file stays.
///
/// # Errors
/// There is a file already, or it cannot be written.
pub fn create(path: &Path, node: &str, replace: bool) -> anyhow::Result<PublicKey> {
    let named = || format!("key file {}", path.display());
    if path.exists() && !replace {
        bail!("{} exists already; other centres know its key. To make another one add --replace", named());
    }
    let key = SecretKey::of_seed(random::bytes::<KEY_BYTES>()?)?;
    let public = PublicKey(key.public());
    let (x, d) = (public.text(), key.secret_text());
    let text = json!({"kty": "OKP", "crv": "Ed25519", "kid": node, "x": x, "d": d});
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        // The state folder tells who was watched: nobody else reads it.
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(named)?;
    }
    let write = if replace { in_place::put } else { in_place::create };
    write(path, format!("{text}\n").as_bytes(), Readers::Owner).with_context(named)?;
    Ok(public)
}

/// Reads a node's key, where its file is there.
///
/// # Errors
/// As [`load`].
pub fn load_if_there(path: &Path) -> anyhow::Result<Option<SecretKey>> {
    if path.exists() { load(path).map(Some) } else { Ok(None) }
}

/// Reads a node's key from its file.
///
/// # Errors
/// The file cannot be read, is no key file, or its public key is not that of its secret one.
pub fn load(path: &Path) -> anyhow::Result<SecretKey> {
    let named = || format!("key file {}", path.display());
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read; `vigie keys new` makes it", named()))?;
    // The error of the parser would repeat a part of the secret.
    let key: Value = serde_json::from_str(&text).map_err(|_| anyhow!("{} is not one", named()))?;
    let secret = key["d"].as_str().filter(|_| key["kty"] == "OKP" && key["crv"] == "Ed25519");
    let secret: SecretKey =
        secret.ok_or_else(|| anyhow!("{} is not one", named()))?.parse().with_context(named)?;
    if key["x"].as_str() != Some(PublicKey(secret.public()).text().as_str()) {
        bail!("{}: its public key x does not belong to its secret key d", named());
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state/node.key");
        let public = create(&path, "bb-ops", false).expect("made");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(PublicKey(load(&path).expect("read").public()), public);
        let again = create(&path, "bb-ops", false).expect_err("exists");
        assert!(again.to_string().contains("--replace"), "{again}");
        assert_eq!(PublicKey(load(&path).expect("read").public()), public, "nothing was overwritten");
        let other = create(&path, "bb-ops", true).expect("made");
        assert_ne!(other, public);
        let names: Vec<_> = std::fs::read_dir(path.parent().expect("a folder")).expect("read").collect();
        assert_eq!(names.len(), 1, "{names:?}");
    }

    #[test]
    fn what_is_no_key_is_refused_without_a_word_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("node.key");
        assert!(format!("{:#}", load(&path).expect_err("none")).contains("`vigie keys new` makes it"));
        create(&path, "bb-ops", false).expect("made");
        let right = std::fs::read_to_string(&path).expect("read");
        let key: Value = serde_json::from_str(&right).expect("JSON");
        let (x, d) = (key["x"].as_str().expect("x"), key["d"].as_str().expect("d"));
        for wrong in
            ["", d, &right.replace(x, d), &right.replace("Ed25519", "X25519"), &right.replace(d, "AAAA")]
        {
            std::fs::write(&path, wrong).expect("written");
            let refused = format!("{:#}", load(&path).expect_err("wrong"));
            assert!(!refused.contains(d), "{refused}");
        }
    }
}
