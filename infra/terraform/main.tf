locals {
  name = "${var.project}-${var.environment}"
  tags = {
    Project     = var.project
    Environment = var.environment
    ManagedBy   = "terraform"
  }
  user_id            = 10001                     # of the containers, see infra/containers
  database_root_cert = "/opt/sdai/trust/rds.crt" # in the images, see infra/containers/trust
  metrics_namespace  = "StructuralDesign/${var.environment}"
}

module "kms" {
  source = "./modules/kms"

  name = local.name
}

module "network" {
  source = "./modules/network"

  name        = local.name
  network     = var.network
  log_key_arn = module.kms.logs_key_arn
}

module "s3" {
  source = "./modules/s3"

  name    = local.name
  key_arn = module.kms.storage_key_arn
  storage = var.storage
}

module "registry" {
  source = "./modules/registry"

  name    = local.name
  key_arn = module.kms.storage_key_arn
}

module "rds" {
  source = "./modules/rds"

  name              = local.name
  database          = var.database
  subnet_ids        = module.network.data_subnet_ids
  security_group_id = module.network.database_security_group_id
  key_arn           = module.kms.database_key_arn
  secrets_key_arn   = module.kms.secrets_key_arn
  log_key_arn       = module.kms.logs_key_arn
}

module "elasticache" {
  source = "./modules/elasticache"

  name              = local.name
  cache             = var.cache
  auth_token        = var.cache_auth_token
  subnet_ids        = module.network.data_subnet_ids
  security_group_id = module.network.cache_security_group_id
  key_arn           = module.kms.database_key_arn
  secrets_key_arn   = module.kms.secrets_key_arn
  log_key_arn       = module.kms.logs_key_arn
}

module "alb" {
  source = "./modules/alb"

  name              = local.name
  vpc_id            = module.network.vpc_id
  subnet_ids        = module.network.private_subnet_ids
  security_group_id = module.network.balancer_security_group_id
  certificate_arn   = var.certificate_arn
  tls_policy        = var.tls_policy
  health_check      = var.health_check
  log_bucket        = module.s3.log_bucket
}

module "edge" {
  source = "./modules/edge"
  providers = {
    aws      = aws
    aws.edge = aws.edge
  }

  name            = local.name
  domain_name     = var.domain_name
  hosted_zone_id  = var.hosted_zone_id
  certificate_arn = var.edge_certificate_arn
  edge            = var.edge
  balancer_arn    = module.alb.balancer_arn
  balancer_dns    = module.alb.balancer_dns
  log_bucket_arn  = module.s3.log_bucket_arn
}

module "files" {
  source = "./modules/files"

  name              = local.name
  subnet_ids        = module.network.private_subnet_ids
  security_group_id = module.network.files_security_group_id
  key_arn           = module.kms.storage_key_arn
  user_id           = local.user_id
}

module "ecs" {
  source = "./modules/ecs"

  name                   = local.name
  region                 = var.region
  image                  = var.serving_image
  task                   = var.task
  scaling                = var.scaling
  deployment             = var.deployment
  network_cidr           = var.network.cidr
  subnet_ids             = module.network.private_subnet_ids
  security_group_id      = module.network.service_security_group_id
  balancer_suffix        = module.alb.balancer_suffix
  target_groups          = module.alb.target_groups
  listener_rule_arn      = module.alb.listener_rule_arn
  test_listener_rule_arn = module.alb.test_listener_rule_arn
  auth                   = var.auth
  trusted_model_keys     = var.trusted_model_keys
  database_root_cert     = local.database_root_cert
  metrics_namespace      = local.metrics_namespace
  model_bucket           = module.s3.buckets["models"]
  user_id                = local.user_id
  secrets = {
    SDAI_STORE_URL        = module.rds.url_secret_arn
    SDAI_CACHE_REDIS_URL  = module.elasticache.url_secret_arn
    SDAI_LIMITS_REDIS_URL = module.elasticache.url_secret_arn # uploads and failed tokens count for all tasks together
  }
  ifc = {
    file_system_id  = module.files.file_system_id
    file_system_arn = module.files.file_system_arn
    access_point_id = module.files.access_point_id
  }
  storage_key_arn = module.kms.storage_key_arn
  secrets_key_arn = module.kms.secrets_key_arn
  log_key_arn     = module.kms.logs_key_arn
}

module "gpu" {
  source = "./modules/gpu"

  name               = local.name
  region             = var.region
  cluster_name       = module.ecs.cluster_name
  cluster_arn        = module.ecs.cluster_arn
  image              = var.training_image
  gpu                = var.gpu
  schedule           = var.retraining_schedule
  subnet_ids         = module.network.private_subnet_ids
  security_group_id  = module.network.training_security_group_id
  buckets            = module.s3.buckets
  user_id            = local.user_id
  signing_key_arn    = module.kms.signing_key_arn
  trusted_model_keys = var.trusted_model_keys
  database_root_cert = local.database_root_cert
  secrets = {
    SDAI_STORE_URL    = module.rds.url_secret_arn
    SDAI_TRACKING_URI = module.rds.tracking_url_secret_arn
  }
  metrics_namespace = local.metrics_namespace
  storage_key_arn   = module.kms.storage_key_arn
  secrets_key_arn   = module.kms.secrets_key_arn
  log_key_arn       = module.kms.logs_key_arn
}

module "observability" {
  source = "./modules/observability"

  name                = local.name
  region              = var.region
  metrics_namespace   = local.metrics_namespace
  alarms              = var.alarms
  scale_up_policy_arn = module.ecs.scale_up_policy_arn
  page_emails         = var.page_emails
  alert_emails        = var.alert_emails
  key_arn             = module.kms.alarms_key_arn
  balancer_suffix     = module.alb.balancer_suffix
  cluster_name        = module.ecs.cluster_name
  service_name        = module.ecs.service_name
  database_id         = module.rds.identifier
}

module "budgets" {
  source = "./modules/budgets"

  name         = local.name
  limit_usd    = var.monthly_budget_usd
  project      = var.project
  alert_emails = var.alert_emails
}

module "iam" {
  source = "./modules/iam"

  name              = local.name
  people            = var.people
  buckets           = module.s3.buckets
  storage_key_arn   = module.kms.storage_key_arn
  secrets_key_arn   = module.kms.secrets_key_arn
  cluster_arn       = module.ecs.cluster_arn
  service_arn       = module.ecs.service_arn
  service_role_arns = module.ecs.role_arns
  training          = module.gpu.training
  repository_arns   = module.registry.repository_arns
  log_group_arns    = [module.ecs.log_group_arn, module.gpu.log_group_arn]
  database_arn      = module.rds.database_arn
  database_key_arn  = module.kms.database_key_arn
  secret_arns       = [module.rds.url_secret_arn, module.rds.tracking_url_secret_arn]
  api = {
    endpoint = "https://${var.domain_name}"
    issuer   = var.auth.issuer
    audience = var.auth.audience
  }
}
