# Bucket, key, region and KMS key of the state: `terraform init -backend-config=state.s3.tfbackend`.
terraform {
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
