//! The aliases of a function, and the versions that they name.

use std::collections::BTreeSet;

use aws_sdk_lambda::types::AliasRoutingConfiguration;

use super::call::{CallFailure, call};
use super::clients::FunctionClients;
use super::function_name::FunctionName;

impl FunctionClients {
    /// Returns the additional versions that an alias routes to. The call is `lambda:GetAlias`. The
    /// list is empty for a name without an alias.
    pub(crate) async fn find_other_versions(
        &self,
        name: &FunctionName,
    ) -> Result<Vec<String>, CallFailure> {
        let Some(alias) = name.qualifier.as_ref().filter(|text| is_alias(text)) else {
            return Ok(Vec::new());
        };
        let subject = format!("the alias {name}");
        let answer = call("lambda:GetAlias", &subject, || {
            self.lambda
                .get_alias()
                .function_name(&name.name)
                .name(alias)
                .send()
        });
        Ok(list_versions(answer.await?.routing_config()))
    }

    /// Returns the names of a function, of its aliases, and of the additional versions that these
    /// aliases route to. For a name with a version or an alias, returns only this name and the
    /// additional versions of the alias. The call is `lambda:ListAliases`, or `lambda:GetAlias` for
    /// a name with an alias.
    pub(crate) async fn expand_aliases(
        &self,
        function: &FunctionName,
    ) -> Result<Vec<FunctionName>, CallFailure> {
        if function.qualifier.is_some() {
            let versions = self.find_other_versions(function).await?.into_iter();
            let others = versions.map(|version| FunctionName {
                qualifier: Some(version),
                ..function.clone()
            });
            return Ok([function.clone()].into_iter().chain(others).collect());
        }
        let (mut qualifiers, mut page) = (BTreeSet::new(), None);
        loop {
            let subject = format!("the function {function}");
            let answer = call("lambda:ListAliases", &subject, || {
                self.lambda
                    .list_aliases()
                    .function_name(&function.name)
                    .set_marker(page.clone())
                    .send()
            })
            .await?;
            for alias in answer.aliases() {
                qualifiers.extend(alias.name().map(str::to_owned));
                qualifiers.extend(list_versions(alias.routing_config()));
            }
            page = answer.next_marker().map(str::to_owned);
            if page.as_deref().is_none_or(str::is_empty) {
                break;
            }
        }
        let qualified = qualifiers.into_iter().map(|qualifier| FunctionName {
            qualifier: Some(qualifier),
            ..function.clone()
        });
        Ok([function.clone()].into_iter().chain(qualified).collect())
    }
}

/// Returns whether a qualifier is an alias, and not a version.
fn is_alias(qualifier: &str) -> bool {
    qualifier != "$LATEST" && !qualifier.bytes().all(|byte| byte.is_ascii_digit())
}

fn list_versions(routing: Option<&AliasRoutingConfiguration>) -> Vec<String> {
    let weights = routing.and_then(AliasRoutingConfiguration::additional_version_weights);
    let mut versions: Vec<String> = weights
        .into_iter()
        .flatten()
        .map(|(version, _)| version.clone())
        .collect();
    versions.sort();
    versions
}
