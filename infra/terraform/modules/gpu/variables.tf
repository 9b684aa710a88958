variable "name" {
  description = "First part of every name."
  type        = string
}

variable "region" {
  description = "Region of logs and metrics."
  type        = string
}

variable "cluster_name" {
  description = "ECS cluster that gets the capacity."
  type        = string
}

variable "cluster_arn" {
  description = "ARN of the cluster."
  type        = string
}

variable "image" {
  description = "Training image by digest."
  type        = string
}

variable "gpu" {
  description = "Instance type, number, target in percent, waiting times in seconds, size of a training task."
  type = object({
    instance_type   = string
    min_instances   = number
    max_instances   = number
    target_percent  = number
    up_after_s      = number
    down_after_s    = number
    cpu_units       = number
    memory_mib      = number
    gpus            = number
    root_volume_gib = number
  })
}

variable "schedule" {
  description = "When the monthly retraining starts, in UTC; null = by hand only."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group of instances and tasks."
  type        = string
}

variable "buckets" {
  description = "Bucket of each kind of data."
  type        = map(string)
}

variable "secrets" {
  description = "Environment variable to the secret that holds its value."
  type        = map(string)
}

variable "user_id" {
  description = "User and group that the container runs as."
  type        = number
}

variable "metrics_namespace" {
  description = "Namespace of the service's metrics."
  type        = string
}

variable "storage_key_arn" {
  description = "KMS key of the buckets."
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

variable "signing_key_arn" {
  description = "KMS key that signs versions."
  type        = string
}

variable "trusted_model_keys" {
  description = "Public keys (PEM) whose signatures on versions count."
  type        = list(string)
}
