variable "name" {
  description = "First part of every name."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the images."
  type        = string
}
