//! The fields with values, also those of nested structs.

use super::{Assignment, FieldContent, FieldSpec, Schema, Secrecy, Sources};
use stage_config_grammar::arn::is_made_for_secrets;

/// A field that is not a nested struct, with its path from the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// The path from the root, such as `mail.password`.
    pub path: String,
    /// The field's entry in the schema.
    pub spec: &'a FieldSpec,
    /// Whether the value must be hidden because of the field's type, because of
    /// `#[config(secret)]`, or because one of its sources, in any stage, is made for secrets
    /// (`secret:`, `kms-env:`, `sealed:`, or a parameter that refers to a secret).
    pub secrecy: Secrecy,
}

impl Schema {
    /// Returns every field that is not a nested struct, including the fields of nested structs, in
    /// order of declaration.
    ///
    /// ```
    /// use stage_config::{SecretString, StageConfig, schema::Secrecy};
    ///
    /// #[derive(StageConfig)]
    /// #[config(inherit)]
    /// struct Mail {
    ///     password: SecretString,
    /// }
    ///
    /// #[derive(StageConfig)]
    /// #[stage(prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     table: String,
    ///     #[config(nested)]
    ///     mail: Mail,
    /// }
    ///
    /// let leaves = Config::SCHEMA.leaves();
    /// let paths: Vec<&str> = leaves.iter().map(|leaf| leaf.path.as_str()).collect();
    /// assert_eq!(paths, ["table", "mail.password"]);
    /// assert_eq!((leaves[0].secrecy, leaves[1].secrecy), (Secrecy::No, Secrecy::Yes));
    /// ```
    #[must_use]
    pub fn leaves(&self) -> Vec<Leaf<'_>> {
        let mut leaves = Vec::new();
        self.collect_leaves("", has_secret_source(self.templates), &mut leaves);
        leaves
    }

    fn collect_leaves<'a>(
        &'a self,
        prefix: &str,
        secret_templates: bool,
        leaves: &mut Vec<Leaf<'a>>,
    ) {
        for field in self.fields {
            let path = [prefix, field.name].concat();
            match &field.content {
                FieldContent::Value(value) => leaves.push(Leaf {
                    path,
                    spec: value,
                    secrecy: value.secrecy(secret_templates),
                }),
                FieldContent::Nested {
                    schema, templates, ..
                } => {
                    let inherited = if schema.inherit {
                        secret_templates
                    } else {
                        has_secret_source(schema.templates)
                    };
                    let secret = may_read_secrets(templates, inherited);
                    schema.collect_leaves(&format!("{path}."), secret, leaves);
                }
            }
        }
    }

    /// Returns the paths of the optional structs at any depth, each with a dot at its end, as in
    /// `mail.`.
    ///
    /// ```
    /// # use stage_config::StageConfig;
    /// #[derive(StageConfig)]
    /// #[config(inherit)]
    /// struct Mail {
    ///     host: String,
    /// }
    ///
    /// #[derive(StageConfig)]
    /// #[stage(prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     table: String,
    ///     #[config(nested)]
    ///     mail: Option<Mail>,
    /// }
    ///
    /// assert_eq!(Config::SCHEMA.optional_structs(), ["mail."]);
    /// ```
    #[must_use]
    pub fn optional_structs(&self) -> Vec<String> {
        let mut paths = Vec::new();
        collect_optional_structs(self, "", &mut paths);
        paths
    }
}

fn collect_optional_structs(schema: &Schema, prefix: &str, paths: &mut Vec<String>) {
    for field in schema.fields {
        if let FieldContent::Nested {
            schema, optional, ..
        } = &field.content
        {
            let path = format!("{prefix}{}.", field.name);
            if *optional {
                paths.push(path.clone());
            }
            collect_optional_structs(schema, &path, paths);
        }
    }
}

impl Leaf<'_> {
    /// Returns the paths of the parts of a composed field. Any other field has no parts.
    ///
    /// ```
    /// # use stage_config::StageConfig;
    /// #[derive(StageConfig)]
    /// #[stage(prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     host: String,
    ///     port: u16,
    ///     #[config(compose = "https://{host}:{port}/")]
    ///     url: String,
    /// }
    ///
    /// let leaves = Config::SCHEMA.leaves();
    /// assert_eq!(leaves[2].parts().collect::<Vec<_>>(), ["host", "port"]);
    /// assert_eq!(leaves[0].parts().count(), 0);
    /// ```
    pub fn parts(&self) -> impl Iterator<Item = String> {
        self.spec.list_parts(&self.path)
    }
}

impl FieldSpec {
    /// Returns the paths of the parts of a composed field. Any other field has no parts. `path` is
    /// the path of this field.
    pub(crate) fn list_parts(&self, path: &str) -> impl Iterator<Item = String> {
        let parts = self.compose.map_or(&[][..], |compose| compose.parts);
        parts.iter().map(move |name| find_sibling(path, name))
    }

    /// Returns whether the value must be hidden. `secret_templates` is `true` if one of the
    /// templates that the field may use is a source that is made for secrets.
    pub(crate) fn secrecy(&self, secret_templates: bool) -> Secrecy {
        if self.compose.is_none() && may_read_secrets(self.assignments, secret_templates) {
            Secrecy::Yes
        } else {
            self.secrecy
        }
    }
}

/// Returns the path of a part of a composed field. `path` is the path of the composed field. `name`
/// is the name of the part in the template, which is relative to the struct of the composed field.
pub(crate) fn find_sibling(path: &str, name: &str) -> String {
    match path.rsplit_once('.') {
        Some((prefix, _)) => format!("{prefix}.{name}"),
        None => name.to_owned(),
    }
}

/// Returns whether a field with these assignments has a source that is made for secrets, in any
/// stage. `inherited` is `true` if one of the templates that the field may use is such a source.
pub(crate) fn may_read_secrets(own: &[Assignment], inherited: bool) -> bool {
    let is_bare = |assignment: &Assignment| assignment.sources == Sources::Template;
    let uses_templates = own.is_empty() || own.iter().any(is_bare);
    has_secret_source(own) || uses_templates && inherited
}

/// Returns whether one of these assignments has a source that is made for secrets.
pub(crate) fn has_secret_source(assignments: &[Assignment]) -> bool {
    assignments.iter().any(Assignment::keeps_secrets)
}

impl Assignment {
    fn keeps_secrets(&self) -> bool {
        match self.sources {
            Sources::Chain(texts) => texts.iter().any(|text| is_made_for_secrets(text)),
            Sources::Template => false,
        }
    }
}
