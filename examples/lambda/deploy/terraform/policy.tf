# the module needs the variable "stage" of the type string, with a validation that accepts only `dev`, `prod`
# assumed, not looked up: no customer managed KMS key encrypts /payments/STAGE/db_url, /payments/STAGE/max_amount, /payments/STAGE/stripe_key, /payments/STAGE/stripe_url, secret:payments/STAGE/db; if one does, run `cargo stage iam` with --kms-key KEY
data "aws_caller_identity" "stage" {}

data "aws_partition" "stage" {}

data "aws_region" "stage" {}

data "aws_iam_policy_document" "stage" {
  statement {
    sid     = "ReadParameters"
    effect  = "Allow"
    actions = ["ssm:GetParameters"]
    resources = [
      "arn:${data.aws_partition.stage.partition}:ssm:${data.aws_region.stage.id}:${data.aws_caller_identity.stage.account_id}:parameter/payments/${var.stage}/db_url",
      "arn:${data.aws_partition.stage.partition}:ssm:${data.aws_region.stage.id}:${data.aws_caller_identity.stage.account_id}:parameter/payments/${var.stage}/max_amount",
      "arn:${data.aws_partition.stage.partition}:ssm:${data.aws_region.stage.id}:${data.aws_caller_identity.stage.account_id}:parameter/payments/${var.stage}/stripe_key",
      "arn:${data.aws_partition.stage.partition}:ssm:${data.aws_region.stage.id}:${data.aws_caller_identity.stage.account_id}:parameter/payments/${var.stage}/stripe_url",
    ]
  }

  statement {
    sid       = "ReadSecrets"
    effect    = "Allow"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:${data.aws_partition.stage.partition}:secretsmanager:${data.aws_region.stage.id}:${data.aws_caller_identity.stage.account_id}:secret:payments/${var.stage}/db-??????"]
  }
}
