#!/usr/bin/env bash
# Deploys the function payments in one stage: ./deploy.sh prod
# It needs the AWS CLI, cargo-lambda and cargo-stage.
set -euo pipefail
cd "$(dirname "$0")/../../payments"

stage=${1:?usage: deploy.sh STAGE}
name=payments-$stage
artifact=../../../target/lambda/payments/bootstrap
region=${AWS_REGION:-$(aws configure get region || true)}
: "${region:?set AWS_REGION}"
account=$(aws sts get-caller-identity --query Account --output text)

cargo lambda build --release --arm64
# Ends the script if the stage is incomplete.
cargo stage check --stage "$stage" --no-decrypt --artifact "$artifact"

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
aws iam get-role --role-name "$name" >/dev/null 2>&1 ||
    aws iam create-role --role-name "$name" --assume-role-policy-document "$trust" >/dev/null
aws iam attach-role-policy --role-name "$name" \
    --policy-arn arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
policy=$(cargo stage iam --stage "$stage" --artifact "$artifact" --account "$account" --region "$region")
aws iam put-role-policy --role-name "$name" --policy-name stage --policy-document "$policy"

cargo lambda deploy "$name" --binary-name payments --iam-role "arn:aws:iam::$account:role/$name" \
    --env-var "stage=$stage" --memory 256 --timeout 30 --region "$region"
