//! Parameters and the answers of Parameter Store, following the service's model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Answer, Request};

/// One parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    value: String,
    kind: &'static str,
    account: String,
    region: String,
    version: i64,
}

impl Parameter {
    /// Returns a parameter of the type `String`.
    pub fn text(value: &str) -> Self {
        Self::new("String", value)
    }

    /// Returns a parameter of the type `StringList`.
    pub fn list(value: &str) -> Self {
        Self::new("StringList", value)
    }

    /// Returns a parameter of the type `SecureString`.
    pub fn secure(value: &str) -> Self {
        Self::new("SecureString", value)
    }

    fn new(kind: &'static str, value: &str) -> Self {
        let (account, region) = ("123456789012".to_owned(), "eu-west-1".to_owned());
        Self {
            value: value.to_owned(),
            kind,
            account,
            region,
            version: 1,
        }
    }

    /// Sets the account of the parameter.
    pub fn in_account(mut self, account: &str) -> Self {
        account.clone_into(&mut self.account);
        self
    }

    /// Sets the version of the parameter. If the name in a request ends with a version, as in
    /// `/a/b:3`, the answer has that version instead.
    pub fn version(mut self, version: i64) -> Self {
        self.version = version;
        self
    }

    /// Returns the JSON of this parameter in the `Parameters` of an answer.
    pub fn json(&self, name: &str) -> Value {
        let (name, selector) = split_selector(name);
        let number: Option<i64> =
            selector.and_then(|selector| selector.trim_start_matches(':').parse().ok());
        let path = name.trim_start_matches('/');
        let mut json = json!({
            "Name": name,
            "Type": self.kind,
            "Value": self.value,
            "Version": number.unwrap_or(self.version),
            "LastModifiedDate": 1.7e9,
            "ARN": format!("arn:aws:ssm:{}:{}:parameter/{path}", self.region, self.account),
            "DataType": "text",
        });
        if let Some(selector) = selector {
            json["Selector"] = json!(selector);
        }
        json
    }
}

/// The parameters of an account, by the names in requests (a name may be a full ARN).
#[derive(Debug, Clone, Default)]
pub struct Parameters(BTreeMap<String, Parameter>);

impl Parameters {
    /// Adds a parameter.
    pub fn with(mut self, name: &str, parameter: Parameter) -> Self {
        self.0.insert(name.to_owned(), parameter);
        self
    }

    /// Creates `String` parameters.
    pub fn texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        texts
            .into_iter()
            .fold(Self::default(), |all, (name, value)| {
                all.with(name, Parameter::text(value))
            })
    }

    /// Returns the answer of the service, including its refusals.
    pub fn answer(&self, request: &Request) -> Answer {
        if request.operation == "GetParametersByPath" {
            return self.answer_path(request);
        }
        self.find_refusal(request)
            .unwrap_or_else(|| Answer::json(&self.body(&request.names)))
    }

    /// Returns a page of the parameters below a path. The token of the next page is the number of
    /// parameters before that page.
    fn answer_path(&self, request: &Request) -> Answer {
        let refuse = |fault: &str| Answer::error(400, "ValidationException", fault);
        let body = &request.body;
        let path = body["Path"].as_str().unwrap_or_default();
        if !path.starts_with('/') || path.ends_with('/') {
            return refuse("The path must begin with a slash and must not end with one");
        }
        let size = body["MaxResults"].as_u64().unwrap_or(10);
        if !(1..=10).contains(&size) {
            return refuse("MaxResults must be between 1 and 10");
        }
        let start: usize = match body["NextToken"].as_str().map(str::parse) {
            None => 0,
            Some(Ok(start)) => start,
            Some(Err(_)) => return Answer::error(400, "InvalidNextToken", "The token is invalid"),
        };

        let is_recursive = body["Recursive"] == true;
        let is_below = |name: &str| {
            let rest = name
                .strip_prefix(path)
                .and_then(|rest| rest.strip_prefix('/'));
            rest.is_some_and(|rest| is_recursive || !rest.contains('/'))
        };
        let below: Vec<Value> = self
            .0
            .iter()
            .filter(|(name, _)| is_below(name))
            .map(|(name, parameter)| parameter.json(name))
            .collect();
        let end = below
            .len()
            .min(start + usize::try_from(size).expect("a small number"));
        let mut answer = json!({ "Parameters": below.get(start..end).unwrap_or_default() });
        if end < below.len() {
            answer["NextToken"] = json!(end.to_string());
        }
        Answer::json(&answer)
    }

    /// Returns the answer. Denies the whole call instead if the call requests one of these names.
    pub fn answer_denying(&self, denied: &[&str], request: &Request) -> Answer {
        let denied = denied.iter().find(|name| request.asks_for(name));
        denied.map_or_else(|| self.answer(request), |name| Answer::denied(name))
    }

    /// Returns the body of a successful answer, which a script can change. As with AWS, the
    /// parameters are not in the order of the request.
    pub fn body(&self, names: &[String]) -> Value {
        let found = names
            .iter()
            .rev()
            .filter_map(|name| Some(self.0.get(name)?.json(name)));
        let found: Vec<_> = found.collect();
        let missing: Vec<_> = names
            .iter()
            .filter(|name| !self.0.contains_key(*name))
            .collect();
        json!({ "Parameters": found, "InvalidParameters": missing })
    }

    fn find_refusal(&self, request: &Request) -> Option<Answer> {
        let names = &request.names;
        let distinct: BTreeSet<_> = names.iter().collect();
        let fault = if request.operation != "GetParameters" {
            format!("this endpoint has no operation {:?}", request.operation)
        } else if !(1..=10).contains(&names.len()) {
            format!(
                "Member must have length between 1 and 10, not {}",
                names.len()
            )
        } else if distinct.len() < names.len() {
            "Member must not have duplicates".to_owned()
        } else {
            return None;
        };
        Some(Answer::error(400, "ValidationException", &fault))
    }
}

/// Splits `/a/b:3` into the name `/a/b` and the selector `:3`. The colons of an ARN before its
/// first slash are part of the name.
fn split_selector(name: &str) -> (&str, Option<&str>) {
    let start = if name.starts_with("arn:") {
        name.find('/')
    } else {
        Some(0)
    };
    let colon = start.and_then(|start| name[start..].find(':').map(|colon| start + colon));
    colon.map_or((name, None), |colon| (&name[..colon], Some(&name[colon..])))
}
