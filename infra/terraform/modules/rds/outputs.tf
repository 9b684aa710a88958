output "endpoint" {
  description = "Host and port."
  value       = aws_db_instance.this.endpoint
}

output "database_arn" {
  description = "ARN of the instance."
  value       = aws_db_instance.this.arn
}

output "url_secret_arn" {
  description = "Secret that holds SDAI_STORE_URL."
  value       = aws_secretsmanager_secret.url["store"].arn
}

output "tracking_url_secret_arn" {
  description = "Secret that holds SDAI_TRACKING_URI."
  value       = aws_secretsmanager_secret.url["tracking"].arn
}

output "identifier" {
  description = "Name of the instance."
  value       = aws_db_instance.this.identifier
}
