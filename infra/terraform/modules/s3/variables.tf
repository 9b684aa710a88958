variable "name" {
  description = "First part of every name."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the objects."
  type        = string
}

variable "storage" {
  description = "Days until objects move to cheaper classes and until replaced versions are deleted."
  type = object({
    infrequent_after_days  = number
    archive_after_days     = number
    old_versions_kept_days = number
  })
}
