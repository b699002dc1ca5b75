"""Translates the SAM template on standard input to CloudFormation, as AWS does, and prints it as JSON."""

import json
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

template = yaml_parse(sys.stdin.read())
for resource in template["Resources"].values():
    # `sam deploy` uploads the file, and replaces its path.
    resource["Properties"]["CodeUri"] = "s3://bucket/bootstrap.zip"
json.dump(Translator({}, Parser()).translate(template, {}), sys.stdout)
