output "storage_key_arn" {
  description = "Key of buckets and image repositories."
  value       = aws_kms_key.this["storage"].arn
}

output "database_key_arn" {
  description = "Key of PostgreSQL and the cache."
  value       = aws_kms_key.this["database"].arn
}

output "secrets_key_arn" {
  description = "Key of Secrets Manager."
  value       = aws_kms_key.this["secrets"].arn
}

output "logs_key_arn" {
  description = "Key of log groups."
  value       = aws_kms_key.this["logs"].arn
}

output "alarms_key_arn" {
  description = "Key of the topics that alarms are sent to."
  value       = aws_kms_key.this["alarms"].arn
}

output "signing_key_arn" {
  description = "Key that signs versions of models."
  value       = aws_kms_key.signing.arn
}

output "signing_public_key" {
  description = "Its public part as PEM."
  value       = data.aws_kms_public_key.signing.public_key_pem
}
