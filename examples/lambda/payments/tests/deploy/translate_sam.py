"""Translates the SAM template on standard input to CloudFormation, as AWS does, and prints the result as JSON."""

import json
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

template = yaml_parse(sys.stdin.read())
for resource in template["Resources"].values():
    # `sam deploy` uploads the file in `CodeUri`, and replaces the path with the URI of the upload.
    resource["Properties"]["CodeUri"] = "s3://bucket/bootstrap.zip"
json.dump(Translator({}, Parser()).translate(template, {}), sys.stdout)
