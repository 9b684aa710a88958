variable "name" {
  description = "First part of every name."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the tasks, one mount target each."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group that says who may mount."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the files."
  type        = string
}

variable "user_id" {
  description = "User and group that the service's container runs as."
  type        = number
}
