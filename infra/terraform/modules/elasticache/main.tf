resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_elasticache_parameter_group" "this" {
  name   = "${var.name}-valkey${split(".", var.cache.engine_version)[0]}"
  family = "valkey${split(".", var.cache.engine_version)[0]}"

  # It is a cache: what has not been asked for goes first.
  parameter {
    name  = "maxmemory-policy"
    value = "allkeys-lru"
  }
}

resource "aws_cloudwatch_log_group" "slow" {
  name              = "/${var.name}/cache-slow"
  retention_in_days = 365
  kms_key_id        = var.log_key_arn
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = var.name
  description          = "Answers and rate limits of ${var.name}"
  engine               = "valkey"
  engine_version       = var.cache.engine_version
  node_type            = var.cache.node_type
  num_cache_clusters   = var.cache.nodes
  port                 = 6379
  parameter_group_name = aws_elasticache_parameter_group.this.name
  subnet_group_name    = aws_elasticache_subnet_group.this.name
  security_group_ids   = [var.security_group_id]

  automatic_failover_enabled = true
  multi_az_enabled           = true

  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  auth_token                 = var.auth_token
  auth_token_update_strategy = "ROTATE"
  at_rest_encryption_enabled = true
  kms_key_id                 = var.key_arn

  auto_minor_version_upgrade = true
  snapshot_retention_limit   = var.cache.snapshot_days
  snapshot_window            = "01:00-02:00"
  maintenance_window         = "sun:05:00-sun:06:00"

  log_delivery_configuration {
    destination      = aws_cloudwatch_log_group.slow.name
    destination_type = "cloudwatch-logs"
    log_format       = "json"
    log_type         = "slow-log"
  }
}

resource "aws_secretsmanager_secret" "url" {
  # checkov:skip=CKV2_AWS_57: the token rotates with a change of cache_auth_token, two being valid meanwhile
  name                    = "${var.name}/cache-url"
  description             = "Value of SDAI_CACHE_REDIS_URL and SDAI_LIMITS_REDIS_URL"
  kms_key_id              = var.secrets_key_arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "url" {
  secret_id     = aws_secretsmanager_secret.url.id
  secret_string = "rediss://:${urlencode(var.auth_token)}@${aws_elasticache_replication_group.this.primary_endpoint_address}:6379/0"
}
