output "training" {
  description = "What a run is started with."
  value = {
    capacity_provider   = aws_ecs_capacity_provider.this.name
    task_definition_arn = aws_ecs_task_definition.training.arn_without_revision
    state_machine_arn   = aws_sfn_state_machine.training.arn
    task_tags           = local.task_tags
    role_arns           = [module.roles.arns["execution"], module.roles.arns["task"]]
  }
}

output "log_group_arn" {
  description = "Where the lines of training go."
  value       = aws_cloudwatch_log_group.training.arn
}
