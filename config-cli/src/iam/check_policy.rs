//! The policy of a person or job that runs `cargo stage check --function`, `who` and `orphans`.

use stage_config_grammar::source::Address;

use super::arn;
use super::kms_keys::KeyResource;
use super::location::AwsLocation;
use super::needs::Needs;
use super::policy::{Policy, Statement};
use super::policy_text::{Hole, PolicyText};

/// Returns the policy that the verbs about deployed functions need. `function` is the name of a
/// function, if the policy is for this function alone. `key` is the KMS key that encrypts the
/// variables.
pub(crate) fn build_check_policy(
    needs: &Needs,
    location: &AwsLocation,
    function: Option<&str>,
    key: Option<&str>,
) -> Policy {
    let function_arn = location
        .arn_prefix("lambda")
        .with_literal("function:")
        .with_literal(function.unwrap_or("*"));
    let functions = match function {
        Some(_) => vec![function_arn.clone(), function_arn.with_literal(":*")],
        None => vec![function_arn],
    };
    let all = || [PolicyText::from("*")];
    let roles = location.global_arn_prefix("iam").with_literal("role/*");
    let stacks = location
        .arn_prefix("cloudformation")
        .with_literal("stack/*");
    let mut statements = vec![
        Statement::allow(
            "ReadFunctions",
            &[
                "lambda:GetAlias",
                "lambda:GetFunction",
                "lambda:ListAliases",
            ],
            functions,
        ),
        Statement::allow("ListFunctions", &["lambda:ListFunctions"], all()),
        Statement::allow(
            "ListNames",
            &["secretsmanager:ListSecrets", "ssm:DescribeParameters"],
            all(),
        ),
        Statement::allow("SimulateRoles", &["iam:SimulatePrincipalPolicy"], [roles]),
        Statement::allow(
            "ListStacks",
            &["cloudformation:ListStackResources"],
            [stacks],
        ),
        Statement::allow("FindByTag", &["tag:GetResources"], all()),
    ];
    statements.extend(allow_lookups(needs, location));
    let mut notes = Vec::new();
    match key {
        Some(key) => {
            let key = KeyResource::new(location, Some(key));
            let service = PolicyText::from("lambda.")
                .with_known_or_hole(location.region.as_deref(), Hole::Region)
                .with_literal(".amazonaws.com");
            let statement = Statement::allow("DecryptVariables", &["kms:Decrypt"], [key.arn])
                .with_condition("StringEquals", "kms:ViaService", vec![service])
                .with_alias_condition(key.alias.as_deref());
            statements.push(statement);
        }
        None => notes.push(
            "if a customer managed KMS key encrypts the variables of the function, give it: \
             --kms-key KEY"
                .to_owned(),
        ),
    }
    Policy::new(statements, notes)
}

/// Returns the statements that allow a lookup of each value's KMS key and of each secret's ARN.
fn allow_lookups(needs: &Needs, location: &AwsLocation) -> [Statement; 3] {
    let (mut parameters, mut secrets, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for address in needs.list_read_lookups() {
        let place = location.locate(&address);
        keys.push(place.arn_prefix("kms").with_literal("key/*"));
        match &address {
            Address::Parameter { name, .. } => parameters.push(arn::parameter_arn(&place, name)),
            Address::Secret { id, .. } => secrets.extend(arn::secret_arns(&place, id)),
            _ => {}
        }
    }
    [
        Statement::allow("LookUpParameters", &["ssm:GetParameterHistory"], parameters),
        Statement::allow("LookUpSecrets", &["secretsmanager:DescribeSecret"], secrets),
        Statement::allow("LookUpKeys", &["kms:DescribeKey"], keys),
    ]
}
