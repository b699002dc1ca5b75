#!/bin/sh
# A replacement for the AWS CLI. It records its calls, and writes the policy of the role to a file.
set -eu
echo "aws $1 $2" >>"$CALLS"
case "$1 $2" in
"configure get") echo eu-west-1 ;;
"sts get-caller-identity") echo 123456789012 ;;
"iam get-role") exit 254 ;;
"iam create-role" | "iam attach-role-policy") ;;
"iam put-role-policy")
    for argument; do last=$argument; done
    printf %s "$last" >"$POLICY"
    ;;
*) exit 99 ;;
esac
