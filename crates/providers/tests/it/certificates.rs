//! Whoever cannot prove to be the configured server gets no request, and no bearer (security checklist, S38).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use providers::contract::ProviderError;
use providers::outlook::OutlookProvider;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{first_page, options};

/// What a server saw of those who called.
#[derive(Default)]
struct Seen {
    calls: AtomicU32,
    /// Bytes inside the encrypted connection: nobody sends any before the certificate was found good.
    bytes: AtomicU32,
}

/// A server whose certificate is for this name and signed by nobody but itself.
async fn self_signed(name: &str) -> (String, Arc<Seen>) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Seen::default());
    let noted = seen.clone();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            noted.calls.fetch_add(1, Ordering::SeqCst);
            let Ok(mut connection) = acceptor.accept(connection).await else { continue };
            let mut bytes = Vec::new();
            let read = connection.read_to_end(&mut bytes).await;
            noted.bytes.fetch_add(u32::from(read.is_ok() && !bytes.is_empty()), Ordering::SeqCst);
        }
    });
    (format!("https://localhost:{port}"), seen)
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_refused_before_anything_is_sent() {
    for name in ["localhost", "graph.microsoft.com"] {
        let (address, seen) = self_signed(name).await;
        let provider = OutlookProvider::new(options(&address)).unwrap();
        let error = first_page(&provider).await.unwrap_err();
        let ProviderError::Retry { code, message, .. } = &error else {
            panic!("{name}: {error:?}");
        };
        assert!(code.contains("unreachable") || message.contains("certificate"), "{name}: {error:?}");
        assert!(seen.calls.load(Ordering::SeqCst) > 0, "{name}: it was called");
        assert_eq!(seen.bytes.load(Ordering::SeqCst), 0, "{name}: something was sent");
    }
}
