variable "name" {
  description = "First part of every name."
  type        = string
}

variable "people" {
  description = "ARNs that may take each role; a role without people is not made."
  type = object({
    data_scientists    = list(string)
    platform_engineers = list(string)
    api_users          = list(string)
  })
}

variable "buckets" {
  description = "Bucket of each kind of data."
  type        = map(string)
}

variable "storage_key_arn" {
  description = "KMS key of the buckets."
  type        = string
}

variable "secrets_key_arn" {
  description = "KMS key of the secrets."
  type        = string
}

variable "cluster_arn" {
  description = "ECS cluster."
  type        = string
}

variable "service_arn" {
  description = "ECS service."
  type        = string
}

variable "service_role_arns" {
  description = "Roles that a deployment hands to ECS."
  type        = list(string)
}

variable "training" {
  description = "Task definition, roles and tags of a training run, and the state machine that starts one."
  type = object({
    task_definition_arn = string
    state_machine_arn   = string
    task_tags           = map(string)
    role_arns           = list(string)
  })
}

variable "repository_arns" {
  description = "Image repositories."
  type        = list(string)
}

variable "log_group_arns" {
  description = "Log groups of service and training."
  type        = list(string)
}

variable "database_arn" {
  description = "Database instance."
  type        = string
}

variable "database_key_arn" {
  description = "KMS key of the database's storage."
  type        = string
}

variable "secret_arns" {
  description = "Secrets that a platform engineer fills and rotates."
  type        = list(string)
}

variable "api" {
  description = "What a client must know to ask: endpoint, issuer and audience of its token."
  type        = map(string)
}
