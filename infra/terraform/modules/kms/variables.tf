variable "name" {
  description = "First part of every name."
  type        = string
}
