variable "name" {
  description = "First part of every name; cluster and service carry it."
  type        = string
}

variable "region" {
  description = "Region of the logs."
  type        = string
}

variable "image" {
  description = "Image by digest."
  type        = string
}

variable "task" {
  description = "CPU units, memory and workers of a task."
  type = object({
    cpu_units  = number
    memory_mib = number
    workers    = number
  })
}

variable "scaling" {
  description = "Tasks at least and at most, targets in percent, waiting times in seconds."
  type = object({
    min_tasks      = number
    max_tasks      = number
    cpu_percent    = number
    memory_percent = number
    up_after_s     = number
    down_after_s   = number
  })
}

variable "deployment" {
  description = "Strategy, share and length of a step, time to go back at once."
  type = object({
    strategy     = string
    step_percent = number
    step_minutes = number
    bake_minutes = number
  })
}

variable "network_cidr" {
  description = "Range of the network, in which load balancer and edge have their addresses."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group of the tasks."
  type        = string
}

variable "balancer_suffix" {
  description = "The load balancer as CloudWatch names it."
  type        = string
}

variable "target_groups" {
  description = "ARN and CloudWatch's name of the blue and the green target group."
  type        = map(object({ arn = string, suffix = string }))
}

variable "listener_rule_arn" {
  description = "Rule that sends requests to the group in service."
  type        = string
}

variable "test_listener_rule_arn" {
  description = "Rule that sends trials to the other group."
  type        = string
}

variable "auth" {
  description = "Whose tokens are trusted."
  type = object({
    jwks_url = string
    issuer   = string
    audience = string
  })
}

variable "trusted_model_keys" {
  description = "Public keys (PEM) whose signatures on versions count."
  type        = list(string)
}

variable "metrics_namespace" {
  description = "Namespace that the service writes its metrics to."
  type        = string
}

variable "model_bucket" {
  description = "Bucket of the signed versions."
  type        = string
}

variable "ifc" {
  description = "Shared file system of IFC models."
  type = object({
    file_system_id  = string
    file_system_arn = string
    access_point_id = string
  })
}

variable "user_id" {
  description = "User and group that the container runs as."
  type        = number
}

variable "secrets" {
  description = "Environment variable to the secret that holds its value."
  type        = map(string)
}

variable "storage_key_arn" {
  description = "KMS key of the buckets and the file system."
  type        = string
}

variable "secrets_key_arn" {
  description = "KMS key of the secrets."
  type        = string
}

variable "log_key_arn" {
  description = "KMS key of log groups."
  type        = string
}

variable "database_root_cert" {
  description = "File in the image with the authorities that the database is believed by."
  type        = string
}
