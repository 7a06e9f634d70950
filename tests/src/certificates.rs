//! Certificates for servers of a test's own, and an authority that signs them.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

/// An authority, whose files go with the test.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

/// A certificate and its key, in PEM, in files that go with the authority.
pub struct Signed {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Signed {
    /// The certificate and the key themselves.
    pub fn read(&self) -> [String; 2] {
        [&self.certificate, &self.key].map(|file| std::fs::read_to_string(file).unwrap())
    }
}

impl Authority {
    /// One that nobody trusts yet.
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "An authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("authority.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    /// Its own certificate.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// The same, as text.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a server on this machine.
    pub fn server(&self) -> Signed {
        self.sign("server", vec!["127.0.0.1".to_owned(), "localhost".to_owned()])
    }

    /// A certificate for a server that is elsewhere.
    pub fn server_elsewhere(&self) -> Signed {
        self.sign("elsewhere", vec!["elsewhere.example".to_owned()])
    }

    /// A certificate by which a client shows who he is.
    pub fn client(&self) -> Signed {
        self.sign("client", Vec::new())
    }

    fn sign(&self, name: &str, hosts: Vec<String>) -> Signed {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(hosts).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.use_authority_key_identifier_extension = true;
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let file = |what| self.folder.path().join(format!("{name}-{what}.pem"));
        let signed = Signed { certificate: file("certificate"), key: file("key") };
        std::fs::write(&signed.certificate, certificate.pem()).unwrap();
        write_private(&signed.key, &key.serialize_pem());
        signed
    }
}

/// Servers refuse a key that others may read.
fn write_private(file: &Path, text: &str) {
    use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt};
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(file).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
