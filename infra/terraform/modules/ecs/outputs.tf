output "cluster_name" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.this.name
}

output "cluster_arn" {
  description = "ARN of the cluster."
  value       = aws_ecs_cluster.this.arn
}

output "service_name" {
  description = "Name of the service."
  value       = aws_ecs_service.this.name
}

output "service_arn" {
  description = "ARN of the service."
  value       = aws_ecs_service.this.id
}

output "role_arns" {
  description = "Roles that a deployment hands to ECS."
  value       = [module.roles.arns["execution"], module.roles.arns["task"]]
}

output "scale_up_policy_arn" {
  description = "Policy that adds one task."
  value       = aws_appautoscaling_policy.latency.arn
}

output "log_group_arn" {
  description = "Where the service's lines go."
  value       = aws_cloudwatch_log_group.service.arn
}
