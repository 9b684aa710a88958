output "training" {
  description = "What a run is started with."
  value = {
    capacity_provider   = aws_ecs_capacity_provider.this.name
    task_definition_arn = aws_ecs_task_definition.training.arn_without_revision
    role_arns           = [aws_iam_role.this["execution"].arn, aws_iam_role.this["task"].arn]
  }
}

output "signing_secret_arn" {
  description = "Secret that holds SDAI_SIGNING_KEY_PEM."
  value       = aws_secretsmanager_secret.signing.arn
}

output "log_group_arn" {
  description = "Where the lines of training go."
  value       = aws_cloudwatch_log_group.training.arn
}
