pip install 'truefoundry==0.17.5' && tfy login
# in TrueFoundry's secret group claude-code, under exactly these names:
#   anthropic-api-key: the company's key, from the Anthropic Console
# TFY_TENANT: the tenant's name, as it stands in the FQN of your secrets
: "${TFY_TENANT:?is not set}"
# BEDROCK_ROLE_ARN: the IAM role that TrueFoundry assumes (bedrock:InvokeModel*)
: "${BEDROCK_ROLE_ARN:?is not set}"
export TFY_TENANT BEDROCK_ROLE_ARN
python3 -c 'import os, string, sys; print(string.Template(sys.stdin.read()).substitute(os.environ), end="")' < truefoundry.yaml > truefoundry.ready.yaml
tfy apply -f truefoundry.ready.yaml --dry-run --show-diff
tfy apply -f truefoundry.ready.yaml
