//! Stores that earlier releases wrote, each in the state in which it was left: tests work on copies.
//!
//! They lie in `tests/fixtures`, a folder for each release, packed by `xz`. A crate unpacks them, so that nobody needs the
//! program; packed, they are a tenth of their size, and a repository keeps every byte for ever.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// The content of a fixture, by release and name, such as `0.1.0` and `parcels.db`.
///
/// # Panics
/// If there is no such fixture, or it is damaged.
pub fn unpacked(release: &str, name: &str) -> Vec<u8> {
    let packed = packed(release, name);
    let packed = fs::read(&packed).unwrap_or_else(|error| panic!("{}: {error}", packed.display()));
    let mut content = Vec::new();
    let mut reader = lzma_rust2::XzReader::new(&packed[..], false);
    reader.read_to_end(&mut content).expect("a fixture should unpack");
    content
}

/// Puts a copy of a fixture where a test can change it.
///
/// # Panics
/// As [`unpacked`], and if the copy cannot be written.
pub fn copy(release: &str, name: &str, to: &Path) {
    fs::write(to, unpacked(release, name)).expect("a copy should be written");
}

fn packed(release: &str, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(release);
    folder.join(format!("{name}.xz"))
}
