variable "name" {
  description = "First part of every name, and the group's."
  type        = string
}

variable "cache" {
  description = "Engine version, node type, nodes (two or more), days that snapshots are kept."
  type = object({
    engine_version = string
    node_type      = string
    nodes          = number
    snapshot_days  = number
  })
}

variable "auth_token" {
  description = "Password of the cache."
  type        = string
  sensitive   = true
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
  description = "KMS key of what is kept."
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
