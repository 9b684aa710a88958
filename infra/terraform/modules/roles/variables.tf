variable "project" {
  description = "First part of the roles' names, and folder of the image repositories."
  type        = string
}

variable "part" {
  description = "Second part of the names: service or training."
  type        = string
}

variable "principals" {
  description = "Role to the AWS service that takes it; execution and task among them."
  type        = map(string)
}

variable "this_account_only" {
  description = "Roles that the service takes on behalf of this account alone."
  type        = list(string)
  default     = []
}

variable "statements" {
  description = "Role to the statements of its policy; those of execution are made here."
  type        = any
}

variable "log_group_arn" {
  description = "Where the tasks' lines go."
  type        = string
}

variable "secret_arns" {
  description = "Secrets that a task is started with."
  type        = list(string)
}

variable "secrets_key_arn" {
  description = "KMS key of the secrets."
  type        = string
}
