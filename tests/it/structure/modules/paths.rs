//! Finds the paths in source code: those of `use` and those among other tokens, in macros too.

use proc_macro2::{TokenStream, TokenTree};
use syn::{ItemUse, UseTree};

/// One import of a `use`.
pub(super) struct Import {
    /// The imported path, as written.
    pub(super) path: Vec<String>,
    /// The name in the module, or `None` for `*`.
    pub(super) name: Option<String>,
}

/// Returns the imports of a `use`.
pub(super) fn list_imports(tree: &UseTree) -> Vec<Import> {
    let mut imports = Vec::new();
    flatten(tree, Vec::new(), &mut imports);
    imports
}

fn flatten(tree: &UseTree, mut path: Vec<String>, imports: &mut Vec<Import>) {
    match tree {
        UseTree::Path(inner) => {
            path.push(inner.ident.to_string());
            flatten(&inner.tree, path, imports);
        }
        UseTree::Name(name) if name.ident == "self" => imports.push(Import {
            name: path.last().cloned(),
            path,
        }),
        UseTree::Name(name) => {
            path.push(name.ident.to_string());
            imports.push(Import {
                name: path.last().cloned(),
                path,
            });
        }
        UseTree::Rename(rename) => {
            if rename.ident != "self" {
                path.push(rename.ident.to_string());
            }
            imports.push(Import {
                path,
                name: Some(rename.rename.to_string()),
            });
        }
        UseTree::Glob(_) => imports.push(Import { path, name: None }),
        UseTree::Group(group) => group
            .items
            .iter()
            .for_each(|tree| flatten(tree, path.clone(), imports)),
    }
}

/// Returns every path of two names or more, and the imports of every `use`, in these tokens.
pub(super) fn find_paths(tokens: TokenStream) -> (Vec<Vec<String>>, Vec<Import>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let (mut paths, mut imports) = (Vec::new(), Vec::new());
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        index += match token {
            TokenTree::Group(group) => {
                let (inner_paths, inner_imports) = find_paths(group.stream());
                paths.extend(inner_paths);
                imports.extend(inner_imports);
                1
            }
            TokenTree::Ident(word) if word == "use" => {
                let statement = take_statement(&tokens[index..]);
                let import = syn::parse2::<ItemUse>(statement.iter().cloned().collect());
                imports.extend(import.iter().flat_map(|import| list_imports(&import.tree)));
                // `use<…>` in a type is not an import.
                if import.is_ok() { statement.len() } else { 1 }
            }
            TokenTree::Ident(_) => {
                let path = take_path(&tokens[index..]);
                let length = 3 * path.len() - 2;
                if path.len() > 1 {
                    paths.push(path);
                }
                length
            }
            _ => 1,
        };
    }
    (paths, imports)
}

/// Returns the tokens up to and including the first semicolon, or all tokens if there is none.
fn take_statement(tokens: &[TokenTree]) -> &[TokenTree] {
    let end = tokens.iter().position(|token| is_punct(token, ';'));
    &tokens[..end.map_or(tokens.len(), |end| end + 1)]
}

/// Returns the path that begins at the first token.
fn take_path(tokens: &[TokenTree]) -> Vec<String> {
    let mut path = Vec::new();
    let mut rest = tokens;
    while let [TokenTree::Ident(name), after @ ..] = rest {
        path.push(name.to_string());
        rest = match after {
            [one, two, after @ ..] if is_punct(one, ':') && is_punct(two, ':') => after,
            _ => break,
        };
    }
    path
}

fn is_punct(token: &TokenTree, expected: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == expected)
}
