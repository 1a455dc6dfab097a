//! Random numbers of the system, for keys and secrets.

use anyhow::anyhow;

/// Returns random bytes.
///
/// # Errors
/// The system has none.
pub fn bytes<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random numbers: {error}"))?;
    Ok(bytes)
}

/// Returns a secret of `N` random bytes, as lower-case hexadecimal digits.
///
/// # Errors
/// The system has no random numbers.
pub fn hex<const N: usize>() -> anyhow::Result<String> {
    Ok(bytes::<N>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}
