//! The folder's files, in the order of their names.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Findings, Place, TextFile};
use crate::problem::Problem;

/// A knowledge folder that reports what cannot be read.
pub(crate) struct Folder<'f> {
    pub root: &'f Path,
    pub findings: &'f Findings,
}

impl Folder<'_> {
    /// A file. Every table must be there: a lost one would be knowledge lost in silence.
    pub fn file(&self, path: &str) -> Option<Arc<TextFile>> {
        let full = self.root.join(path);
        if !full.exists() {
            self.findings.report(&Place::of_absent(path), Problem::MissingFile { name: path.to_owned() });
            return None;
        }
        match fs::read_to_string(full) {
            Ok(text) => Some(Arc::new(TextFile { path: path.to_owned(), text })),
            Err(error) => {
                self.findings.report(&Place::of_absent(path), Problem::Unreadable { reason: error.to_string() });
                None
            }
        }
    }

    /// Every `.toml` file of a subfolder. Notes (`.md`) and the named other tables are left to others; anything else
    /// would be knowledge that is ignored in silence, so it is reported.
    pub fn tables(&self, subfolder: &str, others: &[&str]) -> Vec<Arc<TextFile>> {
        let mut files = Vec::new();
        for name in self.names(subfolder) {
            let path = format!("{subfolder}/{name}");
            if others.contains(&name.as_str()) || name.ends_with(".md") || name.starts_with('.') {
                continue;
            }
            if name.ends_with(".toml") {
                files.extend(self.file(&path));
            } else {
                self.findings.report(&Place::of_absent(&path), Problem::UnexpectedFile);
            }
        }
        files
    }

    fn names(&self, subfolder: &str) -> Vec<String> {
        let full = self.root.join(subfolder);
        if !full.exists() {
            let name = format!("{subfolder}/");
            self.findings.report(&Place::of_absent(&name), Problem::MissingFile { name: name.clone() });
            return Vec::new();
        }
        let listed = fs::read_dir(full).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned())).collect()
        });
        match listed {
            Ok(names) => {
                let mut names: Vec<String> = names;
                names.sort();
                names
            }
            Err(error) => {
                self.findings.report(&Place::of_absent(subfolder), Problem::Unreadable { reason: error.to_string() });
                Vec::new()
            }
        }
    }
}
