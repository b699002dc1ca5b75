//! Reads the modules of one crate and the paths that they use from the source, and finds cycles of
//! modules that use each other.

mod paths;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Attribute, Item, Meta};

use paths::{Import, find_paths, list_imports};

/// The path of a module without the crate's name. It is empty for the root.
type ModulePath = Vec<String>;

/// The modules of one crate, without the items whose `#[cfg(…)]` contains `test`. Most of these
/// items are only for tests, but items with `#[cfg(not(test))]` are left out too.
pub(crate) struct Modules(BTreeMap<ModulePath, Module>);

#[derive(Default)]
struct Module {
    /// The path of each imported name, as written.
    imports: BTreeMap<String, Vec<String>>,
    /// Every path in the module, as written.
    uses: BTreeSet<Vec<String>>,
}

/// The children of one module that use siblings: for each of these children, the siblings that it
/// uses, with one use of each as an example.
type Siblings = BTreeMap<String, BTreeMap<String, String>>;

impl Modules {
    pub(crate) fn read(root: &Path) -> Self {
        let mut modules = Self(BTreeMap::new());
        modules.read_file(root, root.parent().expect("a file is in a folder"), &[]);
        modules
    }

    fn read_file(&mut self, file: &Path, folder: &Path, path: &[String]) {
        let text =
            fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed =
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.read_items(parsed.items, file, folder, path);
    }

    fn read_items(&mut self, items: Vec<Item>, file: &Path, folder: &Path, path: &[String]) {
        let mut module = Module::default();
        for item in items {
            match item {
                item if mentions_test(get_attributes(&item)) => {}
                Item::Mod(child) => {
                    let name = child.ident.to_string();
                    let (folder, path) = (folder.join(&name), [path, &[name]].concat());
                    match child.content {
                        Some((_, items)) => self.read_items(items, file, &folder, &path),
                        None => {
                            let (file, folder) = find_file_and_folder(&child.attrs, file, folder);
                            self.read_file(&file, &folder, &path);
                        }
                    }
                }
                Item::Use(import) => module.import(list_imports(&import.tree)),
                item => module.read_tokens(item.to_token_stream()),
            }
        }
        self.0.insert(path.to_vec(), module);
    }

    /// Returns the module that defines the item at the path `segments`, as written in `module`.
    /// Returns `None` if the item is in another crate, or if the path begins with an item that
    /// `module` itself defines.
    fn find_defining_module(&self, module: &[String], segments: &[String]) -> Option<ModulePath> {
        let (first, rest) = segments.split_first()?;
        let mut defining = module.to_vec();
        match first.as_str() {
            "crate" => defining.clear(),
            "self" => {}
            "super" => drop(defining.pop()),
            name => {
                defining.push(name.to_owned());
                if !self.0.contains_key(&defining) {
                    let import = self.0[module]
                        .imports
                        .get(name)
                        .filter(|import| import[0] != name)?;
                    return self.find_defining_module(module, &[import, rest].concat());
                }
            }
        }
        // A name that is neither a child nor an import is an item of the module.
        match rest {
            [] => Some(defining),
            rest => self
                .find_defining_module(&defining, rest)
                .or(Some(defining)),
        }
    }

    /// Returns, for each module whose children use siblings, these children and these siblings.
    fn find_siblings(&self) -> BTreeMap<ModulePath, Siblings> {
        let mut all = BTreeMap::<ModulePath, Siblings>::new();
        for (from, module) in &self.0 {
            for path in &module.uses {
                let Some(to) = self.find_defining_module(from, path) else {
                    continue;
                };
                let common = from
                    .iter()
                    .zip(&to)
                    .take_while(|(one, other)| one == other)
                    .count();
                // If one of the two is `None`, `to` is the module `from`, its ancestor or its
                // descendant.
                if let (Some(user), Some(used)) = (from.get(common), to.get(common)) {
                    let description = format!("{} uses {}", from.join("::"), path.join("::"));
                    let siblings = all.entry(from[..common].to_vec()).or_default();
                    siblings
                        .entry(user.clone())
                        .or_default()
                        .entry(used.clone())
                        .or_insert(description);
                }
            }
        }
        all
    }

    /// Returns each cycle among siblings, with the uses that cause it.
    pub(crate) fn find_cycles(&self) -> Vec<String> {
        let mut cycles = Vec::new();
        for siblings in self.find_siblings().values() {
            let mut found = BTreeSet::new();
            for name in siblings.keys() {
                let cycle: BTreeSet<&String> = find_reachable(siblings, name)
                    .into_iter()
                    .filter(|other| find_reachable(siblings, other).contains(name))
                    .collect();
                if !cycle.is_empty() && found.insert(cycle.clone()) {
                    cycles.push(describe(siblings, &cycle));
                }
            }
        }
        cycles
    }
}

impl Module {
    fn read_tokens(&mut self, tokens: TokenStream) {
        let (paths, imports) = find_paths(tokens);
        self.uses.extend(paths);
        self.import(imports);
    }

    fn import(&mut self, imports: Vec<Import>) {
        for Import { path, name } in imports {
            self.uses.insert(path.clone());
            self.imports.extend(name.map(|name| (name, path)));
        }
    }
}

/// Returns all siblings that `from` uses, directly or through others. The result includes `from`
/// only if `from` is part of a cycle.
fn find_reachable<'a>(siblings: &'a Siblings, from: &str) -> BTreeSet<&'a String> {
    let used = |name: &str| siblings.get(name).into_iter().flat_map(BTreeMap::keys);
    let (mut reached, mut pending) = (BTreeSet::new(), used(from).collect::<Vec<_>>());
    while let Some(name) = pending.pop() {
        if reached.insert(name) {
            pending.extend(used(name));
        }
    }
    reached
}

fn describe(siblings: &Siblings, cycle: &BTreeSet<&String>) -> String {
    let names: Vec<&str> = cycle.iter().map(|name| name.as_str()).collect();
    let describe_uses = |(name, uses): (&String, &BTreeMap<String, String>)| {
        let uses = uses
            .iter()
            .filter(|(used, _)| cycle.contains(name) && cycle.contains(used));
        uses.map(|(_, description)| format!("\n  {description}"))
            .collect::<String>()
    };
    format!(
        "{}{}",
        names.join(", "),
        siblings.iter().map(describe_uses).collect::<String>()
    )
}

/// Returns the file of a child module and the folder of its children. A `#[path]` is relative to
/// the folder of the file that declares the child.
fn find_file_and_folder(
    attributes: &[Attribute],
    file: &Path,
    folder: PathBuf,
) -> (PathBuf, PathBuf) {
    if let Some(path) = attributes
        .iter()
        .find(|attribute| attribute.path().is_ident("path"))
    {
        let Meta::NameValue(path) = &path.meta else {
            panic!("`#[path]` without a text in {}", file.display())
        };
        let text = path.value.to_token_stream().to_string();
        let file = file
            .parent()
            .expect("a file is in a folder")
            .join(text.trim_matches('"'));
        let folder = file.parent().expect("a file is in a folder").to_path_buf();
        return (file, folder);
    }
    let file = folder.with_extension("rs");
    (
        if file.exists() {
            file
        } else {
            folder.join("mod.rs")
        },
        folder,
    )
}

/// Returns whether a `#[cfg(…)]` of an item contains `test`.
fn mentions_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute.meta.to_token_stream().to_string();
        let mut words = condition.split(|c: char| !c.is_alphanumeric() && c != '_');
        attribute.path().is_ident("cfg") && words.any(|word| word == "test")
    })
}

fn get_attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
