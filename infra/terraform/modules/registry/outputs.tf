output "repository_urls" {
  description = "Where images are pushed to."
  value       = { for kind, repository in aws_ecr_repository.this : kind => repository.repository_url }
}

output "repository_arns" {
  description = "ARNs of the repositories."
  value       = [for repository in aws_ecr_repository.this : repository.arn]
}
