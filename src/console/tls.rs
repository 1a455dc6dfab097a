//! TLS for the console, through the system's library.

use std::path::Path;

use anyhow::Context;

/// Makes the server's side of TLS with a certificate chain and its key (PEM, PKCS #8).
///
/// # Errors
/// The files cannot be used.
pub fn acceptor(cert: &Path, key: &Path) -> anyhow::Result<tokio_native_tls::TlsAcceptor> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("[http] {}", path.display()));
    let identity = native_tls::Identity::from_pkcs8(&read(cert)?, &read(key)?).with_context(|| {
        format!(
            "[http] {} and {} are not a certificate and its key (PEM, PKCS #8)",
            cert.display(),
            key.display()
        )
    })?;
    let mut builder = native_tls::TlsAcceptor::builder(identity);
    builder.min_protocol_version(Some(native_tls::Protocol::Tlsv12));
    Ok(tokio_native_tls::TlsAcceptor::from(builder.build().context("[http] TLS")?))
}
