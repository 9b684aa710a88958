output "endpoint" {
  description = "Host of the primary node."
  value       = aws_elasticache_replication_group.this.primary_endpoint_address
}

output "url_secret_arn" {
  description = "Secret that holds SDAI_CACHE_REDIS_URL."
  value       = aws_secretsmanager_secret.url.arn
}
