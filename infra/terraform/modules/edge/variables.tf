variable "name" {
  description = "First part of every name."
  type        = string
}

variable "domain_name" {
  description = "Name that clients ask."
  type        = string
}

variable "hosted_zone_id" {
  description = "Zone that gets the record; null = none is made."
  type        = string
}

variable "certificate_arn" {
  description = "Certificate in us-east-1."
  type        = string
}

variable "edge" {
  description = "Requests an address may make in five minutes; CloudFront's price class."
  type = object({
    requests_per_5_min = number
    price_class        = string
  })
}

variable "balancer_arn" {
  description = "The internal load balancer."
  type        = string
}

variable "balancer_dns" {
  description = "Its name."
  type        = string
}

variable "log_bucket_arn" {
  description = "Bucket that takes access logs."
  type        = string
}
