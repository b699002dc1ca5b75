# The function payments in one stage: terraform apply -var stage=prod

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

variable "stage" {
  type = string
  validation {
    condition     = contains(["dev", "prod"], var.stage)
    error_message = "The stage must be dev or prod."
  }
}

locals {
  artifact = "${path.module}/../../../../target/lambda/payments/bootstrap.zip"
}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "payments" {
  name               = "payments-${var.stage}"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.payments.name
  policy_arn = "arn:${data.aws_partition.stage.partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

# The document is in policy.tf, which `cargo stage iam` prints.
resource "aws_iam_role_policy" "stage" {
  name   = "stage"
  role   = aws_iam_role.payments.id
  policy = data.aws_iam_policy_document.stage.json
}

resource "aws_lambda_function" "payments" {
  function_name    = "payments-${var.stage}"
  role             = aws_iam_role.payments.arn
  filename         = local.artifact
  source_code_hash = filebase64sha256(local.artifact)
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = ["arm64"]
  memory_size      = 256
  timeout          = 30

  environment {
    variables = { stage = var.stage }
  }

  logging_config {
    log_format = "JSON"
  }

  # The role must have its permissions before the function's first cold start.
  depends_on = [aws_iam_role_policy.stage, aws_iam_role_policy_attachment.logs]
}
