//! Access to the console: users from a file with hashed passwords, sessions that expire, and a token in every POST, so that no
//! other page can act in an officer's name.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::api::{Role, User};
use super::tries::{Client, NotNow, Tries};
use crate::in_place::{self, Readers};
use crate::random;
use crate::telemetry;

/// Most sessions; beyond them the one that expires first is dropped.
const SESSIONS: usize = 1_000;
/// Time after which an unused session ends; an open stream uses its session.
const IDLE: Duration = Duration::from_secs(3600);
/// Time for which a right password is not hashed again.
const STAYS_RIGHT: Duration = Duration::from_secs(300);
/// Most right passwords that are remembered.
const REMEMBERED: usize = 1_000;
/// Length of the shortest password that is accepted.
const SHORTEST: usize = 10;

/// Content of a file of users.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    user: Vec<Listed>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    name: String,
    role: Role,
    /// A PHC string, Argon2id.
    password: String,
}

/// Secret of a session as its owner has it: 32 random bytes as hexadecimal digits.
type Secret = String;
/// Hash of a session's secret, as it is kept here.
type Kept = [u8; 32];

#[derive(Clone, Debug)]
struct Session {
    user: User,
    token: String,
    ends: Instant,
    used: Instant,
}

/// Users and their sessions.
#[derive(Debug)]
pub struct Access {
    /// Users by name; `None`: everybody who reaches this machine's own address may do everything.
    users: Option<PathBuf>,
    lasting: Duration,
    /// Token of sessions without log-in.
    token: String,
    state: Mutex<State>,
    tries: Tries,
}

#[derive(Debug, Default)]
struct State {
    listed: Vec<Listed>,
    read: Option<SystemTime>,
    sessions: FxHashMap<Kept, Session>,
    /// Hash of name, password and its stored hash, each proved right within [`STAYS_RIGHT`].
    right: FxHashMap<Kept, Instant>,
}

/// Reason why a log-in was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Name or password is wrong; the answer does not say which.
    Wrong,
    /// Too many tries were wrong.
    TooOften,
    /// Too many passwords wait to be checked.
    Busy,
    /// The file of users cannot be read.
    NoUsers,
}

impl From<NotNow> for Refused {
    fn from(reason: NotNow) -> Refused {
        match reason {
            NotNow::TooOften => Refused::TooOften,
            NotNow::Busy => Refused::Busy,
        }
    }
}

/// Sender of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// User who is logged in; `None` where no users are configured.
    pub user: Option<User>,
    /// Role of the sender.
    pub role: Role,
    /// Token that the sender's POSTs carry.
    pub token: String,
}

impl Access {
    /// Returns access for everybody who reaches this machine's own address.
    pub fn open() -> anyhow::Result<Access> {
        Access::new(None, Duration::ZERO)
    }

    /// Returns access for the users of a file, with sessions of a length.
    ///
    /// # Errors
    /// The file cannot be read, or holds nobody.
    pub fn listed(users: &Path, lasting: Duration) -> anyhow::Result<Access> {
        let access = Access::new(Some(users.to_owned()), lasting)?;
        if read(users)?.is_empty() {
            bail!("{}: lists no user; add one with `vigie user NAME --role officer`", users.display());
        }
        Ok(access)
    }

    fn new(users: Option<PathBuf>, lasting: Duration) -> anyhow::Result<Access> {
        let (state, tries) = (Mutex::default(), Tries::default());
        Ok(Access { users, lasting, token: secret()?, state, tries })
    }

    /// Returns whether users must log in.
    pub fn is_closed(&self) -> bool {
        self.users.is_some()
    }

    /// Returns the visitor to whom a secret belongs.
    pub fn visitor(&self, secret: Option<&str>) -> Option<Visitor> {
        if self.users.is_none() {
            return Some(Visitor { user: None, role: Role::Supervisor, token: self.token.clone() });
        }
        let kept = kept(secret?);
        let mut state = self.state();
        self.refresh(&mut state).ok()?;
        let now = Instant::now();
        let session = state.sessions.get_mut(&kept)?;
        if now > session.ends || now - session.used > IDLE {
            state.sessions.remove(&kept);
            return None;
        }
        session.used = now;
        let session = session.clone();
        // Who is no longer listed, or as something else, is out at once.
        let still = state.listed.iter().any(|l| l.name == session.user.name && l.role == session.user.role);
        if !still {
            state.sessions.remove(&kept);
            return None;
        }
        let Session { user, token, .. } = session;
        Some(Visitor { role: user.role, user: Some(user), token })
    }

    /// Returns the secret of a new session for a user with the right password.
    ///
    /// # Errors
    /// Name or password is wrong, or too many tries were.
    pub async fn log_in(
        &self,
        name: &str,
        password: &str,
        client: Client,
    ) -> Result<(Secret, Visitor), Refused> {
        let user = self.check(name, password, client).await?;
        let (secret, token) =
            secret().and_then(|secret_| Ok((secret_, secret()?))).map_err(|_| Refused::NoUsers)?;
        let now = Instant::now();
        let session =
            Session { user: user.clone(), token: token.clone(), ends: now + self.lasting, used: now };
        let mut state = self.state();
        state.sessions.retain(|_, session| now <= session.ends && now - session.used <= IDLE);
        if state.sessions.len() >= SESSIONS
            && let Some(first) = state.sessions.iter().min_by_key(|(_, s)| s.ends).map(|(kept, _)| *kept)
        {
            state.sessions.remove(&first);
        }
        state.sessions.insert(kept(&secret), session);
        Ok((secret, Visitor { role: user.role, user: Some(user), token }))
    }

    /// Returns the user of a name and password that a client has sent.
    ///
    /// # Errors
    /// The same as those of [`Access::log_in`].
    pub async fn check(&self, name: &str, password: &str, client: Client) -> Result<User, Refused> {
        let listed = {
            let mut state = self.state();
            self.refresh(&mut state).map_err(|_| Refused::NoUsers)?;
            state.listed.iter().find(|listed| listed.name == name).cloned()
        };
        let pair = listed.map(|listed| (self.pair(&listed, password), listed));
        if let Some((pair, listed)) = &pair
            && self.state().right.get(pair).is_some_and(|since| since.elapsed() < STAYS_RIGHT)
        {
            return Ok(User { name: listed.name.clone(), role: listed.role });
        }
        let turn = self.tries.begin(name, client).await?;
        let (password, hash) =
            (password.to_owned(), pair.as_ref().map(|(_, listed)| listed.password.clone()));
        // The turn ends with the work, even if the client gives up before.
        let right = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            match hash {
                Some(hash) => verify(&password, &hash),
                // An unknown name takes as long as a wrong password.
                None => Argon2::default().hash_password(password.as_bytes()).is_err(),
            }
        });
        match (right.await.unwrap_or(false), pair) {
            (true, Some((pair, listed))) => {
                self.tries.was_right(name, client);
                let mut state = self.state();
                if state.right.len() >= REMEMBERED {
                    state.right.clear();
                }
                state.right.insert(pair, Instant::now());
                Ok(User { name: listed.name, role: listed.role })
            }
            _ => Err(Refused::Wrong),
        }
    }

    /// Returns the key under which a right password is remembered. It is salted with a random value of this process.
    fn pair(&self, listed: &Listed, password: &str) -> Kept {
        let mut hash = Sha256::new();
        for part in [self.token.as_str(), &listed.name, &listed.password, password] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }

    /// Ends a session.
    pub fn log_out(&self, secret: &str) {
        self.state().sessions.remove(&kept(secret));
    }

    /// Reads the users again where the file has changed.
    fn refresh(&self, state: &mut State) -> anyhow::Result<()> {
        let Some(users) = &self.users else { return Ok(()) };
        let changed = std::fs::metadata(users)?.modified()?;
        if state.read != Some(changed) {
            state.listed = read(users)?;
            state.read = Some(changed);
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(users: &Path) -> anyhow::Result<Vec<Listed>> {
    use std::os::unix::fs::MetadataExt as _;

    let mode = std::fs::metadata(users).with_context(|| format!("users {}", users.display()))?.mode();
    if mode & 0o002 != 0 {
        bail!("users {}: everybody on this machine may write it: chmod 640", users.display());
    }
    if mode & 0o004 != 0 {
        let (event, file) = (telemetry::LOG_IN, users.display().to_string());
        tracing::warn!(event, file, "everybody on this machine may read the hashes of passwords: chmod 640");
    }
    let text = std::fs::read_to_string(users).with_context(|| format!("users {}", users.display()))?;
    let file: File = toml::from_str(&text).with_context(|| format!("users {}", users.display()))?;
    for listed in &file.user {
        if PasswordHash::new(&listed.password).is_err() {
            let mend = "write it with `vigie user`, which asks for the password and keeps its hash";
            bail!("users {}: the password of {} is no hash; {mend}", users.display(), listed.name);
        }
    }
    Ok(file.user)
}

/// Writes a user into a file, in place of one of the same name. Only the owner can read a new file; one that is there keeps its
/// owner, its group and their rights.
///
/// # Errors
/// The password is too short, or the file cannot be used.
pub fn set_user(users: &Path, name: &str, role: Role, password: &str) -> anyhow::Result<()> {
    if password.chars().count() < SHORTEST {
        bail!("a password has {SHORTEST} characters or more");
    }
    let hash = Argon2::default().hash_password(password.as_bytes());
    let hash = hash.map_err(|error| anyhow::anyhow!("cannot hash the password: {error}"))?;
    let mut listed = if users.exists() { read(users)? } else { Vec::new() };
    listed.retain(|listed| listed.name != name);
    listed.push(Listed { name: name.to_owned(), role, password: hash.to_string() });
    let mut text =
        "# Who may log in to the console: written by `vigie user`. Take a table away to shut somebody out.\n"
            .to_owned();
    for Listed { name, role, password } in &listed {
        let role = toml::Value::try_from(role)?;
        let [name, password] = [name, password].map(|text| toml::Value::from(text.as_str()));
        text += &format!("\n[[user]]\nname = {name}\nrole = {role}\npassword = {password}\n");
    }
    // The service, whose group may read the file, must not be shut out by a user that root adds.
    in_place::put(users, text.as_bytes(), Readers::Group)
        .with_context(|| format!("users {}", users.display()))
}

fn verify(password: &str, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}

fn secret() -> anyhow::Result<Secret> {
    random::hex::<32>()
}

fn kept(secret: &str) -> Kept {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::tries::FOR_NAME;
    use super::*;

    fn desk() -> Client {
        Client::from(std::net::IpAddr::from([10, 0, 0, 7]))
    }

    #[tokio::test]
    async fn a_session_from_log_in_to_the_end() {
        let folder = tempfile::tempdir().expect("folder");
        let users = folder.path().join("users.toml");
        assert!(Access::listed(&users, IDLE).is_err());
        assert!(set_user(&users, "clarke", Role::Officer, "short").is_err());
        set_user(&users, "joseph", Role::Viewer, "another password").expect("writes");
        set_user(&users, "clarke", Role::Officer, "correct horse").expect("writes");
        let access = Arc::new(Access::listed(&users, IDLE).expect("reads"));
        assert_eq!(access.visitor(None), None);
        assert_eq!(access.log_in("clarke", "wrong horse", desk()).await.map(|_| ()), Err(Refused::Wrong));
        assert_eq!(access.log_in("nobody", "wrong horse", desk()).await.map(|_| ()), Err(Refused::Wrong));
        let (secret, visitor) = access.log_in("clarke", "correct horse", desk()).await.expect("right");
        assert_eq!(access.visitor(Some(&secret)), Some(visitor.clone()));
        assert_eq!((visitor.role, access.visitor(Some("guess"))), (Role::Officer, None));
        // His role is another one: he is out.
        std::thread::sleep(Duration::from_millis(20));
        set_user(&users, "clarke", Role::Viewer, "correct horse").expect("writes");
        assert_eq!(access.visitor(Some(&secret)), None);
        let (secret, _) = access.log_in("clarke", "correct horse", desk()).await.expect("right");
        access.log_out(&secret);
        assert_eq!(access.visitor(Some(&secret)), None);
    }

    #[tokio::test]
    async fn guessing_is_slow_and_sessions_end() {
        let folder = tempfile::tempdir().expect("folder");
        let users = folder.path().join("users.toml");
        set_user(&users, "clarke", Role::Officer, "correct horse").expect("writes");
        let access = Arc::new(Access::listed(&users, Duration::ZERO).expect("reads"));
        let (secret, _) = access.log_in("clarke", "correct horse", desk()).await.expect("right");
        assert_eq!(access.visitor(Some(&secret)), None, "it lasted no time");
        for _ in 0..FOR_NAME {
            assert_eq!(access.check("clarke", "x", desk()).await, Err(Refused::Wrong));
        }
        assert_eq!(access.check("clarke", "y", desk()).await, Err(Refused::TooOften));
        let elsewhere = Client::from(std::net::IpAddr::from([10, 0, 0, 8]));
        assert!(
            access.check("clarke", "correct horse", elsewhere).await.is_ok(),
            "clarke himself is not shut out"
        );
    }

    #[test]
    fn a_users_file_keeps_its_rights_and_one_that_everybody_may_write_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().expect("folder");
        let users = folder.path().join("users.toml");
        let mode = || std::fs::metadata(&users).expect("there").permissions().mode() & 0o777;
        let set =
            |mode| std::fs::set_permissions(&users, std::fs::Permissions::from_mode(mode)).expect("set");
        set_user(&users, "clarke", Role::Officer, "correct horse").expect("writes");
        assert_eq!(mode(), 0o600);
        set(0o640);
        set_user(&users, "joseph", Role::Viewer, "another password").expect("writes");
        assert_eq!(mode(), 0o640, "the group of the service still reads it");
        set(0o666);
        let refused = Access::listed(&users, IDLE).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("everybody on this machine may write it"), "{refused}");
    }

    #[tokio::test]
    async fn guesses_at_the_same_time_do_not_get_in() {
        let folder = tempfile::tempdir().expect("folder");
        let users = folder.path().join("users.toml");
        set_user(&users, "clarke", Role::Officer, "correct horse").expect("writes");
        let access = Arc::new(Access::listed(&users, IDLE).expect("reads"));
        let guess = |n: u32| {
            let access = Arc::clone(&access);
            async move {
                let password = if n == 60 { "correct horse".to_owned() } else { format!("guess {n}") };
                access.check("clarke", &password, desk()).await
            }
        };
        let all = futures_util::future::join_all((0..120).map(guess)).await;
        assert!(all.iter().all(Result::is_err));
        let looked_at = all.iter().filter(|answer| **answer == Err(Refused::Wrong)).count();
        assert!(looked_at <= FOR_NAME as usize, "{looked_at} were looked at");
    }
}
