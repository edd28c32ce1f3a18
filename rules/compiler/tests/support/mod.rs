//! What the tests share: copying a folder of tables to a place where it can be changed.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder of the tests.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// An empty folder of this name under cargo's folder for tests.
pub fn scratch(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_dir_all(&path).unwrap();
    }
    fs::create_dir_all(&path).unwrap();
    path
}

/// Copies a folder's files over those of another one.
pub fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Compares a text with an expected one in a file; with `UPDATE_EXPECTED=1` writes it there instead.
#[allow(dead_code, reason = "not every file of tests compares texts")]
pub fn expect(file: &Path, actual: &str) {
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(file, actual).unwrap();
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    assert_eq!(expected, actual, "{} differs; after a look run with UPDATE_EXPECTED=1", file.display());
}
