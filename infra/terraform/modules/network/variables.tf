variable "name" {
  description = "First part of every name."
  type        = string
}

variable "network" {
  description = "Address range, zones, NAT gateways, days that flow logs are kept."
  type = object({
    cidr               = string
    zones              = number
    nat_gateway_a_zone = bool
    flow_log_days      = number
  })
}

variable "log_key_arn" {
  description = "KMS key of log groups."
  type        = string
}
