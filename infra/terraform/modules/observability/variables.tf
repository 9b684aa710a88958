variable "name" {
  description = "First part of every name."
  type        = string
}

variable "region" {
  description = "Region of the metrics."
  type        = string
}

variable "metrics_namespace" {
  description = "Namespace that the service writes its metrics to."
  type        = string
}

variable "alarms" {
  description = "Thresholds of the four alarms."
  type = object({
    accuracy_percent = number
    p95_s            = number
    gpu_percent      = number
    error_percent    = number
  })
}

variable "models" {
  description = "Models whose accuracy is watched."
  type        = list(string)
  default = [
    "connection_designer",
    "section_optimizer",
    "clash_detector",
    "compliance_checker",
    "risk_analyzer",
  ]
}

variable "scale_up_policy_arn" {
  description = "What the latency alarm does."
  type        = string
}

variable "page_emails" {
  description = "Who is woken."
  type        = list(string)
}

variable "alert_emails" {
  description = "Who is told."
  type        = list(string)
}

variable "key_arn" {
  description = "KMS key of the topics."
  type        = string
}

variable "balancer_suffix" {
  description = "The load balancer as CloudWatch names it."
  type        = string
}

variable "cluster_name" {
  description = "ECS cluster, for the dashboard."
  type        = string
}

variable "service_name" {
  description = "ECS service, for the dashboard."
  type        = string
}

variable "database_id" {
  description = "Database instance, for the dashboard."
  type        = string
}
