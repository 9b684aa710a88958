variable "name" {
  description = "Name of the budget."
  type        = string
}

variable "limit_usd" {
  description = "Limit of a month's costs."
  type        = number
}

variable "project" {
  description = "Value of the tag Project by which costs are counted."
  type        = string
}

variable "alert_emails" {
  description = "Who is told."
  type        = list(string)
}
