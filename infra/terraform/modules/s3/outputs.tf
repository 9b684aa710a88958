output "buckets" {
  description = "Name of the bucket of each kind of data."
  value       = { for kind, _ in local.buckets : kind => aws_s3_bucket.this[kind].bucket }
}

output "log_bucket" {
  description = "Name of the bucket that takes access logs."
  value       = aws_s3_bucket.this["logs"].bucket
}

output "log_bucket_arn" {
  description = "ARN of the bucket that takes access logs."
  value       = aws_s3_bucket.this["logs"].arn
}
