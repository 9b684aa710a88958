output "role_arns" {
  description = "ARN of each role that has people."
  value       = { for role, made in aws_iam_role.this : role => made.arn }
}
