variable "name" {
  description = "First part of every name, and the instance's."
  type        = string
}

variable "database" {
  description = "Engine version, instance class, storage in GiB, standby, days of point-in-time recovery."
  type = object({
    engine_version  = string
    instance_class  = string
    storage_gib     = number
    max_storage_gib = number
    multi_az        = bool
    backup_days     = number
  })
}

variable "subnet_ids" {
  description = "Subnets in two zones or more."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group that says who may connect."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the storage."
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
