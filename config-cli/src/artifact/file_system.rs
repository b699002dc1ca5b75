//! The files of a tar archive or of an image. In an image, a file or a folder of an upper layer
//! replaces the file with the same path in a lower layer, and a file replaces a folder. The content
//! of the files is not copied.

use std::collections::BTreeMap;
use std::io::Cursor;

use tar::{Archive, EntryType};

/// The maximum number of files to read.
const MAX_FILES: usize = 500_000;

/// A path with this number of links, or more, is treated as missing.
const MAX_LINKS: usize = 16;

/// The prefix of a marker. The rest of the marker's name is the name of a file or a folder, which
/// the marker removes from the layers below.
const REMOVED: &str = ".wh.";

/// The name of a marker that removes from the layers below everything in the marker's folder.
const REMOVED_ALL: &str = ".wh..wh..opq";

#[derive(Debug, Default)]
pub(super) struct FileSystem<'a>(BTreeMap<String, Entry<'a>>);

#[derive(Debug)]
enum Entry<'a> {
    File(&'a [u8]),
    /// The target begins with `/` if it is absolute.
    Link(String),
}

impl<'a> FileSystem<'a> {
    /// Adds the files of an archive as a layer above the existing files. Returns an error if the
    /// archive is damaged, or if all layers together have too many files.
    pub(super) fn add_layer(&mut self, archive: &'a [u8]) -> Result<(), String> {
        let mut added = BTreeMap::new();
        let mut reader = Archive::new(Cursor::new(archive));
        for entry in reader.entries().map_err(|error| error.to_string())? {
            let entry = entry.map_err(|error| error.to_string())?;
            let Ok(path) = String::from_utf8(entry.path_bytes().into_owned()) else {
                continue;
            };
            let path = join("", &path, "");
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
            if name == REMOVED_ALL {
                self.remove(folder, false);
            } else if let Some(name) = name.strip_prefix(REMOVED) {
                self.remove(&join(folder, name, ""), true);
            } else if entry.header().entry_type() == EntryType::Directory {
                // The folder replaces a file or a link.
                self.0.remove(&path);
            } else if let Some(content) = read_entry(&entry, archive)? {
                // The file replaces a folder.
                if self.has_files_below(&path) {
                    self.remove(&path, false);
                }
                added.insert(path, content);
            }
            if self.0.len() + added.len() > MAX_FILES {
                return Err(format!("it has more than {MAX_FILES} files"));
            }
        }
        self.0.append(&mut added);
        Ok(())
    }

    fn remove(&mut self, path: &str, with_itself: bool) {
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        self.0.retain(|known, _| {
            let is_below = known.starts_with(&prefix);
            !(is_below || with_itself && known == path)
        });
    }

    fn has_files_below(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        let next = self.0.range(prefix.clone()..).next();
        next.is_some_and(|(path, _)| path.starts_with(&prefix))
    }

    /// Returns the content of a file. Follows the links in its path.
    pub(super) fn get(&self, path: &str) -> Option<&'a [u8]> {
        let mut path = join("", path, "");
        for _ in 0..MAX_LINKS {
            let Some((end, target)) = self.find_link(&path) else {
                return match self.0.get(&path)? {
                    Entry::File(content) => Some(content),
                    Entry::Link(_) => None,
                };
            };
            let (link, rest) = path.split_at(end);
            let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
            path = join(folder, target, rest);
        }
        None
    }

    /// Returns the paths whose file name is exactly this name.
    pub(super) fn find(&self, name: &str) -> impl Iterator<Item = &str> {
        let has_name = move |path: &&String| path.rsplit('/').next() == Some(name);
        self.0.keys().filter(has_name).map(String::as_str)
    }

    /// Returns the position at which the first link of the path ends, and the target of this link.
    fn find_link(&self, path: &str) -> Option<(usize, &str)> {
        let ends = path.match_indices('/').map(|(at, _)| at);
        ends.chain([path.len()])
            .find_map(|end| match self.0.get(&path[..end])? {
                Entry::Link(target) => Some((end, target.as_str())),
                Entry::File(_) => None,
            })
    }
}

/// Returns a file or link, and `None` for anything else.
fn read_entry<'a>(
    entry: &tar::Entry<'_, Cursor<&'a [u8]>>,
    archive: &'a [u8],
) -> Result<Option<Entry<'a>>, String> {
    let kind = entry.header().entry_type();
    if matches!(kind, EntryType::Symlink | EntryType::Link) {
        let target = entry.link_name_bytes().unwrap_or_default();
        let Ok(target) = String::from_utf8(target.into_owned()) else {
            return Ok(None);
        };
        // The target of a hard link is relative to the root of the archive.
        let root = if kind == EntryType::Link { "/" } else { "" };
        return Ok(Some(Entry::Link(format!("{root}{target}"))));
    }
    if !matches!(kind, EntryType::Regular | EntryType::Continuous) {
        return Ok(None);
    }
    let start = usize::try_from(entry.raw_file_position());
    let length = usize::try_from(entry.size());
    let content = start
        .ok()
        .zip(length.ok())
        .and_then(|(start, length)| archive.get(start..start.checked_add(length)?));
    content
        .map(|content| Some(Entry::File(content)))
        .ok_or_else(|| "a file is cut off".to_owned())
}

/// Resolves `path` relative to `folder`, and appends `rest`. `..` in the root is the root.
pub(super) fn join(folder: &str, path: &str, rest: &str) -> String {
    let folder = if path.starts_with('/') { "" } else { folder };
    let mut parts = Vec::new();
    for part in [folder, path, rest]
        .into_iter()
        .flat_map(|path| path.split('/'))
    {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
