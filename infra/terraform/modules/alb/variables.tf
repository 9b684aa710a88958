variable "name" {
  description = "First part of every name."
  type        = string
}

variable "vpc_id" {
  description = "Network of the tasks."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets in two zones or more."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group that lets CloudFront in."
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of the listener."
  type        = string
}

variable "tls_policy" {
  description = "TLS versions and ciphers of the listener."
  type        = string
}

variable "health_check" {
  description = "Path, times in seconds, thresholds in answers."
  type = object({
    path                = string
    interval_s          = number
    timeout_s           = number
    healthy_threshold   = number
    unhealthy_threshold = number
  })
}

variable "log_bucket" {
  description = "Bucket that takes access logs."
  type        = string
}
