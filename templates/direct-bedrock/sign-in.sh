aws sso login --profile default   # or any other way of the AWS credential chain
