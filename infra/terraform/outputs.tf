output "endpoint" {
  description = "Where clients ask."
  value       = "https://${var.domain_name}"
}

output "distribution_domain" {
  description = "CloudFront's own name; domain_name is an alias of it."
  value       = module.edge.distribution_domain
}

output "buckets" {
  description = "Bucket of each kind of data: data, models, mlflow, backups."
  value       = module.s3.buckets
}

output "repositories" {
  description = "Where images are pushed to."
  value       = module.registry.repository_urls
}

output "database_endpoint" {
  description = "Host and port of PostgreSQL."
  value       = module.rds.endpoint
}

output "cache_endpoint" {
  description = "Host of the cache's primary node."
  value       = module.elasticache.endpoint
}

output "secrets_to_fill" {
  description = "Secrets that Terraform makes empty: their values never enter its state."
  value = {
    store_url    = module.rds.url_secret_arn
    tracking_url = module.rds.tracking_url_secret_arn
  }
}

output "signing_public_key" {
  description = "Public part of the key that signs versions: put it into trusted_model_keys and apply again."
  value       = module.kms.signing_public_key
}

output "roles" {
  description = "The three roles of people."
  value       = module.iam.role_arns
}

output "training" {
  description = "What a training run is started with: state machine; capacity provider and task definition behind it."
  value       = module.gpu.training
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard."
  value       = module.observability.dashboard
}
